"""The vocoder as an ONNX file: the same audio, of any length, and honest about where it runs."""

import sys
from pathlib import Path

import onnx
import pytest
import torch
from torch import Tensor

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5 import vocoder_onnx
from ishowtts_synth.f5.vocoder import Vocos, load_vocoder
from ishowtts_synth.f5.vocoder_export import ConvolutionalVocos, export_vocoder
from ishowtts_synth.f5.vocoder_onnx import CPU, CUDA, TENSORRT, OnnxVocoder, load_onnx_vocoder
from ishowtts_synth.f5.vocoders import open_vocoder
from tests.synth.f5.checkpoints import write_checkpoint

TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(folder)
    return folder / "vocos"


@pytest.fixture(scope="module")
def exported(folder, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("exported") / "vocos.onnx"
    export_vocoder(folder, target)
    return target


@pytest.fixture(scope="module")
def vocos(folder) -> Vocos:
    return load_vocoder(folder, device="cpu")


def mel(frames: int) -> Tensor:
    return torch.randn(frames, 100, generator=torch.Generator().manual_seed(frames)) - 2


def relative(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("frames", [2, 3, 7, 64, 188, 1001])
def test_onnx_runtime_makes_the_same_audio_at_any_length(exported, vocos, frames):
    found = load_onnx_vocoder(exported, device="cpu").decode(mel(frames))
    wanted = vocos.decode(mel(frames))

    assert found.shape == wanted.shape == (256 * (frames - 1),)
    assert wanted.norm() > 0
    assert relative(found, wanted) <= TOLERANCE


def test_the_comparison_notices_a_wrong_kernel(vocos):
    wrong = ConvolutionalVocos(vocos)
    wrong.kernels[5] *= 1.01
    found = wrong(mel(64).mT[None])[0]

    assert relative(found, vocos.decode(mel(64))) > TOLERANCE


def test_it_says_where_it_runs(exported, caplog):
    caplog.set_level("INFO")
    vocoder = open_vocoder(exported, device="cpu")

    assert isinstance(vocoder, OnnxVocoder)
    assert vocoder.providers == (CPU,)
    assert caplog.messages == ["vocoder in ONNX Runtime (CPU)"]
    assert caplog.records[0].levelname == "INFO"


def test_it_says_that_it_does_not_run_where_it_was_asked_to(exported, caplog):
    vocoder = load_onnx_vocoder(exported, device="cpu", providers=["MagicExecutionProvider", CPU])

    assert caplog.messages == ["vocoder in ONNX Runtime (CPU, not in Magic)"]
    assert caplog.records[0].levelname == "WARNING"
    assert vocoder.decode(mel(8)).isfinite().all()


def test_on_a_gpu_tensorrt_is_asked_first():
    assert vocoder_onnx.providers_for("cuda:1") == (TENSORRT, CUDA, CPU)


def test_a_provider_that_fails_to_start_is_not_claimed():
    """ONNX Runtime leaves it out of `get_providers` and goes on."""

    class Session:
        def get_inputs(self):
            return [type("Input", (), {"name": "mel"})]

        def get_providers(self):
            return [CUDA, CPU]

    vocoder = OnnxVocoder(Session(), [TENSORRT, CUDA, CPU])

    assert str(vocoder) == "vocoder in ONNX Runtime (CUDA, not in Tensorrt)"


def test_files_that_are_no_vocoder_are_refused_with_a_reason(tmp_path):
    (tmp_path / "text.onnx").write_text("no protobuf")
    other = tmp_path / "other.onnx"
    shape = [onnx.helper.make_tensor_value_info(name, 1, [3]) for name in "ab"]
    node = onnx.helper.make_node("Neg", ["a"], ["b"])
    graph = onnx.helper.make_graph([node], "other", shape[:1], shape[1:])
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), other)

    with pytest.raises(EngineUnavailableError, match="no vocoder that ONNX Runtime reads"):
        open_vocoder(tmp_path / "text.onnx", device="cpu")
    with pytest.raises(EngineUnavailableError, match="one takes mel"):
        open_vocoder(other, device="cpu")
    with pytest.raises(EngineUnavailableError, match="there is no vocoder"):
        open_vocoder(tmp_path / "missing.onnx", device="cpu")


def test_missing_packages_are_named(exported, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "tensorrt", None)

    with pytest.raises(EngineUnavailableError, match="install onnxruntime"):
        open_vocoder(exported, device="cpu")
    with pytest.raises(EngineUnavailableError, match="TensorRT is not installed"):
        open_vocoder(tmp_path / "vocos.engine", device="cuda")
    with pytest.raises(EngineUnavailableError, match="needs a GPU"):
        open_vocoder(tmp_path / "vocos.engine", device="cpu")


def test_a_folder_is_vocos_in_torch(folder):
    assert isinstance(open_vocoder(folder, device="cpu"), Vocos)


def test_a_failed_export_leaves_the_old_file(exported, tmp_path):
    target = tmp_path / "vocos.onnx"
    target.write_bytes(b"old")

    with pytest.raises(EngineUnavailableError):
        export_vocoder(tmp_path / "nowhere", target)
    assert target.read_bytes() == b"old"


def test_tensorrt_is_told_the_lengths_to_build_for():
    options = vocoder_onnx._options(TENSORRT, Path("/models/vocos.onnx"), "cuda")

    assert options["trt_profile_max_shapes"] == "mel:1x100x4096"
    assert options["trt_engine_cache_path"] == "/models"


@pytest.mark.parametrize(("device", "index"), [("cuda", "0"), ("cuda:2", "2")])
def test_the_chosen_gpu_is_asked_for(device, index):
    for provider in (TENSORRT, CUDA):
        assert vocoder_onnx._options(provider, Path("/a.onnx"), device)["device_id"] == index
    assert vocoder_onnx._options(CPU, Path("/a.onnx"), device) == {}
