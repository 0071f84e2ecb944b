"""Whole utterances out of a room's events, and the packets that they are sent as."""

import io
import json
import struct
import wave

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.dialects.ishowtts.packets import packet
from ishowtts_player.dialects.ishowtts.utterances import (
    MAX_BYTES,
    MAX_OPEN,
    Spoken,
    UtteranceAssembler,
    next_spoken,
    split_events,
)
from ishowtts_player.rooms import events
from ishowtts_player.rooms.chat_memory import Origin
from ishowtts_player.rooms.events import KEEP_ALIVE, RETRY, AudioPiece, AudioStopped, encode
from tests.player import messages as m

ANN = Origin("twitch", "ann", "42", "#aabbcc", "paid", 1_700_000_000_000_000_000)


def start(name: str, origin: Origin | None = None) -> bytes:
    return encode(events.audio_started(m.start(name), origin), "e-1")


def piece(name: str, offset: int, pcm: bytes) -> bytes:
    return encode(AudioPiece(utterance_id=name, offset=offset, pcm=pcm), "e-2")


def stop(name: str, reason="done") -> bytes:
    return encode(AudioStopped(utterance_id=name, reason=reason, samples=0), "e-3")


def spoken(*parts: bytes) -> list[Spoken]:
    assembler = UtteranceAssembler()
    return [one for part in parts for one in assembler.feed(part)]


def test_an_utterance_is_whole_when_it_ends():
    (one,) = spoken(start("u"), piece("u", 0, b"abcd"), KEEP_ALIVE, piece("u", 2, b"ef"), stop("u"))
    assert (one.start.utterance_id, one.pcm) == ("u", b"abcdef")


def test_events_may_come_joined():
    (one,) = spoken(b"".join((RETRY, start("u"), KEEP_ALIVE, piece("u", 0, b"ab"), stop("u"))))
    assert one.pcm == b"ab"


def test_what_was_cancelled_or_never_began_is_not_sent():
    assert spoken(start("u"), piece("u", 0, b"ab"), stop("u", "cancelled")) == []
    assert spoken(piece("u", 0, b"ab"), stop("u")) == []


def test_a_second_attempt_goes_on_where_the_first_one_failed():
    first = (start("u"), piece("u", 0, b"ab"), stop("u", "failed"))
    (one,) = spoken(*first, start("u"), piece("u", 1, b"cd"), stop("u"))
    assert one.pcm == b"abcd"


def test_samples_that_were_lost_are_silence():
    (one,) = spoken(start("u"), piece("u", 0, b"ab"), piece("u", 3, b"cd"), stop("u"))
    assert one.pcm == b"ab\0\0\0\0cd"


def test_what_is_too_long_is_given_up_and_counted():
    assembler = UtteranceAssembler()
    for part in (start("u"), piece("u", MAX_BYTES // 2, b"ab"), stop("u")):
        assert list(assembler.feed(part)) == []
    assert assembler.dropped == 1


def test_utterances_that_never_end_take_bounded_memory():
    assembler = UtteranceAssembler()
    for number in range(MAX_OPEN + 10):
        assert not list(assembler.feed(start(f"u{number}")))
    assert len(assembler._open) == MAX_OPEN


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(min_size=1, max_size=3)), max_size=40))
def test_utterances_that_overlap_are_never_mixed(pieces):
    assembler = UtteranceAssembler()
    expected = dict.fromkeys("abc", b"")
    for name in expected:
        assert not list(assembler.feed(start(name)))
    for name, noise in pieces:
        pcm = noise * 2
        list(assembler.feed(piece(name, len(expected[name]) // 2, pcm)))
        expected[name] += pcm
    for name, pcm in expected.items():
        (one,) = assembler.feed(stop(name))
        assert (one.start.utterance_id, one.pcm) == (name, pcm)


def test_comments_have_no_name():
    assert list(split_events(RETRY + KEEP_ALIVE + b"\n\n")) == []
    assert list(split_events(b"id: 1\nevent: x\ndata: {}\n\n")) == [("x", b"{}")]


def unpacked(data: bytes) -> tuple[dict, bytes]:
    (length,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def test_a_packet_is_a_length_a_header_and_a_file():
    (one,) = spoken(start("u", ANN), piece("u", 0, b"abcd"), stop("u"))
    header, wav = unpacked(packet(one))
    assert header == {
        "platform": "twitch",
        "channel": "ann",
        "username": "Ann",
        "display_text": "hello",
        "color": "#aabbcc",
        "format": "audio/wav",
    }
    with wave.open(io.BytesIO(wav)) as sound:
        assert (sound.getframerate(), sound.readframes(9)) == (m.RATE_HZ, b"abcd")


def test_what_is_not_from_chat_says_so():
    (one,) = spoken(start("u"), stop("u"))
    header, _ = unpacked(packet(one))
    assert (header["platform"], header["channel"], header["color"]) == ("local", "", None)


def test_a_colour_is_a_colour_or_nothing():
    odd = Origin("twitch", "ann", None, "red;}body{", "normal", 1)
    (one,) = spoken(start("u", odd), stop("u"))
    assert unpacked(packet(one))[0]["color"] is None


def numbered(*parts: tuple[str | None, bytes]):
    return [(number, data, name) for number, (name, data) in enumerate(parts, 1)]


def test_the_next_utterance_is_the_next_that_ended():
    kept = numbered(
        ("a", piece("a", 5, b"xx")),
        ("b", start("b")),
        ("c", start("c")),
        (None, b": nothing\n\n"),
        ("b", piece("b", 0, b"bb")),
        ("c", piece("c", 0, b"cc")),
        ("c", stop("c")),
        ("a", stop("a")),
        ("b", stop("b")),
    )
    assert next_spoken(kept, 0)[0] == 7
    assert next_spoken(kept, 0)[1].pcm == b"cc"
    assert next_spoken(kept, 7)[0] == 9
    assert next_spoken(kept, 7)[1].pcm == b"bb"
    assert next_spoken(kept, 9) is None
