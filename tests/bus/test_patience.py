"""Waiting that a cancellation always ends."""

import asyncio

import pytest

from ishowtts_bus.patience import within


async def test_a_result_is_handed_on():
    assert await within(1, asyncio.sleep(0, "done")) == "done"


async def test_an_error_is_handed_on():
    async def fail():
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        await within(1, fail())


async def test_what_takes_too_long_is_cancelled():
    work = asyncio.ensure_future(asyncio.Event().wait())
    with pytest.raises(asyncio.TimeoutError):
        await within(0.01, work)
    assert work.cancelled()


async def test_a_cancellation_that_comes_with_the_result_is_not_lost():
    work = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(within(1, work))
    await asyncio.sleep(0.01)
    work.set_result("done")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_cancellation_cancels_the_work():
    work = asyncio.ensure_future(asyncio.Event().wait())
    waiting = asyncio.create_task(within(1, work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.cancelled()
