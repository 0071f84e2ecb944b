"""A vocoder as a TensorRT engine file, built on the very GPU that runs it."""

import importlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ishowtts_synth.errors import EngineError, EngineUnavailableError
from ishowtts_synth.f5.vocoder import INPUT, OUTPUT


class TensorRtVocoder:
    """An engine that was made of the exported ONNX file (`trtexec --onnx=... --saveEngine=...`)."""

    def __init__(self, engine: Any, context: Any, device: str) -> None:
        self._engine = engine  # outlives its context
        self._context = context
        self._device = torch.device(device)

    def __str__(self) -> str:
        return f"vocoder in TensorRT ({self._device})"

    def decode(self, mel: Tensor) -> Tensor:
        """[G, M] log-mel to [hop_length * (G - 1)] fp32 samples.

        Raises:
            EngineError: The engine was built for other lengths, or failed.
        """
        batch = mel.to(self._device, torch.float32).mT[None].contiguous()  # [1, M, G]
        context = self._context
        if not context.set_input_shape(INPUT, tuple(batch.shape)):
            raise EngineError(f"the TensorRT vocoder was not built for {len(mel)} frames")
        samples = torch.empty(tuple(context.get_tensor_shape(OUTPUT)), device=self._device)
        context.set_tensor_address(INPUT, batch.data_ptr())
        context.set_tensor_address(OUTPUT, samples.data_ptr())
        stream = torch.cuda.current_stream(self._device)
        if not context.execute_async_v3(stream.cuda_stream):
            raise EngineError("the vocoder failed in TensorRT")
        return samples[0]


def load_tensorrt_vocoder(path: Path, *, device: str) -> TensorRtVocoder:
    """Load an .engine file.

    Raises:
        EngineUnavailableError: TensorRT or a GPU is missing, or the file is of another TensorRT.
    """
    if device == "cpu":
        raise EngineUnavailableError(f"{path} is a TensorRT engine and needs a GPU")
    try:
        tensorrt: Any = importlib.import_module("tensorrt")
    except ImportError:
        raise EngineUnavailableError(
            f"{path} is a TensorRT engine, and TensorRT is not installed in the engine's "
            "environment; JetPack brings it. The .onnx file needs none"
        ) from None
    if not path.is_file():
        raise EngineUnavailableError(f"there is no vocoder {path}")
    runtime = tensorrt.Runtime(tensorrt.Logger(tensorrt.Logger.WARNING))
    engine = runtime.deserialize_cuda_engine(path.read_bytes())
    if engine is None:
        raise EngineUnavailableError(
            f"{path} was built by another TensorRT or for another GPU; build it here"
        )
    _check_tensors(path, engine, tensorrt)
    context = engine.create_execution_context()
    if context is None:
        raise EngineUnavailableError(f"there is not enough memory on the GPU for {path}")
    return TensorRtVocoder(engine, context, device)


def _check_tensors(path: Path, engine: Any, tensorrt: Any) -> None:
    """Whatever is not as exported would be read or written past its end."""
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    facts = {
        name: (len(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name)) for name in names
    }
    if facts != {INPUT: (3, tensorrt.float32), OUTPUT: (2, tensorrt.float32)}:
        raise EngineUnavailableError(
            f"{path} is no vocoder of `ishowtts f5 export-vocoder`: one takes {INPUT} [1, M, T] "
            f"and gives {OUTPUT} [1, n], both float32"
        )
