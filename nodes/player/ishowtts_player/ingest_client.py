"""Commands to the nodes that read chat."""

import asyncio
import contextlib
import time
from typing import Any, TypeVar

import msgspec

from ishowtts_bus import Bus, BusError
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import ApiError, CommandRefusedError, UnavailableError
from ishowtts_schemas import ChannelInfo, ChannelStart, ChannelStop, ChannelStopped, Command, Part
from ishowtts_schemas.topics import NODE_COMMAND

INGEST = "ingest"
ANSWER_TIMEOUT_S = 5.0
FIND_TIMEOUT_S = 1.0
KNOWN_FOR_S = 5.0
"""A channel that was started elsewhere is known to uploads this much later."""
BAD_GATEWAY = 502
GATEWAY_TIMEOUT = 504

T = TypeVar("T")


class IngestClient:
    """Asks ingest nodes over the bus.

    Args:
        bus: Where they are asked.
        directory: Who is there.
    """

    def __init__(self, bus: Bus, directory: NodeDirectory) -> None:
        self._bus = bus
        self._directory = directory
        self._known: list[ChannelInfo] = []
        self._known_until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def start(self, wanted: ChannelStart) -> ChannelInfo:
        """Have a channel read by the first ingest node.

        Raises:
            ApiError: It will not, does not answer, or is not there.
        """
        info = await self._ask(self._instances()[0], "start", wanted, ChannelInfo)
        self._known_until = 0.0
        return info

    async def stop(self, unwanted: ChannelStop) -> ChannelStopped:
        """Have a channel read no more, by whichever node reads it.

        Raises:
            ApiError: As for `start`.
        """
        stopped = ChannelStopped(status="idle", channel=None)
        failure: ApiError | None = None
        for instance in self._instances():
            try:
                stopped = await self._ask(instance, "stop", unwanted, ChannelStopped)
            except ApiError as error:
                failure = error
            if stopped.status == "stopped":
                break
        self._known_until = 0.0
        if failure is not None and stopped.status != "stopped":
            raise failure
        return stopped

    async def channels(self, timeout_s: float | None = None) -> list[ChannelInfo]:
        """The channels that are read now.

        Raises:
            ApiError: A node does not answer, or none is there.
        """
        rows = list[ChannelInfo]
        asked = [self._ask(one, "list", None, rows, timeout_s) for one in self._instances()]
        return [info for rows in await asyncio.gather(*asked) for info in rows]

    async def find(self, platform: str, channel: str) -> ChannelInfo | None:
        """What is known of a channel; None if it is not read.

        It is a few seconds old at most, or the last that was known where no node answers.
        """
        async with self._one_at_a_time:
            if time.monotonic() >= self._known_until:
                await self._refresh()
        name = channel.lower()
        for info in self._known:
            if info.platform == platform and info.channel.lower() == name:
                return info
        return None

    async def _refresh(self) -> None:
        self._known_until = time.monotonic() + KNOWN_FOR_S
        with contextlib.suppress(ApiError):
            self._known = await self.channels(FIND_TIMEOUT_S)

    def _instances(self) -> list[str]:
        instances = self._directory.instances(INGEST)
        if not instances:
            why = self._directory.why_not(INGEST)
            raise UnavailableError(f"no ingest node is ready: {why}", "NO_INGEST")
        if not self._bus.connected:
            raise UnavailableError("the broker cannot be reached", "NO_BROKER")
        return instances

    async def _ask(
        self,
        instance: str,
        name: str,
        args: Part | None,
        kind: type[T],
        timeout_s: float | None = None,
    ) -> T:
        given: dict[str, Any] = {} if args is None else msgspec.to_builtins(args)
        command = Command(name=name, args=given)
        where = {"node": INGEST, "instance": instance}
        patience_s = timeout_s or ANSWER_TIMEOUT_S
        try:
            reply = await self._bus.request(NODE_COMMAND, command, timeout_s=patience_s, **where)
        except BusError:
            text = "the ingest node did not answer in time"
            raise ApiError(GATEWAY_TIMEOUT, "TIMEOUT", text) from None
        if not reply.ok:
            raise CommandRefusedError(reply.code, reply.error)
        try:
            return msgspec.convert(reply.result, kind)
        except msgspec.ValidationError:
            text = "the ingest node's answer cannot be read: is it of another version?"
            raise ApiError(BAD_GATEWAY, "BAD_ANSWER", text) from None
