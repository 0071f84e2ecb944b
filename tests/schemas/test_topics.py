"""Topics: addresses, filters, and payloads that are not what they should be."""

import contextlib
import json

import msgpack
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_schemas import (
    MAX_TRANSCRIPT_CHARS,
    TOPICS,
    HomeAvailability,
    HomeRoom,
    InvalidMessageError,
    NodeInfo,
    RoomControl,
    SpeechCancel,
    TextRequest,
    Topic,
    VoiceInfo,
    find_topic,
    is_slug,
    slugify,
)
from ishowtts_schemas.ids import SLUG_PATTERN
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_MESSAGE,
    CONTROL,
    HOME_ASSISTANT_DEVICE,
    HOME_ASSISTANT_STATUS,
    HOME_AVAILABILITY,
    HOME_ROOM,
    NODE_COMMAND,
    NODE_INFO,
    SPEECH_CANCEL,
    SPEECH_REQUEST,
    TEXT_REQUEST,
    VOICE,
)

every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
slugs = st.from_regex(SLUG_PATTERN.replace("$", r"\Z"))
NOT_SLUGS = ("", "Main", "a/b", "+", "#", "a b", "é", "-a", "a" * 65, "a\n", "$share", "..", "a\0")


def addresses(topic: Topic) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(dict.fromkeys(topic.levels, slugs))


def reason_of(topic: Topic, payload: bytes, content_type: str | None = None) -> str:
    with pytest.raises(InvalidMessageError) as caught:
        topic.decode(payload, content_type)
    return caught.value.reason


@every_topic
@given(data=st.data())
@settings(max_examples=20)
def test_an_address_leads_back_to_its_topic_and_ids(topic, data):
    ids = data.draw(addresses(topic))

    address = topic.address(**ids)

    assert topic.match(address) == ids
    assert find_topic(address) == (topic, ids)


@every_topic
def test_a_filter_has_a_wildcard_for_every_level_that_is_not_given(topic):
    first, *rest = topic.levels

    assert topic.filter().count("+") == len(topic.levels)
    assert topic.filter(**{first: "x"}).count("+") == len(rest)
    assert topic.filter(**dict.fromkeys(topic.levels, "x")) == topic.address(
        **dict.fromkeys(topic.levels, "x")
    )


@every_topic
@pytest.mark.parametrize("text", NOT_SLUGS)
def test_what_is_no_slug_cannot_stand_in_a_topic(topic, text):
    ids = dict.fromkeys(topic.levels, "x") | {topic.levels[0]: text}

    with pytest.raises(ValueError, match="cannot stand in a topic"):
        topic.address(**ids)
    with pytest.raises(ValueError, match="cannot stand in a topic"):
        topic.filter(**ids)


def test_a_missing_and_an_unknown_level_are_named():
    with pytest.raises(ValueError, match="needs platform"):
        CHAT_MESSAGE.address(room="main")
    with pytest.raises(ValueError, match="no level 'rom'"):
        CHAT_MESSAGE.filter(rom="main")


@pytest.mark.parametrize(
    "address",
    [
        "ishowtts/v1/text",
        "ishowtts/v1/text/main/extra",
        "ishowtts/v2/text/main",
        "other/ishowtts/v1/text/main",
        "ishowtts/v1/audio/",
        "",
        "$SYS/broker/uptime",
    ],
)
def test_somebody_elses_topic_is_nobody(address):
    assert find_topic(address) is None


def test_no_two_topics_share_a_name_or_an_address():
    patterns = [tuple("+" if "{" in p else p for p in t.pattern.split("/")) for t in TOPICS]

    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert len(set(patterns)) == len(TOPICS)


@every_topic
@given(payload=st.binary(max_size=200))
@settings(max_examples=60)
def test_no_bytes_make_a_reader_raise_anything_but_invalid_message(topic, payload):
    with contextlib.suppress(InvalidMessageError):
        topic.decode(payload)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json", "image/png"])
@given(payload=st.binary(max_size=100) | st.binary(max_size=30).map(lambda tail: b"{" + tail))
@settings(max_examples=100)
def test_no_bytes_from_a_foreign_app_raise_anything_but_invalid_message(content_type, payload):
    with contextlib.suppress(InvalidMessageError):
        TEXT_REQUEST.decode(payload, content_type)


@every_topic
def test_an_oversized_payload_is_refused_unread(topic):
    assert reason_of(topic, b"\xc1" * (topic.max_bytes + 1)) == "oversized"


def test_a_whole_voice_fits_where_a_chat_message_would_not():
    assert VOICE.max_bytes > AUDIO.max_bytes > CHAT_MESSAGE.max_bytes
    assert VOICE.max_bytes < 2_000_000, "Mosquitto 2.1 disconnects senders of larger packets"


def test_a_synth_can_tell_of_as_many_voices_as_it_takes():
    long = "\N{CJK UNIFIED IDEOGRAPH-4E00}" * MAX_TRANSCRIPT_CHARS
    voices = tuple(
        VoiceInfo(id=f"voice-{number}", label="x" * 100, transcript=long, version="0" * 64)
        for number in range(256)
    )
    info = NodeInfo(node="synth", instance="1", incarnation=1, version="0", voices=voices)
    assert NODE_INFO.decode(NODE_INFO.encode(info)) == info


def test_deep_nesting_is_an_invalid_message():
    deep = b"\x83\xa4type\xa7command\xa4name\xa1x\xa4args\x81\xa1a" + b"\x91" * 50_000 + b"\xc0"

    assert reason_of(NODE_COMMAND, deep) == "too_deep"
    assert reason_of(TEXT_REQUEST, b'{"text":"hi","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}") == (
        "too_deep"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "speech_cancel", "utterance_id": 7},
        {"type": "speech_cancel", "utterance_id": ""},
        {"type": "speech_cancel", "utterance_id": "x" * 129},
        {"type": "speech_cancel", "utterance_id": b"x"},
        {"type": "speech_cancel"},
        {"type": "something_else", "utterance_id": "u"},
        ["speech_cancel", "u"],
        None,
    ],
)
def test_the_wrong_type_is_an_invalid_message(fields):
    assert reason_of(SPEECH_CANCEL, msgpack.packb(fields)) == "wrong_type"


def test_a_field_out_of_range_is_an_invalid_message():
    request = {
        "type": "speech_request",
        "utterance_id": "u",
        "room": "main",
        "text": "hi",
        "voice": "en",
        "deadline_at_ns": 1,
    }
    assert SPEECH_REQUEST.decode(msgpack.packb(request)).speed == 1.0

    for wrong in ({"speed": 9.0}, {"attempt": 0}, {"text": ""}, {"voice": "../etc"}):
        assert reason_of(SPEECH_REQUEST, msgpack.packb(request | wrong)) == "wrong_type"


def test_the_type_may_be_left_out_where_a_topic_carries_one_message_only():
    untyped = msgpack.packb({"utterance_id": "u"})

    assert SPEECH_CANCEL.decode(untyped).utterance_id == "u"
    assert reason_of(AUDIO, untyped) == "wrong_type"


@pytest.mark.parametrize("cut", [1, 2, 5, -1])
def test_a_truncated_message_is_malformed(cut):
    whole = SPEECH_CANCEL.encode(SpeechCancel(utterance_id="u", reason="why"))

    assert reason_of(SPEECH_CANCEL, whole[:cut]) == "malformed"


def test_an_empty_payload_is_empty_text_where_text_is_read_and_malformed_elsewhere():
    assert TEXT_REQUEST.decode(b"") == TextRequest(text="")
    assert reason_of(CHAT_MESSAGE, b"") == "malformed"


@pytest.mark.parametrize(
    ("payload", "content_type", "text"),
    [
        ("你好 hello".encode(), None, "你好 hello"),
        (b'{"text": "hi"}', None, "hi"),
        (b' \n{"text": "hi"}', None, "hi"),
        (b'{"text": "hi"}', "text/plain; charset=utf-8", '{"text": "hi"}'),
        (b'{"text": "hi"}', "Application/JSON", "hi"),
        (b"{curly} braces", None, "{curly} braces"),
        (b"[1, 2]", None, "[1, 2]"),
        (b'"quoted"', None, '"quoted"'),
        (msgpack.packb({"text": "hi"}), None, "hi"),
        (msgpack.packb({"text": "hi"}), "application/vnd.msgpack", "hi"),
        (b"hi", "image/png", "hi"),
        (b"\xef\xbb\xbfbom", None, "\ufeffbom"),
    ],
)
def test_any_app_can_send_text(payload, content_type, text):
    assert TEXT_REQUEST.decode(payload, content_type).text == text


@pytest.mark.parametrize(
    ("payload", "content_type", "reason"),
    [
        (b"\xff\xfe bad", None, "not_utf8"),
        (b"\xed\xa0\x80", None, "not_utf8"),
        (b"x" * 20_001, None, "wrong_type"),
        (b'{"text": 1}', None, "wrong_type"),
        (b'{"author": "x"}', None, "wrong_type"),
        (b'{"text": "x", "priority": "vip"}', None, "wrong_type"),
        (b"not json", "application/json", "malformed"),
        (b"hi", "application/msgpack", "wrong_type"),
    ],
)
def test_text_that_is_none_is_refused_with_the_reason(payload, content_type, reason):
    assert reason_of(TEXT_REQUEST, payload, content_type) == reason


@pytest.mark.parametrize("action", ["skip", "pause", "resume", "clear"])
def test_a_bare_word_controls_a_room(action):
    assert CONTROL.decode(action.encode()) == RoomControl(action=action)
    assert CONTROL.decode(msgspec.json.encode({"action": action})) == RoomControl(action=action)


def test_an_unknown_control_is_refused():
    assert reason_of(CONTROL, b"stop") == "wrong_type"


@given(st.text())
def test_slugify_makes_a_slug_of_anything(text):
    assert is_slug(slugify(text))


@given(slugs)
def test_a_slug_is_its_own_slug_but_for_dashes_at_its_end(slug):
    assert slugify(slug) == slug.strip("-_")


def test_what_a_smart_home_reads_is_json_or_a_word():
    room = HomeRoom(room="main", speaking=False, paused=False, queued=0, backlog_s=0, listeners=0)

    assert json.loads(HOME_ROOM.encode(room)) == {
        "room": "main",
        "speaking": False,
        "paused": False,
        "queued": 0,
        "backlog_s": 0,
        "listeners": 0,
    }
    assert HOME_AVAILABILITY.encode(HomeAvailability(state="offline")) == b"offline"
    assert reason_of(HOME_AVAILABILITY, b'{"state": "online"}') == "wrong_type"
    assert reason_of(HOME_ROOM, b"\x81\xa4room\xa4main") == "malformed"


def test_another_programs_topic_does_not_begin_with_ours():
    assert HOME_ASSISTANT_STATUS.address(discovery="homeassistant") == "homeassistant/status"
    assert find_topic("homeassistant/device/ishowtts-1/config") == (
        HOME_ASSISTANT_DEVICE,
        {"discovery": "homeassistant", "device": "ishowtts-1"},
    )
