"""Pages of other origins: those on the list, and no others."""

import msgspec
import pytest

from ishowtts_player.settings import PlayerSettings
from ishowtts_player.trust.cors import CrossOrigin

LISTED = "https://stream.example"


@pytest.mark.parametrize(
    "origin", [LISTED, "https://stream.example:443", "HTTPS://Stream.Example", "http://a.b:8080"]
)
def test_an_origin_on_the_list_is_allowed_however_it_is_written(origin):
    assert CrossOrigin([LISTED, "http://a.b:8080"]).allows(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "http://stream.example",
        "https://stream.example:8443",
        "https://sub.stream.example",
        "https://stream.example.evil.example",
        "https://stream.example@evil.example",
        "https://stream.example/path",
        "https://stream.example:99999",
        "null",
        "*",
        "",
        "file://",
    ],
)
def test_every_other_origin_is_not(origin):
    assert not CrossOrigin([LISTED]).allows(origin)
    assert not CrossOrigin([]).allows(origin)


@pytest.mark.parametrize("origin", ["*", "null", "https://*.example", "https://a.b/", "a.b"])
def test_the_list_takes_no_wildcards(origin):
    with pytest.raises(msgspec.ValidationError, match="cors_origins"):
        msgspec.convert({"cors_origins": [origin]}, PlayerSettings)


def ask(method: str, origin: str = LISTED, headers: str = "content-type") -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }


async def test_a_browser_may_ask_first_without_a_token(site):
    await site.bridge(cors_origins=(LISTED,), api_token="secret", requests_per_minute=1)
    http = site.http()
    for _ in range(3):
        answer = await http.options("/api/voices/anna/reference", headers=ask("DELETE"))
        assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_a_foreign_page_is_told_no(site):
    await site.bridge(cors_origins=(LISTED,))
    answer = await site.http().options("/api/tts", headers=ask("POST", "https://evil.example"))
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Accept, X-TTS-Dialect, Origin"


async def test_answers_may_be_read_by_a_listed_page(site):
    await site.bridge(cors_origins=(LISTED,))
    await site.synth("en")
    answer = await site.http().post("/api/tts", json={"text": "hi"}, headers={"origin": LISTED})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert "X-TTS-Dialect" in answer.headers["access-control-expose-headers"]
    missing = await site.http().get("/nowhere", headers={"origin": LISTED})
    assert missing.headers["access-control-allow-origin"] == LISTED


async def test_without_a_list_nothing_is_said_of_origins(site):
    await site.bridge()
    answer = await site.http().options("/api/health", headers=ask("GET", "http://localhost:3000"))
    assert "access-control-allow-origin" not in answer.headers
    assert "vary" not in answer.headers
