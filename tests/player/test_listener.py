import asyncio

from ishowtts_player.rooms.listener import BATCH_BYTES, Listener


async def test_events_that_wait_are_sent_together():
    listener = Listener(10, 1000)
    for data in (b"a", b"b", b"c"):
        assert listener.offer(data)
    assert await listener.take() == b"abc"


async def test_a_batch_is_bounded():
    listener = Listener(10, 10 * BATCH_BYTES)
    for _ in range(3):
        listener.offer(bytes(BATCH_BYTES))
    assert len(await listener.take()) == BATCH_BYTES


async def test_a_full_queue_takes_nothing_more():
    by_count = Listener(2, 1000)
    assert [by_count.offer(b"x") for _ in range(3)] == [True, True, False]
    by_size = Listener(100, 10)
    assert [by_size.offer(b"12345") for _ in range(3)] == [True, True, False]


async def test_a_long_replay_is_no_slowness():
    listener = Listener(2, 10)
    listener.prefill([b"replay" for _ in range(20)])
    assert listener.offer(b"live")
    assert await listener.take() == b"replay" * 20 + b"live"
    assert [listener.offer(b"12345") for _ in range(3)].count(True) >= 2


async def test_an_ended_stream_wakes_its_reader():
    listener = Listener(2, 10)
    reading = asyncio.create_task(listener.take())
    await asyncio.sleep(0)
    listener.end("shutdown")
    assert await reading is None


async def test_only_a_slow_one_is_broken_off():
    broken: list[str] = []
    for ending in ("slow", "left", "shutdown"):
        listener = Listener(2, 10, lambda ending=ending: broken.append(ending))
        listener.offer(b"x")
        listener.end(ending)
        listener.end("left")
        assert await listener.take() is None
        assert listener.ending == ending
    assert broken == ["slow"]
