"""OpenAI's interface for speech, as its SDKs and the many clients made for it use it."""

from typing import Any

from ishowtts_player.dialects.openai import models, speech, voices

ROUTES: list[Any] = [*models.ROUTES, *speech.ROUTES, *voices.ROUTES]
