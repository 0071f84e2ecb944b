"""The ports that stand for other systems."""

import logging
import socket

import pytest

from ishowtts_bus import NodeError
from ishowtts_player.ports import check_exposure, dialects_of, open_ports
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.settings.listeners import ListenerSettings
from tests.broker import free_port


def settings(*listeners: ListenerSettings, **more) -> PlayerSettings:
    return PlayerSettings(port=0, listeners=listeners, **more)


def test_each_port_stands_for_its_system():
    more = (ListenerSettings(port=0, dialect="f5"), ListenerSettings(port=0, dialect="openai"))
    ports = open_ports(settings(*more))
    try:
        assert [port.dialect and port.dialect.name for port in ports] == [None, "f5", "openai"]
        numbers = [port.number for port in ports]
        assert list(dialects_of(ports)) == numbers[1:]
        assert [port.url for port in ports] == [f"http://127.0.0.1:{one}" for one in numbers]
    finally:
        for port in ports:
            port.socket.close()


def test_a_port_that_is_taken_is_named_and_none_is_kept():
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        more = (
            ListenerSettings(port=free, dialect="f5"),
            ListenerSettings(port=number, dialect="chatterbox"),
        )
        sentence = rf"port {number} on 127.0.0.1 is taken .* \[player\] listeners\[1\].port"
        with pytest.raises(NodeError, match=sentence):
            open_ports(settings(*more))
    with socket.create_server(("127.0.0.1", free)):
        pass


@pytest.mark.parametrize("ports", [(8081, 8081), (8080,)])
def test_a_port_has_one_meaning(ports):
    listeners = tuple(ListenerSettings(port=port, dialect="f5") for port in ports)
    with pytest.raises(NodeError, match="two meanings"):
        check_exposure(PlayerSettings(port=8080, listeners=listeners))


def test_a_listener_that_others_can_reach_needs_a_token():
    exposed = ListenerSettings(port=8081, dialect="chatterbox", host="0.0.0.0")
    with pytest.raises(NodeError, match="api_token"):
        check_exposure(settings(exposed))
    check_exposure(settings(exposed, api_token="secret"))


async def test_the_addresses_are_told(site, caplog):
    caplog.set_level(logging.INFO, "ishowtts.player")
    node = await site.bridge(listeners=(ListenerSettings(port=0, dialect="chatterbox"),))
    own, chatterbox = (port.url for port in node._ports)
    assert node.info().address == own
    assert node.info().listeners == (f"Chatterbox: {chatterbox}",)
    assert f"Chatterbox is at {chatterbox}" in caplog.text


async def test_a_name_of_an_extra_listener_is_no_foreign_host(site):
    node = await site.bridge(listeners=(ListenerSettings(port=0, dialect="f5", host="127.0.0.2"),))
    url = node._ports[1].url
    assert url.startswith("http://127.0.0.2:")
    assert (await site.http().get(f"{url}/api/health")).status_code == 200
    foreign = await site.http().get(f"{url}/api/health", headers={"host": "127.0.0.3"})
    assert foreign.status_code == 403
    assert foreign.json().keys() == {"error", "code"}


async def test_a_bridge_that_stops_frees_all_its_ports(site):
    free = free_port()
    await site.bridge(listeners=(ListenerSettings(port=free, dialect="f5"),))
    await site.stop_bridge()
    with socket.create_server(("127.0.0.1", free)):
        pass
