"""Who is let in, how many, and what bad clients cannot do."""

import asyncio
import errno
import ipaddress

import pytest
from wyoming.tts import SynthesizeStart
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from ishowtts_bus import NodeError
from ishowtts_player.wyoming.announcement import SERVICE_TYPE, Announcement, served_addresses
from ishowtts_player.wyoming.networks import PRIVATE, AllowedNetworks, check_networks
from tests.player.fake_synth import be_silent
from tests.player.sse import SOON_S
from tests.player.wyoming.talk import describe, read_until, synthesize


async def test_it_is_off_unless_it_is_given_a_port(site):
    node = await site.bridge()
    assert node._wyoming is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "box.local"])
async def test_beyond_this_machine_somebody_has_to_be_named(host):
    with pytest.raises(NodeError, match="allowed_networks"):
        check_networks(host, ())
    assert check_networks(host, ("192.168.1.20",)).allows("192.168.1.20")


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "::/0", "128.0.0.0/1", "8.8.8.0/24", "192.0.0.0/8", "2001:db8::/32"]
)
def test_the_internet_cannot_be_allowed(network):
    with pytest.raises(NodeError, match="public network"):
        check_networks("0.0.0.0", (network,))


@pytest.mark.parametrize("text", ["lan", "192.168.1", "192.168.1.0/33", "", "10.0.0.0/-1"])
def test_what_is_no_network_is_named(text):
    with pytest.raises(NodeError, match="no address and no network"):
        check_networks("0.0.0.0", (text,))


@pytest.mark.parametrize(
    ("peer", "let_in"),
    [
        ("192.168.1.77", True),
        ("::ffff:192.168.1.77", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("203.0.113.9", True),
        ("fe80::1%eth0", True),
        ("192.168.2.77", False),
        ("203.0.113.10", False),
        ("::ffff:203.0.113.10", False),
        ("10.0.0.1", False),
        ("somebody", False),
        ("", False),
    ],
)
def test_only_who_is_named_is_let_in(peer, let_in):
    networks = ("192.168.1.5/24", "203.0.113.9", "fe80::/64")
    assert check_networks("0.0.0.0", networks).allows(peer) is let_in


async def test_a_stranger_is_told_nothing(site, connect, monkeypatch):
    monkeypatch.setattr(AllowedNetworks, "allows", lambda _self, _peer: False)
    client = await connect()
    await site.synth()
    heard = await read_until(client)
    assert heard.types == ["closed"]
    node = site._nodes[-1]
    assert node.bus.counters.get("player_wyoming_refused_total", reason="network") == 1


async def test_connections_at_once_are_limited_and_places_become_free(site, connect):
    first = await connect({"max_connections": 1})
    await site.synth()
    await describe(first)
    heard = await read_until(await connect())
    assert heard.error.code == "SERVER_BUSY"
    assert heard.closed
    await first.disconnect()
    counters = site._nodes[-1].bus.counters
    await site.until(lambda: counters.get("player_wyoming_connections") == 0)
    assert (await describe(await connect())).tts


async def test_garbage_ends_its_own_connection_only(site, connect):
    good = await connect()
    await site.synth()
    bad = await connect()
    bad._writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    heard = await read_until(bad)
    assert heard.types == ["error", "closed"]
    assert heard.error.code == "BAD_EVENT"
    assert (await synthesize(good, "still here")).pcm


async def test_a_port_in_use_is_one_sentence(site, connect):
    await connect()
    port = site._nodes[-1]._settings.wyoming.port
    settings = site._nodes[-1]._settings.wyoming
    with pytest.raises(NodeError, match=rf"\[player.wyoming\] cannot listen on .* port {port}"):
        await site.bridge(wyoming=settings)


async def test_too_much_text_at_once_is_refused(site, connect):
    from wyoming.tts import SynthesizeChunk, SynthesizeStart

    client = await connect()
    await site.synth(script=be_silent)
    await client.write_event(SynthesizeStart().event())
    for _ in range(30):
        await client.write_event(SynthesizeChunk(text="One more line. " * 60).event())
    heard = await read_until(client)
    assert heard.error.code == "SERVER_BUSY"
    assert heard.closed


async def test_a_request_that_was_begun_and_left_is_closed(site, connect, monkeypatch):
    monkeypatch.setattr("ishowtts_player.wyoming.session.IDLE_TIMEOUT_S", 0.05)
    client = await connect()
    await site.synth("mia")
    await client.write_event(SynthesizeStart().event())
    assert (await read_until(client)).closed


async def test_a_bridge_that_stops_ends_its_connections(site, connect, caplog):
    client = await connect()
    synth = await site.synth(script=be_silent)
    from wyoming.tts import Synthesize

    await client.write_event(Synthesize(text="on").event())
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    await site.stop_bridge()
    assert (await read_until(client)).closed
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    assert "Exception" not in caplog.text


async def test_it_can_be_found_by_zeroconf():
    loopback = ["127.0.0.1"]
    announcement = Announcement("Desk", "192.0.2.7", 10200, interfaces=loopback)
    await announcement.start()
    looking = AsyncZeroconf(interfaces=loopback)
    try:
        info = AsyncServiceInfo(SERVICE_TYPE, f"Desk.{SERVICE_TYPE}")
        assert await info.async_request(looking.zeroconf, 5000)
        assert (info.port, info.parsed_addresses()) == (10200, ["192.0.2.7"])
    finally:
        await looking.async_close()
        await announcement.close()


async def test_a_machine_without_a_network_is_served_all_the_same(caplog, monkeypatch):
    def no_network(**_arguments):
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr("ishowtts_player.wyoming.announcement.AsyncZeroconf", no_network)
    announcement = Announcement("Desk", "192.0.2.7", 10200)
    await announcement.start()
    await announcement.close()
    assert "is not announced" in caplog.text


def test_a_wildcard_is_announced_with_the_addresses_that_others_see():
    own = ["127.0.0.1", "192.168.1.5", "10.0.0.2"]
    assert served_addresses("0.0.0.0", own) == ["192.168.1.5", "10.0.0.2"]
    assert served_addresses("192.168.1.5", own) == ["192.168.1.5"]


def test_private_means_unreachable_from_the_internet():
    assert not any(network.overlaps(ipaddress.ip_network("8.0.0.0/7")) for network in PRIVATE[:6])
