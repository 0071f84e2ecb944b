"""Channels are started and stopped while everything runs, by HTTP and by command."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.e2e.pipeline import FAST_QUEUE, EventStream, Pipeline, wait_until
from tests.fakes.fake_twitch import FakeTwitch

T = TypeVar("T")
SOON_S = 20.0
START, STOP = "/api/danmaku/start", "/api/danmaku/stop"
ENQUEUE = "/api/danmaku/enqueue"


class Twitch:
    """The fake in a thread of its own."""

    def __init__(self) -> None:
        self.fake = FakeTwitch()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-twitch")

    def start(self) -> None:
        self._thread.start()
        self._do(self.fake.start())

    def stop(self) -> None:
        self._do(self.fake.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SOON_S)
        self._loop.close()

    def say(self, channel: str, text: str) -> None:
        """Somebody writes, once the channel is read."""
        wait_until(lambda: self.fake.reading(channel), f"a reader of {channel}")
        self._do(self.fake.say(channel, text))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SOON_S)


@pytest.fixture(scope="module")
def twitch() -> Iterator[Twitch]:
    twitch = Twitch()
    twitch.start()
    yield twitch
    twitch.stop()


@pytest.fixture(scope="module")
def pipeline(twitch: Twitch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    url = {"ISHOWTTS__INGEST__TWITCH_IRC__URL": twitch.fake.url}
    pipeline = Pipeline(tmp_path_factory.mktemp("channels"), **FAST_QUEUE, **url)
    pipeline.start()
    yield pipeline
    pipeline.stop()


def post(pipeline: Pipeline, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    status, answer, _ = pipeline.request("POST", path, body)
    return status, json.loads(answer or b"null")


def listed(pipeline: Pipeline) -> dict[str, tuple[str, str]]:
    """Room and state by channel, as the command prints it."""
    finished = pipeline.cli("danmaku", "list", "--json")
    assert finished.returncode == 0, finished.stderr
    return {row["channel"]: (row["room"], row["state"]) for row in json.loads(finished.stdout)}


def heard(stream: EventStream, text: str) -> None:
    """Wait until a chat message is spoken to the end."""
    (chat,) = stream.wait_for("chat", text=text)
    stream.wait_for("chat_ended", message_id=chat.data["message_id"], outcome="spoken")


def test_a_channel_that_http_started_is_spoken_until_a_command_stops_it(
    pipeline: Pipeline, twitch: Twitch, stream: EventStream
) -> None:
    wish = {"platform": "Twitch", "channel": "https://www.twitch.tv/Ann"}
    assert post(pipeline, START, wish) == (202, {"status": "started", "channel": "ann"})
    assert post(pipeline, START, wish)[0] == 409
    twitch.say("ann", "green garden")
    heard(stream, "green garden")
    assert listed(pipeline) == {"ann": ("main", "reading")}

    os.kill(pipeline.pid_of("ingest"), signal.SIGKILL)
    wait_until(lambda: not twitch.fake.reading("ann"), "the end of the old reader")
    twitch.say("ann", "after the crash")
    heard(stream, "after the crash")

    finished = pipeline.cli("danmaku", "stop", "twitch", "ann")
    assert (finished.returncode, finished.stdout) == (0, "twitch ann: stopped\n")
    wait_until(lambda: not twitch.fake.reading("ann"), "the end of reading")
    assert listed(pipeline) == {}
    assert post(pipeline, STOP, wish) == (200, {"status": "idle", "channel": None})


def test_a_channel_that_a_command_started_is_stopped_over_http(
    pipeline: Pipeline, twitch: Twitch
) -> None:
    games = pipeline.listen("games")
    finished = pipeline.cli("danmaku", "start", "twitch", "bea", "--room", "games")
    assert finished.returncode == 0, finished.stderr
    twitch.say("bea", "blue river")
    heard(games, "blue river")
    games.close()
    again = pipeline.cli("danmaku", "start", "twitch", "bea")
    assert (again.returncode, again.stderr) == (1, "ishowtts: bea is read already\n")
    assert "bea" in pipeline.cli("status").stdout
    assert post(pipeline, STOP, {"platform": "twitch", "channel": "bea"})[0] == 202
    wait_until(lambda: not twitch.fake.reading("bea"), "the end of reading")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"platform": "twitch", "channel": "a\r\nJOIN #b"}, 400),
        ({"platform": "mixer", "channel": "ann"}, 400),
        ({"platform": "twitch", "channel": "ann", "engine": "f5"}, 400),
        ({"platform": "twitch", "channel": "ann", "voice_id": "nobody"}, 404),
        ({"platform": "twitch"}, 422),
    ],
)
def test_what_cannot_be_started_has_the_right_status(
    pipeline: Pipeline, body: dict[str, Any], status: int
) -> None:
    assert post(pipeline, START, body)[0] == status
    assert listed(pipeline) == {}


def test_an_uploaded_message_is_spoken_once_and_a_link_is_not(
    pipeline: Pipeline, stream: EventStream
) -> None:
    upload = {
        "id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "platform": "Twitch",
        "channel": "cleo",
        "username": "Dan",
        "priority": "Normal",
        "content": {"Text": "open door"},
        "metadata": {},
        "timestamp": "2024-05-06T07:08:09Z",
    }
    first = post(pipeline, ENQUEUE, upload)
    assert (first[0], first[1]["status"]) == (202, "accepted")
    assert post(pipeline, ENQUEUE, upload) == first
    heard(stream, "open door")
    assert len(stream.of("audio_start", message_id=upload["id"])) == 1
    blank = {**upload, "id": "blank", "content": {"Text": "  "}}
    assert post(pipeline, ENQUEUE, blank)[0] == 204


def test_the_file_of_channels_is_empty_when_all_are_stopped(pipeline: Pipeline) -> None:
    path = Path(pipeline.folder) / "data" / "ingest-1" / "channels.json"
    assert json.loads(path.read_text()) == {}
