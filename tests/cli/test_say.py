"""Speaking through a running pipeline."""

import asyncio

import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_cli import say
from ishowtts_cli.directory import Choice
from ishowtts_cli.errors import CliError
from ishowtts_cli.wish import Wish
from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    ChatAccepted,
    ChatRejected,
    SpeechFailed,
)
from ishowtts_schemas.topics import (
    CHAT_ACCEPTED,
    CHAT_REJECTED,
    SPEECH_CANCEL,
    SPEECH_REQUEST,
    TEXT_REQUEST,
)

CHOICE = Choice("espeak", "espeak-en-us")
SOON_S = 5.0


class Ear:
    """A sink that remembers."""

    def __init__(self):
        self.rate_hz = None
        self.pcm = b""
        self.ended = ""
        self.heard = asyncio.Event()

    async def start(self, rate_hz):
        self.rate_hz = rate_hz

    async def write(self, pcm):
        self.pcm += pcm
        self.heard.set()

    async def finish(self):
        self.ended = "finished"

    async def abort(self):
        self.ended = "aborted"


class Synth:
    """Answers each request with the events that a test gives."""

    def __init__(self, bus, answer):
        self.bus = bus
        self.requests = []
        self.cancelled = asyncio.Event()
        self._answer = answer
        bus.subscribe(SPEECH_REQUEST, self._on_request, engine="espeak")
        bus.subscribe(SPEECH_CANCEL, self._on_cancel, engine="espeak")

    async def _on_request(self, received):
        self.requests.append(received.message)
        for event in self._answer(received.message.utterance_id):
            await self.bus.reply(received.reply_to, event)

    def _on_cancel(self, _received):
        self.cancelled.set()


def start(utterance_id):
    return AudioStart(
        utterance_id=utterance_id,
        room="cli",
        attempt=1,
        sample_rate_hz=24_000,
        engine="espeak",
        voice="espeak-en-us",
        text="hi",
        started_at_ns=1,
    )


def chunk(utterance_id, offset, samples):
    return AudioChunk(
        utterance_id=utterance_id,
        offset=offset,
        pcm=b"".join(number.to_bytes(2, "little") for number in samples),
    )


def stop(utterance_id, reason="done", detail=""):
    return AudioStop(utterance_id=utterance_id, attempt=1, reason=reason, samples=4, detail=detail)


@pytest.fixture
async def stage():
    broker = MemoryBroker()
    client, node = broker.bus("cli"), broker.bus("synth")
    await client.start()
    await node.start()
    yield client, node
    await client.close()
    await node.close()


async def speak(client, ear, wish=None):
    await asyncio.wait_for(say.speak_remotely(client, wish or Wish("hi"), CHOICE, ear), SOON_S)


async def test_audio_reaches_the_sink_and_the_wish_the_synth(stage):
    client, node = stage
    synth = Synth(node, lambda u: [start(u), chunk(u, 0, [1, 2]), chunk(u, 2, [3, 4]), stop(u)])
    ear = Ear()

    await speak(client, ear, Wish("hi", speed=1.5))

    assert (ear.rate_hz, ear.ended) == (24_000, "finished")
    assert ear.pcm == b"\x01\x00\x02\x00\x03\x00\x04\x00"
    (request,) = synth.requests
    assert (request.text, request.voice, request.speed) == ("hi", "espeak-en-us", 1.5)
    assert request.priority == "interactive"


async def test_a_repeat_after_a_lost_synth_is_heard_once(stage):
    client, node = stage
    Synth(
        node,
        lambda u: [
            start(u),
            chunk(u, 0, [1, 2, 3]),
            start(u),
            chunk(u, 0, [1, 2]),
            chunk(u, 2, [3, 4]),
            stop(u),
        ],
    )
    ear = Ear()

    await speak(client, ear)

    assert ear.pcm == b"\x01\x00\x02\x00\x03\x00\x04\x00"


async def test_answers_to_somebody_else_are_not_played(stage):
    client, node = stage
    Synth(
        node,
        lambda u: [start(u), chunk("other", 0, [9]), chunk(u, 0, [1]), stop("other"), stop(u)],
    )
    ear = Ear()

    await speak(client, ear)

    assert ear.pcm == b"\x01\x00"


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (
            lambda u: SpeechFailed(
                utterance_id=u,
                attempt=1,
                code="engine_error",
                text="out of memory",
                retryable=True,
            ),
            r"out of memory \(engine_error\)",
        ),
        (lambda u: stop(u, "cancelled"), "the speech was cancelled"),
        (lambda u: stop(u, "failed", "lost"), "the speech failed: lost"),
        (stop, "no sound"),
    ],
)
async def test_a_bad_end_is_told_and_nothing_is_kept(stage, end, said):
    client, node = stage
    Synth(node, lambda u: [start(u), end(u)])
    ear = Ear()

    with pytest.raises(CliError, match=said):
        await speak(client, ear)
    assert ear.ended == "aborted"


async def test_who_leaves_cancels_the_synth(stage):
    client, node = stage
    synth = Synth(node, lambda u: [start(u), chunk(u, 0, [1])])
    ear = Ear()
    speaking = asyncio.ensure_future(speak(client, ear))
    await asyncio.wait_for(ear.heard.wait(), SOON_S)

    speaking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await speaking
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    assert ear.ended == "aborted"


async def test_a_synth_that_falls_silent_is_given_up(stage, monkeypatch):
    monkeypatch.setattr(say, "STALL_TIMEOUT_S", 0.01)
    client, node = stage
    synth = Synth(node, lambda u: [start(u), chunk(u, 0, [1])])

    with pytest.raises(CliError, match="has sent nothing"):
        await speak(client, Ear())
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)


def judge(node, verdict):
    """Ingest and filter in one: answers each text with a verdict."""

    async def on_text(received):
        message_id, room = received.message.id, received.ids["room"]
        accepted = ChatAccepted(
            message_id=message_id,
            platform="mqtt",
            room=room,
            utterance_id="u",
            spoken="hello",
            voice="espeak",
            at_ns=1,
        )
        rejected = ChatRejected(
            message_id=message_id,
            platform="mqtt",
            room=room,
            rule="links",
            reason="contains a link",
            at_ns=1,
        )
        if verdict == "accepted":
            await node.publish(CHAT_ACCEPTED, accepted, platform="mqtt", room=room)
        elif verdict == "rejected":
            await node.publish(CHAT_REJECTED, rejected, platform="mqtt", room=room)

    node.subscribe(TEXT_REQUEST, on_text)


async def test_a_room_is_told_what_it_will_hear(stage, capsys):
    client, node = stage
    judge(node, "accepted")

    await say.publish_text(client, Wish("hello"), "main")

    assert capsys.readouterr().out == "main: will say 'hello' (espeak)\n"


async def test_a_rejected_text_is_an_error_with_the_rule(stage):
    client, node = stage
    judge(node, "rejected")

    with pytest.raises(CliError, match="rejected by links: contains a link"):
        await say.publish_text(client, Wish("http://x.y"), "main")


async def test_a_text_that_nobody_takes_is_an_error(stage, monkeypatch):
    monkeypatch.setattr(say, "VERDICT_TIMEOUT_S", 0.01)
    client, _ = stage

    with pytest.raises(CliError, match="nobody took the text"):
        await say.publish_text(client, Wish("hello"), "main")
