"""When text that comes in pieces is spoken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.dialects.elevenlabs.schedule import (
    DEFAULT_SCHEDULE,
    FrameSchedule,
    TextBuffer,
    Thresholds,
    split_pieces,
    word_end,
)

WORD = "word "


def buffer(*chars: int, repeat: bool = True, max_chars: int = 2000, **more) -> TextBuffer:
    return TextBuffer(Thresholds(chars, repeat_last=repeat), max_chars, **more)


def lengths(text_buffer: TextBuffer, words: int) -> list[int]:
    return [len(piece) for _ in range(words) for piece in text_buffer.add(WORD)]


def test_elevenlabs_schedule_waits_longer_each_time_and_repeats_its_end():
    spoken = lengths(buffer(*DEFAULT_SCHEDULE), 400)

    assert spoken[:6] == [120, 160, 250, 290, 290, 290]


def test_of_xtts_schedule_nothing_is_left_after_its_end():
    text_buffer = buffer(10, 20, repeat=False)

    assert lengths(text_buffer, 100) == [10, 20]
    assert text_buffer.flush() == [WORD * 94]


def test_without_a_schedule_only_the_client_decides():
    text_buffer = buffer(repeat=False)

    assert lengths(text_buffer, 50) == []
    assert text_buffer.flush() == [WORD * 50]
    assert text_buffer.flush() == []


def test_a_new_schedule_begins_at_its_beginning():
    text_buffer = buffer(10, 500)
    assert lengths(text_buffer, 2) == [10]

    text_buffer.thresholds = Thresholds((15,), repeat_last=True)

    assert lengths(text_buffer, 6) == [15, 15]


def test_no_word_is_torn_where_a_threshold_is_reached_within_it():
    text_buffer = buffer(8)

    assert text_buffer.add("Hello wor") == ["Hello "]
    assert text_buffer.add("ld, my ") == ["world, my "]


def test_chinese_is_cut_anywhere():
    assert buffer(5).add("你好今天天气") == ["你好今天天气"]


def test_a_wish_to_hear_something_needs_enough_text():
    text_buffer = buffer(500)
    text_buffer.add("Hi. ")
    assert text_buffer.trigger() == []

    text_buffer.add("x" * 20 + " " + "y" * 30 + " tor")

    assert text_buffer.trigger() == ["Hi. " + "x" * 20 + " " + "y" * 30 + " "]
    assert text_buffer.flush() == ["tor"]


@pytest.mark.parametrize(
    ("text", "spoken", "left"),
    [
        ("Hello there. How are", "Hello there. ", "How are"),
        ("Hello there.", "Hello there.", ""),
        ("One. Two! Three", "One. Two! ", "Three"),
        ("你好。今天", "你好。", "今天"),
        ("It costs 3.5 dollars", "", "It costs 3.5 dollars"),
        ("It costs 3.", "", "It costs 3."),
        ("It costs 3. Really", "It costs 3. ", "Really"),
        ("«Oui!» dit-il", "«Oui!» ", "dit-il"),
        ("line one\nline two", "line one\n", "line two"),
        ("Well... so", "Well... ", "so"),
        ("." * 20_000 + "x", "." * 20_000, "x"),
    ],
)
def test_auto_mode_speaks_sentences_at_their_end(text, spoken, left):
    text_buffer = buffer(*DEFAULT_SCHEDULE, by_sentence=True)

    assert "".join(text_buffer.add(text)) == spoken
    assert "".join(text_buffer.flush()) == left


def test_text_that_nobody_wants_to_hear_does_not_pile_up():
    text_buffer = buffer(repeat=False, max_chars=100)

    pieces = [piece for _ in range(100) for piece in text_buffer.add(WORD)]

    assert text_buffer.chars <= 100
    assert max(map(len, pieces)) <= 100
    assert "".join([*pieces, *text_buffer.flush()]) == WORD * 100


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.text(alphabet="abc .。你3\n", max_size=40), max_size=15),
    st.lists(st.integers(1, 60), max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_every_character_is_spoken_once_and_in_order(texts, schedule, by_sentence, repeat):
    text_buffer = TextBuffer(Thresholds(schedule, repeat_last=repeat), 50, by_sentence=by_sentence)

    pieces = [piece for text in texts for piece in text_buffer.add(text)]
    pieces += text_buffer.flush()

    assert all(len(piece) <= 50 for piece in pieces)
    spoken, sent = "".join(pieces), "".join(texts)
    assert [c for c in spoken if not c.isspace()] == [c for c in sent if not c.isspace()]


def test_a_word_longer_than_a_piece_is_cut_after_all():
    assert split_pieces(["x" * 25], 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert word_end("x" * 25, 10) == 10


def test_the_first_packets_join_as_many_chunks_as_they_should():
    frames = FrameSchedule([2, 3])

    packets = [frames.push(bytes([n])) for n in range(7)]

    assert packets == [b"", b"\x00\x01", b"", b"", b"\x02\x03\x04", b"\x05", b"\x06"]
    assert frames.finish() == b""


def test_what_is_left_of_a_packet_comes_at_the_end():
    frames = FrameSchedule([5])
    frames.push(b"a")
    frames.push(b"b")

    assert frames.finish() == b"ab"
    assert frames.push(b"c") == b"c"
