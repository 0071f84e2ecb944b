"""`ishowtts voices`: the voices that engines clone, and their clips, in a running pipeline."""

import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ishowtts_bus import Bus
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.node_commands import ask, checked, one_ready, with_pipeline
from ishowtts_schemas import (
    MAX_REFERENCE_BYTES,
    VoiceAdd,
    VoiceDetails,
    VoiceList,
    VoiceName,
    is_slug,
)

PLAYER = "player"
MAX_FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class NewVoice:
    """What somebody types of a voice.

    Attributes:
        clip: None where only the rest is to change.
        replace: Whether a voice of that name may be there.
    """

    voice: str
    clip: Path | None = None
    transcript: str | None = None
    label: str = ""
    language: str | None = None
    engines: tuple[str, ...] = ()
    licence: str = ""
    replace: bool = False


def add(new: NewVoice, instance: str | None, config: Path | None, *, as_json: bool) -> None:
    """Take a voice, and say what the synths make of it.

    Raises:
        CliError: The clip is no good, or there is such a voice.
    """
    audio = None if new.clip is None else read_clip_file(new.clip)
    voice = with_pipeline(config, lambda bus, known: add_voice(bus, known, new, audio, instance))
    _tell(voice, as_json=as_json)


def reset(voice: str, instance: str | None, config: Path | None, *, as_json: bool) -> None:
    """Go back to what a voice was.

    Raises:
        CliError: There is no such voice.
    """
    _tell(_ask_for(voice, "voice-reset", instance, config), as_json=as_json)


def show(voice: str, instance: str | None, config: Path | None, *, as_json: bool) -> None:
    """Print one voice.

    Raises:
        CliError: There is no such voice.
    """
    _tell(_ask_for(voice, "voice", instance, config), as_json=as_json)


def remove(voice: str, instance: str | None, config: Path | None) -> None:
    """Forget a voice that was added.

    Raises:
        CliError: There is none, or it stands in the file of voices.
    """
    with_pipeline(config, lambda bus, known: remove_voice(bus, known, voice, instance))
    sys.stdout.write(f"{voice}: removed\n")


def list_all(instance: str | None, config: Path | None, *, as_json: bool) -> None:
    """Print all voices.

    Raises:
        CliError: No player answers.
    """
    found = with_pipeline(config, lambda bus, known: list_voices(bus, known, instance))
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    from ishowtts_cli.tables import status_console
    from ishowtts_cli.voice_tables import voice_table

    if found.voices:
        status_console().print(voice_table(found.voices))
    else:
        sys.stdout.write("no voice; add one with: ishowtts voices add NAME CLIP --text ...\n")
    for problem in found.problems:
        sys.stderr.write(f"{problem}\n")


def read_clip_file(path: Path) -> bytes:
    """A clip as it can be sent: as it is, or brought into the store's form where it is large.

    Raises:
        CliError: It is no file, too large, or no good.
    """
    if not path.is_file():
        raise CliError(f"{path}: no such file", ExitCode.USAGE)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CliError(f"{path}: 10 MiB are the most for a clip", ExitCode.USAGE)
    data = path.read_bytes()
    if not data:
        raise CliError(f"{path}: the file is empty", ExitCode.USAGE)
    return data if len(data) <= MAX_REFERENCE_BYTES else _smaller(path, data)


async def add_voice(
    bus: Bus,
    directory: Directory,
    new: NewVoice,
    audio: bytes | None,
    instance: str | None = None,
) -> VoiceDetails:
    """Send a voice to the player's store.

    Raises:
        CliError: It will not have it; the text says why.
    """
    args = checked(
        VoiceAdd,
        voice=_name(new.voice),
        audio=audio,
        transcript=new.transcript,
        label=new.label,
        language=new.language,
        engines=new.engines,
        licence=new.licence,
        replace=new.replace,
    )
    where = (PLAYER, one_ready(directory, PLAYER, instance))
    return await ask(bus, where, "voice-add", VoiceDetails, args)


async def remove_voice(
    bus: Bus, directory: Directory, voice: str, instance: str | None = None
) -> None:
    """Have the player forget a voice.

    Raises:
        CliError: It has none such that was added.
    """
    where = (PLAYER, one_ready(directory, PLAYER, instance))
    await ask(bus, where, "voice-remove", type(None), checked(VoiceName, voice=_name(voice)))


async def list_voices(bus: Bus, directory: Directory, instance: str | None = None) -> VoiceList:
    """All voices of the player's store, and of synths that clone.

    Raises:
        CliError: No player is ready.
    """
    where = (PLAYER, one_ready(directory, PLAYER, instance))
    return await ask(bus, where, "voices", VoiceList, {})


def _ask_for(voice: str, command: str, instance: str | None, config: Path | None) -> VoiceDetails:
    args = checked(VoiceName, voice=_name(voice))

    async def work(bus: Bus, directory: Directory) -> VoiceDetails:
        where = (PLAYER, one_ready(directory, PLAYER, instance))
        return await ask(bus, where, command, VoiceDetails, args)

    return with_pipeline(config, work)


def _name(voice: str) -> str:
    if not is_slug(voice):
        text = f"{voice!r} is no name of a voice: a-z, 0-9, _ and -, up to 64 of them"
        raise CliError(text, ExitCode.USAGE)
    return voice


def _tell(voice: VoiceDetails, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(voice).decode() + "\n")
        return
    from ishowtts_cli.tables import status_console
    from ishowtts_cli.voice_tables import voice_lines

    status_console().print(voice_lines(voice))


def _smaller(path: Path, data: bytes) -> bytes:
    """A recording of half a minute is 5 MB; a message on the bus may have 1.5."""
    try:
        from ishowtts_player.errors import ApiError
        from ishowtts_player.settings.voices import VoiceSettings
        from ishowtts_player.voices.clip import read_clip
    except ModuleNotFoundError:
        raise CliError(_too_large(path)) from None
    try:
        return read_clip(data, VoiceSettings()).wav
    except ApiError as error:
        missing = error.code == "NOT_AVAILABLE"
        raise CliError(_too_large(path) if missing else f"{path}: {error.text}") from None


def _too_large(path: Path) -> str:
    return (
        f"{path} is too large to be sent as it is; save it as mp3, or make it smaller here: "
        "pip install 'ishowtts[formats]'"
    )
