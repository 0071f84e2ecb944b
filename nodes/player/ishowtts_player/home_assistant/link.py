"""Announces entities to Home Assistant and keeps what they show true."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from ishowtts_bus import Bus, BusError, Received
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.home_assistant.entities import describe_device, device_id
from ishowtts_player.home_assistant.state import pipeline_state, room_state
from ishowtts_player.rooms.hub import Hub
from ishowtts_player.settings.smart_home import HomeAssistantSettings
from ishowtts_schemas import (
    HomeAssistantStatus,
    HomeAvailability,
    HomeRoom,
    Part,
    Topic,
    is_slug,
)
from ishowtts_schemas.topics import (
    HOME_ASSISTANT_DEVICE,
    HOME_ASSISTANT_STATUS,
    HOME_AVAILABILITY,
    HOME_PIPELINE,
    HOME_ROOM,
)

_LOG = logging.getLogger("ishowtts.player")

INTERVAL_S = 1.0
PUBLISH_TIMEOUT_S = 5.0
FAREWELL_TIMEOUT_S = 1.0
MAX_GONE = 50

Told = tuple[Topic, dict[str, Any], Part]


class HomeAssistantLink:
    """One player's entities.

    Args:
        bus: A connection of its own: an MQTT client has one last will, and the player's is
            msgpack, which Home Assistant cannot read.
        settings: What is announced, and where.
        instance: Of the player.
        hub: The rooms.
        directory: The other nodes.
    """

    def __init__(
        self,
        bus: Bus,
        settings: HomeAssistantSettings,
        instance: str,
        hub: Hub,
        directory: NodeDirectory,
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._instance = instance
        self._hub = hub
        self._directory = directory
        self._url = ""
        self._gone: set[str] = set()
        self._told: dict[str, Part] = {}
        self._news = asyncio.Event()
        self._closed = False

    async def start(self, url: str) -> None:
        """Connect; `run` says the rest.

        Args:
            url: Of the page.
        """
        self._url = url
        bus, instance = self._bus, self._instance
        bus.set_will(HOME_AVAILABILITY, HomeAvailability(state="offline"), instance=instance)
        bus.on_connected = self._say_all_again
        bus.on_fatal_error = _on_fatal_error
        bus.subscribe(HOME_ASSISTANT_STATUS, self._on_status, discovery=self._settings.prefix)
        bus.subscribe(HOME_ROOM, self._on_room, instance=instance)
        await bus.start()

    async def run(self) -> None:
        """Publish what has changed, once a second at most."""
        while not self._closed:
            if self._bus.connected:
                await self._tell_all()
            await self._until_news()

    async def close(self) -> None:
        """Be unavailable, and disconnect."""
        self._closed = True
        if self._bus.connected:
            offline = HomeAvailability(state="offline")
            try:
                await self._bus.publish(
                    HOME_AVAILABILITY,
                    offline,
                    timeout_s=FAREWELL_TIMEOUT_S,
                    instance=self._instance,
                )
            except BusError as error:
                _LOG.warning("Home Assistant was not told that the player stops: %s", error)
        await self._bus.close()

    def _state(self) -> Iterator[Told]:
        """All there is to tell: entities, their state, and last that it is true."""
        settings, mine = self._settings, {"instance": self._instance}
        device = describe_device(self._instance, self._url, settings.rooms, sorted(self._gone))
        ids = {"discovery": settings.prefix, "device": device_id(self._instance)}
        yield HOME_ASSISTANT_DEVICE, ids, device
        yield HOME_PIPELINE, mine, pipeline_state(self._directory, self._url)
        for room in settings.rooms:
            yield HOME_ROOM, {**mine, "room": room}, room_state(room, self._hub.find(room))
        yield HOME_AVAILABILITY, mine, HomeAvailability(state="online")

    async def _tell_all(self) -> None:
        for topic, ids, message in self._state():
            if self._closed:
                return  # it would say that it is there, after it said that it is not
            await self._tell(topic, ids, message)

    async def _tell(self, topic: Topic, ids: dict[str, Any], message: Part) -> None:
        address = topic.address(**ids)
        if self._told.get(address) == message:
            return
        self._told[address] = message
        try:
            await self._bus.publish(topic, message, timeout_s=PUBLISH_TIMEOUT_S, **ids)
        except BusError:
            self._told.pop(address, None)

    async def _until_news(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), INTERVAL_S)
        except asyncio.TimeoutError:
            return
        self._news.clear()

    def _say_all_again(self) -> None:
        self._told.clear()
        self._news.set()

    def _on_status(self, received: Received[HomeAssistantStatus]) -> None:
        """Home Assistant starts, and may have missed what is retained: it asks for all again."""
        if received.message.state == "online":
            self._say_all_again()

    async def _on_room(self, received: Received[HomeRoom]) -> None:
        """A room from an earlier configuration loses its entities."""
        room = received.ids["room"]
        if not received.retained or room in self._settings.rooms or not is_slug(room):
            return
        if len(self._gone) < MAX_GONE:
            self._gone.add(room)
            await self._bus.clear(HOME_ROOM, timeout_s=PUBLISH_TIMEOUT_S, **received.ids)
            self._news.set()


def remove_entities(bus: Bus, settings: HomeAssistantSettings, instance: str) -> None:
    """Take back what an earlier configuration announced, if it did.

    Only what is retained below our own prefix shows that: a broker of somebody who never turned
    Home Assistant on hears nothing of it.
    """

    async def forget_device(received: Received[HomeAvailability]) -> None:
        if received.retained:
            ids = {"discovery": settings.prefix, "device": device_id(instance)}
            await bus.clear(HOME_ASSISTANT_DEVICE, timeout_s=PUBLISH_TIMEOUT_S, **ids)
            await forget(received)
            _LOG.info("the entities in Home Assistant are removed")

    async def forget(received: Received) -> None:
        if received.retained:
            await bus.clear(received.topic, timeout_s=PUBLISH_TIMEOUT_S, **received.ids)

    bus.subscribe(HOME_PIPELINE, forget, instance=instance)
    bus.subscribe(HOME_ROOM, forget, instance=instance)
    bus.subscribe(HOME_AVAILABILITY, forget_device, instance=instance)


def _on_fatal_error(error: Exception) -> None:
    _LOG.error("Home Assistant cannot be told anything: %s", error)
