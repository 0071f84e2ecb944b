"""What a request may ask of F5-TTS, over what the configuration says."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta, inspect

from ishowtts_schemas import ProfileInfo
from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.settings import MAX_NFE_STEPS, F5Profile, F5Settings, F5Tuning

Option = str | int | float | bool

FAST: F5Profile = "fast"
FAST_STEPS = 7
"""Stock's pruned schedule (EPSS, arXiv 2505.19931) with the fewest steps that still sound right."""


class F5Options(F5Tuning, frozen=True, kw_only=True):
    """Options of a request, as they come.

    Attributes:
        profile: Chooses the number of steps.
        nfe_step: Steps, whatever the profile.
        fix_duration: Seconds of clip and speech together.
    """

    profile: F5Profile | None = None
    nfe_step: Annotated[int, Meta(ge=1, le=MAX_NFE_STEPS)] | None = None
    fix_duration: Annotated[float, Meta(ge=0.1, le=120)] | None = None


@dataclass(frozen=True)
class Manner:
    """How one utterance is spoken: every question answered.

    Attributes:
        steps: Euler steps.
        cfg_strength: 0 asks the model once a step, not twice.
        sway: Coefficient of sway sampling.
        speed: Factor on the clip's pace.
        cross_fade_s: What two clauses share.
        target_rms: Loudness to which a softer clip is raised for the model.
        fix_duration_s: Of clip and speech, or None.
        seed: Of the first clause; the others count on from it. None: chance.
        remove_silence: Whether pauses are shortened.
    """

    steps: int
    cfg_strength: float
    sway: float
    speed: float
    cross_fade_s: float
    target_rms: float
    fix_duration_s: float | None
    seed: int | None
    remove_silence: bool


def steps_of(profile: F5Profile, settings: F5Settings) -> int:
    return FAST_STEPS if profile == FAST else settings.default_nfe_step


def profile_infos(settings: F5Settings) -> list[ProfileInfo]:
    """All profiles, the configured one first."""
    names: list[F5Profile] = sorted(get_args(F5Profile), key=lambda name: name != settings.profile)
    return [
        ProfileInfo(
            id=name, label=f"{name}, {steps_of(name, settings)} steps", approximate=name == FAST
        )
        for name in names
    ]


def read_manner(settings: F5Settings, options: Mapping[str, Option], speed: float) -> Manner:
    """What an utterance asks for.

    Args:
        settings: What holds where it asks for nothing.
        options: Its options.
        speed: Its own factor, on top of all others.

    Raises:
        BadRequestError: An option that does not exist, or a value that it does not take.
    """
    asked = _convert(msgspec.to_builtins(settings.tuning) | dict(options))
    return Manner(
        steps=asked.nfe_step or steps_of(asked.profile or settings.profile, settings),
        cfg_strength=asked.cfg_strength,
        sway=asked.sway_sampling_coef,
        speed=asked.speed * speed,
        cross_fade_s=asked.cross_fade_duration,
        target_rms=asked.target_rms,
        fix_duration_s=asked.fix_duration,
        seed=asked.seed,
        remove_silence=asked.remove_silence,
    )


def _convert(options: Mapping[str, Option]) -> F5Options:
    try:
        return msgspec.convert(options, F5Options)
    except msgspec.ValidationError:
        for name, value in options.items():
            _check(name, value)
        raise


def _check(name: str, value: Option) -> None:
    """Say what is wrong with one option, if anything is."""
    fields = {field.name: field for field in msgspec.structs.fields(F5Options)}
    if name not in fields:
        close = difflib.get_close_matches(name, fields, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise BadRequestError(f"f5 has no option {name!r}; it has {', '.join(fields)}{hint}")
    try:
        msgspec.convert(value, fields[name].type)
    except msgspec.ValidationError:
        accepted = _accepted(inspect.type_info(fields[name].type))
        raise BadRequestError(f"f5 takes {name} as {accepted}, not {value!r}") from None


def _accepted(kind: Any) -> str:
    """What a type takes, in words: `a whole number from 1 to 64`."""
    match kind:
        case inspect.Metadata(type=inner):
            return _accepted(inner)
        case inspect.UnionType(types=types):
            return _accepted(types[0])
        case inspect.LiteralType(values=values):
            return " or ".join(map(str, values))
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=low, le=high):
            return f"a whole number {_span(low, high)}"
        case inspect.FloatType(ge=low, le=high):
            return f"a number {_span(low, high)}"
        case _:
            raise TypeError(kind)


def _span(low: float | None, high: float | None) -> str:
    return f"from {low} to {high}"
