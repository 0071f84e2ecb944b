"""Voices: read when needed, replaced while in use, never mixed."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from ishowtts_synth.errors import BadRequestError, UnknownVoiceError
from ishowtts_synth.f5.reference import Reference
from ishowtts_synth.f5.voices import VoiceShelf
from tests.synth.f5.clips import voice, write_clip

Prepared = tuple[str, float]


class Counting:
    """Prepares by telling what it was given."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, reference: Reference, target_rms: float) -> Prepared:
        self.calls += 1
        return reference.digest, target_rms


@pytest.fixture
def prepare() -> Counting:
    return Counting()


@pytest.fixture
def shelf(clips: Path, prepare: Callable[..., Prepared]) -> VoiceShelf[Prepared]:
    return VoiceShelf([voice(clips, "ann"), voice(clips, "bob")], prepare, capacity=3)


def test_two_voices_alternating_never_mix(shelf: VoiceShelf[Prepared], prepare: Counting):
    ann, bob = shelf.get("ann", 0.1), shelf.get("bob", 0.1)
    assert ann != bob
    for _ in range(1000):
        assert shelf.get("ann", 0.1) == ann
        assert shelf.get("bob", 0.1) == bob
    assert prepare.calls == 2


def test_a_voice_at_another_loudness_is_prepared_for_it(shelf: VoiceShelf[Prepared]):
    assert shelf.get("ann", 0.1)[1] == 0.1
    assert shelf.get("ann", 0.2)[1] == 0.2


def test_what_was_unused_for_longest_makes_room(shelf: VoiceShelf[Prepared], prepare: Counting):
    for target_rms in (0.1, 0.2, 0.3, 0.1, 0.4):
        shelf.get("ann", target_rms)
    assert prepare.calls == 4
    shelf.get("ann", 0.1)
    assert prepare.calls == 4
    shelf.get("ann", 0.2)
    assert prepare.calls == 5


def test_the_same_clip_under_two_names_is_prepared_once(clips: Path, prepare: Counting):
    twin = voice(clips, "ann")
    shelf = VoiceShelf([twin, voice(clips, "bob")], prepare)
    (clips / "bob.wav").write_bytes((clips / "ann.wav").read_bytes())
    assert shelf.get("ann", 0.1) == shelf.get("bob", 0.1)
    assert prepare.calls == 1


def test_a_replaced_clip_is_heard_in_the_next_utterance(shelf: VoiceShelf[Prepared], clips: Path):
    before = shelf.get("ann", 0.1)
    write_clip(clips / "ann.wav", duration_s=3, hz=440)
    assert shelf.get("ann", 0.1) != before


def test_a_bad_replacement_leaves_the_old_clip_and_is_told_once(
    shelf: VoiceShelf[Prepared], clips: Path, caplog: pytest.LogCaptureFixture
):
    before = shelf.get("ann", 0.1)
    write_clip(clips / "ann.wav", duration_s=0.2)
    with caplog.at_level(logging.WARNING):
        assert [shelf.get("ann", 0.1) for _ in range(3)] == [before] * 3
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("voice ann goes on with its old clip")
    assert "ann.wav has 0.2 s of sound, fewer than 1" in told
    (clips / "ann.wav").unlink()
    assert shelf.get("ann", 0.1) == before
    write_clip(clips / "ann.wav", hz=550)
    assert shelf.get("ann", 0.1) != before


def test_a_bad_clip_is_a_bad_request_until_it_is_mended(shelf: VoiceShelf[Prepared], clips: Path):
    (clips / "bob.wav").write_bytes(b"RIFF")
    for _ in range(2):
        with pytest.raises(BadRequestError, match=r"voice 'bob': .* cannot be read as audio"):
            shelf.get("bob", 0.1)
    assert shelf.get("ann", 0.1)
    write_clip(clips / "bob.wav")
    assert shelf.get("bob", 0.1)


def test_a_voice_that_is_not_configured_is_unknown(shelf: VoiceShelf[Prepared]):
    with pytest.raises(UnknownVoiceError, match="f5 has no voice 'eve'"):
        shelf.get("eve", 0.1)
