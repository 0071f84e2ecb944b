"""Chatterbox's voices: listed, uploaded, and the one that speaks where nobody chose."""

import msgspec
from litestar import get, post

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.chatterbox.parameters import VoicePath
from ishowtts_player.dialects.chatterbox.voices import find_voice
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.clip_form import MAX_BODY_BYTES, operation_with_form, read_clip_form
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors

OK = 200
DIRECTORY = "voices"
"""A name for the place: where it lies on this machine is nobody's business."""
UPLOAD = {"file": "binary", "text": ""}
NOBODY_CLONES = "it is kept, but no synth that speaks with clips is running"


class ListedVoice(msgspec.Struct):
    """A voice as Chatterbox lists its files."""

    name: str
    path: str
    """What `voice_path` and `audio_prompt_path` take; the name again."""
    duration_seconds: float | None
    """Of the clip; null where the engine needs none or keeps it to itself."""


class VoicesAnswer(msgspec.Struct):
    voices: list[ListedVoice]
    directory: str


class DefaultVoiceBody(msgspec.Struct):
    voice_path: VoicePath


class DefaultVoiceAnswer(msgspec.Struct):
    default_voice: str | None


class ChosenAnswer(msgspec.Struct):
    success: bool
    voice_path: str


class UploadAnswer(msgspec.Struct, omit_defaults=True):
    success: bool
    filename: str
    path: str
    warning: str = ""
    """Which synths cannot speak with it, and why."""


def list_voices(bridge: Bridge) -> VoicesAnswer:
    """The answer to `GET /api/voices`."""
    seconds = {voice.id: voice.seconds for voice in bridge.voices.list().voices}
    names = sorted({voice.id for voice in bridge.directory.voices()})
    listed = [ListedVoice(name, name, seconds.get(name)) for name in names]
    return VoicesAnswer(listed, DIRECTORY)


@get("/api/voice/default", summary="Chatterbox: the voice that speaks where nobody chose")
async def default_voice(bridge: TheBridge) -> DefaultVoiceAnswer:
    """Tell the default voice."""
    return DefaultVoiceAnswer(bridge.directory.default_voice())


@post(
    "/api/voice/default",
    status_code=OK,
    summary="Chatterbox: choose that voice, for everybody and for good",
    operation_class=operation_with(DefaultVoiceBody),
    responses=documented_errors(400, 404, 415, 422, 503),
)
async def choose_default_voice(request: AnyRequest, bridge: TheBridge) -> ChosenAnswer:
    """Choose the default voice."""
    body = await read_json(request, DefaultVoiceBody)
    voice = find_voice(bridge.directory, body.voice_path)
    await bridge.voices.choose_default(voice.id)
    return ChosenAnswer(success=True, voice_path=voice.id)


@post(
    "/api/voices/upload",
    status_code=OK,
    summary="Chatterbox: a clip as a new voice",
    operation_class=operation_with_form(UPLOAD),
    responses=documented_errors(400, 408, 409, 413, 415, 501, 503),
    request_max_body_size=MAX_BODY_BYTES,
)
async def upload(request: AnyRequest, bridge: TheBridge) -> UploadAnswer:
    """Take a clip; its name becomes the voice's. `text`, what is said in it, is for F5-TTS."""
    async with bridge.voices.reception.uploading():
        form = await read_clip_form(request, "file")
        if form.audio is None:
            raise InputError("the form has no file", "NO_FILE", field="file")
        try:
            voice = await bridge.voices.upload(form.filename, form.audio, form.text or "")
        except InputError as error:
            raise ApiError(error.status, "UPLOAD_ERROR", error.text) from None
    warning = "; ".join(voice.refused) if bridge.directory.cloners() else NOBODY_CLONES
    return UploadAnswer(success=True, filename=voice.id, path=voice.id, warning=warning)


ROUTES = [default_voice, choose_default_voice, upload]
