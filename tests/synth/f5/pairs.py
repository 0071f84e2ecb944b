"""Ours and stock's model of one checkpoint, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ishowtts_synth.f5.checkpoint import load_checkpoint
from ishowtts_synth.f5.config import load_config
from ishowtts_synth.f5.model import F5Model, load_model
from ishowtts_synth.f5.sampler import Row, Sampler, SampleRequest
from ishowtts_synth.f5.vocab import Vocabulary, load_vocabulary
from tests.synth.f5 import stock
from tests.synth.f5.checkpoints import MODEL_YAML, N_MELS, V1_ARCH, WEIGHTS, write_checkpoint

REF_TEXT = "Some call me nature. "
FP32_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Case:
    """One utterance, as both sides are asked for it.

    Attributes:
        voice: Seed of the reference's mel.
    """

    text: str = "hello there"
    frames: int = 150
    steps: int = 8
    cfg_strength: float = 2.0
    sway: float | None = -1.0
    epss: bool = True
    seed: int | None = 7
    voice: int = 0
    reference_frames: int = 61

    @property
    def mel(self) -> Tensor:
        generator = torch.Generator().manual_seed(self.voice)
        return torch.randn(self.reference_frames, N_MELS, generator=generator)


@dataclass(frozen=True)
class Pair:
    stock: stock.CFM
    model: F5Model
    vocabulary: Vocabulary

    def request(self, case: Case) -> SampleRequest:
        return SampleRequest(
            reference=case.mel,
            tokens=self.vocabulary.encode(REF_TEXT + case.text),
            frames=case.frames,
            steps=case.steps,
            cfg_strength=case.cfg_strength,
            sway=case.sway,
            epss=case.epss,
            seed=case.seed,
        )

    def theirs(self, case: Case) -> Tensor:
        return stock.sample(
            self.stock,
            case.mel,
            REF_TEXT + case.text,
            case.frames,
            steps=case.steps,
            cfg_strength=case.cfg_strength,
            sway_sampling_coef=case.sway,
            use_epss=case.epss,
            seed=case.seed,
        )

    def ours(self, *cases: Case, **sampler: Any) -> list[Tensor]:
        """All of them at once."""
        batch = Sampler(self.model, len(cases), **sampler)
        rows = [batch.admit(self.request(case)) for case in cases]
        run(batch)
        return [mel_of(row) for row in rows]


def load_pair(folder: Path, dtype: torch.dtype = torch.float32) -> Pair:
    config, vocabulary = load_config(folder / MODEL_YAML), load_vocabulary(folder / "vocab.txt")
    state = load_checkpoint(folder / WEIGHTS, config, vocab_size=len(vocabulary))
    model = load_model(config, state, device="cpu", dtype=dtype)
    return Pair(stock.load(folder, dtype), model, vocabulary)


def make_pair(folder: Path, arch: Mapping[str, Any] = V1_ARCH, *, seed: int = 0) -> Pair:
    write_checkpoint(folder, arch=arch, seed=seed)
    return load_pair(folder)


def run(sampler: Sampler) -> list[Row]:
    """Step until all rows have ended; the rows in the order in which they did."""
    ended: list[Row] = []
    while sampler.free < sampler.max_rows:
        ended += sampler.step()
    return ended


def mel_of(row: Row) -> Tensor:
    assert row.done
    assert row.error is None
    assert row.mel is not None
    return row.mel


def relative_error(found: Tensor, wanted: Tensor) -> float:
    assert found.shape == wanted.shape
    return float((found.double() - wanted.double()).norm() / wanted.double().norm())
