"""iShowTTS's speech endpoint: text in, one whole WAV out."""

import base64
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from ishowtts_player.audio.wav import wav_file
from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest, TheBridge
from ishowtts_player.speech.client import Options, SpeakRequest
from ishowtts_player.speech.text import clean, first_words
from ishowtts_schemas import SAMPLE_BYTES

MAX_WORDS = 77
MIN_SPEED = 0.25
MAX_SPEED = 4.0
WAV = "audio/wav"
ENGINES_WITHOUT_TUNING = frozenset({"espeak"})
"""iShowTTS's tuning fields are those of F5; these engines have nothing like them."""

_TUNING = (
    "target_rms",
    "cross_fade_duration",
    "sway_sampling_coef",
    "cfg_strength",
    "nfe_step",
    "fix_duration",
    "remove_silence",
    "seed",
    "profile",
)


class TtsBody(msgspec.Struct):
    """What is to be spoken. `null` means the same as absent."""

    text: str
    """Only the first 77 words are spoken."""
    voice_id: str | None = None
    engine: str | None = None
    speed: float | None = None
    target_rms: float | None = None
    cross_fade_duration: float | None = None
    sway_sampling_coef: float | None = None
    cfg_strength: float | None = None
    nfe_step: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    fix_duration: float | None = None
    remove_silence: bool | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    profile: Annotated[str, Meta(max_length=32)] | None = None
    """One of the engine's: `exact` or `fast`. Not in iShowTTS."""


class TtsAnswer(msgspec.Struct):
    """iShowTTS's envelope."""

    request_id: str
    voice_id: str
    engine: str
    engine_label: str
    sample_rate: int
    audio_base64: str
    waveform_len: int
    """In samples."""
    format: Literal["audio/wav"] = WAV


_ERRORS = {
    400: "The input is wrong",
    415: "The body is not called JSON",
    422: "A field is missing or of the wrong type",
    502: "The synth failed",
    503: "No synth is there, or too many requests",
    504: "No synth answered in time",
}


@post(
    "/api/tts",
    status_code=200,
    summary="Speak a text; Accept: audio/wav gives the bare file",
    operation_class=operation_with(TtsBody),
    responses={
        status: ResponseSpec(
            str, media_type="text/plain", description=text, generate_examples=False
        )
        for status, text in _ERRORS.items()
    },
)
async def tts(request: AnyRequest, bridge: TheBridge) -> Response[TtsAnswer]:
    """Speak a text and answer with the whole of it."""
    try:
        answer = await _answer(request, bridge)
    except ApiError as error:
        bridge.bus.counters.add("player_api_requests_total", status=str(error.status))
        raise
    bridge.bus.counters.add("player_api_requests_total", status="200")
    return answer


async def _answer(request: AnyRequest, bridge: Bridge) -> Response[Any]:
    body = await read_json(request, TtsBody)
    speak = _request(bridge, body)
    pcm, rate_hz, request_id = await unless_gone(request, _collect(bridge, speak))
    wav = wav_file(pcm, rate_hz)
    if WAV in request.headers.get("accept", ""):
        return Response(wav, media_type=WAV, headers={"cache-control": "no-store"})
    answer = TtsAnswer(
        request_id=request_id,
        voice_id=speak.voice.id,
        engine=speak.voice.engine,
        engine_label=speak.voice.engine_label,
        sample_rate=rate_hz,
        audio_base64=base64.b64encode(wav).decode(),
        waveform_len=len(pcm) // SAMPLE_BYTES,
    )
    return Response(answer)


def _request(bridge: Bridge, body: TtsBody) -> SpeakRequest:
    speed = 1.0 if body.speed is None else body.speed
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise InputError(f"speed must be from {MIN_SPEED} to {MAX_SPEED}", "BAD_SPEED")
    text = clean(first_words(body.text, MAX_WORDS), bridge.settings.max_text_chars)
    engine = body.engine.lower() if body.engine else None
    voice = bridge.directory.resolve(body.voice_id or None, engine)
    return SpeakRequest(text, voice, speed, options=_options(body, voice.engine))


def _options(body: TtsBody, engine: str) -> Options:
    """The engine's own settings, as far as the client named any."""
    if engine in ENGINES_WITHOUT_TUNING:
        return {}
    named = {name: getattr(body, name) for name in _TUNING}
    return {name: value for name, value in named.items() if value is not None}


async def _collect(bridge: Bridge, speak: SpeakRequest) -> tuple[bytes, int, str]:
    """The whole audio, its rate and its id."""
    async with bridge.speech.speak(speak) as stream:
        pcm = b"".join([chunk async for chunk in stream])
        if stream.first_audio_s is not None:
            bridge.metrics.api_sounds(stream.first_audio_s)
        return pcm, stream.sample_rate_hz, stream.utterance_id


ROUTES = [tts]
