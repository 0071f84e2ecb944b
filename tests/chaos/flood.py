"""A raid: thousands of messages in seconds, and what becomes of them and of everybody else."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.chaos.live_twitch import LiveTwitch, on_air
from tests.chaos.load import SteadyChat
from tests.chaos.scene import Scene, open_scene
from tests.e2e.pipeline import wait_until

OTHER_ROOM = "other"
OTHER_RATE = 0.6
"""Slower than its texts are heard, so that nothing waits for its own listeners."""
LOOK_S = 30.0
MB = 1e6
ENVIRONMENT = {"ISHOWTTS__FILTER__QUEUE__RATE_LIMIT_PER_SEC": "0"}


@dataclass(frozen=True)
class Raid:
    """So many messages, evenly over so many seconds, every n-th of them paid."""

    messages: int = 2000
    seconds: float = 10.0
    paid_every: int = 50


@dataclass
class Watch:
    """What was seen meanwhile.

    Attributes:
        rss_mb: The most memory that each process had.
        pongs_s: How long each answer to a PING took.
    """

    rss_mb: dict[str, float] = field(default_factory=dict)
    pongs_s: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Flooded:
    """What came of a raid.

    Attributes:
        sent: Messages that the platform sent.
        outcomes: Of the journal's rows, and how many rows there are for each.
        paid_spoken: Paid messages that were spoken, of `paid`.
        quiet_ms: p50 and worst from a text to its audio, in the other room, before.
        flooded_ms: The same during the raid and shortly after.
    """

    sent: int
    outcomes: dict[str, int]
    paid: int
    paid_spoken: int
    rss_mb: dict[str, float]
    pong_max_ms: float
    quiet_ms: tuple[float, float]
    flooded_ms: tuple[float, float]

    @property
    def accounted_for(self) -> int:
        return sum(self.outcomes.values())


def run(raid: Raid, folder: Path) -> Flooded:
    """Start a pipeline that reads a channel, raid it, and wait until all have an end."""
    with on_air() as twitch, open_scene(folder, **ENVIRONMENT, **twitch.environment) as scene:
        wait_until(lambda: twitch.is_read, "a channel that is read")
        quiet_ms = _other_room(scene, "quiet", lambda: time.sleep(LOOK_S))
        watch, sent = Watch(), dict[str, bool]()
        watching = threading.Event()
        watcher = threading.Thread(target=_watch, args=(scene, twitch, watch, watching))
        watcher.start()
        flooded_ms = _other_room(scene, "flood", lambda: sent.update(_flood(raid, twitch)))
        scene.come_to_rest()
        watching.set()
        watcher.join()
        rows = {row.message_id: row.outcome for row in scene.journal if row.message_id in sent}
    paid = [message_id for message_id, is_paid in sent.items() if is_paid]
    return Flooded(
        sent=len(sent),
        outcomes=dict(Counter(outcome or "open" for outcome in rows.values())),
        paid=len(paid),
        paid_spoken=sum(rows.get(message_id) == "spoken" for message_id in paid),
        rss_mb=watch.rss_mb,
        pong_max_ms=1000 * max(watch.pongs_s),
        quiet_ms=quiet_ms,
        flooded_ms=flooded_ms,
    )


def _flood(raid: Raid, twitch: LiveTwitch) -> dict[str, bool]:
    """Send the raid; whether each message was paid, by its id."""
    sent: dict[str, bool] = {}
    began = time.monotonic()
    for number in range(raid.messages):
        paid = number % raid.paid_every == 0
        tags = {"bits": "100"} if paid else {}
        nick = f"raider{number % 700}"
        sent[twitch.say(f"wave {number} from the raid", nick, **tags)] = paid
        due = began + raid.seconds * number / raid.messages
        time.sleep(max(0.0, due - time.monotonic()))
    time.sleep(max(0.0, began + LOOK_S - time.monotonic()))
    return sent


def _other_room(scene: Scene, name: str, meanwhile: Callable[[], object]) -> tuple[float, float]:
    """Chat in another room; p50 and worst in ms from publishing to audio."""
    chat = SteadyChat(scene.recorder, OTHER_RATE, OTHER_ROOM, name)
    chat.start()
    meanwhile()
    chat.stop()
    wait_until(lambda: set(chat.published) <= set(scene.recorder.began_at_s), "audio of them all")
    began = scene.recorder.began_at_s
    waits = [1000 * (began[one] - left) for one, left in chat.published.items()]
    return median(waits), max(waits)


def _watch(scene: Scene, twitch: LiveTwitch, watch: Watch, done: threading.Event) -> None:
    while not done.wait(0.5):
        watch.pongs_s.append(twitch.ping())
        for role, process in scene.processes().items():
            rss_mb = process.memory_info().rss / MB
            watch.rss_mb[role] = max(rss_mb, watch.rss_mb.get(role, 0.0))
