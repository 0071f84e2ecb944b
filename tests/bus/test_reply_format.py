"""Who asks in JSON or in plain words is answered in JSON."""

import json

import msgpack
import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_bus._memory import MemoryTransport
from ishowtts_bus.transport import Identity, Packet
from ishowtts_schemas import CommandReply
from ishowtts_schemas.topics import TEXT_REQUEST

REPLY = CommandReply(ok=True, result={"message_id": "m1"})
ANSWER = {"type": "command_reply", "ok": True, "result": {"message_id": "m1"}}
ASKED = [
    (b"hello", None, "application/json"),
    ("你好".encode(), "text/plain", "application/json"),
    (b'{"text": "hello"}', None, "application/json"),
    (msgpack.packb({"text": "hello"}), None, "application/msgpack"),
    (b'{"wrong": 1}', "application/json", "application/json"),
]


@pytest.mark.parametrize(("payload", "declared", "wanted"), ASKED)
async def test_the_answer_is_in_the_language_of_the_question(payload, declared, wanted):
    broker = MemoryBroker()
    bus = broker.bus("node")
    answers: list[Packet] = []
    bus.subscribe(
        TEXT_REQUEST,
        lambda received: bus.reply(received.reply_to, REPLY),
        on_invalid=lambda invalid: bus.reply(invalid.reply_to, REPLY),
    )
    await bus.start()
    await bus.wait_connected(5)
    transport = MemoryTransport(broker, Identity("app"))
    transport.start(Inbox(answers))
    transport.subscribe("my/answers", 1)
    question = Packet(
        "ishowtts/v1/text/main",
        payload,
        content_type=declared,
        response_topic="my/answers",
        correlation=b"7",
    )
    await transport.publish(question)
    await bus.close()
    (answer,) = answers
    read = json.loads if wanted == "application/json" else msgpack.unpackb
    assert read(answer.payload) == ANSWER
    assert (answer.content_type, answer.correlation) == (wanted, b"7")
    await transport.close()


class Inbox:
    def __init__(self, packets: list[Packet]) -> None:
        self._packets = packets

    def on_packet(self, inbound) -> None:
        self._packets.append(inbound.packet)
        inbound.ack()

    def on_connect(self) -> None: ...

    def on_disconnect(self, reason: str) -> None: ...

    def on_fatal(self, error: Exception) -> None: ...
