import threading
import time
from collections.abc import Callable
from unittest.mock import create_autospec

import pytest

from ishowtts_schemas import SAMPLE_BYTES
from ishowtts_synth.audio import open_audio_path
from ishowtts_synth.jobs import ActiveJob, JobDesk, SynthJob
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.shared_jobs import SharedJobs
from tests.synth.fakes import SOON_S, speech_request

SETTINGS = SynthSettings(buffer_ms=100, sample_rate_hz=16_000, hang_s=10.0)
FULL_BYTES = SAMPLE_BYTES * 1_600
DESK = create_autospec(JobDesk, instance=True)


class Stage:
    """Shared jobs, and a thread that waits for room as the engine's does."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.jobs = SharedJobs(SETTINGS, time.time_ns, lambda: self.now_s)
        self.got_room: bool | None = None

    def speak(self, utterance_id: str) -> ActiveJob:
        self.jobs.add(SynthJob(speech_request(utterance_id), None, 0.0))
        active, late = self.jobs.take(self._activate)
        assert active is not None
        assert not late
        return active

    def wait_for_room(self, job: ActiveJob, size: int) -> threading.Thread:
        def wait() -> None:
            self.got_room = self.jobs.reserve(job, size)

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        return thread

    def _activate(self, job: SynthJob) -> ActiveJob:
        return ActiveJob(job, open_audio_path(16_000, 16_000), DESK, lambda: self.now_s)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_full_buffer_holds_the_engine_until_the_broker_takes_something(stage: Stage) -> None:
    job = stage.speak("a")
    assert stage.jobs.reserve(job, FULL_BYTES)
    waiting = stage.wait_for_room(job, 2)
    waiting.join(0.05)
    assert waiting.is_alive()
    stage.jobs.release(2)
    waiting.join(SOON_S)
    assert stage.got_room is True


@pytest.mark.parametrize(
    "call_off", [lambda jobs: jobs.cancel("a", None), lambda jobs: jobs.abandon()]
)
def test_what_nobody_wants_any_more_does_not_wait_for_room(
    stage: Stage, call_off: Callable[[SharedJobs], None]
) -> None:
    job = stage.speak("a")
    assert stage.jobs.reserve(job, FULL_BYTES)
    waiting = stage.wait_for_room(job, 2)
    waiting.join(0.05)
    call_off(stage.jobs)
    waiting.join(SOON_S)
    assert stage.got_room is False


def test_only_an_engine_with_work_hangs(stage: Stage) -> None:
    stage.now_s = 60.0
    assert not stage.jobs.hang
    stage.jobs.moved()
    job = stage.speak("a")
    assert not stage.jobs.hang
    stage.now_s += SETTINGS.hang_s
    assert stage.jobs.hang
    stage.jobs.end(job)
    assert not stage.jobs.hang


def test_a_job_ends_once(stage: Stage) -> None:
    job = stage.speak("a")
    assert stage.jobs.end(job)
    assert not stage.jobs.end(job)
    assert stage.jobs.active == []


def test_closed_jobs_hand_out_nothing_more(stage: Stage) -> None:
    spoken = stage.speak("a")
    stage.jobs.add(SynthJob(speech_request("b"), None, 0.0))
    assert [job.request.utterance_id for job in stage.jobs.close()] == ["b"]
    assert stage.jobs.wait_for_work(), "what is spoken may end"
    stage.jobs.end(spoken)
    assert not stage.jobs.wait_for_work()
