"""A vocoder in ONNX Runtime, which may run it elsewhere than asked: it is asked, and told."""

import importlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ishowtts_synth.errors import EngineError, EngineUnavailableError

_LOG = logging.getLogger("ishowtts.synth.f5")

TENSORRT = "TensorrtExecutionProvider"
CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
_FEWEST_FRAMES = 2
_USUAL_FRAMES = 512
_MOST_FRAMES = 4096
"""44 s; a longer clause makes TensorRT build again, for minutes."""


class OnnxVocoder:
    """A session of ONNX Runtime.

    Attributes:
        wanted: Providers that were asked for, the best first.
        providers: Those that it has, the best first.
    """

    def __init__(self, session: Any, wanted: Sequence[str]) -> None:
        self._session = session
        self._input: str = session.get_inputs()[0].name
        self.wanted = tuple(wanted)
        self.providers: tuple[str, ...] = tuple(session.get_providers())

    def __str__(self) -> str:
        """For people: where it runs, and where it does not although it was asked to."""
        lacking = [name for name in self.wanted if name not in self.providers]
        but = f", not in {' or '.join(map(_short, lacking))}" if lacking else ""
        return f"vocoder in ONNX Runtime ({_short(self.providers[0])}{but})"

    def decode(self, mel: Tensor) -> Tensor:
        """[G, M] log-mel to [hop_length * (G - 1)] fp32 samples.

        Raises:
            EngineError: ONNX Runtime failed.
        """
        batch = mel.float().mT[None].contiguous().cpu().numpy()
        try:
            (samples,) = self._session.run(None, {self._input: batch})
        except Exception as error:  # noqa: BLE001 - its own exceptions share no other base
            raise EngineError(f"the vocoder failed in ONNX Runtime: {_first_line(error)}") from None
        return torch.from_numpy(samples[0]).to(mel.device)


def load_onnx_vocoder(
    path: Path, *, device: str, providers: Sequence[str] | None = None
) -> OnnxVocoder:
    """Load an .onnx file as `export_vocoder` writes it.

    Args:
        path: The file.
        device: `cpu`, `cuda` or `cuda:1`; it chooses the providers where none are given.
        providers: ONNX Runtime's names, the best first.

    Raises:
        EngineUnavailableError: ONNX Runtime is missing, or the file is no vocoder.
    """
    try:
        runtime: Any = importlib.import_module("onnxruntime")
    except ModuleNotFoundError:
        raise EngineUnavailableError(
            f"{path} needs ONNX Runtime: install onnxruntime (for CUDA or TensorRT "
            "onnxruntime-gpu) in the engine's environment"
        ) from None
    wanted = tuple(providers or providers_for(device))
    vocoder = OnnxVocoder(_session(runtime, path, wanted, device), wanted)
    level = logging.INFO if vocoder.providers[0] == wanted[0] else logging.WARNING
    _LOG.log(level, "%s", vocoder)
    return vocoder


def providers_for(device: str) -> tuple[str, ...]:
    return (CPU,) if device == "cpu" else (TENSORRT, CUDA, CPU)


def _session(runtime: Any, path: Path, wanted: Sequence[str], device: str) -> Any:
    if not path.is_file():
        raise EngineUnavailableError(f"there is no vocoder {path}")
    # One that its build does not have would be left out with a warning; one that does not start is
    # left out silently. `OnnxVocoder` compares with what is there in the end.
    available = runtime.get_available_providers()
    chosen = [(name, _options(name, path, device)) for name in wanted if name in available]
    try:
        session = runtime.InferenceSession(str(path), providers=chosen or [(CPU, {})])
    except Exception as error:  # noqa: BLE001 - its own exceptions share no other base
        raise EngineUnavailableError(
            f"{path} is no vocoder that ONNX Runtime reads: {_first_line(error)}"
        ) from None
    _check_shape(path, session)
    return session


def _check_shape(path: Path, session: Any) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    dimensions = [(len(one.shape), one.type) for one in (*inputs, *outputs)]
    if dimensions != [(3, "tensor(float)"), (2, "tensor(float)")]:
        raise EngineUnavailableError(
            f"{path} is no vocoder: one takes mel [1, M, T] and gives samples [1, n], both float32"
        )


def _options(provider: str, path: Path, device: str) -> dict[str, str]:
    if provider not in {TENSORRT, CUDA}:
        return {}
    gpu = {"device_id": device.partition(":")[2] or "0"}
    if provider == CUDA:
        return gpu
    shape = "mel:1x100x{}".format
    return gpu | {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(path.parent),
        "trt_profile_min_shapes": shape(_FEWEST_FRAMES),
        "trt_profile_opt_shapes": shape(_USUAL_FRAMES),
        "trt_profile_max_shapes": shape(_MOST_FRAMES),
    }


def _short(provider: str) -> str:
    return provider.removesuffix("ExecutionProvider")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
