"""Vocos, against stock's."""

import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.vocoder import convert_weights, inverse_stft, load_vocoder
from tests.synth.f5 import stock
from tests.synth.f5.pairs import FP32_TOLERANCE, relative_error


@pytest.fixture
def folder(checkpoint: Path, tmp_path: Path) -> Path:
    """A vocoder's folder to spoil."""
    shutil.copytree(checkpoint / "vocos", tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("frames", [2, 3, 40, 301])
def test_audio_is_stocks(checkpoint: Path, frames: int) -> None:
    mel = torch.randn(frames, 100, generator=torch.Generator().manual_seed(frames))
    ours = load_vocoder(checkpoint / "vocos", device="cpu").decode(mel)
    theirs = stock.load_vocos(checkpoint / "vocos").decode(mel.mT[None])[0]
    assert ours.shape == (256 * (frames - 1),)
    assert relative_error(ours, theirs) <= FP32_TOLERANCE
    assert float(theirs.std()) > 1e-3


def test_half_precision_mel_is_taken(checkpoint: Path) -> None:
    vocoder = load_vocoder(checkpoint / "vocos", device="cpu")
    mel = torch.randn(20, 100).half()
    assert torch.equal(vocoder.decode(mel), vocoder.decode(mel.float()))


def test_inverse_stft_is_torchs() -> None:
    window = torch.hann_window(1024)
    samples = torch.randn(2, 256 * 30)
    spectrum = torch.stft(samples, 1024, 256, window=window, return_complex=True)
    spectrum = spectrum * torch.rand(spectrum.shape)
    wanted = torch.istft(spectrum, 1024, 256, window=window)
    assert relative_error(inverse_stft(spectrum, window, 256), wanted) <= FP32_TOLERANCE


def refusal(folder: Path) -> str:
    with pytest.raises(EngineUnavailableError) as caught:
        load_vocoder(folder, device="cpu")
    return str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert refusal(folder) == f"there is no {folder / 'model.safetensors'}"
    (folder / "config.yaml").unlink()
    assert "config.yaml describes no Vocos known here: " in refusal(folder)


def test_a_truncated_file_is_damaged(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    assert "is damaged or cut short" in refusal(folder)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("head", "padding", "same"),
        ("backbone", "dim", 0),
        ("backbone", "adanorm_num_embeddings", 4),
        ("head", "n_fft", 1023),
    ],
)
def test_another_vocos_is_refused(folder: Path, part: str, key: str, value: object) -> None:
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config[part]["init_args"][key] = value
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    assert "describes no Vocos known here" in refusal(folder)


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["backbone"]["init_args"]["num_layers"] = 3
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    assert "does not fit its config.yaml" in refusal(folder)


def test_the_official_pickled_weights_are_converted_first(folder: Path) -> None:
    path, pickled = folder / "model.safetensors", folder / "pytorch_model.bin"
    torch.save(safetensors.torch.load_file(path), pickled)
    before = load_vocoder(folder, device="cpu").decode(torch.ones(5, 100))
    path.unlink()
    assert refusal(folder).endswith(": convert pytorch_model.bin first")
    convert_weights(pickled, path)
    assert torch.equal(load_vocoder(folder, device="cpu").decode(torch.ones(5, 100)), before)


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("exploded", "w")


@pytest.mark.parametrize("content", [{"a": _Bomb()}, [1, 2], {"a": "no tensor"}])
def test_a_pickle_with_more_than_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(content, tmp_path / "bad.bin")
    with pytest.raises(EngineUnavailableError, match="holds no plain weights"):
        convert_weights(tmp_path / "bad.bin", tmp_path / "model.safetensors")
    assert not (tmp_path / "exploded").exists()
    assert not (tmp_path / "model.safetensors").exists()


def test_an_old_torch_converts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.5.1+cu121")
    with pytest.raises(EngineUnavailableError, match=r"needs torch 2\.6 or newer"):
        convert_weights(tmp_path / "a.bin", tmp_path / "b.safetensors")
