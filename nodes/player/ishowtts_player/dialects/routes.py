"""The routes of all interfaces; each exports its own."""

from typing import Any

from ishowtts_player.dialects import chatterbox, elevenlabs, f5, models, openai, shared
from ishowtts_player.dialects.ishowtts import chat_completions, danmaku_socket, pull, shimmy

ROUTES: list[Any] = [
    *chat_completions.ROUTES,
    *danmaku_socket.ROUTES,
    *chatterbox.ROUTES,
    *elevenlabs.ROUTES,
    *f5.ROUTES,
    *models.ROUTES,
    *openai.ROUTES,
    *pull.ROUTES,
    *shared.ROUTES,
    *shimmy.ROUTES,
]
