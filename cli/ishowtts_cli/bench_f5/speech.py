"""Text in to first PCM out of the whole engine: alone, and while comments come at random."""

import random
import time
from collections import deque
from collections.abc import Sequence

from ishowtts_cli.bench.numbers import summarise
from ishowtts_cli.bench_f5.bench import REFERENCE_TEXT, Bench
from ishowtts_cli.bench_f5.clock import DeviceClock, Seconds, in_turns
from ishowtts_cli.bench_f5.results import FirstAudio, Load
from ishowtts_cli.bench_f5.stock import frames_of
from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.f5.options import FAST_STEPS

DANMAKU = ("你好", "主播晚上好呀", "今天的比赛真是太精彩了大家加油")
"""Of 2, 6 and 15 characters."""
COMMENT = "Nice one, well played!"
"""About 2 s."""
COMMENTS = (*DANMAKU, COMMENT)


class BenchJob:
    """A job that only remembers when its first audio came."""

    cancelled = False

    def __init__(self, text: str, due_s: Seconds) -> None:
        self.utterance = Utterance(text, "bench")
        self.due_s = due_s
        self.first_s: Seconds | None = None
        self.ended = False
        self.error: Exception | None = None
        self.samples = 0

    def emit(self, pcm: bytes) -> None:
        self.first_s = self.first_s or time.perf_counter()
        self.samples += len(pcm) // 2

    def mark(self, chars: int) -> None:
        pass

    def finish(self) -> None:
        self.ended = True

    def fail(self, error: Exception) -> None:
        self.ended, self.error = True, error

    def latency_s(self) -> Seconds:
        """Raises what the engine failed with."""
        if self.error is not None or self.first_s is None:
            raise self.error or RuntimeError("there was no audio")
        return self.first_s - self.due_s


def measure_first_audio(
    bench: Bench, engine: F5Engine, text: str, repeats: int, warmups: int = 1
) -> FirstAudio:
    clock = DeviceClock(bench.device)
    whole = REFERENCE_TEXT + " " + text
    frames = frames_of(len(bench.clip) - 1, REFERENCE_TEXT, text)

    def ours() -> Sequence[Seconds]:
        job = BenchJob(text, clock.now_s())
        engine.admit(job)
        while not job.ended:
            engine.step()
        return [job.latency_s()]

    def stock() -> Sequence[Seconds]:
        began_s = clock.now_s()
        mel = bench.stock.sample(bench.clip, whole, frames, FAST_STEPS, 0)
        bench.stock.decode(mel).cpu()
        return [time.perf_counter() - began_s]

    our_runs, stock_runs = in_turns([ours, stock], repeats, warmups=warmups)
    return FirstAudio(
        characters=len(text),
        text=text,
        steps=FAST_STEPS,
        frames=frames,
        ours=summarise([run[0] for run in our_runs]),
        stock=summarise([run[0] for run in stock_runs]),
    )


def measure_load(engine: F5Engine, rate: float, utterances: int) -> Load:
    """Poisson arrivals; each waits for a row if there is none, and its waiting counts."""
    chance = random.Random(0)
    began_s = time.perf_counter()
    due_s = began_s
    jobs: list[BenchJob] = []
    for _ in range(utterances):
        due_s += chance.expovariate(rate)
        jobs.append(BenchJob(COMMENT, due_s))
    _serve(engine, jobs)
    spoken = [job for job in jobs if job.error is None]
    return Load(
        rate=rate,
        seconds=time.perf_counter() - began_s,
        utterances=utterances,
        generated_s=spoken[0].samples / engine.sample_rate_hz if spoken else 0.0,
        steps=FAST_STEPS,
        rows=engine.slots,
        first_audio=summarise([job.latency_s() for job in spoken]),
        failed=len(jobs) - len(spoken),
    )


def _serve(engine: F5Engine, jobs: Sequence[BenchJob]) -> None:
    """As the synth's worker does: take while there are slots, step while there is work."""
    coming, running = deque(jobs), list[BenchJob]()
    while coming or running:
        while coming and coming[0].due_s <= time.perf_counter() and len(running) < engine.slots:
            running.append(coming.popleft())
            engine.admit(running[-1])
        if running:
            engine.step()
            running = [job for job in running if not job.ended]
        else:
            time.sleep(max(0.0, coming[0].due_s - time.perf_counter()))
