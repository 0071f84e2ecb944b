"""Our engine's parts as the bench drives them, below clauses, voices and jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ishowtts_synth.f5.runtime import Runtime
from ishowtts_synth.f5.sampler import Row, SampleRequest


@dataclass(frozen=True)
class Wanted:
    """One utterance of a load."""

    text: str
    frames: int
    seed: int


class Ours:
    """The same requests as `Stock`, alone or side by side."""

    name = "ours"

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.model = runtime.sampler.model
        self._alone = runtime.new_sampler(1)

    @torch.inference_mode()
    def sample(self, reference: Tensor, text: str, frames: int, steps: int, seed: int) -> Tensor:
        """[R, M] and a text to [G, M] fp32."""
        wanted = Wanted(text, frames, seed)
        row = self._alone.admit(self._request(reference, wanted, steps))
        while not row.done:
            self._alone.step()
        return _mel(row)

    @torch.inference_mode()
    def decode(self, mel: Tensor) -> Tensor:
        return self.runtime.vocoder.decode(mel)

    @torch.inference_mode()
    def speak_side_by_side(
        self, reference: Tensor, wanted: Sequence[Wanted], steps: int, in_flight: int
    ) -> list[Tensor]:
        """All of them, at most so many at once; a new one joins as soon as one ends."""
        sampler = self.runtime.new_sampler(in_flight)
        waiting = list(reversed(wanted))
        spoken: list[Tensor] = []
        while len(spoken) < len(wanted):
            while waiting and sampler.free:
                sampler.admit(self._request(reference, waiting.pop(), steps))
            spoken += [self.decode(_mel(row)) for row in sampler.step()]
        return spoken

    def _request(self, reference: Tensor, wanted: Wanted, steps: int) -> SampleRequest:
        tokens = self.runtime.vocabulary.encode(wanted.text)
        return SampleRequest(reference, tokens, wanted.frames, steps=steps, seed=wanted.seed)


def _mel(row: Row) -> Tensor:
    if row.mel is None:
        raise row.error or RuntimeError("the sampler gave nothing")
    return row.mel
