"""Kills processes of a running pipeline at random moments, and waits until all have an end."""

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.history import Report, check, listen
from tests.chaos.load import SteadyChat
from tests.chaos.scene import Scene, open_scene
from tests.e2e.pipeline import FAST_QUEUE, wait_until

VICTIMS = ("ingest", "filter", "synth", "player", "broker")
TTL_S = 60.0
ENVIRONMENT = {
    **FAST_QUEUE,
    "ISHOWTTS__RUN__RESTART_MAX_S": "0.5",
    "ISHOWTTS__FILTER__QUEUE__CAPACITY": "10000",
    "ISHOWTTS__FILTER__QUEUE__RATE_LIMIT_PER_SEC": "0",
}


@dataclass(frozen=True)
class Plan:
    """A run.

    Attributes:
        kills: How many.
        rate: Messages a second.
        seed: Of victims and moments.
        pause_s: Between kills, from and to.
        victims: Who may die.
    """

    kills: int = 50
    rate: float = 50.0
    seed: int = 1
    pause_s: tuple[float, float] = (2.0, 6.0)
    victims: tuple[str, ...] = VICTIMS


@dataclass(frozen=True)
class Run:
    """What came of a plan.

    Attributes:
        killed: How often who died.
        unannounced: Accepted messages that ended and whose `ChatEnded` nobody heard.
    """

    report: Report
    killed: dict[str, int]
    seconds: float
    unannounced: int


def run(plan: Plan, folder: Path) -> Run:
    """Start a pipeline, chat, kill, let it come to rest, and check its history."""
    started = time.monotonic()
    with open_scene(folder, **ENVIRONMENT) as scene:
        chat = SteadyChat(scene.recorder, plan.rate)
        chat.start()
        killed = _kill(plan, scene)
        time.sleep(max(plan.pause_s))
        chat.stop()
        scene.come_to_rest()
        heard = listen(scene.recorder.audio)
        report = check(set(chat.published), scene.journal, heard, TTL_S)
        return Run(report, killed, time.monotonic() - started, scene.unannounced())


def _kill(plan: Plan, scene: Scene) -> dict[str, int]:
    dice = random.Random(plan.seed)
    # Each as often as any other, in random order.
    turns = [plan.victims[number % len(plan.victims)] for number in range(plan.kills)]
    dice.shuffle(turns)
    for role in turns:
        time.sleep(dice.uniform(*plan.pause_s))
        wait_until(lambda role=role: scene.processes().get(role), f"a living {role}").kill()
    return dict(Counter(turns))
