"""Reference clips of voices: laid over, taken away, listened to; with iShowTTS's shapes."""

import asyncio
from datetime import datetime, timezone
from typing import Annotated, cast, get_args

import msgspec
from litestar import Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import InputError
from ishowtts_player.routes.clip_form import MAX_BODY_BYTES, operation_with_form, read_clip_form
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors
from ishowtts_player.voices.library import Source
from ishowtts_schemas import VoiceDetails

OK = 200
NS = 1_000_000_000

VoiceId = Annotated[str, PathParameter(description="The voice's name: a-z, 0-9, _ and -.")]
SourceName = Annotated[
    str, QueryParameter(description="`baseline` is the voice's own, `override` what lies over it.")
]


class ReferenceAnswer(msgspec.Struct, omit_defaults=True):
    """A voice and its clips as iShowTTS shows them; `baseline_` is what `DELETE` goes back to."""

    voice_id: str
    engine: str
    engine_label: str
    baseline_audio_available: bool
    override_audio_available: bool
    language: str | None = None
    active_reference_text: str | None = None
    baseline_reference_text: str | None = None
    override_reference_text: str | None = None
    override_updated_at: datetime | None = None
    seconds: float | None = None
    """Of the clip that holds. This and what follows is not in iShowTTS."""
    version: str = ""
    spoken_by: list[str] = []
    """Synths that speak with it now."""
    refused: list[str] = []
    """Synths that cannot, and why; they go on with what they had."""


@get(
    "/api/voices/{voice_id:str}/reference",
    summary="A voice's clips and transcripts",
    responses=documented_errors(400, 404),
)
async def show(bridge: TheBridge, voice_id: VoiceId) -> ReferenceAnswer:
    """Show a voice."""
    return _answer(bridge, bridge.voices.details(voice_id))


@post(
    "/api/voices/{voice_id:str}/reference",
    status_code=OK,
    summary="Lay another clip or transcript over a voice",
    operation_class=operation_with_form({"text": "", "audio": "binary"}),
    responses=documented_errors(400, 404, 408, 409, 413, 415, 500, 501, 503),
    request_max_body_size=MAX_BODY_BYTES,
)
async def override(request: AnyRequest, bridge: TheBridge, voice_id: VoiceId) -> ReferenceAnswer:
    """Change a voice, for the next utterance and after restarts; a bad clip changes nothing."""
    bridge.voices.details(voice_id)
    async with bridge.voices.reception.uploading():
        form = await read_clip_form(request, "audio")
        return _answer(bridge, await bridge.voices.override(voice_id, form.audio, form.text))


@delete(
    "/api/voices/{voice_id:str}/reference",
    status_code=OK,
    summary="Go back to the voice's own clip and transcript",
    responses=documented_errors(400, 404, 500),
)
async def reset(bridge: TheBridge, voice_id: VoiceId) -> ReferenceAnswer:
    """Take away what was laid over a voice."""
    return _answer(bridge, await bridge.voices.reset(voice_id))


@get(
    "/api/voices/{voice_id:str}/reference/audio",
    media_type="audio/wav",
    summary="One of a voice's clips",
    responses={
        OK: ResponseSpec(bytes, media_type="audio/wav", description="Mono, 16 bit, 24 kHz"),
        **documented_errors(400, 404),
    },
)
async def audio(bridge: TheBridge, voice_id: VoiceId, source: SourceName) -> Response[bytes]:
    """Listen to a clip."""
    wanted = source.strip().lower()
    if wanted not in get_args(Source):
        raise InputError("source is baseline or override", "BAD_SOURCE")
    wav = await asyncio.to_thread(bridge.voices.audio, voice_id, cast("Source", wanted))
    headers = {
        "cache-control": "no-store",
        "x-voice-reference-source": wanted,
        "content-disposition": f'inline; filename="{voice_id}-{wanted}.wav"',
    }
    return Response(wav, media_type="audio/wav", headers=headers)


def _answer(bridge: Bridge, voice: VoiceDetails) -> ReferenceAnswer:
    named = (one for one in bridge.directory.voices() if one.id == voice.id)
    speaker = next((one for one in named if one.clones), None)
    engine = speaker.engine if speaker else next(iter(voice.engines), "")
    updated_ns = voice.override_updated_at_ns
    return ReferenceAnswer(
        voice_id=voice.id,
        engine=engine,
        engine_label=speaker.engine_label if speaker else voice.engine_label or engine,
        language=voice.language,
        active_reference_text=voice.transcript or None,
        baseline_reference_text=voice.baseline_text,
        override_reference_text=voice.override_text,
        baseline_audio_available=voice.baseline_seconds is not None,
        override_audio_available=voice.override_seconds is not None,
        override_updated_at=(
            None if updated_ns is None else datetime.fromtimestamp(updated_ns / NS, timezone.utc)
        ),
        seconds=voice.seconds,
        version=voice.version,
        spoken_by=list(voice.spoken_by),
        refused=list(voice.refused),
    )


ROUTES = [show, override, reset, audio]
