"""Voices as tables for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ishowtts_schemas import VoiceDetails

NS = 1_000_000_000
_ORIGINS = {"configured": "file", "added": "added", "engine": "synth"}


def voice_table(voices: Sequence[VoiceDetails]) -> RenderableType:
    """One line for each voice."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("voice", "from", "language", "clip", "spoken by", "transcript"):
        table.add_column(column, overflow="fold")
    for voice in voices:
        row = (voice.id, _origin(voice), voice.language or "-", _clip(voice), _speakers(voice))
        table.add_row(*map(Text, (*row, voice.transcript or "-")))
    return table


def voice_lines(voice: VoiceDetails) -> RenderableType:
    """All there is to say of one voice."""
    table = Table.grid(padding=(0, 2))
    for name, value in _facts(voice):
        table.add_row(Text(name, style="bold"), Text(value))
    return table


def _facts(voice: VoiceDetails) -> Iterator[tuple[str, str]]:
    yield "voice", voice.id
    yield "from", _origin(voice)
    for name, value in (("label", voice.label), ("language", voice.language)):
        if value:
            yield name, value
    yield "engines", ", ".join(voice.engines) or "all that clone"
    if voice.licence:
        yield "licence", voice.licence
    yield "clip", _clip(voice)
    yield "transcript", voice.transcript or "none: F5-TTS does not speak without"
    yield from _override(voice)
    yield "spoken by", ", ".join(voice.spoken_by) or "no synth"
    for refusal in voice.refused:
        yield "refused by", refusal


def _override(voice: VoiceDetails) -> Iterator[tuple[str, str]]:
    if voice.override_updated_at_ns is None:
        return
    when = datetime.fromtimestamp(voice.override_updated_at_ns / NS).astimezone()
    laid = [
        name
        for name, value in (("clip", voice.override_seconds), ("transcript", voice.override_text))
        if value is not None
    ]
    yield "laid over", f"{' and '.join(laid)}, {when:%Y-%m-%d %H:%M}"
    if voice.baseline_text and voice.override_text is not None:
        yield "its own", voice.baseline_text


def _origin(voice: VoiceDetails) -> str:
    changed = voice.override_updated_at_ns is not None
    return _ORIGINS[voice.origin] + ", changed" * changed


def _clip(voice: VoiceDetails) -> str:
    return "the synth's own" if voice.seconds is None else f"{voice.seconds:.1f} s"


def _speakers(voice: VoiceDetails) -> str:
    told = [*voice.spoken_by, *(f"not {refusal}" for refusal in voice.refused)]
    return ", ".join(told) or "-"
