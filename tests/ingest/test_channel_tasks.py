"""A channel has one task at a time, and each may say farewell."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ishowtts_ingest.channel_tasks import ChannelTasks
from tests.ingest.platform import until


class Stage:
    """Tasks whose farewell lasts until `part` is set; `told` is what they did."""

    def __init__(self, *names: str) -> None:
        self.tasks = ChannelTasks()
        self.told: list[str] = []
        self.part = asyncio.Event()
        self.running = asyncio.create_task(self.tasks.run(names, self._follow))

    async def _follow(self, name: str) -> None:
        self.told.append(f"+{name}")
        try:
            await asyncio.Event().wait()
        finally:
            await self.part.wait()
            self.told.append(f"-{name}")

    async def end(self) -> None:
        self.part.set()
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage("ann")
    await until(lambda: stage.told == ["+ann"])
    yield stage
    await stage.end()


async def test_a_channel_that_comes_again_waits_for_its_farewell(stage: Stage) -> None:
    stage.tasks.end("ann")
    stage.tasks.start("ann")
    stage.tasks.start("bea")
    await until(lambda: "+bea" in stage.told)
    assert stage.told == ["+ann", "+bea"]
    stage.part.set()
    await until(lambda: len(stage.told) == 4)
    assert stage.told == ["+ann", "+bea", "-ann", "+ann"]


async def test_the_end_waits_for_every_farewell(stage: Stage) -> None:
    stage.tasks.start("bea")
    await until(lambda: len(stage.told) == 2)
    stage.tasks.end("ann")
    stage.running.cancel()
    await asyncio.sleep(0.01)
    assert not stage.running.done()
    stage.part.set()
    await asyncio.gather(stage.running, return_exceptions=True)
    assert sorted(stage.told[2:]) == ["-ann", "-bea"]


async def test_what_comes_while_nothing_runs_is_left_to_the_next_run(stage: Stage) -> None:
    await stage.end()
    stage.tasks.start("bea")
    stage.tasks.end("nobody")
    await asyncio.sleep(0)
    assert "+bea" not in stage.told
