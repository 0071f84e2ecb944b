"""Random weights in the official format, in which no parameter is zero.

Stock begins with zeros in AdaLN, GRN and its last layer: it would answer 0.0 to everything, and
whatever else does so would agree with it.
"""

import shutil
import sys
from pathlib import Path
from typing import Any, Literal

import msgspec
import torch
import yaml
from safetensors.torch import save_file
from torch import nn

from ishowtts_cli.bench_f5.bench import CLIP, REFERENCE_TEXT
from ishowtts_cli.bench_f5.stock import make_cfm, make_vocos, prepare, shipped
from ishowtts_cli.errors import CliError
from ishowtts_synth.f5.config import F5TTS_V1_BASE, ArchConfig, ModelConfig

TINY = msgspec.structs.replace(
    F5TTS_V1_BASE,
    name="F5TTS_v1_Tiny",
    arch=ArchConfig(dim=64, depth=2, heads=1, ff_mult=2, text_dim=32, conv_layers=4),
)
_VOCOS_DIMS = {"base": (512, 1536, 8), "tiny": (32, 64, 2)}
_SIZES = {"base": F5TTS_V1_BASE, "tiny": TINY}


_SECTION = """[f5]
ckpt_file = "{folder}"
download = false
voices = [
    {{ id = "noise", reference_audio = "{folder}/clip.wav", reference_text = "{text}" }},
]
"""


def write_trial(folder: Path, size: Literal["base", "tiny"]) -> None:
    """Write such a checkpoint and a clip, and print the configuration that takes them.

    Raises:
        CliError: The folder holds something, or stock is not installed.
    """
    prepare()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CliError(f"{folder} is not empty: name a new folder")
        write_random(folder, size)
        shutil.copy(shipped(CLIP), folder / "clip.wav")
    except OSError as error:
        raise CliError(f"cannot write {folder}: {error}") from None
    sys.stdout.write(_SECTION.format(folder=folder.as_posix(), text=REFERENCE_TEXT))


def write_random(folder: Path, size: str) -> None:
    """Write a checkpoint, its YAML, stock's vocabulary and a vocoder."""
    config = _SIZES[size]
    prepare()
    torch.manual_seed(0)
    vocabulary = shipped(("infer", "examples", "vocab.txt"))
    shutil.copy(vocabulary, folder / "vocab.txt")
    _write_yaml(folder / f"{config.name}.yaml", config)
    from f5_tts.model.utils import get_tokenizer

    _, tokens = get_tokenizer(str(vocabulary), "custom")
    transformer = make_cfm(config, tokens).transformer
    _fill(transformer)
    state = transformer.state_dict(prefix="ema_model.transformer.")
    save_file(_contiguous(state), folder / "model_0.safetensors")
    (folder / "vocos").mkdir()
    _write_vocos(folder / "vocos", *_VOCOS_DIMS[size])


def _write_yaml(path: Path, config: ModelConfig) -> None:
    path.write_text(yaml.safe_dump({"model": msgspec.to_builtins(config)}, sort_keys=False))


def _write_vocos(folder: Path, dim: int, intermediate: int, layers: int) -> None:
    mel = {"sample_rate": 24_000, "n_fft": 1024, "hop_length": 256, "n_mels": 100}
    backbone = {"input_channels": 100, "dim": dim, "intermediate_dim": intermediate}
    head = {"dim": dim, "n_fft": 1024, "hop_length": 256, "padding": "center"}
    config = {
        "feature_extractor": _part("feature_extractors.MelSpectrogramFeatures", mel),
        "backbone": _part("models.VocosBackbone", {**backbone, "num_layers": layers}),
        "head": _part("heads.ISTFTHead", head),
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    vocos = make_vocos(folder / "config.yaml")
    _fill(vocos)
    save_file(_contiguous(vocos.state_dict()), folder / "model.safetensors")


def _part(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"class_path": f"vocos.{name}", "init_args": arguments}


def _contiguous(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key: tensor.contiguous() for key, tensor in state.items()}


def _fill(module: nn.Module) -> None:
    """Numbers that keep activations near 1 and let every part be felt in the output."""
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            if key.endswith((".bias", ".beta")):
                parameter.normal_(0.0, 0.1)
            elif parameter.dim() == 1:  # weights of norms
                parameter.normal_(1.0, 0.1)
            elif key.endswith((".gamma", "text_embed.weight")):
                parameter.normal_(0.0, 0.5)
            else:
                parameter.normal_(0.0, parameter[0].numel() ** -0.5)
