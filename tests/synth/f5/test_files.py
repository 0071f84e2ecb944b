"""Where files come from: the settings, the checkpoint's folder, the hub."""

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.files import (
    OFFICIAL,
    VOCOS,
    check_files,
    fetch_files,
    find_files,
    named_model,
)
from ishowtts_synth.f5.hub import HubFile, fetch, is_cached
from ishowtts_synth.settings import F5Settings
from tests.broker import free_port
from tests.synth.f5.checkpoints import MODEL_YAML, WEIGHTS
from tests.synth.f5.hub_stand_in import HubStandIn, hub_stand_in

FILE = HubFile("ann/voice", "model/model_1.safetensors")
PATHS = [
    "SWivid/F5-TTS/F5TTS_v1_Base/model_1250000.safetensors",
    "SWivid/F5-TTS/F5TTS_v1_Base/vocab.txt",
    "charactr/vocos-mel-24khz/config.yaml",
    "charactr/vocos-mel-24khz/pytorch_model.bin",
]


def use_hub(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """As HF_ENDPOINT would, had it been set before the import."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    template = f"{url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    contents = {path: path.encode() * 1000 for path in PATHS}
    contents["ann/voice/model/model_1.safetensors"] = b"weights" * 10_000
    with hub_stand_in(contents) as server:
        use_hub(monkeypatch, server.url)
        yield server


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    use_hub(monkeypatch, f"http://127.0.0.1:{free_port()}")


def test_what_lies_beside_the_checkpoint_is_taken(checkpoint: Path):
    found = fetch_files(F5Settings(ckpt_file=str(checkpoint)))
    assert found.checkpoint == checkpoint / WEIGHTS
    assert found.vocabulary == checkpoint / "vocab.txt"
    assert found.config == checkpoint / MODEL_YAML
    assert found.vocoder == checkpoint / "vocos"


def test_what_the_settings_name_goes_first(checkpoint: Path, tmp_path: Path):
    settings = F5Settings(
        ckpt_file=str(checkpoint),
        vocab_file=str(tmp_path / "v.txt"),
        config_file=str(tmp_path / "c.yaml"),
        vocoder_local_path=str(tmp_path / "vocos"),
    )
    found = find_files(settings)
    assert [path.parent for path in found.places()[1:]] == [tmp_path] * 3


def test_official_files_are_on_the_hub():
    found = find_files(F5Settings())
    assert found.checkpoint == OFFICIAL["F5TTS_v1_Base"]
    assert found.vocabulary == HubFile("SWivid/F5-TTS", "F5TTS_v1_Base/vocab.txt")
    assert found.config is None
    assert found.vocoder == VOCOS


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("models/F5TTS_Base/model_1200000.safetensors", "F5TTS_Base"),
        ("models/mine/model_1200000.safetensors", "F5TTS_Base"),
        ("hub/snapshots/84e5a4/F5TTS_v1_Base/model_1250000.safetensors", "F5TTS_v1_Base"),
        ("F5TTS_v1_Base/model_30000.safetensors", "F5TTS_v1_Base"),
        ("models/f5/model_30000.safetensors", None),
    ],
)
def test_a_path_may_say_which_model_it_is_of(path: str, named: str | None):
    assert named_model(Path(path)) == named


def test_somebody_s_own_model_on_the_hub_brings_its_vocabulary():
    found = find_files(F5Settings(ckpt_file="hf://ann/voice/model/model_1.safetensors"))
    assert found.checkpoint == FILE
    assert found.vocabulary == HubFile("ann/voice", "model/vocab.txt")
    with pytest.raises(EngineUnavailableError, match="is not hf://owner/repository/file"):
        find_files(F5Settings(ckpt_file="hf://ann"))


def test_what_is_missing_is_downloaded_once(
    hub: HubStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("TQDM_POSITION", "-1")  # shows the bar without a terminal
    settings = F5Settings(hf_cache_dir=str(tmp_path))
    found = fetch_files(settings)
    assert found.checkpoint.read_bytes() == hub.files[PATHS[0]]
    assert sorted(path.name for path in found.vocoder.iterdir()) == [
        "config.yaml",
        "pytorch_model.bin",
    ]
    assert "model_1250000.safetensors" in capfd.readouterr().err
    hub.asked.clear()
    assert fetch_files(settings) == found
    assert hub.asked == []


def test_a_file_that_was_changed_on_its_way_is_refused_and_deleted(hub: HubStandIn, tmp_path: Path):
    hub.spoilt.add("ann/voice/model/model_1.safetensors")
    with pytest.raises(EngineUnavailableError, match="its SHA-256 is not the hub's"):
        fetch(FILE, str(tmp_path))
    assert not is_cached(FILE, str(tmp_path))
    hub.spoilt.clear()
    assert fetch(FILE, str(tmp_path)).read_bytes() == b"weights" * 10_000


def test_a_file_that_the_hub_does_not_have(hub: HubStandIn, tmp_path: Path):
    with pytest.raises(EngineUnavailableError, match="cannot download model/no of ann/voice"):
        fetch(HubFile("ann/voice", "model/no"), str(tmp_path))


@pytest.mark.usefixtures("offline")
def test_without_a_network_it_says_what_to_do(tmp_path: Path):
    with pytest.raises(EngineUnavailableError, match="no network is needed"):
        fetch(FILE, str(tmp_path))


def test_without_leave_to_download_what_is_cached_will_do(hub: HubStandIn, tmp_path: Path):
    stingy = F5Settings(hf_cache_dir=str(tmp_path), download=False)
    with pytest.raises(EngineUnavailableError, match=r"lacks F5TTS_v1_Base/model.*download = true"):
        check_files(stingy)
    fetch_files(F5Settings(hf_cache_dir=str(tmp_path)))
    check_files(stingy)
    assert len(hub.asked) == 4 * 3
