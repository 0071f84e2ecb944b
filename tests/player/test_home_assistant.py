"""What a program that knows Home Assistant's discovery, and no msgpack, sees of the bridge."""

import json
import re
from typing import Any

import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_bus._memory import MemoryTransport
from ishowtts_bus.transport import Identity, Inbound, Packet
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.home_assistant.entities import describe_device
from ishowtts_player.home_assistant.state import pipeline_state
from ishowtts_player.settings.smart_home import HomeAssistantSettings
from ishowtts_schemas import RoomControl, TextRequest
from ishowtts_schemas.topics import (
    CHAT_ACCEPTED,
    CONTROL,
    HOME_ROOM,
    NODE_STATE,
    TEXT_REQUEST,
    find_topic,
)
from tests.player.messages import MQTT, accepted, node_state, synth_info

DEVICE = "homeassistant/device/ishowtts-1/config"
AVAILABILITY = "ishowtts/v1/home/1/availability"
PIPELINE = "ishowtts/v1/home/1/pipeline"
ROOM = "ishowtts/v1/home/1/room/main"
ON = HomeAssistantSettings(enabled=True)
OFF = HomeAssistantSettings()
PLATFORMS = {"notify", "button", "switch", "binary_sensor", "sensor"}
TEMPLATE = re.compile(r"\{\{ (?:'ON' if )?value_json\.(\w+)(?: else 'OFF')? \}\}")


class HomeAssistant:
    """Bytes in, bytes out: what is retained for it and what it is sent."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.seen: list[tuple[str, bytes]] = []
        self.state: dict[str, bytes] = {}
        self._transport = MemoryTransport(broker, Identity("home-assistant"))
        for address_filter in ("homeassistant/#", "ishowtts/v1/home/#"):
            self._transport.subscribe(address_filter, 1)

    def start(self) -> None:
        self._transport.start(self)

    async def publish(self, address: str, payload: bytes, *, retain: bool = False) -> None:
        await self._transport.publish(Packet(address, payload, retain=retain))

    async def close(self) -> None:
        await self._transport.close()

    def json(self, address: str) -> Any:
        return json.loads(self.state[address])

    def on_packet(self, inbound: Inbound) -> None:
        packet = inbound.packet
        self.seen.append((packet.address, packet.payload))
        self.state[packet.address] = packet.payload
        inbound.ack()

    def on_connect(self) -> None: ...

    def on_disconnect(self, reason: str) -> None: ...

    def on_fatal(self, error: Exception) -> None: ...


@pytest.fixture
async def home(site):
    home = HomeAssistant(site.broker)
    home.start()
    yield home
    await home.close()


def is_online(home: HomeAssistant) -> bool:
    return home.state.get(AVAILABILITY) == b"online"


async def test_one_message_describes_the_device_and_its_entities(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    device = home.json(DEVICE)
    assert device["device"]["identifiers"] == ["ishowtts-1"]
    assert device["origin"]["name"] == "iShowTTS"
    assert device["availability_topic"] == AVAILABILITY
    components = device["components"]
    assert {one["platform"] for one in components.values()} == PLATFORMS
    ids = [one["unique_id"] for one in components.values()]
    assert len(set(ids)) == len(ids)
    order = [address for address, _ in home.seen]
    assert order.index(AVAILABILITY) > max(order.index(DEVICE), order.index(ROOM))


async def test_every_template_finds_its_field_in_what_is_published(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    shown = 0
    for component in home.json(DEVICE)["components"].values():
        if "state_topic" in component:
            (field,) = TEMPLATE.fullmatch(component["value_template"]).groups()
            assert field in home.json(component["state_topic"])
            shown += 1
    assert shown == 6


async def test_every_command_is_what_its_topic_reads(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    words = []
    for component in home.json(DEVICE)["components"].values():
        if "command_topic" not in component:
            continue
        topic, ids = find_topic(component["command_topic"])
        assert ids == {"room": "main"}
        if component["platform"] == "notify":
            assert topic is TEXT_REQUEST
            assert topic.decode("门铃响了".encode()) == TextRequest(text="门铃响了")
            continue
        assert topic is CONTROL
        for key in ("payload_press", "payload_on", "payload_off"):
            words += [topic.decode(component[key].encode())] if key in component else []
    assert {one.action for one in words} == {"skip", "clear", "pause", "resume"}


async def test_a_room_is_shown_as_it_changes(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    quiet = {"speaking": False, "paused": False, "queued": 0, "backlog_s": 0, "listeners": 0}
    assert home.json(ROOM) == {"room": "main", **quiet}
    await site.publish(CONTROL, RoomControl(action="pause"), room="main")
    await site.publish(CHAT_ACCEPTED, accepted(), **MQTT)
    await site.until(lambda: home.json(ROOM)["queued"] == 1)
    assert home.json(ROOM)["paused"] is True


async def test_it_is_ready_when_everything_that_speaks_is_there(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    assert home.json(PIPELINE)["ready"] is False
    assert "synth: not running" in home.json(PIPELINE)["problem"]
    await site.synth()
    for kind in ("ingest", "filter"):
        await site.publish(NODE_STATE, node_state(node=kind), node=kind, instance="1")
    await site.until(lambda: home.json(PIPELINE)["ready"])
    assert home.json(PIPELINE)["problem"] == ""


async def test_a_player_that_dies_is_unavailable_by_its_will(site, home):
    node = await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    node._home._bus._transport.crash()
    await site.until(lambda: home.state[AVAILABILITY] == b"offline")


async def test_a_player_that_stops_says_so(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    await site.stop_bridge()
    await site.until(lambda: home.state[AVAILABILITY] == b"offline")


async def test_a_home_assistant_that_starts_is_told_all_again(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    home.seen.clear()
    await home.publish("homeassistant/status", b"online")
    await site.until(lambda: (AVAILABILITY, b"online") in home.seen)
    assert {DEVICE, PIPELINE, ROOM} <= {address for address, _ in home.seen}


async def test_what_home_assistant_never_says_breaks_nothing(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    for payload in (b"", b"\xff", b"ONLINE", b"{}", b"offline"):
        await home.publish("homeassistant/status", payload)
    for room in ("BAD", "a b", "x" * 200):
        await home.publish(f"ishowtts/v1/home/1/room/{room}", b"{}", retain=True)
    home.seen.clear()
    await home.publish("homeassistant/status", b"online")
    await site.until(lambda: (AVAILABILITY, b"online") in home.seen)


async def test_turning_it_off_removes_the_entities(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    await site.stop_bridge()
    await site.bridge(home_assistant=OFF)
    for address in (DEVICE, AVAILABILITY, PIPELINE, ROOM):
        await site.until(lambda address=address: home.state[address] == b"")


async def test_who_never_turned_it_on_hears_nothing(site, home):
    await site.bridge(home_assistant=OFF)
    await site.synth()
    assert not home.seen


async def test_a_room_that_is_configured_no_more_loses_its_entities(site, home):
    await site.bridge(home_assistant=HomeAssistantSettings(enabled=True, rooms=("main", "desk")))
    await site.until(lambda: is_online(home))
    names = {one["name"] for one in home.json(DEVICE)["components"].values()}
    assert {"Say main", "Say desk"} <= names
    await site.stop_bridge()
    await site.bridge(home_assistant=ON)
    old = HOME_ROOM.address(instance="1", room="desk")
    await site.until(lambda: home.state[old] == b"")
    await site.until(
        lambda: home.json(DEVICE)["components"].get("desk-say") == {"platform": "notify"}
    )
    assert home.json(DEVICE)["components"]["main-say"]["name"] == "Say"


async def test_after_an_outage_all_is_told_again(site, home):
    await site.bridge(home_assistant=ON)
    await site.until(lambda: is_online(home))
    home.seen.clear()
    site.broker.go_down()
    site.broker.come_back()
    await site.until(lambda: (AVAILABILITY, b"online") in home.seen)


def test_the_page_is_linked_only_where_others_reach_it():
    near = describe_device("1", "http://127.0.0.1:8080", ["main"])
    far = describe_device("2", "http://192.168.1.5:8080", ["main"])
    assert "configuration_url" not in near.device
    assert far.device["configuration_url"] == "http://192.168.1.5:8080"
    assert far.device["name"] == "iShowTTS 2"


def test_a_synth_without_a_voice_is_not_ready():
    directory = NodeDirectory()
    for kind in ("ingest", "filter", "synth"):
        directory.on_state(node_state(node=kind))
    directory.on_info(synth_info(clones=True))

    told = pipeline_state(directory, "http://127.0.0.1:8080")

    assert not told.ready
    assert told.problem.startswith("synth: no synth has a voice yet")
