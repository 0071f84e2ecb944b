"""The voices, as clients' pickers ask for them, and what a request's `voice` means."""

from collections.abc import Mapping

import msgspec
from litestar import get

from ishowtts_player.directory import NodeDirectory, Voice
from ishowtts_player.errors import InputError
from ishowtts_player.routes.parameters import TheBridge

OPENAI_VOICES = frozenset(
    {
        "alloy",
        "ash",
        "ballad",
        "cedar",
        "coral",
        "echo",
        "fable",
        "marin",
        "nova",
        "onyx",
        "sage",
        "shimmer",
        "verse",
    }
)
"""Clients send one of them where nobody chose: `alloy` mostly."""


class ListedVoice(msgspec.Struct):
    id: str
    name: str
    language: str | None = None


class VoiceList(msgspec.Struct):
    """Both shapes that clients read: Kokoro's and Open WebUI's `voices`, and OpenAI's `data`."""

    voices: list[ListedVoice]
    data: list[ListedVoice]
    object: str = "list"


@get("/v1/audio/voices", summary="OpenAI: the voices that can be asked for")
async def voices(bridge: TheBridge) -> VoiceList:
    """List the voices; not in OpenAI's own interface, but its clients look here."""
    listed = [
        ListedVoice(voice.id, voice.info.label or voice.id, voice.info.language)
        for voice in bridge.directory.voices()
    ]
    return VoiceList(listed, listed)


def find_voice(
    directory: NodeDirectory, wanted: str | None, model: str, names: Mapping[str, str]
) -> Voice:
    """The voice that a request means.

    Args:
        directory: What runs.
        wanted: As the client names it; None or empty for the default voice.
        model: Chooses the engine where it names one; any other is taken as it comes.
        names: Which of our voices stand for some of OpenAI's.

    Raises:
        InputError: There is no such voice.
        UnavailableError: No synth is there.
    """
    engine = model if model in directory.engines() else None
    known = any(voice.id == wanted for voice in directory.voices())
    if wanted is not None and not known:
        wanted = names.get(wanted, None if wanted in OPENAI_VOICES else wanted)
    try:
        return directory.resolve(wanted or None, engine)
    except InputError as error:
        raise InputError(error.text, "INVALID_VOICE", field="voice") from None


ROUTES = [voices]
