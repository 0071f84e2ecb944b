"""Torment a real pipeline of its own, and check that no promise is broken."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos import deletion, flood, isolation, kills, outage


def main(argv: Sequence[str] | None = None) -> int:
    """Run one scenario and print what came of it as JSON; 0 where no promise was broken."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="ishowtts-chaos-") as folder:
        result, kept = _SCENARIOS[options.scenario](options, Path(folder))
    sys.stdout.write(json.dumps(asdict(result), indent=2, default=list) + "\n")
    sys.stdout.write("no promise was broken\n" if kept else "BROKEN\n")
    return 0 if kept else 1


def _kills(options: argparse.Namespace, folder: Path) -> tuple[Any, bool]:
    plan = kills.Plan(options.kills, options.rate, options.seed, victims=tuple(options.victims))
    run = kills.run(plan, folder)
    return run, run.report.passed


def _outage(options: argparse.Namespace, folder: Path) -> tuple[Any, bool]:
    run = outage.run(options.away_s, folder)
    return run, run.report.passed


def _flood(_options: argparse.Namespace, folder: Path) -> tuple[Any, bool]:
    run = flood.run(flood.Raid(), folder)
    kept = run.accounted_for == run.sent and "open" not in run.outcomes
    return run, kept and run.paid_spoken == run.paid


def _deletion(options: argparse.Namespace, folder: Path) -> tuple[Any, bool]:
    run = deletion.run(options.trials, folder, options.seed)
    return run, not run.missed


def _isolation(options: argparse.Namespace, folder: Path) -> tuple[Any, bool]:
    run = isolation.run(options.utterances, folder)
    return run, run.passed


_SCENARIOS = {
    "kills": _kills,
    "outage": _outage,
    "flood": _flood,
    "deletion": _deletion,
    "isolation": _isolation,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="just chaos", description=__doc__)
    parser.add_argument("scenario", nargs="?", choices=_SCENARIOS, default="kills")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--victims", nargs="+", choices=kills.VICTIMS, default=kills.VICTIMS)
    parser.add_argument("--away-s", type=float, default=60.0, help="how long the broker is away")
    parser.add_argument("--trials", type=int, default=200, help="messages that are deleted")
    parser.add_argument("--utterances", type=int, default=200, help="of each of eight clients")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
