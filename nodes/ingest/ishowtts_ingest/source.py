"""What a source is, and what it is given."""

import asyncio
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple, Protocol

from ishowtts_bus import Bus, Counters
from ishowtts_ingest.settings.network import NetworkSettings
from ishowtts_schemas import ChannelPhase, ChatMessage, ChatModeration, ChatRejected

SourceEvent = ChatMessage | ChatModeration | ChatRejected
"""`ChatRejected` is for input that is no message at all; its rule is `payload`."""

PAYLOAD_RULE = "payload"
CATCH_UP_EVENTS = 100
CATCH_UP_TIMEOUT_S = 1.0


class Emit(Protocol):
    """Hands an event over. Returns at once, whatever happens downstream."""

    def __call__(self, event: SourceEvent) -> asyncio.Future[bool]:
        """Pass an event on, in order.

        Returns:
            Whether the broker has it, for sources that must know before they let go of
            their input. False: it was dropped and counted.
        """
        ...


class SourceContext:
    """What every source may use.

    Attributes:
        bus: For sources that listen on the bus; events leave through `emit` only.
        counters: Count input that is no message here, by source.
        clock_ns: Wall clock.
        network: How platforms are reached.
        leaving: The process is about to end: what the broker would keep for its successor
            is to be kept.
    """

    def __init__(
        self,
        bus: Bus,
        clock_ns: Callable[[], int] = time.time_ns,
        network: NetworkSettings | None = None,
    ) -> None:
        self.bus = bus
        self.clock_ns = clock_ns
        self.network = network or NetworkSettings()
        self.leaving = False

    @property
    def counters(self) -> Counters:
        return self.bus.counters


class Source(ABC):
    """One origin of chat. Its constructor takes a `SourceContext` and its settings.

    A source waits for its input and for nothing else: `emit` never blocks, so that pings are
    answered and sockets are read whatever the rest of the pipeline does.
    """

    name: ClassVar[str]
    """Module, section of the settings, and label in counters."""
    platform: ClassVar[str]
    """Topic level of what it emits."""

    def __init__(self, context: SourceContext) -> None:
        self.context = context
        self._emitted = 0

    def check(self) -> None:  # noqa: B027 - most sources can always run
        """Say why the source cannot run, before anything is opened.

        Raises:
            SourceError: It cannot.
        """

    @abstractmethod
    async def run(self, emit: Emit) -> None:
        """Read until the input ends, or until cancelled; then leave nothing open.

        An exception means that the input failed: the source is run again after a pause.
        """

    def count_invalid(self, reason: str) -> None:
        """Count input that could not be read as a message."""
        self.context.counters.add("ingest_invalid_total", source=self.name, reason=reason)

    def rejected(self, room: str, reason: str) -> ChatRejected:
        """Input that is no message, told to whoever watches the room."""
        return ChatRejected(
            message_id=uuid.uuid4().hex,
            platform=self.platform,
            room=room,
            rule=PAYLOAD_RULE,
            reason=reason,
            at_ns=self.context.clock_ns(),
        )

    async def let_catch_up(self, last: asyncio.Future[bool]) -> None:
        """Called after each event, wait now and then, for a bounded time, until it has left.

        For input that comes faster than anybody chats, a file or a pipe.
        """
        self._emitted += 1
        if self._emitted % CATCH_UP_EVENTS == 0:
            await asyncio.wait([last], timeout=CATCH_UP_TIMEOUT_S)


class Channel(NamedTuple):
    """One chat that a source reads.

    Attributes:
        name: As the platform writes it, see `ChannelSource.normalise`.
        room: Where it is spoken.
        voice: The channel's own voice, for messages that nobody chose another for.
        engine: Engine of its messages; None for any.
    """

    name: str
    room: str = "main"
    voice: str | None = None
    engine: str | None = None


class ChannelState(NamedTuple):
    """How the reading of one channel goes; `detail` says why it failed, to a person."""

    phase: ChannelPhase
    detail: str = ""


class ChannelSource(Source):
    """A source of chats that come and go while it runs; without any it keeps no connection.

    What was joined stays joined when `run` fails and is run again.

    Attributes:
        channels: What is to be read, by name.
        on_state: Called when a channel has come, gone or fares differently.
    """

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self.channels: dict[str, Channel] = {}
        self.on_state: Callable[[], None] | None = None
        self._states: dict[str, ChannelState] = {}

    @abstractmethod
    def normalise(self, channel: str) -> str:
        """The platform's name of what a person typed: a name, an id, or an address.

        Raises:
            SourceError: It is none.
        """

    @abstractmethod
    def on_joined(self, channel: Channel) -> None:
        """Begin to read; returns at once. Before `run`, what stands in `channels` is enough."""

    @abstractmethod
    def on_left(self, channel: Channel) -> None:
        """Stop reading; returns at once, and nothing more of it is emitted."""

    def join(self, channel: Channel) -> bool:
        """Read a channel from now on.

        Returns:
            False where it is read already; room and voice of the new request then hold.
        """
        known = channel.name in self.channels
        self.channels[channel.name] = channel
        if not known:
            self.set_state(channel.name, "connecting")
            self.on_joined(channel)
        return not known

    def leave(self, name: str) -> bool:
        """Stop reading a channel; False where it was not read."""
        channel = self.channels.pop(name, None)
        self._states.pop(name, None)
        if channel is None:
            return False
        self.on_left(channel)
        self._tell()
        return True

    def state(self, name: str) -> ChannelState:
        """How the reading of a joined channel goes."""
        return self._states[name]

    def set_state(self, name: str, phase: ChannelPhase, detail: str = "") -> None:
        """Say how it goes; called by the source itself. A channel that was left has no state."""
        state = ChannelState(phase, detail)
        if name not in self.channels or self._states.get(name) == state:
            return
        self._states[name] = state
        self._tell()

    def _tell(self) -> None:
        if self.on_state is not None:
            self.on_state()
