"""ElevenLabs' voices: those of the engines that run."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter, QueryParameter

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.shapes import ElevenLabsErrorBody
from ishowtts_player.directory import NodeDirectory, Voice
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.parameters import TheBridge, documented_errors

NOT_FOUND = 404
DEFAULT_PAGE = 10
MAX_PAGE = 100

VoiceId = Annotated[str, PathParameter(description="The voice's id.")]


class VoiceAnswer(msgspec.Struct):
    """One voice, in ElevenLabs' shape."""

    voice_id: str
    name: str
    category: str
    labels: dict[str, str]
    description: str
    samples: list[str] = []
    settings: None = None
    preview_url: None = None
    available_for_tiers: list[str] = []
    high_quality_base_model_ids: list[str] = []
    is_owner: bool = True


class VoiceList(msgspec.Struct):
    voices: list[VoiceAnswer]


class VoicePage(msgspec.Struct):
    voices: list[VoiceAnswer]
    has_more: bool
    total_count: int
    next_page_token: str | None = None


@get("/v1/voices", summary="ElevenLabs: the voices")
async def list_voices(bridge: TheBridge) -> VoiceList:
    """List the voices."""
    return VoiceList([_answer(voice) for voice in _named_once(bridge.directory)])


@get("/v2/voices", summary="ElevenLabs: search the voices")
async def search_voices(
    bridge: TheBridge,
    search: Annotated[str, QueryParameter(max_length=200)] = "",
    category: Annotated[str, QueryParameter(max_length=50)] = "",
    page_size: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
    next_page_token: Annotated[str, QueryParameter(max_length=100)] = "",
) -> VoicePage:
    """One page of the voices that match, by id."""
    found = [
        answer
        for answer in map(_answer, _named_once(bridge.directory))
        if _matches(answer, search, category)
    ]
    later = [answer for answer in found if answer.voice_id > next_page_token]
    page = later[:page_size]
    more = len(later) > page_size
    return VoicePage(page, more, len(found), page[-1].voice_id if more else None)


@get(
    "/v1/voices/{voice_id:str}",
    summary="ElevenLabs: one voice",
    responses=documented_errors(404, 503, body=ElevenLabsErrorBody),
)
async def show_voice(bridge: TheBridge, voice_id: VoiceId) -> VoiceAnswer:
    """Show one voice."""
    return _answer(find_voice(bridge, voice_id))


def find_voice(bridge: Bridge, voice_id: str, engine: str | None = None) -> Voice:
    """The voice of an address.

    Args:
        bridge: Knows what runs, and what other names mean.
        voice_id: As the client wrote it.
        engine: This one's, if it has such a voice; None for any.

    Raises:
        ApiError: 404 where there is none.
        UnavailableError: No synth is there.
    """
    wanted = bridge.settings.elevenlabs.voice_names.get(voice_id, voice_id)
    named = [voice.engine for voice in bridge.directory.voices() if voice.id == wanted]
    try:
        return bridge.directory.resolve(wanted, engine if engine in named else None)
    except InputError as error:
        raise ApiError(NOT_FOUND, "VOICE_NOT_FOUND", error.text) from None


def _named_once(directory: NodeDirectory) -> list[Voice]:
    """By id. An id that two engines have means the one that `resolve` takes."""
    by_id: dict[str, Voice] = {}
    for voice in directory.voices():
        by_id.setdefault(voice.id, voice)
    return [by_id[voice_id] for voice_id in sorted(by_id)]


def _answer(voice: Voice) -> VoiceAnswer:
    labels = {"engine": voice.engine_label}
    if voice.info.language:
        labels["language"] = voice.info.language
    return VoiceAnswer(
        voice_id=voice.id,
        name=voice.info.label,
        category="premade" if voice.info.transcript is None else "cloned",
        labels=labels,
        description=voice.info.licence,
        high_quality_base_model_ids=[voice.engine],
    )


def _matches(voice: VoiceAnswer, search: str, category: str) -> bool:
    text = " ".join([voice.voice_id, voice.name, *voice.labels.values()]).lower()
    return search.lower() in text and category in ("", voice.category)


ROUTES = [list_voices, search_voices, show_voice]
