"""`ishowtts say`: speak a text through a running pipeline, or without one."""

import asyncio
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from ishowtts_bus import BrokerSettings, Bus, Received, ReplyTo
from ishowtts_cli.client import connected, run_async
from ishowtts_cli.directory import Choice, Directory
from ishowtts_cli.environments import enter
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_cli.sinks import AudioSink, choose_sink
from ishowtts_cli.wish import Wish, checked
from ishowtts_schemas import (
    SAMPLE_BYTES,
    AudioChunk,
    AudioStart,
    AudioStop,
    ChatAccepted,
    ChatRejected,
    SpeechCancel,
    SpeechFailed,
    SpeechRequest,
    TextRequest,
    is_slug,
)
from ishowtts_schemas.chat import MAX_TEXT_CHARS
from ishowtts_schemas.speech import MAX_SPEECH_CHARS
from ishowtts_schemas.topics import (
    CHAT_ACCEPTED,
    CHAT_REJECTED,
    REPLY,
    SPEECH_CANCEL,
    SPEECH_REQUEST,
    TEXT_REQUEST,
    Reply,
)

ROOM = "cli"
START_TIMEOUT_S = 60.0
STALL_TIMEOUT_S = 30.0
VERDICT_TIMEOUT_S = 5.0
MAX_WAITING_EVENTS = 10_000


def say(wish: Wish, output: Path | None, config: Path | None, *, local: bool) -> None:
    """Speak, and return when it has been heard or written.

    Raises:
        CliError: It could not be spoken.
    """
    configuration = load_settings(config)
    if local:
        enter(wish.engine or configuration["synth"].engine, sys.argv[1:])
    wish = checked(wish, MAX_SPEECH_CHARS)
    sink = choose_sink(output)
    if local:
        from ishowtts_cli.local import say_locally

        run_async(say_locally(wish, configuration, sink))
    else:
        run_async(_say_through_pipeline(wish, configuration.broker, sink))


def say_in_room(wish: Wish, room: str, config: Path | None) -> None:
    """Have a room's listeners hear it, as if it were chat, and say what became of it.

    Raises:
        CliError: It was rejected, or nobody took it.
    """
    if not is_slug(room):
        raise CliError(f"room {room!r} may hold a-z, 0-9, _ and - only", ExitCode.USAGE)
    broker = load_settings(config).broker
    run_async(_say_in_room(checked(wish, MAX_TEXT_CHARS), room, broker))


async def _say_through_pipeline(wish: Wish, broker: BrokerSettings, sink: AudioSink) -> None:
    async with connected(broker) as bus:
        directory = Directory()
        await directory.follow(bus)
        choice = directory.choose(wish.voice, wish.engine)
        await speak_remotely(bus, wish, choice, sink)


async def speak_remotely(bus: Bus, wish: Wish, choice: Choice, sink: AudioSink) -> None:
    """Ask a synth, and feed the sink while audio arrives; cancelled, the synth stops too.

    Raises:
        CliError: The synth failed, or fell silent.
    """
    utterance_id = f"cli-{uuid.uuid4().hex}"
    answers = _Answers(utterance_id)
    bus.subscribe(REPLY, answers.put, client=bus.reply_id)
    reply_to = ReplyTo(REPLY.address(client=bus.reply_id))
    request = _request(utterance_id, wish, choice)
    await bus.publish(SPEECH_REQUEST, request, reply_to=reply_to, engine=choice.engine)
    try:
        await _drain_into(answers.audio(), sink)
    except BaseException:
        cancel = SpeechCancel(utterance_id=utterance_id, reason="the client left")
        await bus.publish(SPEECH_CANCEL, cancel, timeout_s=1.0, engine=choice.engine)
        await sink.abort()
        raise


def _request(utterance_id: str, wish: Wish, choice: Choice) -> SpeechRequest:
    return SpeechRequest(
        utterance_id=utterance_id,
        room=ROOM,
        text=wish.text,
        voice=choice.voice,
        deadline_at_ns=time.time_ns() + int(START_TIMEOUT_S * 1e9),
        priority="interactive",
        speed=wish.speed,
    )


async def _drain_into(events: AsyncIterator[AudioStart | bytes], sink: AudioSink) -> None:
    async for event in events:
        if isinstance(event, AudioStart):
            await sink.start(event.sample_rate_hz)
        else:
            await sink.write(event)
    await sink.finish()


class _Answers:
    """Audio of one utterance as it comes, each sample once."""

    def __init__(self, utterance_id: str) -> None:
        self._utterance_id = utterance_id
        self._waiting: asyncio.Queue[Reply] = asyncio.Queue(MAX_WAITING_EVENTS)

    def put(self, received: Received[Reply]) -> None:
        if getattr(received.message, "utterance_id", None) == self._utterance_id:
            self._waiting.put_nowait(received.message)

    async def audio(self) -> AsyncIterator[AudioStart | bytes]:
        """The start, then samples without gap or repeat, until it is done.

        Raises:
            CliError: It failed.
        """
        started, heard = False, 0
        while True:
            event = await self._next(STALL_TIMEOUT_S if started else START_TIMEOUT_S)
            if isinstance(event, AudioStart) and not started:
                started = True
                yield event
            elif isinstance(event, AudioChunk):
                fresh = event.pcm[max(0, heard - event.offset) * SAMPLE_BYTES :]
                heard += len(fresh) // SAMPLE_BYTES
                if fresh:
                    yield fresh
            elif isinstance(event, (AudioStop, SpeechFailed)):
                _check_end(event, heard)
                return

    async def _next(self, timeout_s: float) -> Reply:
        try:
            return await asyncio.wait_for(self._waiting.get(), timeout_s)
        except asyncio.TimeoutError:
            raise CliError(f"the synth has sent nothing for {timeout_s:.0f} s") from None


def _check_end(event: AudioStop | SpeechFailed, heard: int) -> None:
    if isinstance(event, SpeechFailed):
        raise CliError(f"{event.text} ({event.code})")
    if event.reason != "done":
        what = "failed" if event.reason == "failed" else "was cancelled"
        raise CliError(f"the speech {what}" + (f": {event.detail}" if event.detail else ""))
    if not heard:
        raise CliError("the engine made no sound of this text")


async def _say_in_room(wish: Wish, room: str, broker: BrokerSettings) -> None:
    async with connected(broker) as bus:
        await publish_text(bus, wish, room)


async def publish_text(bus: Bus, wish: Wish, room: str) -> None:
    """Publish as any app would, and print what the filter makes of it.

    Raises:
        CliError: It was rejected, or nobody took it.
    """
    verdict: asyncio.Future[ChatAccepted | ChatRejected] = (
        asyncio.get_running_loop().create_future()
    )
    message_id = f"cli-{uuid.uuid4().hex}"

    def on_verdict(received: Received[ChatAccepted] | Received[ChatRejected]) -> None:
        if received.message.message_id == message_id and not verdict.done():
            verdict.set_result(received.message)

    bus.subscribe(CHAT_ACCEPTED, on_verdict, room=room)
    bus.subscribe(CHAT_REJECTED, on_verdict, room=room)
    request = TextRequest(text=wish.text, voice=wish.voice, engine=wish.engine, id=message_id)
    await bus.publish(TEXT_REQUEST, request, room=room)
    _tell(await _verdict(verdict), room)


async def _verdict(
    verdict: "asyncio.Future[ChatAccepted | ChatRejected]",
) -> ChatAccepted | ChatRejected:
    try:
        return await asyncio.wait_for(verdict, VERDICT_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise CliError(
            "nobody took the text: are ingest and filter running? (ishowtts status)"
        ) from None


def _tell(verdict: ChatAccepted | ChatRejected, room: str) -> None:
    if isinstance(verdict, ChatRejected):
        raise CliError(f"rejected by {verdict.rule}: {verdict.reason}")
    sys.stdout.write(f"{room}: will say {verdict.spoken!r} ({verdict.voice})\n")
