"""Every interface, and whose a path is."""

from ishowtts_player.dialects import shapes
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.settings.listeners import DialectName

ISHOWTTS = Dialect("ishowtts", "iShowTTS", shapes.plain_text, aliases=("ishow",))
CHATTERBOX = Dialect(
    "chatterbox",
    "Chatterbox",
    shapes.error_and_code,
    paths=("/api/voice/", "/api/voices/upload", "/ws/"),
    closes_unauthorized=True,
)
F5 = Dialect(
    "f5",
    "F5-TTS service",
    shapes.detail,
    paths=("/v1/health", "/v1/generate", "/generate", "/generate_json", "/download/"),
)
OPENAI = Dialect("openai", "OpenAI", shapes.openai, paths=("/v1/audio/", "/v1/models/"))
ELEVENLABS = Dialect(
    "elevenlabs",
    "ElevenLabs",
    shapes.elevenlabs,
    paths=("/v1/text-to-speech/", "/v1/voices", "/v2/voices", "/v1/user"),
    late_token=("/stream-input", "/multi-stream-input"),
)
SHIMMY = Dialect("shimmy", "Shimmy", shapes.openai, paths=("/shimmy/", "/v1/chat/completions"))
HOUSE = Dialect(
    "ishowtts",
    "the bridge",
    shapes.error_and_code,
    paths=(
        "/api/danmaku/",
        "/api/rooms/",
        "/api/health",
        "/api/start",
        "/api/stop",
        "/api/enqueue",
        "/api/next",
        "/metrics",
        "/ready",
        "/schema",
        "/static/",
    ),
)
"""The bridge and its page: they read JSON where clients of iShowTTS's speech read text."""

DIALECTS: dict[DialectName, Dialect] = {
    one.name: one for one in (ISHOWTTS, CHATTERBOX, F5, OPENAI, ELEVENLABS, SHIMMY)
}

SHARED: dict[str, tuple[Dialect, ...]] = {
    "/": (HOUSE, F5),
    "/api/tts": (ISHOWTTS, CHATTERBOX),
    "/api/voices": (HOUSE, CHATTERBOX),
    "/health": (CHATTERBOX, F5),
    "/v1/models": (OPENAI, ELEVENLABS),
}
"""Paths that several have. The first one answers where nothing else decides."""

_BY_NAME = {name: one for one in DIALECTS.values() for name in (one.name, *one.aliases)}
PREFIXES = {name: one for name, one in _BY_NAME.items() if one is not SHIMMY}
"""First parts of paths that name an interface: `/chatterbox/api/tts`. Shimmy's are its own."""
_BY_PATH = sorted(
    ((path, one) for one in (HOUSE, *DIALECTS.values()) for path in one.paths),
    key=lambda row: -len(row[0]),
)


def find(name: str) -> Dialect | None:
    """The interface that a client or the configuration names."""
    return _BY_NAME.get(name.strip().lower())


def shared_by(path: str) -> tuple[Dialect, ...]:
    """Whose a path is together; empty where it is not shared."""
    return SHARED.get(path.rstrip("/") or "/", ())


def owner(path: str) -> Dialect | None:
    """Whose a path is alone."""
    for beginning, dialect in _BY_PATH:
        rest = path[len(beginning) :]
        if path.startswith(beginning) and (beginning.endswith("/") or rest[:1] in ("", "/")):
            return dialect
    return None


def takes_late_token(path: str) -> bool:
    """Whether a WebSocket there may show its token in its first message."""
    dialect = owner(path)
    return dialect is not None and path.endswith(dialect.late_token)
