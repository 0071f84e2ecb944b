"""The wire as bytes on disk: a change of it is a change of a file under `golden/`.

After a change that is meant, `python tests/schemas/test_golden.py` writes the files anew.
"""

from pathlib import Path

import msgpack
import msgspec
import pytest

from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Author,
    ChatAccepted,
    ChatEnded,
    ChatEvent,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    Command,
    CommandReply,
    Emote,
    HomeAssistantDevice,
    HomeAssistantStatus,
    HomeAvailability,
    HomePipeline,
    HomeRoom,
    InlineReference,
    NodeInfo,
    NodeState,
    NodeStats,
    Part,
    PlaybackState,
    ProfileInfo,
    RefusedVoice,
    RoomControl,
    Sample,
    SpeechCancel,
    SpeechDone,
    SpeechFailed,
    SpeechPart,
    SpeechRequest,
    SpeechTaken,
    TextRequest,
    VoiceInfo,
    VoiceReference,
)
from ishowtts_schemas.topics import TOPICS

GOLDEN = Path(__file__).parent / "golden"
AT_NS = 1_760_000_000_123_456_789
UTTERANCE = "u-0123456789ab"

SAMPLES: tuple[Part, ...] = (
    TextRequest(
        text="你好 hello 👋",
        author="Miao",
        voice="cmn",
        engine="espeak",
        profile="fast",
        priority="mention",
        id="app-1",
    ),
    ChatMessage(
        id="m-1",
        platform="twitch",
        room="main",
        author=Author(
            name="妙", id="42", login="miao", color="#ff00aa", roles=("moderator", "subscriber")
        ),
        text="Kappa hi",
        received_at_ns=AT_NS,
        sent_at_ns=AT_NS - 1,
        channel="SomeStream",
        kind="super_chat",
        priority="paid",
        emotes=(Emote(name="Kappa", start=0, end=5),),
        event=ChatEvent(name="火箭", count=2, amount=30.5, currency="CNY", recipient="bob"),
        reply_to="bob",
        first_message=True,
        voice="en-us",
        engine="espeak",
        profile="exact",
        channel_voice="cmn",
    ),
    ChatModeration(
        platform="twitch",
        room="main",
        action="author_removed",
        at_ns=AT_NS,
        message_id="m-1",
        author_id="42",
        channel="SomeStream",
    ),
    ChatRejected(
        message_id="m-2",
        platform="twitch",
        room="main",
        rule="too_long",
        reason="400 characters, 200 are spoken",
        at_ns=AT_NS,
    ),
    ChatAccepted(
        message_id="m-1",
        platform="twitch",
        room="main",
        utterance_id=UTTERANCE,
        spoken="hi",
        voice="en-us",
        at_ns=AT_NS,
    ),
    ChatEnded(
        message_id="m-1",
        platform="twitch",
        room="main",
        utterance_id=UTTERANCE,
        outcome="expired",
        at_ns=AT_NS,
        reason="waited 60 s",
    ),
    SpeechRequest(
        utterance_id=UTTERANCE,
        room="main",
        text="hi",
        voice="en-us",
        deadline_at_ns=AT_NS,
        priority="paid",
        attempt=2,
        speed=1.25,
        language="en-US",
        options={"nfe_step": 7, "pitch": 1.5, "mode": "fast", "denoise": True},
        offset=4800,
        message_id="m-1",
        author="妙",
        display_text="Kappa hi",
        reference=InlineReference(audio=b"RIFF\x00\x00\x00\x00WAVE", transcript="some call me"),
    ),
    SpeechCancel(utterance_id=UTTERANCE, reason="the synth took too long", attempt=1),
    SpeechTaken(utterance_id=UTTERANCE, attempt=2, instance="1", incarnation=AT_NS),
    SpeechPart(utterance_id=UTTERANCE, attempt=2, chars=12, samples=48_000),
    SpeechDone(
        utterance_id=UTTERANCE,
        attempt=2,
        instance="1",
        outcome="done",
        audio_ms=812.5,
        synth_ms=3.25,
        first_audio_ms=1.5,
    ),
    SpeechFailed(
        utterance_id=UTTERANCE,
        attempt=2,
        code="engine_error",
        text="the engine ran out of memory",
        retryable=True,
        instance="1",
    ),
    AudioStart(
        utterance_id=UTTERANCE,
        room="main",
        attempt=2,
        sample_rate_hz=24_000,
        engine="espeak",
        voice="en-us",
        text="Kappa hi",
        started_at_ns=AT_NS,
        message_id="m-1",
        author="妙",
    ),
    AudioChunk(utterance_id=UTTERANCE, offset=1440, pcm=b"\x00\x00\x01\x80\xff\x7f"),
    AudioStop(
        utterance_id=UTTERANCE, attempt=2, reason="failed", samples=19_500, detail="engine lost"
    ),
    PlaybackState(
        room="main",
        at_ns=AT_NS,
        backlog_ms=1234.5,
        paused=True,
        now_playing=UTTERANCE,
        listeners=3,
    ),
    RoomControl(action="skip", utterance_id=UTTERANCE),
    VoiceReference(
        voice="miao",
        version="0" * 64,
        engines=("f5", "indextts2"),
        transcript="some call me nature",
        audio=b"RIFF\x00\x00\x00\x00WAVE",
        updated_at_ns=AT_NS,
        language="en",
        label="Miao",
        licence="CC0",
        engine_label="Studio",
    ),
    NodeState(
        node="synth",
        instance="1",
        incarnation=AT_NS,
        health="starting",
        pid=4711,
        detail="loads the model",
    ),
    NodeInfo(
        node="synth",
        instance="1",
        incarnation=AT_NS,
        version="0.1.0",
        engine="espeak",
        engine_label="eSpeak NG",
        default_voice="en-us",
        voices=(
            VoiceInfo(
                id="en-us",
                label="English",
                engine_label="Synthesizer",
                language="en-US",
                transcript="hello",
                licence="GPL",
                version="0" * 64,
            ),
        ),
        profiles=(
            ProfileInfo(id="exact", label="exact, 16 steps"),
            ProfileInfo(id="fast", label="fast, 7 steps", approximate=True),
        ),
        slots=4,
        clones=True,
        sample_rate_hz=24_000,
        device="cpu",
        address="http://127.0.0.1:8080/",
        listeners=("Chatterbox: http://127.0.0.1:8081",),
        sources=("mqtt_text",),
        refused_voices=(RefusedVoice(id="ann", version="1" * 64, reason="the clip is silent"),),
    ),
    NodeStats(
        node="filter",
        instance="1",
        incarnation=AT_NS,
        at_ns=AT_NS,
        samples=(
            Sample(name="accepted_total", value=3, labels={"room": "main"}),
            Sample(name="queued", value=1.5, kind="gauge"),
        ),
    ),
    Command(name="queue", args={"room": "main", "limit": 3, "deep": {"list": [1, None, True]}}),
    CommandReply(ok=False, result={"queued": 0}, error="no such room", code="not_found"),
    HomeAvailability(state="online"),
    HomePipeline(
        ready=False, problem="no synth is ready", address="http://127.0.0.1:8080", version="0.1.0"
    ),
    HomeRoom(room="main", speaking=True, paused=True, queued=3, backlog_s=12, listeners=2),
    HomeAssistantDevice(
        device={"identifiers": ["ishowtts-1"]},
        origin={"name": "iShowTTS"},
        availability_topic="ishowtts/v1/home/1/availability",
        components={"main_skip": {"platform": "button"}},
    ),
    HomeAssistantStatus(state="offline"),
)

by_type = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)


def golden_file(message: type[Part]) -> Path:
    return GOLDEN / f"{message.__name__}.msgpack"


def wire_types() -> set[type[Part]]:
    return {message for topic in TOPICS for message in topic.messages}


def test_there_is_one_sample_and_one_file_for_every_message_on_a_topic():
    assert {type(sample) for sample in SAMPLES} == wire_types()
    assert set(GOLDEN.iterdir()) == {golden_file(message) for message in wire_types()}


@by_type
def test_a_sample_fills_every_field_with_something_else_than_its_default(sample: Part):
    defaults = [
        field.name
        for field in msgspec.structs.fields(sample)
        if not field.required and getattr(sample, field.name) in (field.default, ())
    ]

    assert defaults == []


@by_type
def test_the_wire_is_what_it_was(sample: Part):
    message = type(sample)

    assert msgspec.msgpack.encode(sample) == golden_file(message).read_bytes(), (
        "the wire has changed; if that is meant, run python tests/schemas/test_golden.py"
    )
    assert msgspec.msgpack.decode(golden_file(message).read_bytes(), type=message) == sample


@by_type
def test_the_plain_msgpack_package_reads_and_writes_every_message(sample: Part):
    foreign = msgpack.unpackb(golden_file(type(sample)).read_bytes())

    assert foreign.get("type") == sample.__struct_config__.tag
    assert msgspec.convert(foreign, type(sample)) == sample
    assert msgspec.msgpack.decode(msgpack.packb(foreign), type=type(sample)) == sample


@by_type
def test_every_topic_that_carries_it_reads_it(sample: Part):
    carriers = [topic for topic in TOPICS if type(sample) in topic.messages]

    read = [topic.decode(topic.encode(sample), topic.sent_as) for topic in carriers]

    assert read == [sample] * len(carriers)


def test_a_reader_of_today_reads_a_message_with_a_field_of_tomorrow():
    foreign = msgpack.unpackb(golden_file(SpeechCancel).read_bytes()) | {"new_field": [1]}

    cancel = msgspec.msgpack.decode(msgpack.packb(foreign), type=SpeechCancel)

    assert cancel.utterance_id == UTTERANCE


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for stale in GOLDEN.iterdir():
        stale.unlink()
    for item in SAMPLES:
        golden_file(type(item)).write_bytes(msgspec.msgpack.encode(item))
