"""Chatterbox's interface, and that of its older gateway."""

from typing import Any

from ishowtts_player.dialects.chatterbox import catalogue, socket

ROUTES: list[Any] = [*catalogue.ROUTES, *socket.ROUTES]
