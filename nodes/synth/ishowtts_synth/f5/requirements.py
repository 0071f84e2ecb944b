"""What F5-TTS needs to run here, looked at before anything heavy is imported."""

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.files import check_files
from ishowtts_synth.settings import F5Settings, F5Voice

_PACKAGES = (
    "torch",
    "numpy",
    "safetensors",
    "soxr",
    "soundfile",
    "pypinyin",
    "rjieba",
    "yaml",
    "huggingface_hub",
)


def check_requirements(settings: F5Settings) -> None:
    """Tell whether everything is there.

    Raises:
        EngineUnavailableError: The first thing that is not, and what to do about it.
    """
    _check_packages()
    if settings.ode_method != "euler":
        raise EngineUnavailableError(
            f"[f5] ode_method {settings.ode_method!r} is not supported: the only one is euler"
        )
    _check_voices(settings.voices)
    check_files(settings)
    if settings.device.startswith("cuda"):
        _check_cuda(settings.device)


def clip_path(voice: F5Voice) -> Path:
    return Path(voice.reference_audio).expanduser()


def _check_packages() -> None:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineUnavailableError(
            f"f5 needs {', '.join(missing)}; install it with: just install-f5"
        )


def _check_voices(voices: Sequence[F5Voice]) -> None:
    seen: set[str] = set()
    for voice in voices:
        if voice.id in seen:
            raise EngineUnavailableError(f"[f5] has two voices {voice.id!r}")
        seen.add(voice.id)
        if not voice.reference_text.strip():
            raise EngineUnavailableError(
                f"[f5] voice {voice.id!r} has no reference_text: write what is said in its clip"
            )
        if not clip_path(voice).is_file():
            raise EngineUnavailableError(
                f"[f5] voice {voice.id!r} has no clip: there is no file {clip_path(voice)}"
            )


def _check_cuda(device: str) -> None:
    torch: Any = importlib.import_module("torch")
    if not torch.cuda.is_available():
        raise EngineUnavailableError(
            f"[f5] device is {device}, and torch {torch.__version__} sees no GPU here; "
            "`just install-f5 cuda` installs one that may, device = auto takes what there is"
        )
    index = int(device.partition(":")[2] or 0)
    if index >= torch.cuda.device_count():
        raise EngineUnavailableError(
            f"[f5] device is {device}, and there are {torch.cuda.device_count()} GPUs, from cuda:0"
        )
