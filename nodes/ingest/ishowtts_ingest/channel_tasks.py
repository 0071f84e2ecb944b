"""A task for each channel, for sources whose channels have nothing to do with each other."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

Follow = Callable[[str], Coroutine[Any, Any, None]]
"""Reads a channel, by its name, for as long as it is joined."""


class ChannelTasks:
    """Tasks by channel while `run` runs.

    A task may take its time to say farewell; the next one of the same channel begins after it.
    """

    def __init__(self) -> None:
        self._follow: Follow | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: dict[asyncio.Task[None], str] = {}

    async def run(self, names: Iterable[str], follow: Follow) -> None:
        """Follow these channels, and those that come, until cancelled; then say farewell to all."""
        self._follow = follow
        try:
            for name in names:
                self.start(name)
            await asyncio.Event().wait()
        finally:
            self._follow = None
            await self._end_all()

    def start(self, name: str) -> None:
        """Follow one more channel; before `run`, which is given them all, this does nothing."""
        if self._follow is not None:
            following = self._follow_after_farewell(name, self._follow)
            self._tasks[name] = asyncio.create_task(following, name=f"channel-{name}")

    def end(self, name: str) -> None:
        """Follow a channel no more."""
        task = self._tasks.pop(name, None)
        if task is None:
            return
        # Once only: a second cancel would interrupt the farewell.
        task.cancel()
        self._leaving[task] = name
        task.add_done_callback(self._leaving.pop)

    async def _follow_after_farewell(self, name: str, follow: Follow) -> None:
        before = [task for task, left in self._leaving.items() if left == name]
        if before:
            await asyncio.wait(before)
        await follow(name)

    async def _end_all(self) -> None:
        for name in list(self._tasks):
            self.end(name)
        await asyncio.gather(*self._leaving, return_exceptions=True)
