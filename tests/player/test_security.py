"""Who may talk to the bridge, and what every answer carries."""

import logging

import httpx
import pytest

from ishowtts_bus import NodeError
from ishowtts_player.ports import check_exposure
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.trust.hosts import AllowedHosts

TOKEN = "correct horse battery"
BEARER = {"authorization": f"Bearer {TOKEN}"}
GUARDED = ("/", "/static/app.js", "/api/voices", "/metrics", "/schema", "/api/danmaku/stream")


async def test_every_answer_is_hardened(site):
    await site.bridge()
    http = site.http()
    for path in ("/", "/api/health", "/nowhere", "/schema", "/static/app.js"):
        headers = (await http.get(path)).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.nip.io",
    "localhost.evil.example",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "127.0.0.1@evil.example",
    "127.1",
    "2130706433",
    "localhost.",
    "",
    "[",
    "a:b:c",
)


async def test_other_hosts_are_dns_rebinding(site):
    await site.bridge()
    http = site.http()
    for host in FOREIGN_HOSTS:
        for path in ("/", "/api/health", "/api/danmaku/stream"):
            answer = await http.get(path, headers={"host": host})
            assert (answer.status_code, host) == (403, host)
    for host in ("localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:8080"):
        answer = await http.get("/api/health", headers={"host": host})
        assert (answer.status_code, host) == (200, host)


FOREIGN_ORIGINS = (
    "null",
    "http://evil.example",
    "https://localhost.evil.example",
    "http://0.0.0.0:8080",
    "http://[::ffff:127.0.0.1]",
    "file://",
    "localhost",
    "http://localhost@evil.example",
    "http://",
    "",
)


async def test_other_origins_are_forgery(site):
    await site.bridge()
    http = site.http()
    for origin in FOREIGN_ORIGINS:
        headers = {"origin": origin}
        for answer in (
            await http.get("/api/danmaku/stream", headers=headers),
            await http.post("/api/rooms/main/clear", headers=headers),
            await http.post("/api/tts", json={"text": "hi"}, headers=headers),
        ):
            assert (answer.status_code, origin) == (403, origin)
    own = await http.get("/api/health", headers={"origin": "http://localhost:8080"})
    assert own.status_code == 200


async def test_configured_names_are_welcome(site):
    await site.bridge(allowed_hosts=("Stream-Box.local",))
    headers = {"host": "stream-box.local:8080", "origin": "http://stream-box.local:8080"}
    assert (await site.http().get("/api/health", headers=headers)).status_code == 200


def test_a_wildcard_bridge_knows_the_address_that_it_was_reached_on():
    hosts = AllowedHosts(["0.0.0.0"])
    assert hosts.allow_host("192.168.1.5:8080", "192.168.1.5")
    assert not hosts.allow_host("192.168.1.6:8080", "192.168.1.5")
    assert not hosts.allow_host("0.0.0.0:8080", "192.168.1.5")
    assert not AllowedHosts(["127.0.0.1"]).allow_host("192.168.1.5", "192.168.1.5")
    assert AllowedHosts(["192.168.1.5"]).allow_host("192.168.1.5", "192.168.1.5")
    both = AllowedHosts(["::"])
    assert both.allow_host("192.168.1.5:8080", "::ffff:192.168.1.5")
    assert both.allow_host("[2001:db8::5]:8080", "2001:db8::5")
    assert not both.allow_host("192.168.1.6", "::ffff:192.168.1.5")
    assert not both.allow_host("x", None)


async def test_a_token_is_asked_for_everywhere_but_at_the_monitors_door(site):
    await site.bridge(api_token=TOKEN)
    http = site.http()
    for path in (*GUARDED, "/nowhere"):
        answer = await http.get(path)
        assert (answer.status_code, path) == (401, path)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await http.post("/api/tts", json={"text": "hi"})).status_code == 401
    assert (await http.get("/api/health")).status_code == 200
    assert (await http.get("/ready")).status_code == 503
    for path in GUARDED[:-1]:
        assert (await http.get(path, headers=BEARER)).status_code == 200


async def test_a_wrong_token_is_refused(site):
    await site.bridge(api_token=TOKEN)
    http = site.http()
    for shown in (f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", TOKEN, "Bearer \xff".encode()):
        answer = await http.get("/api/voices", headers={"authorization": shown})
        assert answer.status_code == 401
    for query in ({"token": "x"}, [("token", TOKEN), ("token", TOKEN)]):
        answer = await http.get("/", params=query)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
    assert (await http.get("/api/voices", params={"token": TOKEN})).status_code == 401


async def test_a_browser_shows_the_token_once(site):
    await site.bridge(api_token=TOKEN)
    http = site.http()
    answer = await http.get("/", params={"token": TOKEN, "room": "a&b"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?room=a%26b"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    page = await http.get(answer.headers["location"])
    assert page.status_code == 200
    stream = await site.stream(headers={"Cookie": cookie.partition(";")[0]})
    assert (await stream.next()).event == "hello"
    again = await http.get("/", params={"token": TOKEN})
    assert again.headers["location"] == "/", "the address shows no token"


async def test_cookies_of_other_servers_on_this_host_do_not_matter(site):
    await site.bridge(api_token=TOKEN)
    answer = await site.http().get("/", params={"token": TOKEN})
    ours = answer.headers["set-cookie"].partition(";")[0]
    for others in (
        'a={"x": [1]}; ',
        "odd; ",
        "; ;",
        "ishowtts=x; ",
        "ishowtts-1=x; ",
        'b="; c=é; ',
    ):
        cookie = f"{others}{ours}".encode()
        page = await site.http().get("/", headers={"cookie": cookie})
        assert (page.status_code, others) == (200, others)


async def test_two_bridges_on_a_host_leave_each_other_s_cookies_alone(site):
    browser = httpx.AsyncClient()
    nodes = [await site.bridge(api_token=TOKEN), await site.bridge(api_token="other")]
    for node, token in zip(nodes, (TOKEN, "other"), strict=True):
        await browser.get(node.url, params={"token": token})
    for node in nodes:
        assert (await browser.get(node.url)).status_code == 200
    await browser.aclose()


async def test_a_forged_cookie_is_refused(site):
    node = await site.bridge(api_token=TOKEN)
    ours = f"ishowtts-{node.url.rpartition(':')[2]}".encode()
    for value in (b"=x", b"=", b'="\xff"', b""):
        answer = await site.http().get("/", headers={"cookie": ours + value})
        assert (answer.status_code, value) == (401, value)
    stranger = await site.http().get("/", headers={"cookie": b"\xff=\xff"})
    assert stranger.status_code == 401


async def test_the_token_is_in_no_log_and_no_answer(site, caplog):
    caplog.set_level(logging.DEBUG)
    await site.bridge(api_token=TOKEN)
    http = site.http()
    for answer in (
        await http.get("/", headers=BEARER),
        await http.get("/metrics", headers=BEARER),
        await http.get("/api/nothing", headers=BEARER),
        await http.post("/api/tts", headers=BEARER, json={}),
    ):
        assert TOKEN not in answer.text
    own = [record.getMessage() for record in caplog.records if "httpx" not in record.name]
    assert not any(TOKEN in line for line in own)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "my-box"])
def test_other_machines_need_a_token(host):
    with pytest.raises(NodeError, match="api_token"):
        check_exposure(PlayerSettings(host=host))
    check_exposure(PlayerSettings(host=host, api_token=TOKEN))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_none(host):
    check_exposure(PlayerSettings(host=host))


async def test_an_exposed_bridge_does_not_start(site):
    with pytest.raises(NodeError, match="api_token"):
        await site.bridge(host="0.0.0.0")


async def test_no_file_outside_the_page_is_served(site):
    await site.bridge()
    http = site.http()
    for name in ("..%2fnode.py", "%2e%2e/node.py", "/etc/passwd", "..\\node.py", "%00", "app.py"):
        answer = await http.get(f"/static/{name}")
        assert (answer.status_code, name) == (404, name)


async def test_a_fault_of_ours_tells_nothing(site, monkeypatch, caplog):
    node = await site.bridge()

    def broken():
        raise RuntimeError("/srv/secret/path")

    monkeypatch.setattr(node._directory, "voices", broken)
    answer = await site.http().get("/api/voices")
    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text
    assert "secret" in caplog.text
