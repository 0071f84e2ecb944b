"""Waiting that a cancellation always ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def is_set_within(event: asyncio.Event, timeout_s: float | None) -> bool:
    """Wait for an event, for ever without a bound; False when the time is over.

    Before Python 3.12 `asyncio.wait_for` swallows a cancellation that comes together with the
    event: https://github.com/python/cpython/issues/81839.
    """
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait([waiting], timeout=timeout_s)
    finally:
        waiting.cancel()
    return event.is_set()


async def run_until_first(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run them until one ends or fails, then end the others."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(*tasks)


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel them and wait until they are gone, whatever they say."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
