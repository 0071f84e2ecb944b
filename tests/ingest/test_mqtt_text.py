"""Text that any app publishes becomes chat."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from ishowtts_bus import Bus, MemoryBroker
from ishowtts_bus.transport import Packet
from ishowtts_ingest.node import IngestNode
from ishowtts_ingest.settings import IngestSettings, MqttTextSettings
from ishowtts_schemas import ChatMessage, ChatRejected, CommandReply, TextRequest
from ishowtts_schemas.topics import CHAT_MESSAGE, CHAT_REJECTED, REPLY, TEXT_REQUEST
from tests.observer import SOON_S, Observer


class Stage:
    """An ingest node on a bus in memory, and an app."""

    def __init__(self, broker: MemoryBroker, node: IngestNode, app: Bus) -> None:
        self.broker = broker
        self.node = node
        self.app = app
        self.events = Observer()

    def publish(
        self, payload: bytes, room: str = "main", *, reply: bool = False, retain: bool = False
    ) -> None:
        """Publish raw bytes as a foreign app would."""
        address = f"ishowtts/v1/text/{room}"
        answer = REPLY.address(client="app") if reply else None
        self.broker.route(Packet(address, payload, retain=retain, response_topic=answer))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    broker = MemoryBroker()
    settings = IngestSettings(mqtt_text=MqttTextSettings(author=""))
    stage = Stage(broker, IngestNode(broker.bus("ingest"), settings), broker.bus("app"))
    for topic in (CHAT_MESSAGE, CHAT_REJECTED, REPLY):
        stage.app.subscribe(topic, stage.events.hear)
    await stage.app.start()
    await stage.app.wait_connected(SOON_S)
    await stage.node.start()
    await stage.node.bus.wait_connected(SOON_S)
    yield stage
    await stage.node.stop()
    await stage.app.close()


@pytest.mark.parametrize(
    "payload",
    [
        "你好 hello".encode(),
        '{"text": "你好 hello"}'.encode(),
        msgspec.msgpack.encode({"text": "你好 hello"}),
    ],
    ids=["text", "json", "msgpack"],
)
async def test_every_format_is_read(stage: Stage, payload: bytes) -> None:
    stage.publish(payload)
    (chat,) = await stage.events.wait_for(ChatMessage)
    assert (chat.text, chat.platform, chat.room) == ("你好 hello", "mqtt", "main")
    assert chat.author.name == ""
    assert chat.id


async def test_wishes_are_passed_on(stage: Stage) -> None:
    request = TextRequest(
        text="hi", author="Ann", voice="en", engine="f5", profile="fast", priority="paid", id="mine"
    )
    await stage.app.publish(TEXT_REQUEST, request, room="b")
    (chat,) = await stage.events.wait_for(ChatMessage)
    assert (chat.author.name, chat.voice, chat.engine) == ("Ann", "en", "f5")
    assert chat.profile == "fast"
    assert (chat.priority, chat.id, chat.room) == ("paid", "mine", "b")


async def test_the_sender_hears_the_message_id(stage: Stage) -> None:
    stage.publish(b'{"text": "hi", "id": "mine"}', reply=True)
    (reply,) = await stage.events.wait_for(CommandReply)
    assert reply == CommandReply(ok=True, result={"message_id": "mine"})


async def test_a_request_that_comes_twice_keeps_its_id(stage: Stage) -> None:
    for _ in range(2):
        stage.publish(b'{"text": "hi", "id": "mine"}')
    first, again = await stage.events.wait_for(ChatMessage, 2)
    assert first.id == again.id == "mine"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"\xff\xfe not utf-8", "UTF-8"),
        (b'{"text": 7}', "Expected `str`, got `int` - at `$.text`"),
        (b'{"no_text": "x"}', "missing required field `text`"),
        (b'{"text": "x", "voice": "../etc/passwd"}', "$.voice"),
        (b"x" * 100_000, "100000 bytes"),
        (b"x" * 30_000, "length <= 20000"),
        (b"\x81\xa4text\x07", "Expected `str`, got `int`"),
        (b"\x81\xa1x" * 5000, "nested"),
        (b'{"text": "\\ud800 x"}', "not valid JSON"),
        (b'{"text": "\\ud800"}', "not valid JSON"),
        (b"\x81\xa4text\xa3\xed\xa0\x80", "UTF-8"),
        ("\ud800".encode("utf-8", "surrogatepass"), "UTF-8"),
        (b"\x81\xa4text", "not valid msgpack"),
    ],
    ids=[
        *("utf8", "type", "missing", "path", "100-kB", "30-kB", "msgpack", "deep"),
        *("json-surrogate", "json-surrogate-end", "msgpack-surrogate", "text-surrogate", "cut"),
    ],
)
async def test_what_is_no_message_is_refused_with_a_reason(
    stage: Stage, payload: bytes, said: str
) -> None:
    stage.publish(payload, reply=True)
    (rejected,) = await stage.events.wait_for(ChatRejected)
    assert (rejected.rule, rejected.platform, rejected.room) == ("payload", "mqtt", "main")
    assert said in rejected.reason
    assert len(rejected.reason) < 200
    assert "\n" not in rejected.reason
    (reply,) = await stage.events.wait_for(CommandReply)
    assert (reply.ok, reply.error) == (False, rejected.reason)
    stage.publish(b"still here")
    (chat,) = await stage.events.wait_for(ChatMessage)
    assert chat.text == "still here"


async def test_a_room_that_is_no_slug_is_refused(stage: Stage) -> None:
    stage.publish(b"hello", "Main Room", reply=True)
    (rejected,) = await stage.events.wait_for(ChatRejected)
    assert rejected.room == "main-room"
    assert "'Main Room'" in rejected.reason
    (reply,) = await stage.events.wait_for(CommandReply)
    assert not reply.ok


async def test_a_room_of_any_length_is_refused_in_one_sentence(stage: Stage) -> None:
    stage.publish(b"hello", "Room " + "x" * 60_000, reply=True)
    (reply,) = await stage.events.wait_for(CommandReply)
    assert len(reply.error) < 200
    assert len(await stage.events.wait_for(ChatRejected)) == 1


async def test_empty_text_is_left_to_the_filter(stage: Stage) -> None:
    stage.publish(b"")
    (chat,) = await stage.events.wait_for(ChatMessage)
    assert chat.text == ""


async def test_a_reply_to_nowhere_harms_nobody(stage: Stage) -> None:
    address = "ishowtts/v1/text/main"
    stage.broker.route(Packet(address, b"hello", response_topic="a/+/#"))
    stage.publish(b"world")
    chats = await stage.events.wait_for(ChatMessage, 2)
    assert [chat.text for chat in chats] == ["hello", "world"]


async def test_order_is_kept_at_speed(stage: Stage) -> None:
    for number in range(2000):
        stage.publish(b"%d" % number)
    chats = await stage.events.wait_for(ChatMessage, 2000)
    assert [chat.text for chat in chats] == [str(number) for number in range(2000)]
    counters = stage.node.bus.counters
    assert counters.get("ingest_messages_total", source="mqtt_text", kind="chat_message") == 2000


async def test_a_text_that_the_broker_kept_from_earlier_is_not_spoken_again() -> None:
    broker = MemoryBroker()
    broker.route(Packet("ishowtts/v1/text/main", b"yesterday", retain=True))
    node, app = IngestNode(broker.bus("ingest"), IngestSettings()), broker.bus("app")
    events = Observer()
    app.subscribe(CHAT_MESSAGE, events.hear)
    await app.start()
    await node.start()
    await node.bus.wait_connected(SOON_S)
    broker.route(Packet("ishowtts/v1/text/main", b"today"))
    (chat,) = await events.wait_for(ChatMessage)
    assert chat.text == "today"
    assert len(events.heard) == 1
    await node.stop()
    await app.close()
