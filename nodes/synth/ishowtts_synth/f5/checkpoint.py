"""Official safetensors files to the state of `F5Model`; nothing is ever unpickled."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.config import ModelConfig
from ishowtts_synth.f5.model import F5Model

_EMA = "ema_model."
_BACKBONE = "transformer."
_NOT_WEIGHTS = ("initted", "step", "mel_spec.")
_RENAMED = (
    (".attn.to_out.0.", ".attn.to_out."),
    (".ff.ff.0.0.", ".ff.0."),
    (".ff.ff.2.", ".ff.2."),
    ("input_embed.proj.bias", "input_embed.proj_context.bias"),
    ("input_embed.conv_pos_embed.conv1d.0.", "input_embed.conv1."),
    ("input_embed.conv_pos_embed.conv1d.2.", "input_embed.conv2."),
    ("time_embed.time_mlp.", "time_embed."),
    ("rotary_embed.inv_freq", "inv_freq"),
)
_SHOWN = 3


def load_checkpoint(
    path: Path, config: ModelConfig, *, vocab_size: int, averaged: bool = True
) -> dict[str, Tensor]:
    """Read a checkpoint.

    Args:
        path: A .safetensors file with stock's keys, under `ema_model.` or plain.
        config: Of the same model.
        vocab_size: Tokens in its vocab.txt.
        averaged: Which weights to take where it has both; official files have the averaged (EMA)
            ones alone.

    Returns:
        The state for `load_model`, on the CPU.

    Raises:
        EngineUnavailableError: The file is missing, cut short, pickled, or of another model.
    """
    content = _read(path)
    if not averaged and all(key.startswith((_EMA, *_NOT_WEIGHTS)) for key in content):
        raise EngineUnavailableError(f"{path} has averaged weights only: set [f5] use_ema = true")
    state = _fused(_stripped(content, averaged=averaged), config)
    _check_vocabulary(path, state, vocab_size)
    with torch.device("meta"):
        expected = F5Model(config, vocab_size).state_dict()
    faults = list(_faults(state, expected))
    if faults:
        more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise EngineUnavailableError(
            f"{path} is no checkpoint of {config.name}: {'; '.join(faults[:_SHOWN])}{more}"
        )
    return state


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".safetensors":
        raise EngineUnavailableError(
            f"{path} is not read: only .safetensors is, as other files can run code when opened"
        )
    if not path.is_file():
        raise EngineUnavailableError(f"there is no checkpoint {path}")
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise EngineUnavailableError(
            f"the checkpoint {path} is damaged or cut short, load it again: {error}"
        ) from None


def _stripped(content: Mapping[str, Tensor], *, averaged: bool) -> dict[str, Tensor]:
    """The transformer's weights by their own names."""
    kinds = {key.startswith(_EMA) for key in content if not key.startswith(_NOT_WEIGHTS)}
    has_both = kinds == {True, False}
    state: dict[str, Tensor] = {}
    for full_key, tensor in content.items():
        if has_both and full_key.startswith(_EMA) != averaged:
            continue
        key = full_key.removeprefix(_EMA)
        if not key.startswith(_NOT_WEIGHTS):
            state[_renamed(key.removeprefix(_BACKBONE))] = tensor
    return state


def _renamed(key: str) -> str:
    for old, new in _RENAMED:
        key = key.replace(old, new)
    return key


def _fused(state: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Queries, keys and values as one product; the input projection as two."""
    for layer in range(config.arch.depth):
        prefix = f"transformer_blocks.{layer}.attn.to_"
        for kind in ("weight", "bias"):
            parts = [state.pop(f"{prefix}{name}.{kind}", torch.empty(0)) for name in "qkv"]
            if len({part.shape for part in parts}) == 1 and parts[0].numel():
                state[f"{prefix}qkv.{kind}"] = torch.cat(parts)
    projection = state.pop("input_embed.proj.weight", torch.empty(0))
    if projection.ndim > 1:
        mels = config.mel_spec.n_mel_channels
        state["input_embed.proj_noise.weight"] = projection[:, :mels].contiguous()
        state["input_embed.proj_context.weight"] = projection[:, mels:].contiguous()
    return state


def _check_vocabulary(path: Path, state: Mapping[str, Tensor], vocab_size: int) -> None:
    embedding = state.get("text_embed.text_embed.weight", torch.empty(0))
    if embedding.ndim > 1 and len(embedding) != vocab_size + 1:
        raise EngineUnavailableError(
            f"{path} knows {len(embedding) - 1} tokens and the vocabulary has {vocab_size}:"
            " they do not belong together"
        )


def _faults(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> Iterator[str]:
    for key in sorted(expected.keys() - state.keys()):
        yield f"{key} is missing"
    for key in sorted(state.keys() - expected.keys()):
        yield f"{key} is unknown"
    for key in sorted(state.keys() & expected.keys()):
        found, wanted = tuple(state[key].shape), tuple(expected[key].shape)
        if found != wanted:
            yield f"{key} is {found}, not {wanted}"
