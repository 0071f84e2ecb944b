"""iShowTTS's half of `POST /api/tts`: text in, one whole WAV out."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from msgspec import Meta

from ishowtts_player.audio.wav import wav_file
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.accept import Accept
from ishowtts_player.dialects.chooser import ISHOWTTS_TUNING
from ishowtts_player.dialects.ishowtts.shimmy_models import model_voice
from ishowtts_player.directory import NodeDirectory, Voice
from ishowtts_player.errors import InputError
from ishowtts_player.routes.body import to_struct
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest
from ishowtts_player.speech.client import Options, SpeakRequest
from ishowtts_player.speech.text import first_words, speakable_text
from ishowtts_schemas import SAMPLE_BYTES
from ishowtts_schemas.speech import MAX_SPEED, MIN_SPEED

MAX_WORDS = 77
WAV = "audio/wav"
SHIMMY = "shimmy"
ENGINES_WITHOUT_TUNING = frozenset({"espeak"})
"""iShowTTS's tuning fields are those of F5; these engines have nothing like them."""


class TtsBody(msgspec.Struct):
    """What is to be spoken. `null` means the same as absent."""

    text: str
    """Only the first 77 words are spoken."""
    voice_id: str | None = None
    engine: str | None = None
    """Of the voice; or `shimmy`, which takes the voice of `shimmy_model`."""
    shimmy_model: str | None = None
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
    language: Annotated[str, Meta(max_length=35)] | None = None
    """Not in iShowTTS."""


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


@dataclass(frozen=True)
class Sound:
    """The whole audio of a request."""

    id: str
    pcm: bytes
    rate_hz: int

    def wav(self) -> bytes:
        """The whole file."""
        return wav_file(self.pcm, self.rate_hz)


async def speak(request: AnyRequest, bridge: Bridge, body: Any) -> Response[Any]:
    """Speak a text and answer with the whole of it.

    Args:
        request: Whose body has been read.
        bridge: Asks a synth.
        body: As decoded, unchecked.

    Raises:
        ApiError: It cannot be spoken.
    """
    wish = to_struct(body, TtsBody)
    wish.text = first_words(wish.text, MAX_WORDS)
    speech = speech_request(bridge, wish)
    sound = await unless_gone(request, collect(bridge, speech))
    if Accept(request.headers.get("accept", "")).prefers_audio():
        return Response(sound.wav(), media_type=WAV, headers={"cache-control": "no-store"})
    answer = envelope(sound, speech.voice)
    if _engine(wish) == SHIMMY:
        answer.engine, answer.engine_label = SHIMMY, f"Shimmy · {speech.voice.id}"
    return Response(answer)


def speech_request(bridge: Bridge, body: TtsBody) -> SpeakRequest:
    """What a synth is asked.

    Raises:
        ApiError: It cannot be asked that.
    """
    speed = 1.0 if body.speed is None else body.speed
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise InputError(f"speed must be from {MIN_SPEED} to {MAX_SPEED}", "BAD_SPEED")
    text = speakable_text(body.text, bridge.settings.max_text_chars)
    voice = _voice(bridge.directory, body)
    language = body.language or None
    return SpeakRequest(text, voice, speed, language, options=_options(body, voice.engine))


async def collect(bridge: Bridge, speech: SpeakRequest) -> Sound:
    """The whole audio of a request.

    Raises:
        ApiError: It could not be spoken.
    """
    async with bridge.speech.speak(speech) as stream:
        pcm = b"".join([chunk async for chunk in stream])
        if stream.first_audio_s is not None:
            bridge.metrics.api_sounds(stream.first_audio_s)
        return Sound(stream.utterance_id, pcm, stream.sample_rate_hz)


def envelope(sound: Sound, voice: Voice) -> TtsAnswer:
    """The audio and what it is, in iShowTTS's shape."""
    return TtsAnswer(
        request_id=sound.id,
        voice_id=voice.id,
        engine=voice.engine,
        engine_label=voice.engine_label,
        sample_rate=sound.rate_hz,
        audio_base64=base64.b64encode(sound.wav()).decode(),
        waveform_len=len(sound.pcm) // SAMPLE_BYTES,
    )


def _engine(body: TtsBody) -> str | None:
    return body.engine.lower() if body.engine else None


def _voice(directory: NodeDirectory, body: TtsBody) -> Voice:
    engine = _engine(body)
    if engine != SHIMMY:
        return directory.resolve(body.voice_id or None, engine)
    if not body.shimmy_model:
        text = "engine shimmy needs a shimmy_model"
        raise InputError(text, "MISSING_MODEL", field="shimmy_model")
    return model_voice(directory, body.shimmy_model, body.voice_id)


def _options(body: TtsBody, engine: str) -> Options:
    """The engine's own settings, as far as the client named any."""
    if engine in ENGINES_WITHOUT_TUNING:
        return {}
    named = {name: getattr(body, name) for name in ISHOWTTS_TUNING}
    return {name: value for name, value in named.items() if value is not None}
