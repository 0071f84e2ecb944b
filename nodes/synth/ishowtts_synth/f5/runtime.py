"""Everything that is loaded, and the one place where text and clips become tensors and back."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ishowtts_synth.errors import EngineError, EngineUnavailableError
from ishowtts_synth.f5 import config as official
from ishowtts_synth.f5.checkpoint import load_checkpoint
from ishowtts_synth.f5.config import ModelConfig, load_config
from ishowtts_synth.f5.decoding import Decoder, DirectDecoder, StreamDecoder
from ishowtts_synth.f5.duration import HOP, RATE_HZ
from ishowtts_synth.f5.files import LocalFiles, named_model
from ishowtts_synth.f5.graphs import CudaRecorder, GraphedEulerStep
from ishowtts_synth.f5.mel import log_mel
from ishowtts_synth.f5.memory import is_out_of_memory
from ishowtts_synth.f5.model import F5Model, load_model
from ishowtts_synth.f5.options import Manner
from ishowtts_synth.f5.pacing import StepPacer
from ishowtts_synth.f5.plan import Part
from ishowtts_synth.f5.reference import Reference
from ishowtts_synth.f5.sampler import Sampler, SampleRequest
from ishowtts_synth.f5.silence import Samples
from ishowtts_synth.f5.vocab import Vocabulary, load_vocabulary
from ishowtts_synth.f5.vocoder import Vocoder, Vocos
from ishowtts_synth.f5.vocoders import open_vocoder
from ishowtts_synth.settings import F5Settings

_LOG = logging.getLogger("ishowtts.synth.f5")

ROWS_ON_A_GPU = 8
GRAPHED_FRAMES = 64
"""Recordings are of lengths in this unit: what is padded costs less than another recording."""
_FP16_FROM = 7
"""CUDA compute capability from which stock uses half precision."""

_KNOWN = {one.name: one for one in (official.F5TTS_V1_BASE, official.F5TTS_BASE)}


@dataclass(frozen=True)
class Clip:
    """A reference as the model takes it.

    Attributes:
        mel: [R, M] fp32, of the clip made louder by `gain`.
        gain: What is made is as much too loud as the clip was too soft.
    """

    reference: Reference
    mel: Tensor
    gain: float


@dataclass(frozen=True)
class Runtime:
    """A loaded model; for one thread.

    Attributes:
        sampler: The engine's.
        new_sampler: Another one of the same model, for so many rows.
        decoder: Has the vocoder decode.
        device: Where it computes, for people.
    """

    config: ModelConfig
    vocabulary: Vocabulary
    sampler: Sampler
    new_sampler: Callable[[int], Sampler]
    vocoder: Vocoder
    decoder: Decoder
    device: str

    def clip(self, reference: Reference, target_rms: float) -> Clip:
        """Bring a reference into the model's form.

        Raises:
            EngineError: There is no memory for it.
        """
        gain = reference.gain(target_rms)
        samples = torch.from_numpy(reference.samples * np.float32(gain))
        with _enough_memory_for("the clip"):
            mel = log_mel(samples.to(self.sampler.model.device), self.config.mel_spec)
        return Clip(reference, mel, gain)

    def request(self, clip: Clip, part: Part, manner: Manner) -> SampleRequest:
        return SampleRequest(
            reference=clip.mel,
            tokens=self.vocabulary.encode(clip.reference.transcript + part.text),
            frames=part.frames,
            steps=manner.steps,
            cfg_strength=manner.cfg_strength,
            sway=manner.sway,
            seed=part.seed,
        )

    def decode(self, mel: Tensor, clip: Clip) -> Callable[[], Samples]:
        """Have the vocoder make [n] samples of [G, M], as loud as the clip.

        Returns:
            Waits for them, if need be. Raises what this does.

        Raises:
            EngineError: There is no memory for it, or the vocoder's answer is not sound.
        """
        with torch.inference_mode(), _enough_memory_for(f"{len(mel)} frames of sound"):
            wait = self.decoder.start(mel)

        def samples() -> Samples:
            with _enough_memory_for(f"{len(mel)} frames of sound"):
                found = (wait() / clip.gain).numpy()
            if not np.isfinite(found).all():
                raise EngineError("the vocoder's answer is not a number")
            return found

        return samples


def load_runtime(settings: F5Settings, files: LocalFiles) -> Runtime:
    """Load model and vocoder.

    Raises:
        EngineUnavailableError: A file is damaged, or they do not belong together.
    """
    config = load_config(files.config) if files.config else _KNOWN[settings.model]
    if (config.mel_spec.target_sample_rate, config.mel_spec.hop_length) != (RATE_HZ, HOP):
        raise EngineUnavailableError(
            f"{config.name} does not speak at {RATE_HZ} Hz in frames of {HOP} samples"
        )
    _warn_of_another_model(config, files.checkpoint)
    device = _device(settings.device)
    if ":" in device:
        torch.cuda.set_device(device)  # of this thread: its streams, graphs and TensorRT go there
    dtype = _dtype(settings.precision, device)
    vocabulary = load_vocabulary(files.vocabulary)
    state = load_checkpoint(
        files.checkpoint, config, vocab_size=len(vocabulary), averaged=settings.use_ema
    )
    model = load_model(config, state, device=device, dtype=dtype)
    rows = settings.max_rows or (ROWS_ON_A_GPU if device != "cpu" else 1)
    vocoder = open_vocoder(files.vocoder, device=device)
    name = _name(device, dtype)
    if not isinstance(vocoder, Vocos):
        name = f"{name}, {vocoder}"
    new_sampler = _sampling(model, graphs=settings.cuda_graphs)
    beside = settings.vocoder_stream and device != "cpu"
    decoder = StreamDecoder(vocoder, model.device) if beside else DirectDecoder(vocoder)
    return Runtime(config, vocabulary, new_sampler(rows), new_sampler, vocoder, decoder, name)


def _warn_of_another_model(config: ModelConfig, checkpoint: Path) -> None:
    """v0 and v1 have weights of the same names and shapes, and compute differently with them."""
    named = named_model(checkpoint)
    if named in _KNOWN and config.name in _KNOWN and named != config.name:
        _LOG.warning(
            "%s is loaded as %s and looks like %s: if it talks nonsense, set [f5] model",
            *(checkpoint, config.name, named),
        )


def _sampling(model: F5Model, *, graphs: bool) -> Callable[[int], Sampler]:
    if model.device.type == "cpu":
        return partial(Sampler, model)
    pace = StepPacer()
    if not graphs:
        return partial(Sampler, model, pace=pace)
    advance = GraphedEulerStep(CudaRecorder())
    return partial(Sampler, model, bucket_frames=GRAPHED_FRAMES, advance=advance, pace=pace)


@contextmanager
def _enough_memory_for(what: str) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise EngineError(f"not enough memory for {what}") from None


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"


def _dtype(precision: str, device: str) -> torch.dtype:
    """As stock chooses, where it is left open."""
    if precision == "auto":
        able = device != "cpu" and torch.cuda.get_device_capability(device)[0] >= _FP16_FROM
        return torch.float16 if able else torch.float32
    return torch.float16 if precision == "fp16" else torch.float32


def _name(device: str, dtype: torch.dtype) -> str:
    precision = "fp16" if dtype == torch.float16 else "fp32"
    name = "cpu" if device == "cpu" else f"{device} {torch.cuda.get_device_name(device)}"
    return f"{name}, {precision}"
