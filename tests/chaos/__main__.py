"""Kill processes of a real pipeline at random moments, and check that no promise is broken."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.chaos.kills import VICTIMS, Plan, Run, run

SHOWN = 20


def main(argv: Sequence[str] | None = None) -> int:
    """Run one plan; 0 where no promise was broken."""
    options = _parser().parse_args(argv)
    plan = Plan(options.kills, options.rate, options.seed, victims=tuple(options.victims))
    with tempfile.TemporaryDirectory(prefix="ishowtts-chaos-") as folder:
        result = run(plan, Path(folder))
    text = json.dumps(asdict(result), indent=2) if options.json else _describe(plan, result)
    sys.stdout.write(f"{text}\n")
    return 0 if result.report.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="just chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", nargs="+", choices=VICTIMS, default=VICTIMS)
    parser.add_argument("--json", action="store_true")
    return parser


def _describe(plan: Plan, result: Run) -> str:
    killed = ", ".join(f"{role} {n}" for role, n in sorted(result.killed.items()))
    violations = result.report.violations
    lines = [
        f"{plan.kills} kills in {result.seconds:.0f} s at {plan.rate:g} messages/s: {killed}",
        *(f"  {count:>11,}  {name}" for name, count in result.report.counts.items()),
        f"  {result.unannounced:>11,}  ends that were not announced",
        *(f"BROKEN  {violation}" for violation in violations[:SHOWN]),
    ]
    if len(violations) > SHOWN:
        lines.append(f"... and {len(violations) - SHOWN} more")
    lines.append("FAILED" if violations else "no promise was broken")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
