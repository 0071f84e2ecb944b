"""Which vocoder a path means: a folder of Vocos, an .onnx file, or a TensorRT .engine."""

import os
from pathlib import Path

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.vocoder import (
    PICKLED_WEIGHTS,
    WEIGHTS,
    Vocoder,
    Vocos,
    convert_weights,
    load_vocoder,
)


def open_vocoder(path: Path, *, device: str) -> Vocoder:
    """Load what `vocoder_local_path` names.

    Raises:
        EngineUnavailableError: It cannot be loaded here; the text says why.
    """
    if path.suffix == ".onnx":
        from ishowtts_synth.f5.vocoder_onnx import load_onnx_vocoder

        return load_onnx_vocoder(path, device=device)
    if path.suffix == ".engine":
        from ishowtts_synth.f5.vocoder_tensorrt import load_tensorrt_vocoder

        return load_tensorrt_vocoder(path, device=device)
    return open_vocos(path, device=device)


def open_vocos(folder: Path, *, device: str) -> Vocos:
    """Load Vocos; the official pickled weights are read once, with care, and kept as safetensors.

    Raises:
        EngineUnavailableError: It cannot be loaded here; the text says why.
    """
    weights, pickled = folder / WEIGHTS, folder / PICKLED_WEIGHTS
    if pickled.exists() and not weights.exists():
        if not os.access(folder, os.W_OK):
            raise EngineUnavailableError(f"{pickled} must be converted, and {folder} is read-only")
        partial = weights.with_suffix(".part")
        convert_weights(pickled, partial)
        partial.replace(weights)
    return load_vocoder(folder, device=device)
