"""Time and threads under a test's control: a loop that never waits, work that is done on demand."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock only the test moves; timers are due when it says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__()

    def time(self) -> float:
        return self.now

    def turn(self, count: int = 1) -> None:
        """Run what is ready, a number of times."""
        self.run_until_complete(_turns(count))


class StepExecutor(Executor):
    """Does its work when the test says so, or never."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.at_once = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        if self.at_once:
            self.work()
        return future

    def work(self, *, tell: bool = True) -> None:
        """Do what waits; whoever died meanwhile is not told."""
        while self.jobs:
            future, job = self.jobs.pop(0)
            try:
                result = job()
            except Exception as error:  # noqa: BLE001 - it is the caller's
                future.set_exception(error)
            else:
                if tell:
                    future.set_result(result)


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
