"""A bridge without a broker: the page, its event stream and its HTTP calls, driven by a test."""

import base64
import json
import queue
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

STATIC = Path(__file__).parents[2] / "nodes/player/ishowtts_player/static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
VOICES = [
    {"id": "en-us", "engine": "espeak", "engine_label": "eSpeak NG", "language": "en-us"},
    {"id": "cmn", "engine": "espeak", "engine_label": "eSpeak NG", "language": "cmn"},
    {
        "id": "alice",
        "engine": "f5",
        "engine_label": "F5-TTS",
        "language": None,
        "profiles": [
            {"id": "exact", "label": "exact, 16 steps"},
            {"id": "fast", "label": "fast, 7 steps", "approximate": True},
        ],
    },
]
RATE_HZ = 24000
RING_EVENTS = 5000
WAIT_S = 20.0


@dataclass(frozen=True)
class Request:
    """A call that the page made."""

    method: str
    path: str
    query: dict[str, list[str]]
    last_event_id: str | None
    body: Any


@dataclass
class Answer:
    """What the bridge says to a path instead of the usual."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


class FakeBridge:
    """Speaks the stream's contract on a free loopback port.

    Attributes:
        answers: Path to what it is answered with instead.
        requests: All calls, oldest first.
        paused: What a greeting says.
        voices: As in `GET /api/voices`.
        channels: As in `GET /api/danmaku/channels`; the page starts and stops them.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self.paused = False
        self.voices: list[dict[str, Any]] = list(VOICES)
        self.channels: list[dict[str, Any]] = []
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._epoch = 0
        self._number = 0
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=RING_EVENTS)
        self._streams: list[queue.SimpleQueue[bytes | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    @property
    def port(self) -> int:
        return self._port

    def start(self) -> None:
        """Listen, on the port of last time if there was one; ids begin anew."""
        bridge = self

        class Handler(_Handler):
            owner = bridge

        self._epoch += 1
        self._number = 0
        self._ring.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="fake-bridge"
        )
        self._thread.start()

    def stop(self) -> None:
        """End every stream and stop listening."""
        if self._server is None or self._thread is None:
            return
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None

    def hang_up(self) -> None:
        """Break the open streams; the page may come back."""
        with self._changed:
            streams, self._streams = self._streams, []
        for stream in streams:
            stream.put(None)

    def wait_streams(self, count: int = 1) -> None:
        """Block until so many listeners are connected."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._streams) >= count, WAIT_S):
                raise TimeoutError(f"{len(self._streams)} listeners, not {count}")

    def wait_request(self, path: str, count: int = 1) -> Request:
        """Block until a path was called so often; the latest call."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.calls(path)) >= count, WAIT_S):
                raise TimeoutError(f"no call of {path}")
            return self.calls(path)[-1]

    def calls(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def emit(self, event: str, **data: Any) -> None:
        """Send an event to every listener and keep it for those who return."""
        with self._changed:
            self._number += 1
            raw = _encode(event, data, f"{self._epoch}-{self._number}")
            self._ring.append((self._number, raw))
            for stream in self._streams:
                stream.put(raw)

    def chat(self, message_id: str, text: str, author: str = "ann", **more: Any) -> None:
        usual = {"platform": "mqtt", "author_id": None, "color": None, "kind": "chat"}
        facts = {**usual, "priority": "normal", "at_ms": 0, **more}
        self.emit("chat", message_id=message_id, author=author, text=text, **facts)

    def accept(self, message_id: str, utterance_id: str, spoken: str = "") -> None:
        ids = {"message_id": message_id, "utterance_id": utterance_id}
        self.emit("chat_accepted", **ids, spoken=spoken, voice="en-us")

    def read(self, channel: str, platform: str = "twitch", **more: Any) -> dict[str, Any]:
        """Have a channel in the list."""
        usual = {"platform": platform, "source": platform, "channel": channel, "room": "main"}
        usual |= {"voice": None, "engine": None, "state": "reading", "detail": ""}
        self.channels = [*self.channels, usual | more]
        return {"status": "started", "channel": channel}

    def unread(self, channel: str) -> dict[str, Any]:
        """Take a channel from the list."""
        self.channels = [one for one in self.channels if one["channel"] != channel]
        return {"status": "stopped", "channel": channel}

    def remove(self, platform: str = "mqtt", **whose: str) -> None:
        """Moderation: `message_id` or `author_id` says whose; neither is everybody's."""
        ids = {"message_id": None, "author_id": None, **whose}
        self.emit("chat_removed", platform=platform, **ids)

    def audio_start(self, utterance_id: str, text: str = "hello", **more: Any) -> None:
        usual = {"message_id": None, "author": "ann", "voice": "en-us", "engine": "espeak"}
        form = {"sample_rate_hz": RATE_HZ, "format": "s16le"}
        facts = {**usual, **form, **more}
        self.emit("audio_start", utterance_id=utterance_id, text=text, **facts)

    def audio_chunk(self, utterance_id: str, offset: int, pcm: bytes) -> None:
        text = base64.b64encode(pcm).decode()
        self.emit("audio_chunk", utterance_id=utterance_id, offset=offset, pcm=text)

    def audio_stop(self, utterance_id: str, samples: int = 0, reason: str = "done") -> None:
        facts = {"reason": reason, "samples": samples, "detail": ""}
        self.emit("audio_stop", utterance_id=utterance_id, **facts)

    def speak(self, utterance_id: str, pcm: bytes, chunk: int = 1440, **start: Any) -> None:
        """A whole utterance at once, `chunk` samples an event."""
        self.audio_start(utterance_id, **start)
        for at in range(0, len(pcm), 2 * chunk):
            self.audio_chunk(utterance_id, at // 2, pcm[at : at + 2 * chunk])
        self.audio_stop(utterance_id, len(pcm) // 2)

    def join(self, last_event_id: str | None) -> Iterator[bytes]:
        """What one connection is sent, from its greeting to its end."""
        stream: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with self._changed:
            epoch, _, number = (last_event_id or "").partition("-")
            resumed = epoch == str(self._epoch)
            missed = [raw for n, raw in self._ring if resumed and n > int(number)]
            self._streams.append(stream)
            self._changed.notify_all()
        yield b"retry: 1000\n\n" + _encode("hello", self._greeting(resumed), None)
        yield from missed
        while (raw := stream.get()) is not None:
            yield raw

    def note(self, request: Request) -> Answer | None:
        """Remember a call; what it is to be answered with instead of the usual."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        return self.answers.get(request.path)

    def _greeting(self, resumed: bool) -> dict[str, Any]:
        voices = [
            {"id": v["id"], "label": v["id"], "language": v["language"], "engine": v["engine"]}
            for v in self.voices
        ]
        state = {"resumed": resumed, "paused": self.paused, "now_playing": None}
        about = {"room": "main", "epoch": str(self._epoch), "default_voice": "en-us"}
        return {**about, **state, "voices": voices}


class _Handler(BaseHTTPRequestHandler):
    owner: FakeBridge

    def do_GET(self) -> None:
        answer = self._note(None)
        path = urlsplit(self.path).path
        if answer is not None:
            self._json(answer.status, answer.body)
        elif path == "/api/danmaku/stream":
            self._stream()
        elif path == "/api/voices":
            self._json(200, self.owner.voices)
        elif path == "/api/danmaku/channels":
            self._json(200, self.owner.channels)
        elif path.startswith("/api/rooms/"):
            self._json(200, {"room": path.rpartition("/")[2]})
        elif path == "/api/health":
            self._json(200, {"status": "ok"})
        else:
            self._file("index.html" if path == "/" else path.removeprefix("/static/"))

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        answer = self._note(body)
        if answer is not None:
            self._json(answer.status, answer.body)
        elif self.path == "/api/danmaku/start":
            self._json(202, self.owner.read(**body))
        elif self.path == "/api/danmaku/stop":
            self._json(202, self.owner.unread(body["channel"]))
        elif self.path.endswith("/say"):
            self._json(202, {"message_id": "m"})
        else:
            self._json(202, {"action": self.path.rpartition("/")[2], "room": "main"})

    def _note(self, body: Any) -> Answer | None:
        url = urlsplit(self.path)
        last = self.headers.get("last-event-id")
        return self.owner.note(Request(self.command, url.path, parse_qs(url.query), last, body))

    def _stream(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        last = self.headers.get("last-event-id") or query.get("last_event_id", [None])[0]
        self._head(200, "text/event-stream")
        try:
            for raw in self.owner.join(last):
                self.wfile.write(raw)
        except ConnectionError:
            pass  # The browser went away.

    def _file(self, name: str) -> None:
        path = STATIC / name
        if path.suffix not in MEDIA or not path.is_file() or path.parent != STATIC:
            self._json(404, {"error": "no such file"})
            return
        self._head(200, MEDIA[path.suffix])
        self.wfile.write(path.read_bytes())

    def _json(self, status: int, body: Any) -> None:
        self._head(status, "application/json")
        self.wfile.write(json.dumps(body).encode())

    def _head(self, status: int, media: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("cache-control", "no-store")
        self.send_header("content-security-policy", CSP)
        self.send_header("x-content-type-options", "nosniff")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Tests read `requests` instead."""


def _encode(event: str, data: dict[str, Any], event_id: str | None) -> bytes:
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {event}\ndata: {json.dumps(data)}\n\n".encode()
