"""The file of voices: `[[voices]]` tables in TOML, each with a clip beside it."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_player.audio.decoder import ClipLimits, check_size
from ishowtts_player.errors import ApiError
from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_player.voices.clip import Clip, read_clip
from ishowtts_player.voices.names import name_problem
from ishowtts_schemas.ids import Slug
from ishowtts_schemas.voice import Transcript

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*voices[ \t]*\]\]", re.MULTILINE)


class ConfiguredVoice(Settings, frozen=True, kw_only=True):
    """One entry.

    Attributes:
        reference_audio: Path of the clip, from the file's own folder.
        reference_text: What is said in it, word for word.
        engine_label: How its engine is called for people; empty for the engine's own label.
        engines: For which it is; empty for all that clone.
    """

    id: Slug
    reference_audio: Annotated[str, Meta(min_length=1)]
    reference_text: Transcript = ""
    label: Annotated[str, Meta(max_length=200)] = ""
    engine_label: Annotated[str, Meta(max_length=200)] = ""
    language: Annotated[str, Meta(max_length=35)] | None = None
    engines: Annotated[tuple[Slug, ...], Meta(max_length=16)] = ()
    licence: Annotated[str, Meta(max_length=500)] = ""


@dataclass(frozen=True)
class Baseline:
    """What the file gave.

    Attributes:
        problems: A sentence for each entry that cannot be used; the others are.
    """

    voices: tuple[tuple[ConfiguredVoice, Clip], ...] = ()
    problems: tuple[str, ...] = ()


class _BadEntryError(Exception):
    """An entry cannot be used; the text says why."""


def read_baseline(settings: VoiceSettings) -> Baseline:
    """Read the file and its clips; a missing file is no voices."""
    if not settings.file:
        return Baseline()
    path = Path(settings.file)
    try:
        text = path.read_text("utf-8")
        entries = _entries(tomllib.loads(text))
    except FileNotFoundError:
        return Baseline()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, _BadEntryError) as error:
        return Baseline(problems=(f"{path} cannot be read: {error}",))
    found: dict[str, tuple[ConfiguredVoice, Clip]] = {}
    places = _places(text, len(entries))
    problems = [
        f"{path}, {place}{_called(entry)}: {problem}"
        for entry, place in zip(entries, places, strict=True)
        if (problem := _take(found, entry, path.parent, settings))
    ]
    return Baseline(tuple(found.values()), tuple(problems))


def _take(
    found: dict[str, tuple[ConfiguredVoice, Clip]],
    entry: Any,
    folder: Path,
    settings: VoiceSettings,
) -> str:
    """Add an entry to the others, or say why not."""
    try:
        voice = _voice(entry)
        _check_room(found, voice.id, settings.max_voices)
        found[voice.id] = (voice, _clip(folder / voice.reference_audio, settings))
    except _BadEntryError as error:
        return str(error)
    return ""


def _entries(document: dict[str, Any]) -> list[Any]:
    unknown = ", ".join(sorted(set(document) - {"voices"}))
    if unknown:
        raise _BadEntryError(f"it may hold [[voices]] only, not {unknown}")
    entries = document.get("voices", [])
    if not isinstance(entries, list):
        raise _BadEntryError("write [[voices]], in two brackets")
    return cast("list[Any]", entries)


def _places(text: str, count: int) -> list[str]:
    """The line of each entry; its number where entries are written in another way."""
    found = [text.count("\n", 0, header.start()) + 1 for header in _HEADER.finditer(text)]
    if len(found) == count:
        return [f"line {line}" for line in found]
    return [f"voice {number + 1}" for number in range(count)]


def _called(entry: Any) -> str:
    name = cast("dict[str, Any]", entry).get("id") if isinstance(entry, dict) else None
    return f" ({name!r})" if isinstance(name, str) else ""


def _voice(entry: Any) -> ConfiguredVoice:
    try:
        voice = msgspec.convert(entry, ConfiguredVoice)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$.")
        raise _BadEntryError(f"{where.rstrip('`')}: {text}" if where else text) from None
    problem = name_problem(voice.id)
    if problem:
        raise _BadEntryError(problem)
    return voice


def _check_room(found: dict[str, Any], voice_id: str, max_voices: int) -> None:
    if voice_id in found:
        raise _BadEntryError("a voice of this id stands above it")
    if len(found) >= max_voices:
        raise _BadEntryError(f"{max_voices} voices are the most ([player.voices] max_voices)")


def _clip(path: Path, settings: VoiceSettings) -> Clip:
    if not path.is_file():
        raise _BadEntryError(f"there is no file {path}")
    try:
        check_size(path.stat().st_size, ClipLimits().bytes)
        return read_clip(path.read_bytes(), settings)
    except (OSError, ApiError) as error:
        reason = error.text if isinstance(error, ApiError) else error.strerror or str(error)
        raise _BadEntryError(f"{path}: {reason}") from None
