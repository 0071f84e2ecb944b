"""ElevenLabs' interface, and XTTS's meaning of the same socket."""

from typing import Any

from ishowtts_player.dialects.elevenlabs import rest, socket, voices

ROUTES: list[Any] = [*rest.ROUTES, *socket.ROUTES, *voices.ROUTES]
