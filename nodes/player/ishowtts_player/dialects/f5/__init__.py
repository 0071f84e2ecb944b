"""The F5-TTS streaming service's interface: each request brings the clip that is cloned."""

from typing import Any

from ishowtts_player.dialects.f5 import older, routes

ROUTES: list[Any] = [*routes.ROUTES, *older.ROUTES]
