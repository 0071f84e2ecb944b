"""A short run of what `just chaos` does at length."""

from pathlib import Path

from tests.chaos.kills import VICTIMS, Plan, run


def test_no_promise_is_broken_when_each_process_is_killed_once(tmp_path: Path) -> None:
    plan = Plan(kills=len(VICTIMS), rate=20, pause_s=(1.0, 2.0))
    result = run(plan, tmp_path)
    assert result.report.violations == ()
    assert result.report.counts["accepted, spoken"] > 50
    assert set(result.killed) == set(VICTIMS)
    assert result.unannounced == 0
