"""Settings of OpenAI's interface."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.ids import Slug


class OpenAiSettings(Settings, frozen=True, kw_only=True):
    """OpenAI's interface for speech."""

    max_input_chars: Annotated[
        int, Meta(ge=1, le=5000, description="Longest text of one request; OpenAI takes 4096.")
    ] = 4096
    voice_names: Annotated[
        dict[str, Slug],
        Meta(
            max_length=100,
            description="Our voices for OpenAI's names, as { alloy = 'en-gb' }; others: default.",
        ),
    ] = {}
