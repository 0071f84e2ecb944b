"""`ishowtts f5 bench`: check parity, measure, print, write down; or only compare one ratio."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

import torch

from ishowtts_cli.bench.files import write_result
from ishowtts_cli.bench.machine import describe_machine
from ishowtts_cli.bench_f5.bench import REFERENCE_S, Bench, load, settings_for
from ishowtts_cli.bench_f5.checkpoints import write_random
from ishowtts_cli.bench_f5.gate import TOLERANCE, judge_ratio, store_ratio
from ishowtts_cli.bench_f5.goals import judge
from ishowtts_cli.bench_f5.measure import measure_utterance
from ishowtts_cli.bench_f5.parity import check_parity
from ishowtts_cli.bench_f5.results import BenchResult, Conditions, Parity
from ishowtts_cli.bench_f5.run import HEAVY, Plan, plan_for, run
from ishowtts_cli.bench_f5.stock import prepare
from ishowtts_cli.bench_f5.tables import print_conditions, print_parity, print_result
from ishowtts_cli.errors import CliError
from ishowtts_synth.errors import EngineError

GATE_REPEATS = 25


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    device: Literal["auto", "cpu", "cuda"]
    checkpoint: Path | None
    size: Literal["auto", "base", "tiny"]
    precision: Literal["auto", "fp32", "fp16"]
    threads: int
    graphs: bool = False
    quick: bool = False


def bench(wish: Wish, folder: Path, plan: Plan | None = None) -> int:
    """Measure everything, print it, and write `<time>.json` and `<time>.png` into the folder.

    Args:
        wish: What was asked for.
        folder: Made if it is missing.
        plan: None chooses by device and model.

    Raises:
        CliError: There is no such device, no stock, or ours does not say what stock says.
    """
    with _loaded(wish) as (loaded, conditions):
        plan = plan or plan_for(loaded.device, heavy=_is_heavy(loaded), quick=wish.quick)
        parity = _checked(loaded, conditions, plan)
        result = BenchResult(
            at=datetime.now(timezone.utc).isoformat("T", "seconds"),
            machine=describe_machine(),
            conditions=conditions,
            parity=parity,
            **run(loaded, plan, tell),
        )
    result.goals = judge(result)
    print_result(result)
    _write(result, folder)
    return 0


def gate(
    wish: Wish, *, store: bool = False, repeats: int = GATE_REPEATS, tolerance: float = TOLERANCE
) -> int:
    """Compare the ratio of a step's time to stock's with the one that is kept in the project.

    Args:
        wish: What was asked for.
        store: Keep what is found instead.
        repeats: Utterances of each, in turns.
        tolerance: How many times the kept ratio is allowed.

    Raises:
        CliError: Ours has become slower, or there is no ratio to compare with.
    """
    threads = wish.threads or 1  # or other work on the machine decides
    with _loaded(replace(wish, threads=threads)) as (loaded, conditions):
        _checked(loaded, conditions, HEAVY)
        found = measure_utterance(loaded, 2.0, 16, 16, repeats)
    ours = found.step_ms(found.ours, 16)
    ratio = ours / found.step_ms(found.stock, 16)
    key = f"{conditions.kind} {conditions.model} {conditions.precision}"
    tell(f"{key}: a step of ours takes {ratio:.3f} of stock's time, {ours:.1f} ms here")
    if store:
        store_ratio(key, ratio, conditions.torch)
    else:
        judge_ratio(key, ratio, tolerance=tolerance)
    return 0


def tell(text: str) -> None:
    sys.stderr.write(f"bench-f5: {text}\n")
    sys.stderr.flush()


@contextmanager
def _loaded(wish: Wish) -> Iterator[tuple[Bench, Conditions]]:
    """Both sides, of the checkpoint that was named or of random weights."""
    prepare()
    device = _device(wish.device)
    if wish.threads:
        torch.set_num_threads(wish.threads)
    with tempfile.TemporaryDirectory(prefix="ishowtts-f5-") as scratch:
        folder, weights = wish.checkpoint, "of the checkpoint"
        if folder is None:
            folder, weights = Path(scratch), "random"
            size = wish.size if wish.size != "auto" else ("base" if device == "cuda" else "tiny")
            tell(f"writing random weights ({size})")
            write_random(folder, size)
        tell("loading stock and ours")
        try:
            settings = settings_for(folder, device, wish.precision, graphs=wish.graphs)
            loaded = load(settings, device)
        except EngineError as error:
            raise CliError(str(error)) from None
        yield loaded, _conditions(loaded, weights, quick=wish.quick)


def _checked(loaded: Bench, conditions: Conditions, plan: Plan) -> list[Parity]:
    print_conditions(conditions)
    tell("comparing ours with stock")
    parity = check_parity(loaded, cases=plan.parity_cases)
    print_parity(parity)
    if not all(one.fine for one in parity):
        raise CliError("ours does not say what stock says: no speed is measured")
    return parity


def _device(wanted: str) -> Literal["cpu", "cuda"]:
    able = torch.cuda.is_available()
    if wanted == "cuda" and not able:
        raise CliError(f"torch {torch.__version__} sees no GPU here")
    return "cuda" if able and wanted != "cpu" else "cpu"


def _is_heavy(loaded: Bench) -> bool:
    """Whether a CPU would need minutes for an utterance."""
    return loaded.device == "cpu" and loaded.ours.model.config.arch.dim > 512  # noqa: PLR2004


def _conditions(loaded: Bench, weights: str, *, quick: bool) -> Conditions:
    model, cuda = loaded.ours.model, loaded.device == "cuda"
    return Conditions(
        device=torch.cuda.get_device_name() if cuda else "CPU",
        kind=loaded.device,
        torch=str(torch.__version__),
        cuda=torch.version.cuda,
        precision=str(loaded.dtype).removeprefix("torch."),
        graphs=loaded.settings.cuda_graphs,
        threads=torch.get_num_threads(),
        model=model.config.name,
        weights=weights,
        parameters_m=sum(one.numel() for one in model.parameters()) / 1e6,
        reference_s=REFERENCE_S,
        quick=quick,
    )


def _write(result: BenchResult, folder: Path) -> None:

    def draw(path: Path) -> None:
        from ishowtts_cli.bench_f5 import plot

        plot.draw(result, path)

    stem = folder / f"bench-f5-{result.at[:19].replace(':', '')}"
    write_result(result, stem, draw, tell)
