"""Why it cannot start: one sentence each, before or while it loads."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.settings import F5Settings, F5Voice
from tests.synth.f5.checkpoints import MODEL_YAML, WEIGHTS
from tests.synth.f5.clips import voice
from tests.synth.f5.conftest import MakeEngine


def why_not(settings: F5Settings) -> str:
    with pytest.raises(EngineUnavailableError) as unavailable:
        F5Engine.check(settings)
    return str(unavailable.value)


@pytest.fixture
def ready(checkpoint: Path, clips: Path) -> Callable[..., F5Settings]:
    """Settings with which it could start, but for what a test changes."""

    def make(**changes: object) -> F5Settings:
        facts = {"ckpt_file": str(checkpoint), "voices": (voice(clips, "ann"),)}
        return F5Settings(**(facts | changes))  # type: ignore[arg-type]

    return make


def test_with_everything_there_it_can_start(ready: Callable[..., F5Settings]):
    F5Engine.check(ready())
    F5Engine.check(ready(ckpt_file=str(Path(ready().ckpt_file) / WEIGHTS)))


def test_another_solver_is_refused(ready: Callable[..., F5Settings]):
    said = why_not(ready(ode_method="midpoint"))
    assert said == "[f5] ode_method 'midpoint' is not supported: the only one is euler"


def test_without_voices_of_its_own_it_waits_for_those_that_travel(ready: Callable[..., F5Settings]):
    F5Engine.check(ready(voices=()))


def test_what_is_wrong_with_a_voice(ready: Callable[..., F5Settings], clips: Path):
    ann = voice(clips, "ann")
    assert "two voices 'ann'" in why_not(ready(voices=(ann, ann)))
    mute = F5Voice(id="eve", reference_audio=ann.reference_audio, reference_text=" ")
    assert "voice 'eve' has no reference_text" in why_not(ready(voices=(ann, mute)))
    said = why_not(ready(voices=(voice(clips, "eve"),)))
    assert said == f"[f5] voice 'eve' has no clip: there is no file {clips / 'eve.wav'}"


def test_on_a_busy_machine_its_threads_sleep_while_they_wait():
    code = (
        "from ishowtts_synth.engines.f5 import F5Engine\n"
        "from ishowtts_synth.settings import F5Settings\n"
        "try: F5Engine(F5Settings()).load()\n"
        "except Exception: import torch\n"
    )
    free = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=free | {"OMP_DISPLAY_ENV": "verbose"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "GOMP_SPINCOUNT = '0'" in ran.stderr


def test_a_gpu_that_is_not_there(ready: Callable[..., F5Settings], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "sees no GPU here" in why_not(ready(device="cuda"))
    assert "just install-f5 cuda" in why_not(ready(device="cuda:1"))


def test_a_gpu_that_there_are_not_so_many_of(
    ready: Callable[..., F5Settings], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert "device is cuda:1, and there are 1 GPUs" in why_not(ready(device="cuda:1"))


@pytest.mark.parametrize("name", ["ckpt_file", "vocab_file", "config_file", "vocoder_local_path"])
def test_a_file_that_is_not_there(ready: Callable[..., F5Settings], tmp_path: Path, name: str):
    path = tmp_path / "none" / "at all"
    assert why_not(ready(**{name: str(path)})) == f"f5 lacks a file: there is no {path}"


def test_a_model_that_is_not_official_needs_its_files(ready: Callable[..., F5Settings]):
    said = why_not(ready(ckpt_file="", model="F5TTS_v9"))
    assert "no official model 'F5TTS_v9' (there are F5TTS_v1_Base, F5TTS_Base)" in said


def test_a_folder_with_two_checkpoints_is_not_guessed_from(
    ready: Callable[..., F5Settings], checkpoint: Path, tmp_path: Path
):
    folder = tmp_path / "two"
    shutil.copytree(checkpoint, folder)
    shutil.copy(folder / WEIGHTS, folder / "other.safetensors")
    assert "holds model_1000.safetensors, other.safetensors" in why_not(
        ready(ckpt_file=str(folder))
    )


@pytest.fixture
def damaged(checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint, to be damaged."""
    return shutil.copytree(checkpoint, tmp_path / "damaged")


def refused(make_engine: MakeEngine, folder: Path) -> str:
    with pytest.raises(EngineUnavailableError) as unavailable:
        make_engine(ckpt_file=str(folder))
    return str(unavailable.value)


def test_a_truncated_checkpoint(make_engine: MakeEngine, damaged: Path):
    content = (damaged / WEIGHTS).read_bytes()
    (damaged / WEIGHTS).write_bytes(content[: len(content) // 2])
    assert "damaged or cut short" in refused(make_engine, damaged)


def test_a_vocabulary_of_another_model(make_engine: MakeEngine, damaged: Path):
    with (damaged / "vocab.txt").open("a", encoding="utf-8") as vocabulary:
        vocabulary.write("ω\n")
    assert "do not belong together" in refused(make_engine, damaged)


def test_a_config_of_another_model(make_engine: MakeEngine, damaged: Path):
    text = (damaged / MODEL_YAML).read_text().replace("depth: 2", "depth: 3")
    (damaged / MODEL_YAML).write_text(text)
    assert "is no checkpoint of F5TTS_v1_Tiny" in refused(make_engine, damaged)


def test_a_model_at_another_rate(make_engine: MakeEngine, damaged: Path):
    text = (damaged / MODEL_YAML).read_text().replace("24000", "16000")
    (damaged / MODEL_YAML).write_text(text)
    assert "does not speak at 24000 Hz" in refused(make_engine, damaged)


def test_a_pickled_checkpoint(make_engine: MakeEngine, damaged: Path):
    pickled = (damaged / WEIGHTS).rename(damaged / "model.pt")
    assert "only .safetensors" in refused(make_engine, pickled)


@pytest.mark.parametrize(("named", "told"), [("F5TTS_v1_Base", 0), ("F5TTS_Base", 1)])
def test_a_checkpoint_that_looks_like_another_version_s_is_told(
    make_engine: MakeEngine,
    damaged: Path,
    caplog: pytest.LogCaptureFixture,
    named: str,
    told: int,
):
    """Versions differ in nothing that a file shows."""
    text = (damaged / MODEL_YAML).read_text().replace("F5TTS_v1_Tiny", "F5TTS_v1_Base")
    (damaged / MODEL_YAML).write_text(text)
    make_engine(ckpt_file=str(damaged.rename(damaged.with_name(named))))
    said = [text for text in caplog.messages if f"as F5TTS_v1_Base and looks like {named}:" in text]
    assert len(said) == told


def test_a_vocoder_that_is_cut_short(make_engine: MakeEngine, damaged: Path):
    weights = damaged / "vocos" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "damaged or cut short" in refused(make_engine, damaged)


def test_the_official_vocoder_s_pickled_weights_are_converted_once(
    make_engine: MakeEngine, damaged: Path
):
    from safetensors.torch import load_file

    weights = damaged / "vocos" / "model.safetensors"
    torch.save(load_file(weights), damaged / "vocos" / "pytorch_model.bin")
    weights.unlink()
    make_engine(ckpt_file=str(damaged))
    assert weights.is_file()
    assert not list((damaged / "vocos").glob("*.part"))
    make_engine(ckpt_file=str(damaged))
