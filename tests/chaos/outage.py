"""The broker goes away for a while, and comes back."""

import time
from dataclasses import dataclass
from pathlib import Path

from tests.broker import MosquittoServer
from tests.chaos.history import Report, check, listen
from tests.chaos.kills import ENVIRONMENT, TTL_S
from tests.chaos.load import SteadyChat
from tests.chaos.scene import open_scene
from tests.e2e.pipeline import wait_until

RATE = 20.0
BEFORE_S = 5.0


@dataclass(frozen=True)
class Outage:
    """What came of it.

    Attributes:
        back_after_s: From the broker's return to the first new audio.
        cpu_percent: Of one core, of each process, while there was no broker.
    """

    report: Report
    away_s: float
    back_after_s: float
    cpu_percent: dict[str, float]


def run(away_s: float, folder: Path) -> Outage:
    """Chat all along; the broker is killed, and started again after a while."""
    broker = MosquittoServer(folder)
    broker.start()
    own_broker = {
        "ISHOWTTS__BROKER__MANAGED": "false",
        "ISHOWTTS__BROKER__PORT": str(broker.settings.port),
    }
    try:
        with open_scene(folder, **ENVIRONMENT, **own_broker) as scene:
            chat = SteadyChat(scene.recorder, RATE)
            chat.start()
            time.sleep(BEFORE_S)
            broker.kill()
            used = {role: sum(one.cpu_times()[:2]) for role, one in scene.processes().items()}
            time.sleep(away_s)
            cpu = {
                role: 100 * (sum(one.cpu_times()[:2]) - used[role]) / away_s
                for role, one in scene.processes().items()
                if role in used
            }
            known = set(scene.recorder.began_at_s)
            broker.start()
            back_s = time.monotonic()
            began = scene.recorder.began_at_s
            wait_until(lambda: began.keys() - known, "audio after the outage", 60)
            back_after_s = min(began[one] for one in began.keys() - known) - back_s
            time.sleep(BEFORE_S)
            chat.stop()
            scene.come_to_rest()
            report = check(set(chat.published), scene.journal, listen(scene.recorder.audio), TTL_S)
    finally:
        broker.kill()
    return Outage(report, away_s, back_after_s, cpu)
