"""Turns the dispatcher's wishes into deeds, whenever something or the time has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ishowtts_bus import Bus
from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.gauges import DispatchGauges
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.performer import ActionPerformer


class Pump:
    """Polls the dispatcher and has done what it wants.

    Args:
        bus: Tells whether requests can be published.
        dispatcher: Wants things done.
        performer: Does them.
        gauges: Show how it stands.
        clock: Monotonic seconds.

    Attributes:
        landed: Set while synths have nothing of this filter.
        on_paused: Called when other engines than before are left alone for failing.
    """

    def __init__(
        self,
        bus: Bus,
        dispatcher: Dispatcher,
        performer: ActionPerformer,
        gauges: DispatchGauges,
        clock: Callable[[], float],
    ) -> None:
        self.landed = asyncio.Event()
        self.on_paused: Callable[[], None] | None = None
        self._bus = bus
        self._dispatcher = dispatcher
        self._performer = performer
        self._gauges = gauges
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self._paused: tuple[str, ...] = ()

    def run(self) -> Saved | None:
        """Do what can be done now; the result is there when its ends are written."""
        now = self._clock()
        actions = self._dispatcher.poll(now, online=self._bus.connected)
        saved = self._performer.perform(actions, now)
        if self._dispatcher.in_flight:
            self.landed.clear()
        else:
            self.landed.set()
        self._gauges.show(now)
        self._notice_pauses()
        self._arm(now)
        return saved

    def handle(self) -> Awaitable[Any] | None:
        """The same for handlers: whoever gives up waiting does not undo the writing."""
        saved = self.run()
        return None if saved is None else asyncio.shield(saved)

    def stop(self) -> None:
        """Wake up no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _notice_pauses(self) -> None:
        paused = self._dispatcher.paused_engines
        if paused != self._paused:
            self._paused = paused
            if self.on_paused is not None:
                self.on_paused()

    def _arm(self, now: float) -> None:
        """Wake up when time alone changes something."""
        wake_at = self._dispatcher.next_wake(now)
        if wake_at is None or (self._timer is not None and self._wake_at <= wake_at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wake_at = wake_at
        delay_s = max(0.0, wake_at - now)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.run()
