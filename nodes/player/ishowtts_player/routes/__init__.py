"""The HTTP interface, one file per family; each is thin over the `Bridge`."""

from typing import Any

from ishowtts_player.routes import channels, danmaku, enqueue, page, references, rooms, service

ROUTES: list[Any] = [
    *channels.ROUTES,
    *danmaku.ROUTES,
    *enqueue.ROUTES,
    *page.ROUTES,
    *references.ROUTES,
    *rooms.ROUTES,
    *service.ROUTES,
]
