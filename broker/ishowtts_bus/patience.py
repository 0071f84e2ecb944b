"""Waiting, but not for ever."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


async def within(timeout_s: float, work: Awaitable[T]) -> T:
    """The result of some work.

    Before Python 3.12 `asyncio.wait_for` loses a cancellation that comes together with the result
    (https://github.com/python/cpython/issues/86296): a client that left at that moment would keep
    its synth.

    Raises:
        asyncio.TimeoutError: It took too long, and was cancelled.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(_seen)
    try:
        await asyncio.wait((task,), timeout=timeout_s)
    finally:
        late = not task.done()
        if late:
            task.cancel()
            await asyncio.wait((task,))
    if late and task.cancelled():
        raise asyncio.TimeoutError
    return task.result()


def _seen(task: "asyncio.Future[Any]") -> None:
    """Or asyncio complains of an error that nobody looked at, because the waiter was cancelled."""
    if not task.cancelled():
        task.exception()
