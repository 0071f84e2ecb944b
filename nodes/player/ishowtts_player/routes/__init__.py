"""The HTTP interface, one file per family; each is thin over the `Bridge`."""

from typing import Any

from ishowtts_player.routes import channels, danmaku, enqueue, page, rooms, service, tts, voices

ROUTES: list[Any] = [
    *channels.ROUTES,
    *danmaku.ROUTES,
    *enqueue.ROUTES,
    *page.ROUTES,
    *rooms.ROUTES,
    *service.ROUTES,
    *tts.ROUTES,
    *voices.ROUTES,
]
