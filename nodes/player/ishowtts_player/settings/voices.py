"""Settings of the voice store."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings


class VoiceSettings(Settings, frozen=True, kw_only=True):
    """The voices that engines clone, in a file and as they are changed over the API."""

    file: Annotated[
        str, Meta(description="Voices from the start; a missing file is none, empty never looks.")
    ] = "config/voices.toml"
    max_voices: Annotated[
        int, Meta(ge=1, le=256, description="Voices at once; each may be kept by every synth.")
    ] = 64
    min_clip_s: Annotated[
        float, Meta(ge=0.1, le=30, description="Shortest clip, without silence at its ends.")
    ] = 0.5
    max_clip_s: Annotated[
        float, Meta(ge=1, le=30, description="Longest clip, without silence at its ends.")
    ] = 30.0
