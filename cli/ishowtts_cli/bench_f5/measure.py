"""Times of single utterances, and how many there are in a second."""

from collections.abc import Callable, Sequence

from ishowtts_cli.bench.numbers import summarise
from ishowtts_cli.bench_f5.bench import Bench, comments, utterance
from ishowtts_cli.bench_f5.clock import DeviceClock, Seconds, in_turns
from ishowtts_cli.bench_f5.flops import step_flop
from ishowtts_cli.bench_f5.ours import Ours
from ishowtts_cli.bench_f5.results import Side, Throughput, Utterance
from ishowtts_cli.bench_f5.stock import Stock


def measure_utterance(
    bench: Bench,
    generated_s: float,
    stock_steps: int,
    our_steps: int,
    repeats: int,
    warmups: int = 1,
) -> Utterance:
    """One utterance at a time, stock and ours in turns."""
    stock, ours = in_turns(
        [
            _speaking(bench, bench.stock, generated_s, stock_steps),
            _speaking(bench, bench.ours, generated_s, our_steps),
        ],
        repeats,
        warmups=warmups,
    )
    frames = utterance(generated_s).frames
    return Utterance(
        generated_s=generated_s,
        frames=frames,
        stock_steps=stock_steps,
        our_steps=our_steps,
        stock=_side(stock),
        ours=_side(ours),
        step_gflop=step_flop(bench.ours.model.config, frames) / 1e9,
    )


def measure_throughput(
    bench: Bench, in_flight: int, generated_s: float, steps: int, repeats: int
) -> Throughput:
    """A few times as many comments as may be in flight, against the same ones one by one."""
    wanted = comments(max(8, 3 * in_flight), generated_s)
    few = wanted[: max(4, in_flight // 2)]  # stock's rate does not depend on how many there are
    clock = DeviceClock(bench.device)

    def ours() -> Sequence[Seconds]:
        began_s = clock.now_s()
        bench.ours.speak_side_by_side(bench.reference, wanted, steps, in_flight)
        return [clock.now_s() - began_s]

    def stock() -> Sequence[Seconds]:
        began_s = clock.now_s()
        for one in few:
            mel = bench.stock.sample(bench.reference, one.text, one.frames, steps, one.seed)
            bench.stock.decode(mel)
        return [clock.now_s() - began_s]

    warmups = 1 if bench.device == "cuda" else 0  # shapes of batches are new to it
    found = in_turns([ours, stock], repeats, warmups=warmups)
    ours_s, stock_s = (min(run[0] for run in runs) for runs in found)
    return Throughput(
        in_flight=in_flight,
        utterances=len(wanted),
        generated_s=generated_s,
        steps=steps,
        ours_per_s=len(wanted) / ours_s,
        stock_per_s=len(few) / stock_s,
    )


def _speaking(
    bench: Bench, side: Stock | Ours, generated_s: float, steps: int
) -> Callable[[], Sequence[Seconds]]:
    wanted = utterance(generated_s)
    clock = DeviceClock(bench.device)

    def speak() -> Sequence[Seconds]:
        began_s = clock.now_s()
        mel = side.sample(bench.reference, wanted.text, wanted.frames, steps, wanted.seed)
        sampled_s = clock.now_s()
        side.decode(mel)
        return sampled_s - began_s, clock.now_s() - began_s

    return speak


def _side(runs: Sequence[Sequence[Seconds]]) -> Side:
    sampling, whole = zip(*runs, strict=True)
    return Side(sampling=summarise(sampling), whole=summarise(whole))
