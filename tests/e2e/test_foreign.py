"""Programs without a line of this project: paho, msgpack, mosquitto_pub."""

import json
import queue
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import msgpack
import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ishowtts_schemas.topics import TOPICS
from tests.e2e.pipeline import SOON_S, EventStream, Pipeline

RETAINED_KINDS = ("state", "info", "stats")


class ForeignClient:
    """Speaks MQTT 5 and msgpack, knows topics as strings."""

    def __init__(self, port: int, *filters: str) -> None:
        self.inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        subscribed = queue.Queue[int]()
        self._client.on_subscribe = lambda *_args: subscribed.put(1)
        for address_filter in filters:
            self._client.subscribe(address_filter, 1)
            subscribed.get(timeout=SOON_S)

    def publish(self, address: str, body: bytes, response_topic: str | None = None) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        if response_topic:
            properties.ResponseTopic = response_topic
            properties.CorrelationData = b"mine"
        self._client.publish(address, body, 1, properties=properties).wait_for_publish(SOON_S)

    def until(self, address: str, kind: str) -> dict[str, Any]:
        """The next message of a type on a topic."""
        deadline = time.monotonic() + SOON_S
        while time.monotonic() < deadline:
            topic, message = self.inbox.get(timeout=SOON_S)
            if topic == address and message.get("type") == kind:
                return message
        raise TimeoutError(f"no {kind} on {address}")

    def close(self) -> None:
        self._client.loop_stop()
        self._client.disconnect()

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        if message.payload:
            read = json.loads if message.payload.startswith(b"{") else msgpack.unpackb
            self.inbox.put((message.topic, read(message.payload)))


@pytest.fixture
def foreigner(pipeline: Pipeline) -> Iterator[ForeignClient]:
    client = ForeignClient(
        pipeline.broker_port, "ishowtts/v1/chat/#", "ishowtts/v1/audio/#", "foreign/answers"
    )
    yield client
    client.close()


def test_text_in_and_audio_out_with_plain_msgpack(foreigner: ForeignClient) -> None:
    foreigner.publish("ishowtts/v1/text/main", msgpack.packb({"text": "foreign words"}))
    chat = foreigner.until("ishowtts/v1/chat/mqtt/main/message", "chat_message")
    assert chat["text"] == "foreign words"
    start = foreigner.until("ishowtts/v1/audio/main", "audio_start")
    chunk = foreigner.until("ishowtts/v1/audio/main", "audio_chunk")
    stop = foreigner.until("ishowtts/v1/audio/main", "audio_stop")
    assert start["utterance_id"] == chunk["utterance_id"] == stop["utterance_id"]
    assert isinstance(chunk["pcm"], bytes)


def test_a_request_with_a_response_topic_is_answered_there(foreigner: ForeignClient) -> None:
    foreigner.publish("ishowtts/v1/text/main", b'{"text": "hi", "id": "asked"}', "foreign/answers")
    reply = foreigner.until("foreign/answers", "command_reply")
    assert reply["ok"] is True
    assert reply["result"]["message_id"] == "asked"
    foreigner.publish("ishowtts/v1/text/main", b'{"txt": 1}', "foreign/answers")
    refused = foreigner.until("foreign/answers", "command_reply")
    assert refused["ok"] is False
    assert "text" in refused["error"]


def test_speech_on_request_without_chat(foreigner: ForeignClient) -> None:
    request = {
        "type": "speech_request",
        "utterance_id": "foreign-1",
        "room": "foreign",
        "text": "direct words",
        "voice": "espeak-en-us",
        "deadline_at_ns": 2**62,
    }
    foreigner.publish(
        "ishowtts/v1/speech/espeak/request", msgpack.packb(request), "foreign/answers"
    )
    start = foreigner.until("foreign/answers", "audio_start")
    assert start["voice"] == "espeak-en-us"
    foreigner.until("foreign/answers", "audio_stop")


def test_an_unknown_voice_is_refused_by_name(foreigner: ForeignClient) -> None:
    request = {
        "type": "speech_request",
        "utterance_id": "foreign-2",
        "room": "foreign",
        "text": "x",
        "voice": "espeak-en-uz",
        "deadline_at_ns": 2**62,
    }
    foreigner.publish(
        "ishowtts/v1/speech/espeak/request", msgpack.packb(request), "foreign/answers"
    )
    failed = foreigner.until("foreign/answers", "speech_failed")
    assert failed["code"] == "unknown_voice"
    assert "espeak-en-us" in failed["text"]


def test_retained_topics_are_plain_msgpack(pipeline: Pipeline) -> None:
    client = ForeignClient(pipeline.broker_port, "ishowtts/v1/node/#")
    wanted = {f"ishowtts/v1/node/filter/1/{kind}": f"node_{kind}" for kind in RETAINED_KINDS}
    found: dict[str, str] = {}
    while not wanted.items() <= found.items():
        topic, message = client.inbox.get(timeout=SOON_S)
        found[topic] = message["type"]
    client.close()


def test_every_topic_refuses_garbage_and_lives(pipeline: Pipeline, stream: EventStream) -> None:
    vandal = ForeignClient(pipeline.broker_port)
    for topic in TOPICS:
        ids = {level: "espeak" if level == "engine" else "main" for level in topic.levels}
        for body in (b"\xc1\xc1", msgpack.packb([1, 2]), msgpack.packb({"type": "nonsense"})):
            vandal.publish(topic.address(**ids), body)
    vandal.close()
    pipeline.publish("strong wind")
    stream.wait_for("audio_start", text="strong wind")


def test_the_line_that_run_all_prints_works(pipeline: Pipeline, stream: EventStream) -> None:
    (command,) = [line.strip() for line in pipeline.output if "mosquitto_pub" in line]
    subprocess.run(["sh", "-c", command], check=True, timeout=10)
    stream.wait_for("audio_start", text="hello world")
