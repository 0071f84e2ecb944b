"""What the sampler is asked for, and what becomes of it."""

from dataclasses import dataclass

from torch import Tensor

from ishowtts_synth.errors import BadRequestError, EngineError
from ishowtts_synth.f5.model import MAX_FRAMES


@dataclass(frozen=True)
class SampleRequest:
    """What to sample.

    Attributes:
        reference: [R, M] fp32 log-mel of the reference clip, on any device.
        tokens: [T] int64, reference text and clause as one text.
        frames: Reference and generated frames together; at least R + 1 and T + 1 are made.
        steps: Function evaluations (NFE).
        cfg_strength: Guidance; below 1e-5 there is none, at half the cost.
        sway: Coefficient of sway sampling; None for none.
        epss: Take stock's pruned times where it has a table for `steps`.
        seed: None draws noise from torch's global generator.
    """

    reference: Tensor
    tokens: Tensor
    frames: int
    steps: int = 16
    cfg_strength: float = 2.0
    sway: float | None = -1.0
    epss: bool = True
    seed: int | None = None

    @property
    def total_frames(self) -> int:
        """N: stock's own lower bounds applied."""
        return max(len(self.reference) + 1, len(self.tokens) + 1, self.frames)


@dataclass(eq=False)
class Row:
    """A request in the sampler's hands.

    Attributes:
        request: As admitted.
        done: It ended: there is `mel`, or `error`.
        mel: [N - R + 1, M] fp32. Begins with the reference's last frame: stock cuts at
            `samples // hop_length`, and a clip's log-mel has one frame more than that.
        error: Why there is none; other rows are not concerned.
    """

    request: SampleRequest
    done: bool = False
    mel: Tensor | None = None
    error: EngineError | None = None


def check_request(request: SampleRequest, *, mels: int) -> None:
    """Tell whether a model of so many mel channels can sample it at all.

    Raises:
        BadRequestError: Why not.
    """
    if request.steps < 1:
        raise BadRequestError(f"a sampler takes 1 step or more, not {request.steps}")
    if not len(request.tokens) or not len(request.reference):
        raise BadRequestError("a request needs text and a reference clip")
    if request.reference.shape[1] != mels:
        raise BadRequestError(
            f"the reference has {request.reference.shape[1]} mel channels, the model {mels}"
        )
    if request.total_frames > MAX_FRAMES:
        raise BadRequestError(
            f"reference and speech would be {request.total_frames} frames long,"
            f" and the model knows {MAX_FRAMES}: shorten the text or the reference"
        )
