"""The store: what is kept, and what a crash, a full disk or a damaged file leave of it."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.voices import files
from ishowtts_player.voices.baseline import Baseline, ConfiguredVoice
from ishowtts_player.voices.clip import Clip
from ishowtts_player.voices.names import RESERVED, name_of_file, name_problem
from ishowtts_player.voices.records import VoiceRecord
from ishowtts_player.voices.store import VoiceStore
from ishowtts_schemas import is_slug

ANN = ConfiguredVoice(id="ann", reference_audio="ann.wav", reference_text="I am Ann.")


def clip(sound: str) -> Clip:
    wav = sound.encode()
    return Clip(wav, hashlib.sha256(wav).hexdigest(), 2.0)


BASELINE = Baseline(voices=((ANN, clip("ann")),))
NOTHING = Baseline()


def opened(folder: Path | None, baseline: Baseline = BASELINE, max_voices: int = 8) -> VoiceStore:
    store = VoiceStore(folder, max_voices, clock_ns=lambda: 7)
    store.load(baseline)
    return store


def spoken(store: VoiceStore, voice_id: str = "ann") -> tuple[str, str] | None:
    """The sound and the words with which synths speak a voice."""
    reference = store.reference(voice_id)
    return None if reference is None else (reference.audio.decode(), reference.transcript)


def ann(store: VoiceStore) -> VoiceRecord:
    found = store.voices.find("ann")
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "voices-1"


def test_a_configured_voice_speaks_with_its_own_clip(folder):
    assert spoken(opened(folder)) == ("ann", "I am Ann.")


def test_clip_and_transcript_are_laid_over_and_taken_away_apart(folder):
    store = opened(folder)

    store.override(ann(store), clip=clip("new"))
    assert spoken(store) == ("new", "I am Ann.")
    store.override(ann(store), transcript="I am new.")
    assert spoken(store) == ("new", "I am new.")
    store.override(ann(store), transcript="")
    assert spoken(store) == ("new", "I am Ann.")
    assert store.reset("ann")
    assert spoken(store) == ("ann", "I am Ann.")
    assert not store.reset("ann")


def test_a_transcript_that_is_cleared_leaves_no_trace_where_nothing_else_was_laid_over(folder):
    store = opened(folder)
    store.override(ann(store), transcript="I am new.")

    store.override(ann(store), transcript="")

    assert store.voices.overrides == {}


def test_a_new_voice_has_nothing_of_an_earlier_one_of_its_name(folder):
    opened(folder).override(ann(opened(folder)), clip=clip("laid over ann of the file"))
    store = opened(folder, NOTHING)

    store.add(VoiceRecord(id="ann", transcript="I am another Ann."), clip("another ann"))

    assert spoken(store) == ("another ann", "I am another Ann.")


def test_a_voice_that_was_removed_meanwhile_is_not_laid_over(folder):
    store = opened(folder, NOTHING)
    store.add(VoiceRecord(id="ann"), clip("ann"))
    found = ann(store)
    store.remove("ann")

    with pytest.raises(ApiError, match="there is no voice 'ann' any more"):
        store.override(found, clip=clip("new"))

    assert store.voices.overrides == {}


def test_what_was_laid_over_outlives_the_process(folder):
    store = opened(folder)
    store.override(ann(store), clip=clip("new"), transcript="I am new.")
    store.choose_default("ann")
    store.remember_published(frozenset({"ann", "gone"}))

    again = opened(folder)

    assert spoken(again) == ("new", "I am new.")
    assert again.voices.default_voice == "ann"
    assert again.voices.published == {"ann", "gone"}
    assert again.reference("ann").version == store.reference("ann").version


def test_each_sound_and_text_has_a_version_of_its_own(folder):
    store = opened(folder)
    versions = {store.reference("ann").version}
    for change in ({"clip": clip("new")}, {"transcript": "a"}, {"transcript": "b"}):
        store.override(ann(store), **change)
        versions.add(store.reference("ann").version)

    assert len(versions) == 4


def test_an_added_voice_is_kept_until_it_is_removed(folder):
    opened(folder).add(VoiceRecord(id="eve", transcript="I am Eve."), clip("eve"))

    store = opened(folder)
    assert spoken(store, "eve") == ("eve", "I am Eve.")
    store.remove("eve")

    assert spoken(opened(folder), "eve") is None
    assert spoken(store) == ("ann", "I am Ann.")


def test_a_configured_voice_is_removed_in_its_file_only(folder):
    with pytest.raises(InputError, match="stands in the file"):
        opened(folder).remove("ann")


def test_a_name_is_given_once(folder):
    with pytest.raises(InputError, match="there is a voice 'ann' already"):
        opened(folder).add(VoiceRecord(id="ann"), clip("other"))


def test_there_are_only_so_many_voices(folder):
    store = opened(folder, max_voices=2)
    store.add(VoiceRecord(id="eve"), clip("eve"))

    with pytest.raises(InputError, match="2 voices are the most"):
        store.add(VoiceRecord(id="bob"), clip("bob"))


def test_a_synths_own_voice_is_remembered_while_a_clip_lies_over_it(folder):
    own = VoiceRecord(id="synths", origin="engine", transcript="mine", engines=("f5",))
    store = opened(folder)
    with pytest.raises(InputError, match="send a clip"):
        store.override(own, transcript="only text")

    store.override(own, clip=clip("over"))
    again = opened(folder)

    assert spoken(again, "synths") == ("over", "mine")
    assert again.reference("synths").engines == ("f5",)
    again.reset("synths")
    assert spoken(again, "synths") is None


def test_clips_that_nobody_needs_any_more_are_removed(folder):
    store = opened(folder)
    for number in range(5):
        store.override(ann(store), clip=clip(f"take {number}"))

    assert len(list((folder / files.CLIP_FOLDER).iterdir())) == 2


def test_without_a_folder_it_is_kept_in_memory():
    store = opened(None)
    store.override(ann(store), clip=clip("new"))

    assert spoken(store) == ("new", "I am Ann.")


class KilledError(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("step", range(6))
def test_a_process_that_is_killed_leaves_the_old_voice_or_the_new(folder, monkeypatch, step):
    """It dies before the draft's sync, its rename or its folder's sync: the clip's, the index's."""
    store = opened(folder)
    store.override(ann(store), clip=clip("old"))
    steps = iter(range(100))

    def killed_in_its_turn(original):
        def call(*args, **more):
            if next(steps) == step:
                raise KilledError
            return original(*args, **more)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", killed_in_its_turn(os.fsync))
        patched.setattr(Path, "replace", killed_in_its_turn(Path.replace))
        with pytest.raises(KilledError):
            store.override(ann(store), clip=clip("new"))

    again = opened(folder)
    assert spoken(again) == ("old" if step < 5 else "new", "I am Ann.")
    again.override(ann(again), clip=clip("next"))
    assert spoken(opened(folder)) == ("next", "I am Ann.")
    assert not [path.name for path in folder.rglob("*.new")]


def test_a_full_disk_changes_nothing(folder, monkeypatch):
    store = opened(folder)
    store.override(ann(store), clip=clip("old"))
    before = store.voices

    def full(_number):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ApiError, match="No space left on device") as raised:
            store.override(ann(store), clip=clip("new"))

    assert (raised.value.status, raised.value.code) == (500, "NOT_STORED")
    assert store.voices is before
    assert spoken(opened(folder)) == ("old", "I am Ann.")


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 99}', b"\xff\xff", b"[" * 100_000])
def test_a_damaged_index_is_kept_aside_and_the_file_of_voices_still_holds(folder, damage):
    store = opened(folder)
    store.override(ann(store), clip=clip("new"))
    (folder / files.INDEX_FILE).write_bytes(damage)

    assert spoken(opened(folder)) == ("ann", "I am Ann.")
    assert (folder / f"{files.INDEX_FILE}.corrupt").read_bytes() == damage


def test_an_index_with_a_path_for_a_digest_is_damaged(folder):
    store = opened(folder)
    store.override(ann(store), clip=clip("new"))
    index = folder / files.INDEX_FILE
    index.write_text(index.read_text().replace(clip("new").digest, "../../../etc/passwd"))

    assert spoken(opened(folder)) == ("ann", "I am Ann.")


@pytest.mark.parametrize("damage", [None, b"something else"])
def test_a_clip_that_is_lost_or_changed_is_left_out_and_said(folder, damage):
    store = opened(folder)
    store.override(ann(store), clip=clip("new"))
    path = folder / files.CLIP_FOLDER / f"{clip('new').digest}.wav"
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)

    again = opened(folder)

    assert spoken(again) == ("ann", "I am Ann.")
    assert again.problems == ("the kept clip of voice 'ann' is lost or damaged; it is left out",)


def test_an_entry_that_is_wrong_for_once_does_not_cost_what_was_laid_over_it(folder):
    store = opened(folder)
    store.override(ann(store), clip=clip("new"))

    without = opened(folder, NOTHING)
    assert spoken(without) is None
    without.choose_default(None)

    assert spoken(opened(folder)) == ("new", "I am Ann.")


NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "C:\\windows\\system32\\voice.wav",
    "\\\\server\\share\\a.wav",
    "a\0b.wav",
    "．．／voice.wav",
    "con",
    "." * 300,
    "妙.wav",
    "",
    "upload",
    "REFERENCE.wav",
]


@given(st.sampled_from(NAMES) | st.text(max_size=200), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_whatever_a_file_is_called_its_voice_gets_a_plain_free_name(filename, namesakes):
    taken: set[str] = set()
    for _ in range(namesakes + 1):
        name = name_of_file(filename, lambda one: one in taken)
        assert is_slug(name)
        assert name not in RESERVED
        assert name not in taken
        taken.add(name)


@given(st.text(max_size=80) | st.sampled_from(NAMES))
@settings(deadline=None, max_examples=60)
def test_only_plain_names_are_names(name):
    assert (name_problem(name) == "") == (is_slug(name) and name not in RESERVED)
