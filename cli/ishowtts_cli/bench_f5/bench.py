"""What both sides are made of and fed with: files, device, reference clip, texts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ishowtts_cli.bench_f5.ours import Ours, Wanted
from ishowtts_cli.bench_f5.stock import Stock, load_stock, shipped
from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.f5.files import fetch_files
from ishowtts_synth.f5.mel import log_mel
from ishowtts_synth.f5.reference import read_reference
from ishowtts_synth.f5.runtime import load_runtime
from ishowtts_synth.settings import F5Settings, F5Voice

FRAMES_PER_S = 93.75
RATE_HZ = 24_000
REFERENCE_S = 5.0
REFERENCE_TEXT = "Some call me nature, others call me mother nature."
CLIP = ("infer", "examples", "basic", "basic_ref_en.wav")
_CLIP_S = 5.33
_TEXT = (
    " I have been a silent spectator, watching species evolve, empires rise and fall,"
    " but always remember: I am mighty and enduring, and so is the sea around us."
)
_BYTES_PER_S = len(REFERENCE_TEXT) / _CLIP_S
ROWS = 16


@dataclass(frozen=True)
class Bench:
    """Both sides, loaded from the same files."""

    settings: F5Settings
    device: Literal["cpu", "cuda"]
    stock: Stock
    ours: Ours
    reference: Tensor  # [R, M] fp32, of `REFERENCE_S`
    clip: Tensor  # the same, of the whole clip, as the engine reads it

    @property
    def dtype(self) -> torch.dtype:
        return self.ours.model.dtype

    def sides(self) -> tuple[Stock, Ours]:
        return self.stock, self.ours

    def load_stock_fp32(self) -> Stock:
        return _load_stock(self.settings, self.device, torch.float32)

    def engine(self) -> F5Engine:
        """The whole engine, loaded anew."""
        engine = F5Engine(self.settings)
        engine.load()
        return engine


def settings_for(
    folder: Path, device: str, precision: Literal["auto", "fp32", "fp16"], *, graphs: bool = False
) -> F5Settings:
    """The engine's, for a folder with a checkpoint and all that belongs to it."""
    clip = str(shipped(CLIP))
    return F5Settings(
        ckpt_file=str(folder),
        device=device,
        precision=precision,
        cuda_graphs=graphs,
        profile="fast",
        max_rows=ROWS,
        voices=(F5Voice(id="bench", reference_audio=clip, reference_text=REFERENCE_TEXT),),
    )


def load(settings: F5Settings, device: Literal["cpu", "cuda"]) -> Bench:
    """Load both sides.

    Raises:
        EngineError: A file is missing or damaged.
        CliError: Stock is not installed.
    """
    runtime = load_runtime(settings, fetch_files(settings))
    model = runtime.sampler.model
    stock = _load_stock(settings, device, model.dtype)
    clip = torch.from_numpy(read_reference(shipped(CLIP), REFERENCE_TEXT).samples)
    reference, whole = (
        log_mel(samples.to(model.device), runtime.config.mel_spec)
        for samples in (clip[: int(REFERENCE_S * RATE_HZ)], clip)
    )
    return Bench(settings, device, stock, Ours(runtime), reference, whole)


def utterance(generated_s: float, seed: int = 0) -> Wanted:
    """A text of about that length behind the reference's, and the frames of both."""
    size = max(1, round(generated_s * _BYTES_PER_S))
    text = (_TEXT * (size // len(_TEXT) + 1))[:size]
    return Wanted(REFERENCE_TEXT + text, round((REFERENCE_S + generated_s) * FRAMES_PER_S), seed)


def comments(count: int, generated_s: float) -> Sequence[Wanted]:
    """Utterances of like, not equal length; always the same ones."""
    chance = random.Random(0)
    lengths = [generated_s * chance.uniform(0.75, 1.25) for _ in range(count)]
    return [utterance(length, seed) for seed, length in enumerate(lengths)]


def _load_stock(settings: F5Settings, device: str, dtype: torch.dtype) -> Stock:
    from ishowtts_synth.f5.config import F5TTS_V1_BASE, load_config

    files = fetch_files(settings)
    config = load_config(files.config) if files.config else F5TTS_V1_BASE
    return load_stock(config, files.checkpoint, files.vocabulary, files.vocoder, device, dtype)
