"""What a checkpoint is made of: the `model` section of F5-TTS's own YAML files."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta

from ishowtts_synth.errors import EngineUnavailableError

Size = Annotated[int, Meta(ge=1)]


class ArchConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`model.arch`: names and defaults as in stock's `DiT`.

    Attributes:
        text_mask_padding: Filler after the text is zero between the text's layers; v0 lets it in.
        conv_layers: ConvNeXt V2 blocks over the text.
        pe_attn_head: Rotary embedding on the first heads only; None is all of them.
        attn_backend: Stock's choice of a kernel, which changes no number.
        attn_mask_enabled: Stock's behaviour in ragged batches; ours are exact whatever it says.
        checkpoint_activations: Training only.
        dropout: Training only.
    """

    dim: Annotated[int, Meta(ge=16, multiple_of=16)]
    depth: Size
    heads: Size
    dim_head: Annotated[int, Meta(ge=2, multiple_of=2)] = 64
    ff_mult: Size = 4
    text_dim: Size | None = None
    text_mask_padding: bool = True
    conv_layers: Annotated[int, Meta(ge=0)] = 0
    qk_norm: Literal["rms_norm"] | None = None
    pe_attn_head: Size | None = None
    attn_backend: Literal["torch", "flash_attn"] = "torch"
    attn_mask_enabled: bool = False
    checkpoint_activations: bool = False
    dropout: float = 0.1
    text_embedding_average_upsampling: bool = False
    long_skip_connection: bool = False

    def __post_init__(self) -> None:
        if self.text_embedding_average_upsampling or self.long_skip_connection:
            raise ValueError("average upsampling and the long skip connection are not supported")
        if self.pe_attn_head is not None and self.pe_attn_head > self.heads:
            raise ValueError("pe_attn_head is larger than heads")

    @property
    def inner_dim(self) -> int:
        """Width of queries, keys and values, all heads together."""
        return self.heads * self.dim_head


class MelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`model.mel_spec`: the log-mel that the model reads and the vocoder understands."""

    target_sample_rate: Size
    n_mel_channels: Size
    hop_length: Size
    win_length: Size
    n_fft: Size
    mel_spec_type: Literal["vocos"]


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`model`."""

    name: str
    backbone: Literal["DiT"]
    arch: ArchConfig
    mel_spec: MelConfig
    tokenizer: Literal["pinyin", "char", "custom"] = "pinyin"
    tokenizer_path: str | None = None
    vocoder: dict[str, Any] = {}

    @property
    def text_dim(self) -> int:
        return self.arch.text_dim or self.mel_spec.n_mel_channels


def load_config(path: Path) -> ModelConfig:
    """Read an official model YAML; sections other than `model` are training's.

    Raises:
        EngineUnavailableError: The file is missing, no YAML, or describes another kind of model.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EngineUnavailableError(f"the model YAML {path} is not readable: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise EngineUnavailableError(f"the model YAML {path} has no section 'model'")
    try:
        return msgspec.convert(content["model"], ModelConfig)
    except msgspec.ValidationError as error:
        raise EngineUnavailableError(
            f"the model YAML {path} describes no F5-TTS that is known here: {error}"
        ) from None


_MEL_24_KHZ = MelConfig(
    target_sample_rate=24_000,
    n_mel_channels=100,
    hop_length=256,
    win_length=1024,
    n_fft=1024,
    mel_spec_type="vocos",
)

F5TTS_V1_BASE = ModelConfig(
    name="F5TTS_v1_Base",
    backbone="DiT",
    arch=ArchConfig(dim=1024, depth=22, heads=16, ff_mult=2, text_dim=512, conv_layers=4),
    mel_spec=_MEL_24_KHZ,
)
"""The official files on the hub come without their YAML."""

F5TTS_BASE = ModelConfig(
    name="F5TTS_Base",
    backbone="DiT",
    arch=ArchConfig(
        dim=1024,
        depth=22,
        heads=16,
        ff_mult=2,
        text_dim=512,
        text_mask_padding=False,
        conv_layers=4,
        pe_attn_head=1,
    ),
    mel_spec=_MEL_24_KHZ,
)
