"""Which proxy is taken, and that the chat really goes through it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.network.proxies import Proxies, Proxy, find_proxies
from ishowtts_ingest.network.web import open_session
from ishowtts_ingest.settings.network import NetworkSettings
from ishowtts_ingest.settings.twitch import TwitchIrcSettings
from ishowtts_ingest.source import Channel, SourceContext
from ishowtts_ingest.sources.twitch_irc import TwitchIrcSource
from tests.fakes.fake_proxy import FakeProxy
from tests.fakes.fake_twitch import FakeTwitch
from tests.fakes.serving import serving
from tests.ingest.platform import until
from tests.ingest.stage import Sink

HTTP = Proxy("http", "p", 3128)
SOCKS = Proxy("socks5", "s", 1080)
FAR = "chat.twitch.test"
"""A name that no resolver here knows."""


@pytest.mark.parametrize(
    ("proxy", "found"),
    [
        ("http://p:3128", HTTP),
        ("p:3128", HTTP),
        ("socks5://s", SOCKS),
        ("SOCKS5://s:1080", SOCKS),
        ("socks5h://s", SOCKS),
        ("socks5://us%40er:p%3Aw@s:9", Proxy("socks5", "s", 9, "us@er", "p:w")),
        ("socks4a://s", Proxy("socks4", "s", 1080)),
        ("http://[::1]:3128", Proxy("http", "::1", 3128)),
    ],
)
def test_the_configured_proxy_is_for_everything(proxy: str, found: Proxy) -> None:
    proxies = find_proxies(
        NetworkSettings(proxy=proxy), {"NO_PROXY": "*", "HTTP_PROXY": "http://x"}
    )
    for scheme in ("http", "https", "ws", "wss"):
        assert proxies.choose(scheme, "127.0.0.1") == found


@pytest.mark.parametrize(
    ("environment", "secure", "plain"),
    [
        ({}, None, None),
        ({"HTTPS_PROXY": "http://p:3128"}, HTTP, None),
        ({"HTTP_PROXY": "http://p:3128"}, None, HTTP),
        ({"ALL_PROXY": "socks5://s:1080"}, SOCKS, SOCKS),
        ({"ALL_PROXY": "socks5://s:1080", "HTTPS_PROXY": "http://p:3128"}, HTTP, SOCKS),
        ({"SOCKS5_PROXY": "s:1080", "HTTPS_PROXY": "http://p:3128"}, SOCKS, SOCKS),
        ({"https_proxy": "http://p:3128", "HTTPS_PROXY": "http://x"}, HTTP, None),
        ({"HTTPS_PROXY": "", "ALL_PROXY": "socks5://s"}, SOCKS, SOCKS),
    ],
)
def test_without_one_the_environment_says(
    environment: dict[str, str], secure: Proxy | None, plain: Proxy | None
) -> None:
    proxies = find_proxies(NetworkSettings(), environment)
    assert proxies.choose("https", "a.example") == proxies.choose("wss", "a.example") == secure
    assert proxies.choose("http", "a.example") == proxies.choose("ws", "a.example") == plain


@pytest.mark.parametrize(
    ("host", "no_proxy", "straight"),
    [
        ("irc-ws.chat.twitch.tv", "", False),
        ("irc-ws.chat.twitch.tv", "twitch.tv", True),
        ("irc-ws.chat.twitch.tv", ".twitch.tv,x", True),
        ("nottwitch.tv", "twitch.tv", False),
        ("a.example", "*", True),
        *((loopback, "", True) for loopback in ("localhost", "127.0.0.1", "::1")),
    ],
)
def test_some_hosts_are_reached_straight(host: str, no_proxy: str, *, straight: bool) -> None:
    environment = {"ALL_PROXY": "http://p:3128", "NO_PROXY": no_proxy}
    proxies = find_proxies(NetworkSettings(), environment)
    assert proxies.choose("wss", host) == (None if straight else HTTP)


@pytest.mark.parametrize(
    "proxy",
    ["ftp://user:s3cr3t@p:1", "http://", "http://p:port", "http://p:99999", "http://[p:1", "://"],
)
def test_what_is_no_proxy_is_refused_without_its_password(proxy: str) -> None:
    for network, environment, origin in (
        (NetworkSettings(proxy=proxy), {}, "ingest.network.proxy"),
        (NetworkSettings(), {"HTTPS_PROXY": proxy}, "HTTPS_PROXY"),
    ):
        with pytest.raises(SourceError, match=f"{origin} is no proxy") as refused:
            find_proxies(network, environment)
        assert "s3cr3t" not in str(refused.value)


def test_nothing_asked_for_is_no_proxy() -> None:
    assert Proxies().choose("https", "a.example") is None


@pytest.fixture
async def fake() -> AsyncIterator[FakeTwitch]:
    async with serving(FakeTwitch()) as fake:
        yield fake


async def read_one(fake: FakeTwitch, network: NetworkSettings) -> TwitchIrcSource:
    """Read one message of a host that only the proxy knows."""
    its = SourceContext(MemoryBroker().bus("ingest"), network=network)
    source = TwitchIrcSource(its, TwitchIrcSettings(url=f"ws://{FAR}:{fake.port}"))
    sink = Sink()
    source.join(Channel("ann"))
    running = asyncio.create_task(source.run(sink))
    try:
        await until(lambda: source.state("ann").phase != "connecting")
        if source.state("ann").phase == "reading":
            await fake.say("ann", "through")
            await until(lambda: sink.texts == ["through"])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return source


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest.mark.parametrize("credentials", ["", "us@er:p w"])
async def test_chat_goes_through_the_proxy_which_resolves_the_name(
    fake: FakeTwitch, kind: str, credentials: str
) -> None:
    proxy = FakeProxy({FAR: "127.0.0.1"}, credentials)
    async with getattr(proxy, kind)() as address:
        login = "us%40er:p%20w@" if credentials else ""
        own = address.replace("://", f"://{login}")
        source = await read_one(fake, NetworkSettings(proxy=own))
    assert source.state("ann").phase == "reading"
    assert proxy.asked == [(FAR, fake.port)]


@pytest.mark.parametrize(("kind", "variable"), [("socks5", "ALL_PROXY"), ("http", "HTTP_PROXY")])
async def test_the_environments_proxy_works_too(
    fake: FakeTwitch, monkeypatch: pytest.MonkeyPatch, kind: str, variable: str
) -> None:
    proxy = FakeProxy({FAR: "127.0.0.1"})
    async with getattr(proxy, kind)() as address:
        monkeypatch.setenv(variable, address)
        await read_one(fake, NetworkSettings())
    assert proxy.asked == [(FAR, fake.port)]


@pytest.mark.parametrize("kind", ["socks5", "http"])
async def test_a_proxy_that_cannot_reach_the_host_is_a_failure_to_read_of(
    fake: FakeTwitch, kind: str
) -> None:
    proxy = FakeProxy({})
    async with getattr(proxy, kind)() as address:
        source = await read_one(fake, NetworkSettings(proxy=address))
    assert source.state("ann").phase == "failed"
    assert source.state("ann").detail
    assert fake.contacts == 0, "nobody goes round the proxy"


@pytest.mark.parametrize("kind", ["socks5", "http"])
async def test_a_wrong_password_is_said_and_not_shown(fake: FakeTwitch, kind: str) -> None:
    proxy = FakeProxy({FAR: "127.0.0.1"}, "user:right")
    async with getattr(proxy, kind)() as address:
        wrong = address.replace("://", "://user:s3cr3t@")
        source = await read_one(fake, NetworkSettings(proxy=wrong))
    assert source.state("ann").phase == "failed"
    assert "s3cr3t" not in source.state("ann").detail
    assert proxy.refused >= 1
    assert fake.contacts == 0


async def test_a_closed_session_leaves_no_connection_to_the_proxy(fake: FakeTwitch) -> None:
    proxy = FakeProxy({FAR: "127.0.0.1"})
    async with proxy.socks5() as address:
        async with open_session(NetworkSettings(proxy=address)) as session:
            socket = await session.ws_connect(f"ws://{FAR}:{fake.port}")
            await until(lambda: len(fake.clients) == 1)
            assert not socket.closed
        await until(lambda: fake.clients == [])
