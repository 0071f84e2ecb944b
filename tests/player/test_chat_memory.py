import pytest

from ishowtts_player.rooms.chat_memory import MAX_MESSAGES, ChatMemory
from ishowtts_schemas import ChatModeration
from tests.player import messages as m


def removal(**whose) -> ChatModeration:
    facts = {"platform": "mqtt", "room": "main", "action": "author_removed", "at_ns": 1}
    return ChatModeration(**(facts | whose))


@pytest.fixture
def memory() -> ChatMemory:
    memory = ChatMemory()
    assert memory.add(m.chat("m1", author_id="bad", channel="ann"))
    return memory


def test_a_message_is_new_once(memory):
    assert not memory.add(m.chat("m1"))
    assert memory.add(m.chat("m2"))


def test_a_deleted_message_has_to_go_whether_it_is_remembered_or_not(memory):
    for message_id in ("m1", "never heard of"):
        assert memory.concerns(removal(message_id=message_id), message_id)
        assert not memory.concerns(removal(message_id="another"), message_id)


@pytest.mark.parametrize(
    ("whose", "concerned"),
    [
        ({"author_id": "bad"}, True),
        ({"author_id": "good"}, False),
        ({}, True),
        ({"channel": "ann"}, True),
        ({"author_id": "bad", "channel": "bea"}, False),
        ({"author_id": "bad", "platform": "twitch"}, False),
    ],
)
def test_an_author_s_messages_go_in_the_channel_that_is_meant(memory, whose, concerned):
    assert memory.concerns(removal(**whose), "m1") == concerned


def test_of_what_is_not_remembered_only_its_own_deletion_is_known(memory):
    assert not memory.concerns(removal(author_id="bad"), "never heard of")


def test_a_flood_is_forgotten_again(memory):
    for number in range(MAX_MESSAGES):
        memory.add(m.chat(f"flood-{number}"))
    assert memory.accept("u1", "mqtt", "m1") is None
    assert memory.accept("u2", "mqtt", "flood-0") is not None
    assert memory.origin("u1") is None
    assert memory.origin("u2") == memory.accept("u2", "mqtt", "flood-0")
