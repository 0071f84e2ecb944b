"""Configuration of the synth node and of each engine."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus import Settings
from ishowtts_schemas.ids import Slug

MIN_RATE_WPM = 80
MAX_RATE_WPM = 450
MAX_PITCH = 99
MAX_VOLUME = 200

MAX_NFE_STEPS = 64
MAX_SEED = 2**63 - 1
F5Profile = Literal["exact", "fast"]


class SynthSettings(Settings, frozen=True, kw_only=True):
    """The node that turns text into speech."""

    engine: Annotated[
        Slug, Meta(description="Engine that speaks: espeak, f5, or tone to test.")
    ] = "espeak"
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


class F5Voice(Settings, frozen=True, kw_only=True):
    """A voice that F5-TTS clones."""

    id: Annotated[Slug, Meta(description="How requests call it.")]
    reference_audio: Annotated[
        str, Meta(description="The clip, 5 to 12 s of one person: WAV, FLAC, OGG or MP3.")
    ]
    reference_text: Annotated[str, Meta(description="What is said in the clip, word for word.")]
    language: Annotated[
        str | None, Meta(description="BCP 47, for people and to choose by; the text decides.")
    ] = None
    label: Annotated[str, Meta(description="What people see; empty for the id.")] = ""
    engine_label: Annotated[
        str, Meta(description="How its engine is called for people; empty for F5-TTS.")
    ] = ""
    preload: Annotated[
        bool, Meta(description="Whether to read the clip at the start, not when first spoken.")
    ] = False


class F5Tuning(Settings, frozen=True, kw_only=True):
    """How F5-TTS speaks; each of these is also an option of a request."""

    cfg_strength: Annotated[
        float, Meta(ge=0, le=10, description="How closely to follow text and clip; 0 halves work.")
    ] = 2.0
    sway_sampling_coef: Annotated[
        float, Meta(ge=-1, le=1.75, description="Below 0 more of the steps go to the beginning.")
    ] = -1.0
    speed: Annotated[
        float, Meta(ge=0.25, le=4, description="Factor on the clip's rate, times a request's own.")
    ] = 1.0
    cross_fade_duration: Annotated[
        float, Meta(ge=0, le=1, description="Seconds in which one clause becomes the next.")
    ] = 0.15
    target_rms: Annotated[
        float, Meta(ge=0.01, le=1, description="Loudness to which the model hears a softer clip.")
    ] = 0.1
    seed: Annotated[
        Annotated[int, Meta(ge=0, le=MAX_SEED)] | None,
        Meta(description="Makes the same text sound the same again; without it, chance."),
    ] = None
    remove_silence: Annotated[
        bool, Meta(description="Whether silences within speech are cut to a second.")
    ] = False


class F5Settings(Settings, frozen=True, kw_only=True):
    """F5-TTS, which clones voices; its official weights are CC-BY-NC-4.0: no commercial use."""

    model: Annotated[
        str, Meta(min_length=1, description="Official model; what is not named below is its own.")
    ] = "F5TTS_v1_Base"
    python_package_path: Annotated[
        str, Meta(description="iShowTTS's, where it had F5-TTS's code; not needed here.")
    ] = ""
    ckpt_file: Annotated[
        str, Meta(description="Checkpoint, .safetensors, or a folder of one; empty: official.")
    ] = ""
    vocab_file: Annotated[
        str, Meta(description="Vocabulary; empty: vocab.txt beside the checkpoint, or official.")
    ] = ""
    config_file: Annotated[
        str, Meta(description="Shape, YAML; empty: the one beside the checkpoint, or official.")
    ] = ""
    vocoder_local_path: Annotated[
        str,
        Meta(
            description="Vocos: folder, .onnx, .engine; empty: beside the checkpoint, or official."
        ),
    ] = ""
    hf_cache_dir: Annotated[
        str, Meta(description="Folder of what Hugging Face gave; empty: as its tools choose.")
    ] = ""
    download: Annotated[
        bool, Meta(description="Whether to get missing official files from Hugging Face: 1.4 GB.")
    ] = True
    use_ema: Annotated[
        bool, Meta(description="Whether to use the averaged weights; official files have no other.")
    ] = True
    device: Annotated[
        str, Meta(pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:1.")
    ] = "auto"
    precision: Annotated[
        Literal["auto", "fp32", "fp16"],
        Meta(description="auto: fp16 on a GPU that is good at it, else fp32."),
    ] = "auto"
    cuda_graphs: Annotated[
        bool, Meta(description="Whether a GPU replays recorded steps; not yet tried on one.")
    ] = False
    vocoder_stream: Annotated[
        bool, Meta(description="Whether a GPU decodes beside the steps; not yet tried on one.")
    ] = False
    ode_method: Annotated[str, Meta(description="Solver: euler, there is no other.")] = "euler"
    profile: Annotated[
        F5Profile, Meta(description="exact: default_nfe_step; fast: 7 pruned steps (EPSS).")
    ] = "exact"
    default_nfe_step: Annotated[
        int, Meta(ge=1, le=MAX_NFE_STEPS, description="Sampling steps of profile exact.")
    ] = 16
    max_rows: Annotated[
        int, Meta(ge=0, le=64, description="Utterances sampled together; 0: 8 on a GPU, else 1.")
    ] = 0
    first_clause_s: Annotated[
        float,
        Meta(
            ge=0,
            le=30,
            description="Aim for the first clause of long text; 0: text is parted as in stock.",
        ),
    ] = 2.5
    short_text_speed: Annotated[
        float, Meta(ge=0, le=4, description="Speed of text under 10 bytes in UTF-8; 0: as any.")
    ] = 0.3
    voices: Annotated[
        tuple[F5Voice, ...],
        Meta(
            max_length=1000,
            description='{ id = "ann", reference_audio = "ann.wav", reference_text = "..." }.',
        ),
    ] = ()
    tuning: F5Tuning = F5Tuning()


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
