"""Configuration of the synth node and of each engine."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus import Settings
from ishowtts_schemas.ids import Slug

MIN_RATE_WPM = 80
MAX_RATE_WPM = 450
MAX_PITCH = 99
MAX_VOLUME = 200


class SynthSettings(Settings, frozen=True, kw_only=True):
    """The node that turns text into speech."""

    engine: Annotated[Slug, Meta(description="Engine that speaks: espeak, or tone to test.")] = (
        "espeak"
    )
    sample_rate_hz: Annotated[
        int, Meta(ge=8000, le=48000, description="Rate of all audio on the bus.")
    ] = 24000
    queue_capacity: Annotated[
        int, Meta(ge=1, le=10_000, description="Requests that may wait for the engine.")
    ] = 64
    prefetch: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="Utterances taken ahead, so that the engine never idles.",
        ),
    ] = 3
    buffer_ms: Annotated[
        int,
        Meta(
            ge=1000,
            le=600_000,
            description="Audio that may wait for the broker to take it.",
        ),
    ] = 20_000
    hang_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="An engine whose one step takes longer hangs; the node is started again.",
        ),
    ] = 60.0
    stop_grace_ms: Annotated[
        int,
        Meta(ge=0, le=60_000, description="How long a stopping node lets speech finish."),
    ] = 1000
    warmup: Annotated[
        bool,
        Meta(description="Whether to speak once, unheard, before the node is ready."),
    ] = False
    warmup_text: Annotated[
        str, Meta(min_length=1, max_length=500, description="What warming up speaks.")
    ] = "Hello 你好"


class EspeakSettings(Settings, frozen=True, kw_only=True):
    """The embedded voice, espeak-ng: small, instant, over a hundred languages."""

    backend: Annotated[
        Literal["auto", "library", "program"],
        Meta(description="library (espeakng-loader), program (espeak-ng), or auto: the first."),
    ] = "auto"
    program: Annotated[
        str, Meta(min_length=1, description="Name or path of the espeak-ng program.")
    ] = "espeak-ng"
    latin_language: Annotated[
        str,
        Meta(description="Language of Latin letters where neither voice nor request says."),
    ] = "en-us"
    languages: Annotated[
        tuple[str, ...],
        Meta(description="Languages that get a voice of their own; empty for all there are."),
    ] = ()
    variant: Annotated[
        str,
        Meta(description="Timbre: f1 to f5, m1 to m8, ...; empty for the plain voice."),
    ] = "f2"
    rate_wpm: Annotated[
        int, Meta(ge=MIN_RATE_WPM, le=MAX_RATE_WPM, description="Words per minute, 80 to 450.")
    ] = 150
    pitch: Annotated[int, Meta(ge=0, le=MAX_PITCH, description="Height of the voice, 0 to 99.")] = (
        64
    )
    pitch_range: Annotated[
        int,
        Meta(ge=0, le=MAX_PITCH, description="Melody, 0 (none) to 99; library only."),
    ] = 70
    volume: Annotated[
        int, Meta(ge=0, le=MAX_VOLUME, description="Loudness, 0 to 200; above 100 distorts.")
    ] = 100


class ToneSettings(Settings, frozen=True, kw_only=True):
    """A pilot tone in place of speech, to tell trouble with a voice from trouble with audio."""

    ms_per_character: Annotated[
        int,
        Meta(ge=1, le=1000, description="Length of the tone for each character of text."),
    ] = 60
    latency_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=60_000,
            description="Wait before the first sound, as a slow engine has.",
        ),
    ] = 0
