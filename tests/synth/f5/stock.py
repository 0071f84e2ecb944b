"""Stock f5_tts for comparison: imported without what only its training and demos need."""

import warnings
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from ishowtts_cli.bench_f5.stock import prepare, shipped
from tests.synth.f5.checkpoints import MODEL_YAML, WEIGHTS

prepare()

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # old habits of x_transformers and librosa
    from f5_tts.model.backbones.dit import DiT
    from f5_tts.model.cfm import CFM
    from f5_tts.model.modules import MelSpec
    from f5_tts.model.utils import (
        convert_char_to_pinyin,
        get_epss_timesteps,
        get_tokenizer,
        list_str_to_idx,
    )
    from vocos import Vocos

__all__ = [
    "CFM",
    "MelSpec",
    "convert_char_to_pinyin",
    "get_epss_timesteps",
    "get_tokenizer",
    "list_str_to_idx",
]


def official_vocabulary() -> Path:
    return shipped(("infer", "examples", "vocab.txt"))


def official_config(name: str) -> Path:
    return shipped(("configs", f"{name}.yaml"))


def load_vocos(folder: Path) -> Vocos:
    vocos = Vocos.from_hparams(str(folder / "config.yaml"))
    vocos.load_state_dict(load_file(folder / "model.safetensors"))
    return vocos.eval()


def load(folder: Path, dtype: torch.dtype = torch.float32) -> CFM:
    """The checkpoint as stock's `infer.utils_infer.load_model` and `load_checkpoint` load it."""
    vocab, size = get_tokenizer(str(folder / "vocab.txt"), "custom")
    model = yaml.safe_load((folder / MODEL_YAML).read_text())["model"]
    mel: dict[str, Any] = model["mel_spec"]
    backbone = DiT(**model["arch"], text_num_embeds=size, mel_dim=mel["n_mel_channels"])
    cfm = CFM(backbone, mel_spec_kwargs=mel, vocab_char_map=vocab)
    state = {
        key.removeprefix("ema_model."): tensor
        for key, tensor in load_file(folder / WEIGHTS).items()
        if key not in {"initted", "step"}
    }
    cfm.to(dtype).load_state_dict(state)
    return cfm.eval()


def sample(cfm: Any, mel: Tensor, text: str, frames: int, **options: Any) -> Tensor:
    """What stock generates at batch 1, cut as `infer_batch_process` cuts it: [G, M] fp32."""
    with torch.inference_mode():
        out, _ = cfm.sample(mel[None], convert_char_to_pinyin([text]), frames, **options)
    return out[0, len(mel) - 1 :].float()
