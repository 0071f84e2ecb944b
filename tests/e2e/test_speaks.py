"""Text published on MQTT comes out as sound in the event stream."""

import base64
import io
import json
import wave

import msgpack
import numpy
import pytest

from tests.e2e.pipeline import EventStream, Pipeline, wait_until
from tests.recogniser import Recogniser


def utterance_of(stream: EventStream, text: str) -> str:
    """The id of the utterance that speaks a text, once all of it has arrived."""
    (start,) = stream.wait_for("audio_start", text=text)
    utterance_id = start.data["utterance_id"]
    stream.wait_for("audio_stop", utterance_id=utterance_id)
    return utterance_id


@pytest.mark.parametrize("phrase", ["hello world", "good morning", "black coffee"])
def test_published_words_are_heard(
    pipeline: Pipeline, stream: EventStream, recogniser: Recogniser, phrase: str
) -> None:
    pipeline.publish(phrase)
    utterance_id = utterance_of(stream, phrase)
    assert recogniser.hear(stream.pcm(utterance_id)) == phrase


def test_chinese_and_english_are_spoken(pipeline: Pipeline, stream: EventStream) -> None:
    pipeline.publish("你好 hello")
    utterance_id = utterance_of(stream, "你好 hello")
    samples = numpy.frombuffer(stream.pcm(utterance_id), "<i2")
    assert 24_000 * 0.6 < len(samples) < 24_000 * 5
    assert numpy.abs(samples).max() > 3000


def test_the_stream_tells_the_whole_story_in_order(pipeline: Pipeline, stream: EventStream) -> None:
    pipeline.publish(json.dumps({"text": "open door", "author": "Ana", "id": "story-1"}))
    (ended,) = stream.wait_for("chat_ended", message_id="story-1")
    assert ended.data["outcome"] == "spoken"
    (start,) = stream.of("audio_start", message_id="story-1")
    assert start.data["author"] == "Ana"
    assert start.data["text"] == "open door"
    utterance_id = start.data["utterance_id"]
    stream.wait_for("audio_stop", utterance_id=utterance_id)
    (accepted,) = stream.of("chat_accepted", message_id="story-1")
    assert accepted.data["spoken"] == "Ana says: open door"
    names = [
        event.name
        for event in stream.events
        if "story-1" in event.data.values() or utterance_id in event.data.values()
    ]
    audio = [name for name in names if name.startswith("audio_")]
    assert names.index("chat") < names.index("audio_start")
    assert audio[0] == "audio_start"
    assert audio[-1] == "audio_stop"
    assert set(audio[1:-1]) == {"audio_chunk"}
    (stop,) = stream.of("audio_stop", utterance_id=utterance_id)
    assert stop.data["samples"] * 2 == len(stream.pcm(utterance_id))


def test_the_same_id_is_spoken_once(pipeline: Pipeline, stream: EventStream) -> None:
    for _ in range(3):
        pipeline.publish(msgpack.packb({"text": "blue river", "id": "once"}))
    pipeline.publish(msgpack.packb({"text": "after it", "id": "after"}))
    stream.wait_for("chat_ended", message_id="after")
    assert len(stream.of("audio_start", text="blue river")) == 1


def test_many_messages_each_have_one_end(pipeline: Pipeline, stream: EventStream) -> None:
    for n in range(60):
        pipeline.publish(json.dumps({"text": f"number {n}", "id": f"many-{n}"}))

    def ends() -> dict[str, int]:
        counts: dict[str, int] = {}
        for event in stream.of("chat_ended"):
            if event.data["message_id"].startswith("many-"):
                counts[event.data["message_id"]] = counts.get(event.data["message_id"], 0) + 1
        return counts

    wait_until(lambda: len(ends()) == 60, "an end for each of 60 messages")
    assert set(ends().values()) == {1}


def test_rooms_do_not_hear_each_other(pipeline: Pipeline, stream: EventStream) -> None:
    other = pipeline.listen("other")
    pipeline.publish("only here", room="other")
    other.wait_for("audio_start", text="only here")
    pipeline.publish("only there")
    stream.wait_for("audio_start", text="only there")
    assert not stream.of("audio_start", text="only here")
    assert not other.of("audio_start", text="only there")
    other.close()


def test_a_listener_resumes_where_it_left(pipeline: Pipeline, stream: EventStream) -> None:
    pipeline.publish("first words")
    stream.wait_for("audio_stop")
    seen = [event for event in stream.events if event.id]
    stream.close()
    pipeline.publish("second words")
    again = pipeline.listen(last_event_id=seen[-1].id)
    assert again.of("hello")[0].data["resumed"] is True
    (start,) = again.wait_for("audio_start", text="second words")
    again.wait_for("audio_stop", utterance_id=start.data["utterance_id"])
    assert not {event.id for event in seen} & {event.id for event in again.events if event.id}
    again.close()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "empty"),
        (b"   \t ", "empty"),
        (b"x" * 100_000, "100000 bytes"),
        (b"\xff\xfe\xfd", "UTF-8"),
        (b'{"text": "\\ud800"}', "not valid JSON"),
        (b'{"txt": "hi"}', "text"),
        (msgpack.packb({"text": 5}), "str"),
        (b'{"text": "hi", "voice": "espeak-klingonese"}', "voice"),
        (b'{"text": "hi", "engine": "espaek"}', "espeak"),
    ],
)
def test_bad_text_is_rejected_with_a_reason_and_breaks_nothing(
    pipeline: Pipeline, stream: EventStream, payload: bytes, words: str
) -> None:
    pipeline.publish(payload)
    (rejected,) = stream.wait_for("chat_rejected")
    assert words in rejected.data["reason"]
    assert rejected.data["rule"]
    pipeline.publish("still alive")
    stream.wait_for("audio_start", text="still alive")


def test_control_characters_are_cleaned_away(pipeline: Pipeline, stream: EventStream) -> None:
    pipeline.publish("ni\u200bce\r\nweath\x07er")
    stream.wait_for("audio_start", text="nice weather")


def test_post_tts_answers_ishowtts_envelope_with_speech(
    pipeline: Pipeline, recogniser: Recogniser
) -> None:
    status, body, headers = pipeline.request("POST", "/api/tts", {"text": "hello world"})
    assert status == 200
    assert headers.get_content_type() == "application/json"
    answer = json.loads(body)
    assert {"request_id", "voice_id", "engine", "engine_label", "sample_rate", "audio_base64"} < (
        set(answer)
    )
    assert answer["sample_rate"] == 24_000
    assert answer["format"] == "audio/wav"
    with wave.open(io.BytesIO(base64.b64decode(answer["audio_base64"]))) as clip:
        assert (clip.getnchannels(), clip.getsampwidth()) == (1, 2)
        assert clip.getframerate() == 24_000
        assert clip.getnframes() == answer["waveform_len"]
        assert recogniser.hear(clip.readframes(clip.getnframes())) == "hello world"


def test_an_api_request_is_not_heard_in_the_room(pipeline: Pipeline, stream: EventStream) -> None:
    assert pipeline.request("POST", "/api/tts", {"text": "secret words"})[0] == 200
    pipeline.publish("public words")
    stream.wait_for("audio_start", text="public words")
    assert not stream.of("audio_start", text="secret words")


def test_skip_ends_what_is_spoken_and_goes_on(pipeline: Pipeline, stream: EventStream) -> None:
    pipeline.publish("clear", topic="control")
    numbers = "one two three four five six seven eight nine ten eleven twelve"
    pipeline.publish(numbers)
    (start,) = stream.wait_for("audio_start", text=numbers)
    stream.wait_for("playback", now_playing=start.data["utterance_id"])
    pipeline.publish("skip", topic="control")
    stream.wait_for("control", action="skip", utterance_id=start.data["utterance_id"])
    pipeline.publish("next station")
    stream.wait_for("audio_start", text="next station")


def test_say_and_controls_over_http(pipeline: Pipeline, stream: EventStream) -> None:
    status, body, _ = pipeline.request("POST", "/api/rooms/main/say", {"text": "little bird"})
    assert status == 202
    stream.wait_for("audio_start", message_id=json.loads(body)["message_id"])
    assert pipeline.request("POST", "/api/rooms/main/pause")[0] == 202
    stream.wait_for("playback", paused=True)
    late = pipeline.listen()
    assert late.of("hello")[0].data["paused"] is True
    late.close()
    assert pipeline.request("POST", "/api/rooms/main/resume")[0] == 202
    stream.wait_for("playback", paused=False)
