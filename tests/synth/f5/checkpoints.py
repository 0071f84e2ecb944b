"""A checkpoint in the official format, small enough for a CPU, with no parameter left at zero.

Stock F5-TTS starts AdaLN, the output layer and GRN at zero: its transformer then answers exactly
0.0, whatever it is asked, and every comparison with it passes.
"""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import yaml
from torch import Tensor

WEIGHTS = "model_1000.safetensors"
MODEL_YAML = "F5TTS_v1_Tiny.yaml"
HEAD_DIM = 64
N_MELS = 100

V1_ARCH: Mapping[str, Any] = {
    "dim": 64,
    "depth": 2,
    "heads": 2,
    "ff_mult": 2,
    "text_dim": 32,
    "text_mask_padding": True,
    "qk_norm": None,
    "conv_layers": 4,
    "pe_attn_head": None,
    "attn_backend": "torch",
    "attn_mask_enabled": False,
    "checkpoint_activations": False,
}
V0_ARCH = {**V1_ARCH, "text_mask_padding": False, "pe_attn_head": 1}
del V0_ARCH["qk_norm"]  # the official v0 file has no such line

MEL_SPEC = {
    "target_sample_rate": 24000,
    "n_mel_channels": N_MELS,
    "hop_length": 256,
    "win_length": 1024,
    "n_fft": 1024,
    "mel_spec_type": "vocos",
}

_INITIALS = """
b p m f d t n l g k h j q x zh ch sh r z c s y w
"""
_FINALS = """
a o e i u v ai ei ui ao ou iu ie ve er an en in un vn ang eng ing ong
ia ua uo uai iao ian uan iang uang iong ue
"""

Shapes = dict[str, tuple[int, ...]]


def write_checkpoint(
    folder: Path, *, seed: int = 0, arch: Mapping[str, Any] = V1_ARCH, vocos_dim: int = 32
) -> None:
    """Write model YAML, vocab.txt, model_*.safetensors and vocos/ as the official files are."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = tokens()
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary), "utf-8")
    write_yaml(folder / MODEL_YAML, arch)
    generator = torch.Generator().manual_seed(seed)
    weights = fill(model_shapes(arch, len(vocabulary)), generator)
    weights["transformer.rotary_embed.inv_freq"] = inv_freq()
    state = {f"ema_model.{key}": tensor for key, tensor in weights.items()}
    state |= {"initted": torch.tensor(1.0), "step": torch.tensor(1000)}
    safetensors.torch.save_file(state, folder / WEIGHTS)
    _write_vocos(folder / "vocos", vocos_dim, generator)


def write_yaml(path: Path, arch: Mapping[str, Any], **model: Any) -> None:
    """The official file's layout, with sections that only training reads."""
    content = {
        "hydra": {"run": {"dir": "ckpts/${model.name}"}},
        "optim": {"epochs": 11},
        "model": {
            "name": path.stem,
            "tokenizer": "pinyin",
            "tokenizer_path": None,
            "backbone": "DiT",
            "arch": dict(arch),
            "mel_spec": MEL_SPEC,
            "vocoder": {"is_local": False, "local_path": None},
            **model,
        },
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def tokens() -> list[str]:
    """Space first, as the official list has it; Latin letters, signs, all pinyin."""
    signs = [chr(code) for code in range(0x20, 0x7F) if chr(code) != ";"]
    accents = [chr(code) for code in range(0xA1, 0x100)]
    syllables = map(
        "".join, itertools.product(["", *_INITIALS.split()], _FINALS.split(), ["", *"1234"])
    )
    return list(dict.fromkeys([*signs, *accents, *syllables, *"。，！？、…"]))


def inv_freq() -> Tensor:
    return 1.0 / (10000 ** (torch.arange(0, HEAD_DIM, 2).float() / HEAD_DIM))


def fill(shapes: Shapes, generator: torch.Generator) -> dict[str, Tensor]:
    """Random numbers that keep activations near 1 and let every part be felt in the output."""
    return {key: _fill(key, shape, generator) for key, shape in shapes.items()}


def _fill(key: str, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    noise = torch.randn(shape, generator=generator)
    if key.endswith((".bias", ".beta")):
        return 0.1 * noise
    if len(shape) == 1:  # weights of norms, Vocos' layer scale
        return 1.0 + 0.1 * noise
    if key.endswith((".gamma", "text_embed.weight")):
        return 0.5 * noise
    fan_in = noise[0].numel()
    return noise / fan_in**0.5


def model_shapes(arch: Mapping[str, Any], vocab_size: int) -> Shapes:
    """Every parameter of the stock model, by its key."""
    dim, text_dim, inner = arch["dim"], arch["text_dim"], arch["heads"] * HEAD_DIM
    shapes: Shapes = {
        **linear("time_embed.time_mlp.0", 256, dim),
        **linear("time_embed.time_mlp.2", dim, dim),
        "text_embed.text_embed.weight": (vocab_size + 1, text_dim),
        **linear("input_embed.proj", 2 * N_MELS + text_dim, dim),
    }
    for layer in (0, 2):
        shapes |= conv(f"input_embed.conv_pos_embed.conv1d.{layer}", dim, dim // 16, 31)
    for layer in range(arch["conv_layers"]):
        shapes |= _text_block(f"text_embed.text_blocks.{layer}", text_dim)
    for layer in range(arch["depth"]):
        block = f"transformer_blocks.{layer}"
        shapes |= linear(f"{block}.attn_norm.linear", dim, 6 * dim)
        for name in ("to_q", "to_k", "to_v"):
            shapes |= linear(f"{block}.attn.{name}", dim, inner)
        shapes |= linear(f"{block}.attn.to_out.0", inner, dim)
        if arch.get("qk_norm"):
            shapes |= {f"{block}.attn.{name}_norm.weight": (HEAD_DIM,) for name in "qk"}
        shapes |= linear(f"{block}.ff.ff.0.0", dim, arch["ff_mult"] * dim)
        shapes |= linear(f"{block}.ff.ff.2", arch["ff_mult"] * dim, dim)
    shapes |= linear("norm_out.linear", dim, 2 * dim) | linear("proj_out", dim, N_MELS)
    return {f"transformer.{key}": shape for key, shape in shapes.items()}


def linear(key: str, inputs: int, outputs: int) -> Shapes:
    return {f"{key}.weight": (outputs, inputs), f"{key}.bias": (outputs,)}


def conv(key: str, outputs: int, inputs: int, kernel: int) -> Shapes:
    return {f"{key}.weight": (outputs, inputs, kernel), f"{key}.bias": (outputs,)}


def norm(key: str, dim: int) -> Shapes:
    return {f"{key}.weight": (dim,), f"{key}.bias": (dim,)}


def _text_block(key: str, dim: int) -> Shapes:
    return {
        **conv(f"{key}.dwconv", dim, 1, 7),
        **norm(f"{key}.norm", dim),
        **linear(f"{key}.pwconv1", dim, 2 * dim),
        f"{key}.grn.gamma": (1, 1, 2 * dim),
        f"{key}.grn.beta": (1, 1, 2 * dim),
        **linear(f"{key}.pwconv2", 2 * dim, dim),
    }


def _write_vocos(folder: Path, dim: int, generator: torch.Generator) -> None:
    folder.mkdir(exist_ok=True)
    layers = 2
    backbone = {"input_channels": N_MELS, "dim": dim, "intermediate_dim": 2 * dim}
    mel = {"sample_rate": 24000, "n_fft": 1024, "hop_length": 256, "n_mels": N_MELS}
    head = {"dim": dim, "n_fft": 1024, "hop_length": 256, "padding": "center"}
    config = {
        "feature_extractor": _part(
            "feature_extractors.MelSpectrogramFeatures", {**mel, "padding": "center"}
        ),
        "backbone": _part("models.VocosBackbone", {**backbone, "num_layers": layers}),
        "head": _part("heads.ISTFTHead", head),
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    state = fill(_vocos_shapes(dim, layers), generator)
    state["head.istft.window"] = torch.hann_window(1024)
    safetensors.torch.save_file(state, folder / "model.safetensors")


def _part(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"class_path": f"vocos.{name}", "init_args": dict(arguments)}


def _vocos_shapes(dim: int, layers: int) -> Shapes:
    shapes: Shapes = {
        "feature_extractor.mel_spec.spectrogram.window": (1024,),
        "feature_extractor.mel_spec.mel_scale.fb": (513, N_MELS),
        **conv("backbone.embed", dim, N_MELS, 7),
        **norm("backbone.norm", dim),
    }
    for layer in range(layers):
        block = f"backbone.convnext.{layer}"
        shapes[f"{block}.gamma"] = (dim,)
        shapes |= conv(f"{block}.dwconv", dim, 1, 7) | norm(f"{block}.norm", dim)
        shapes |= linear(f"{block}.pwconv1", dim, 2 * dim)
        shapes |= linear(f"{block}.pwconv2", 2 * dim, dim)
    return shapes | norm("backbone.final_layer_norm", dim) | linear("head.out", dim, 1026)
