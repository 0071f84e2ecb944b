"""A TensorRT engine file, TensorRT itself being a stand-in that reads and writes raw memory."""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from ishowtts_synth.errors import EngineError, EngineUnavailableError
from ishowtts_synth.f5.vocoder import Vocos, load_vocoder
from ishowtts_synth.f5.vocoder_tensorrt import TensorRtVocoder, load_tensorrt_vocoder
from ishowtts_synth.f5.vocoders import open_vocoder

MOST_FRAMES = 300
STREAM = 7
FLOAT, HALF = "float", "half"

Tensors = dict[str, tuple[tuple[int, ...], str]]

EXPORTED: Tensors = {"mel": ((1, 100, -1), FLOAT), "samples": ((1, -1), FLOAT)}


def memory(address: int, *shape: int) -> Tensor:
    """fp32 numbers from an address on, as a device would find them."""
    content = (ctypes.c_float * torch.Size(shape).numel()).from_address(address)
    return torch.frombuffer(content, dtype=torch.float32).view(shape)


class Context:
    """Runs what it stands for: Vocos, at the lengths that it was built for."""

    def __init__(self, vocos: Vocos) -> None:
        self._vocos = vocos
        self._addresses: dict[str, int] = {}
        self._frames = 0
        self.works = True

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        assert (name, *shape[:2]) == ("mel", 1, 100)
        self._frames = shape[2]
        return 2 <= self._frames <= MOST_FRAMES

    def get_tensor_shape(self, name: str) -> tuple[int, int]:
        assert name == "samples"
        return (1, 256 * (self._frames - 1))

    def set_tensor_address(self, name: str, address: int) -> None:
        self._addresses[name] = address

    def execute_async_v3(self, stream: int) -> bool:
        assert stream == STREAM
        mel = memory(self._addresses["mel"], 1, 100, self._frames)
        memory(self._addresses["samples"], *self.get_tensor_shape("samples")).copy_(
            self._vocos(mel)
        )
        return self.works


class Engine:
    def __init__(self, context: Context | None, tensors: Tensors = EXPORTED) -> None:
        self._context = context
        self._tensors = tensors
        self.num_io_tensors = len(tensors)

    def get_tensor_name(self, index: int) -> str:
        return list(self._tensors)[index]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self._tensors[name][0]

    def get_tensor_dtype(self, name: str) -> str:
        return self._tensors[name][1]

    def create_execution_context(self) -> Context | None:
        return self._context


Install = Callable[[Engine | None], None]


@pytest.fixture
def vocos(checkpoint: Path) -> Vocos:
    return load_vocoder(checkpoint / "vocos", device="cpu")


@pytest.fixture
def context(vocos: Vocos, monkeypatch: pytest.MonkeyPatch) -> Context:
    stream = SimpleNamespace(cuda_stream=STREAM)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: stream)
    return Context(vocos)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vocos.engine"
    path.write_bytes(b"engine")
    return path


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a TensorRT in place that makes this engine of a file."""

    class Logger:
        WARNING = 2

        def __init__(self, level: int) -> None:
            self.level = level

    def _install(engine: Engine | None) -> None:
        def deserialize(content: bytes) -> Engine | None:
            assert content == b"engine"
            return engine

        runtime = SimpleNamespace(deserialize_cuda_engine=deserialize)
        tensorrt = SimpleNamespace(float32=FLOAT, Logger=Logger, Runtime=lambda _logger: runtime)
        monkeypatch.setitem(sys.modules, "tensorrt", tensorrt)

    return _install


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_its_audio_is_that_of_the_vocoder_it_was_made_of(
    context: Context, vocos: Vocos, dtype: torch.dtype
) -> None:
    vocoder = TensorRtVocoder(Engine(context), context, "cpu")
    for frames in (2, 50, 31):
        mel = torch.randn(frames, 100).to(dtype)
        assert torch.equal(vocoder.decode(mel), vocos.decode(mel))


def test_a_length_that_it_was_not_built_for_fails_one_clause(context: Context) -> None:
    vocoder = TensorRtVocoder(Engine(context), context, "cpu")
    with pytest.raises(EngineError, match="was not built for 301 frames"):
        vocoder.decode(torch.zeros(MOST_FRAMES + 1, 100))
    context.works = False
    with pytest.raises(EngineError, match="failed in TensorRT"):
        vocoder.decode(torch.zeros(20, 100))
    context.works = True
    assert vocoder.decode(torch.zeros(20, 100)).isfinite().all()


def test_it_says_where_it_runs(path: Path, context: Context, install: Install) -> None:
    install(Engine(context))
    assert str(open_vocoder(path, device="cuda:1")) == "vocoder in TensorRT (cuda:1)"


@pytest.mark.parametrize(
    "changes",
    [
        {"mel": ((1, 100, -1), HALF)},
        {"samples": ((1, 1, -1), FLOAT)},
        {"audio": ((1, -1), FLOAT)},
    ],
)
def test_another_engine_is_refused_before_it_writes_where_nothing_is(
    path: Path, context: Context, install: Install, changes: Tensors
) -> None:
    install(Engine(context, EXPORTED | changes))
    with pytest.raises(EngineUnavailableError, match="is no vocoder of `ishowtts f5 export"):
        load_tensorrt_vocoder(path, device="cuda")


def test_what_cannot_be_loaded_is_told(path: Path, install: Install) -> None:
    install(None)
    with pytest.raises(EngineUnavailableError, match="built by another TensorRT or for another"):
        load_tensorrt_vocoder(path, device="cuda")
    with pytest.raises(EngineUnavailableError, match="there is no vocoder"):
        load_tensorrt_vocoder(path.with_name("none.engine"), device="cuda")
    install(Engine(None))
    with pytest.raises(EngineUnavailableError, match="not enough memory on the GPU"):
        load_tensorrt_vocoder(path, device="cuda")
