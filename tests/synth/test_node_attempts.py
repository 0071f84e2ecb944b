"""Requests that are called off, come twice, or are asked for again."""

import asyncio
import time

import pytest

from ishowtts_bus import ReplyTo
from ishowtts_schemas import AudioStop
from ishowtts_schemas.topics import REPLY
from tests.synth.fakes import GateEngine, speech_request
from tests.synth.site import Site, is_done


async def test_cancel_ends_the_audio(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open(1)
    await listener.ask(speech_request("u1"))
    await listener.until(listener.chunks)
    await listener.cancel("u1")
    await asyncio.sleep(0)
    gate.open(1)
    await listener.until(lambda: listener.done("u1"))
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert stop.reason == "cancelled"
    assert listener.done("u1").outcome == "cancelled"  # type: ignore[union-attr]


@pytest.mark.parametrize(("whole", "reason"), [(False, "failed"), (True, "cancelled")])
async def test_an_attempt_that_is_called_off_does_not_end_the_utterance_for_listeners(
    site: Site, gate: GateEngine, whole: bool, reason: str
) -> None:
    listener = site.listener
    gate.open(1)
    await listener.ask(speech_request("u1"))
    await listener.until(listener.chunks)
    await listener.cancel("u1", attempt=1)
    if whole:
        await listener.cancel("u1")
    gate.open(1)
    await listener.until(lambda: listener.done("u1"))
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert (stop.reason, stop.attempt) == (reason, 1)


async def test_a_cancel_that_comes_first_wins(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open()
    await listener.cancel("u1")
    await listener.ask(speech_request("u1"))
    await listener.ask(speech_request("u2"))
    await listener.until(lambda: listener.done("u1") and listener.done("u2"))
    assert listener.done("u1").outcome == "cancelled"  # type: ignore[union-attr]
    assert {m.utterance_id for _, m in listener.audio} == {"u2"}


async def test_a_cancelled_requester_still_hears_an_end(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    address = REPLY.address(client="bridge")
    await listener.cancel("u1")
    await listener.ask(speech_request("u1"), ReplyTo(address, b"1"))
    await listener.until(lambda: listener.replies)
    (_, stop), *more = listener.replies
    assert isinstance(stop, AudioStop)
    assert (stop.reason, stop.samples, more) == ("cancelled", 0, [])


async def test_expired_and_repeated_requests_are_not_spoken(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    await listener.ask(speech_request("late", deadline_at_ns=time.time_ns() - 1))
    for _ in range(3):
        await listener.ask(speech_request("u1"))
    await listener.until(lambda: listener.failure("late"))
    failure = listener.failure("late")
    assert failure is not None
    assert (failure.code, failure.retryable) == ("expired", False)
    counters = site.nodes[0].bus.counters
    await listener.until(lambda: counters.get("speech_duplicates_total") == 2)
    gate.open()
    await listener.until(lambda: listener.done("u1"))
    assert len(gate.texts) == 1


async def test_whoever_asks_again_for_what_was_spoken_is_told_so(
    site: Site, gate: GateEngine
) -> None:
    listener = site.listener
    gate.open()
    await listener.ask(speech_request("u1"))
    await listener.until(lambda: listener.done("u1"))
    heard = len(listener.audio)
    await listener.ask(speech_request("u1", attempt=2))
    counters = site.nodes[0].bus.counters
    await listener.until(lambda: counters.get("speech_repeats_total") == 1)
    await listener.until(lambda: [m.attempt for m in listener.progress if is_done(m)] == [1, 2])
    assert len(gate.texts) == 1
    assert len(listener.audio) == heard


async def test_another_engines_rest_is_numbered_from_where_listeners_are(
    site: Site, gate: GateEngine
) -> None:
    listener = site.listener
    gate.open()
    await listener.ask(speech_request("u1", attempt=2, offset=48_000))
    await listener.until(lambda: listener.done("u1"))
    assert [chunk.offset for chunk in listener.chunks()][:1] == [48_000]
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert stop.samples == 48_000 + 7200
    done = listener.done("u1")
    assert done is not None
    assert done.audio_ms == 300, "of this attempt alone"
