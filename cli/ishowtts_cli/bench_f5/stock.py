"""Stock f5-tts, imported without what only its training and its demos need."""

import importlib
import sys
import types
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ishowtts_cli.errors import CliError
from ishowtts_synth.f5.config import ModelConfig

_MODULES = ("f5_tts.model.backbones.dit", "f5_tts.model.cfm", "f5_tts.model.utils", "vocos")
_SHORT_BYTES = 10
_SHORT_SPEED = 0.3


class Stock:
    """One request after the other, as `f5_tts.infer.utils_infer` does it."""

    name = "stock"

    def __init__(self, cfm: Any, vocos: Any) -> None:
        self.cfm = cfm
        self.vocos = vocos

    @torch.inference_mode()
    def sample(self, reference: Tensor, text: str, frames: int, steps: int, seed: int) -> Tensor:
        """[R, M] and a text to [G, M] fp32."""
        from f5_tts.model.utils import convert_char_to_pinyin

        out, _ = self.cfm.sample(
            reference[None],
            convert_char_to_pinyin([text]),
            frames,
            steps=steps,
            cfg_strength=2.0,
            sway_sampling_coef=-1.0,
            seed=seed,
        )
        return out[0, len(reference) - 1 :].float()

    @torch.inference_mode()
    def decode(self, mel: Tensor) -> Tensor:
        return self.vocos.decode(mel.mT[None])[0]


def load_stock(
    config: ModelConfig,
    weights: Path,
    vocabulary: Path,
    vocos: Path,
    device: str,
    dtype: torch.dtype,
) -> Stock:
    """Load the files as stock's `load_model`, `load_checkpoint` and `load_vocoder` do."""
    from safetensors.torch import load_file

    prepare()
    from f5_tts.model.utils import get_tokenizer

    characters, size = get_tokenizer(str(vocabulary), "custom")
    cfm = make_cfm(config, size, characters)
    state = {key.removeprefix("ema_model."): value for key, value in load_file(weights).items()}
    state = {key: value for key, value in state.items() if key not in {"initted", "step"}}
    cfm.load_state_dict(state)
    vocoder = make_vocos(vocos / "config.yaml")
    vocoder.load_state_dict(load_file(vocos / "model.safetensors"), strict=False)
    return Stock(cfm.to(device, dtype).eval(), vocoder.to(device).eval())


def make_cfm(config: ModelConfig, tokens: int, characters: dict[str, int] | None = None) -> Any:
    import msgspec

    prepare()
    from f5_tts.model.backbones.dit import DiT
    from f5_tts.model.cfm import CFM

    mel = msgspec.to_builtins(config.mel_spec)
    arch = msgspec.to_builtins(config.arch)
    transformer = DiT(**arch, text_num_embeds=tokens, mel_dim=mel["n_mel_channels"])
    return CFM(transformer, mel_spec_kwargs=mel, vocab_char_map=characters)


def make_vocos(config: Path) -> Any:
    prepare()
    from vocos import Vocos

    return Vocos.from_hparams(str(config))


def frames_of(reference_frames: int, reference_text: str, text: str) -> int:
    """Of clip and speech, by the rule of stock's `infer_batch_process` at speed 1."""
    speed = _SHORT_SPEED if len(text.encode()) < _SHORT_BYTES else 1.0
    share = len(text.encode()) / len(reference_text.encode())
    return reference_frames + int(reference_frames * share / speed)


def shipped(parts: Sequence[str]) -> Path:
    """A file of the package f5-tts: vocabulary, reference clips."""
    return Path(str(distribution("f5-tts").locate_file("/".join(("f5_tts", *parts)))))


def prepare() -> None:
    """Make stock importable here.

    Raises:
        CliError: It is not installed.
    """
    try:
        folder = str(distribution("f5-tts").locate_file("f5_tts/model"))
    except PackageNotFoundError:
        text = "this takes stock f5-tts, which is not installed: run ./just install-f5-stock"
        raise CliError(text) from None
    if "f5_tts.model" not in sys.modules:  # it would import the trainer
        package = types.ModuleType("f5_tts.model")
        package.__path__ = [folder]
        sys.modules["f5_tts.model"] = package
    if torch.version.cuda is None:
        _do_without_torchaudio_s_library()
    with warnings.catch_warnings():  # what it needs warns of its own age
        warnings.simplefilter("ignore")
        for name in _MODULES:
            importlib.import_module(name)


def _do_without_torchaudio_s_library() -> None:
    """PyPI's torchaudio is built for CUDA; beside a torch for CPUs only its Python half works."""
    name = "torchaudio._extension"
    if name in sys.modules:
        return
    extension = types.ModuleType(name)
    extension.__dict__.update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        _check_cuda_version=lambda: None,
        fail_if_no_align=lambda function: function,
    )
    sys.modules[name] = extension
