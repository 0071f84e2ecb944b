"""Every message that the package defines is found and survives the wire."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgpack
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ishowtts_schemas import Message, Part, RoomControl, TextRequest, home
from ishowtts_schemas.topic import MSGPACK
from ishowtts_schemas.topics import TOPICS

ON_A_TOPIC = {message for topic in TOPICS for message in topic.messages}
MAX_TEXT = 30


def all_messages(base: type[Part] = Message) -> Iterator[type[Part]]:
    for message in base.__subclasses__():
        yield message
        yield from all_messages(message)


def messages_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a type on the wire allows."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _constrained(args[0], args[1])
    if origin in (Union, types.UnionType):
        return st.one_of([messages_of(item) for item in args])
    if origin is tuple:
        return st.lists(messages_of(args[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(messages_of(args[0]), messages_of(args[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(
            kind, **{field.name: messages_of(field.type) for field in msgspec.structs.fields(kind)}
        )
    return st.sampled_from(args) if origin is Literal else _plain(kind)


def _plain(kind: Any) -> st.SearchStrategy[Any]:
    return {
        str: st.text(max_size=MAX_TEXT),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False),
        bool: st.booleans(),
        bytes: st.binary(max_size=MAX_TEXT),
        types.NoneType: st.none(),
        Any: st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=MAX_TEXT),
    }[kind]


def _constrained(base: type, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if meta.pattern is not None:
        return st.from_regex(meta.pattern.replace("$", r"\Z"))
    if base is str:
        longest = min(meta.max_length or MAX_TEXT, MAX_TEXT)
        return st.text(min_size=meta.min_length or 0, max_size=longest)
    if base is bytes:
        return st.binary(min_size=meta.min_length or 0, max_size=MAX_TEXT)
    if base is float:
        return st.floats(meta.ge, meta.le)
    return st.integers(meta.ge, 2**31)


def test_every_message_stands_on_a_topic():
    for_foreign_readers = set(all_messages(home.HomePart))

    assert set(all_messages()) | {TextRequest, RoomControl} | for_foreign_readers == ON_A_TOPIC


def test_no_two_messages_share_a_type_name():
    tags = [message.__struct_config__.tag for message in all_messages()]

    assert len(tags) == len(set(tags))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_topic_carries_arrives_as_it_was(topic, data):
    message = data.draw(messages_of(topic.payload))

    payload = topic.encode(message)

    assert topic.decode(payload) == message
    if topic.sent_as == MSGPACK:
        foreign = msgpack.packb(msgpack.unpackb(payload, strict_map_key=False))
        assert topic.decode(foreign) == message


@pytest.mark.parametrize("message", sorted(ON_A_TOPIC, key=lambda m: m.__name__))
def test_a_message_is_immutable_and_leaves_room_for_fields_of_tomorrow(message):
    assert message.__struct_config__.frozen
    assert message.__struct_config__.omit_defaults
    assert not message.__struct_config__.forbid_unknown_fields
