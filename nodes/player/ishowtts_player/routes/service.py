"""Health, readiness and metrics, for monitors."""

from typing import Final, Literal

import msgspec
from litestar import HttpMethod, Response, route

from ishowtts_player.bridge import Bridge
from ishowtts_player.metrics import CONTENT_TYPE
from ishowtts_player.routes.parameters import TheBridge

UNAVAILABLE = 503
READ: Final[tuple[HttpMethod, ...]] = (HttpMethod.GET, HttpMethod.HEAD)
"""Monitors ask with HEAD."""
NEEDED = ("synth",)
HELPFUL = ("ingest", "filter")


class HealthAnswer(msgspec.Struct):
    """iShowTTS's shape: the bridge itself is alive."""

    status: Literal["ok"]
    voices: int
    default_voice: str


class ReadyAnswer(msgspec.Struct):
    """Whether text would come out as sound.

    `missing` names what is needed and not there, `absent` what chat needs and the API does not.
    """

    ready: bool
    missing: dict[str, str]
    absent: dict[str, str]


@route("/api/health", http_method=READ, summary="The bridge is alive")
async def health(bridge: TheBridge) -> HealthAnswer:
    """Say that the bridge runs, and how many voices it knows."""
    directory = bridge.directory
    return HealthAnswer("ok", len(directory.voices()), directory.default_voice() or "")


@route("/ready", http_method=READ, summary="The broker and a synth answer")
async def ready(bridge: TheBridge) -> Response[ReadyAnswer]:
    """Say whether speech can be made, or what is missing."""
    missing = {} if bridge.bus.connected else {"broker": "not connected"}
    missing |= _missing(bridge, NEEDED)
    answer = ReadyAnswer(not missing, missing, _missing(bridge, HELPFUL))
    headers = {"cache-control": "no-store"}
    return Response(answer, status_code=UNAVAILABLE if missing else 200, headers=headers)


@route(
    "/metrics",
    http_method=READ,
    summary="Numbers of this bridge and of every node",
    media_type=CONTENT_TYPE,
)
async def metrics(bridge: TheBridge) -> Response[bytes]:
    """Show all numbers in Prometheus' text format."""
    return Response(bridge.metrics.render(), media_type=CONTENT_TYPE)


def _missing(bridge: Bridge, kinds: tuple[str, ...]) -> dict[str, str]:
    directory = bridge.directory
    return {kind: directory.why_not(kind) for kind in kinds if not directory.ready(kind)}


ROUTES = [health, ready, metrics]
