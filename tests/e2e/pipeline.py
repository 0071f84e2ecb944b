"""The whole pipeline in real processes, as `ishowtts run-all` starts it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.broker import free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
SOON_S = 20.0
FAST_QUEUE = {"ISHOWTTS__FILTER__QUEUE__LEAD_S": "0"}


def wait_until(condition: Callable[[], Any], what: str, timeout_s: float = SOON_S) -> Any:
    """The condition's first true value.

    Raises:
        TimeoutError: It stayed false.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise TimeoutError(f"{what} did not happen within {timeout_s} s")


@dataclass(frozen=True)
class Event:
    """One server-sent event, and when it came, in monotonic seconds."""

    id: str
    name: str
    data: dict[str, Any]
    at_s: float


class EventStream:
    """A listener of the bridge, reading in a thread of its own."""

    def __init__(self, port: int, room: str = "main", last_event_id: str = "") -> None:
        self.events: list[Event] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON_S)
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        self._connection.request("GET", f"/api/danmaku/stream?room={room}", headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.status == 200, self._response.read()
        assert self._response.headers.get_content_type() == "text/event-stream"
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.wait_for("hello")

    def of(self, name: str, **fields: Any) -> list[Event]:
        """Events of one name whose data has these fields."""
        return [
            event
            for event in list(self.events)
            if event.name == name and all(event.data.get(k) == v for k, v in fields.items())
        ]

    def wait_for(self, name: str, count: int = 1, **fields: Any) -> list[Event]:
        return wait_until(
            lambda: found if len(found := self.of(name, **fields)) >= count else None,
            f"{count} x {name} {fields}",
        )

    def pcm(self, utterance_id: str) -> bytes:
        """Audio of one utterance as a listener plays it, repeats left out."""
        import base64

        audio = bytearray()
        for event in self.of("audio_chunk", utterance_id=utterance_id):
            chunk = base64.b64decode(event.data["pcm"])
            known = len(audio) - 2 * event.data["offset"]
            assert known >= 0, "a gap in the audio"
            audio += chunk[known:]
        return bytes(audio)

    def close(self) -> None:
        """Hang up; the reader ends with it."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(STOP_TIMEOUT_S)
        self._response.close()
        self._connection.close()

    def _read(self) -> None:
        try:
            for event in parse_events(iter(self._response.readline, b"")):
                self.events.append(event)
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # closed by a side


def parse_events(lines: Iterator[bytes]) -> Iterator[Event]:
    """Server-sent events, without comments and retry times."""
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if not text:
            if "data" in fields:
                data = json.loads(fields["data"])
                name = fields.get("event", "message")
                yield Event(fields.get("id", ""), name, data, time.monotonic())
            fields = {}
        elif not text.startswith(":"):
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")


class Pipeline:
    """`ishowtts run-all` on free ports."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.broker_port = int(environment.get("ISHOWTTS__BROKER__PORT", 0)) or free_port()
        self.http_port = free_port()
        self.output: list[str] = []
        self._environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith("ISHOWTTS_")
            },
            "ISHOWTTS__BROKER__PORT": str(self.broker_port),
            "ISHOWTTS__PLAYER__PORT": str(self.http_port),
            "ISHOWTTS__RUN__DATA_DIR": str(folder / "data"),
            "ISHOWTTS__RUN__RESTART_FIRST_S": "0.2",
            **environment,
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and wait until every node is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ishowtts_cli", "run-all"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._collector = threading.Thread(target=self._collect, args=(self._process,), daemon=True)
        self._collector.start()
        try:
            wait_until(self._ready, "a pipeline that is ready", START_TIMEOUT_S)
        except TimeoutError:
            self.stop()
            raise AssertionError("\n".join(self.output)) from None

    def stop(self) -> float:
        """SIGTERM; returns how long it took."""
        if self._process is None:
            return 0.0
        started = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError("run-all did not stop\n" + "\n".join(self.output)) from None
        elapsed_s = time.monotonic() - started
        self._reap(self._process)
        self._process = None
        return elapsed_s

    def kill(self) -> None:
        """SIGKILL to the supervisor alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._reap(self._process)
        self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an `ishowtts` command against this pipeline."""
        return subprocess.run(
            [sys.executable, "-m", "ishowtts_cli", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def listen(self, room: str = "main", last_event_id: str = "") -> EventStream:
        return EventStream(self.http_port, room, last_event_id)

    def request(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=60)
        payload = None if body is None else json.dumps(body).encode()
        if payload is not None:
            headers.setdefault("content-type", "application/json")
        connection.request(method, path, payload, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer, response.headers

    def publish(self, payload: bytes | str, room: str = "main", topic: str = "text") -> None:
        """Publish as a foreign app does: paho, no schema of ours."""
        from paho.mqtt import publish

        publish.single(f"ishowtts/v1/{topic}/{room}", payload, qos=1, port=self.broker_port)

    def pid_of(self, node: str) -> int:
        """The process of a node, from its presence."""
        status = json.loads(self.cli("status", "--json").stdout)
        return next(row["pid"] for row in status["nodes"] if row["node"] == node)

    def _reap(self, process: subprocess.Popen[str]) -> None:
        self._collector.join(STOP_TIMEOUT_S)
        assert process.stdout is not None
        process.stdout.close()

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError("run-all ended\n" + "\n".join(self.output))
        try:
            return self.request("GET", "/ready")[0] == 200
        except OSError:
            return False

    def _collect(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line.rstrip())
