"""A moderator deletes what is being spoken: how long until listeners are told to be silent."""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.chaos.live_twitch import LiveTwitch, on_air
from tests.chaos.scene import open_scene
from tests.e2e.pipeline import EventStream, wait_until

TEXT = "sentence {} goes on for long enough that somebody may delete it while it is being heard"
ENVIRONMENT = {
    "ISHOWTTS__FILTER__QUEUE__RATE_LIMIT_PER_SEC": "0",
    "ISHOWTTS__FILTER__COPYPASTA__WINDOW_S": "0",
}
SILENT_WITHIN_S = 5.0


@dataclass(frozen=True)
class Silence:
    """From the platform's deletion to the listeners' order to stop, in milliseconds.

    Attributes:
        missed: Deleted messages that were heard to their end.
    """

    trials: int
    missed: int
    p50_ms: float
    p99_ms: float
    max_ms: float


def run(trials: int, folder: Path, seed: int = 1) -> Silence:
    """Let a message begin, delete it at a random moment, and hear when it stops."""
    dice = random.Random(seed)
    with on_air() as twitch, open_scene(folder, **ENVIRONMENT, **twitch.environment) as scene:
        wait_until(lambda: twitch.is_read, "a channel that is read")
        stream = scene.pipeline.listen()
        waits = [_trial(twitch, stream, n, dice.uniform(0.0, 0.8)) for n in range(trials)]
        stream.close()
    told = sorted(1000 * wait for wait in waits if wait is not None)
    cuts = quantiles(told, n=100)
    return Silence(trials, trials - len(told), cuts[49], cuts[98], told[-1])


def _trial(twitch: LiveTwitch, stream: EventStream, number: int, heard_s: float) -> float | None:
    """Seconds from the deletion to the stop; None where it was not stopped."""
    message_id = twitch.say(TEXT.format(number), f"ann{number}")
    (start,) = stream.wait_for("audio_start", message_id=message_id)
    utterance_id = start.data["utterance_id"]
    time.sleep(heard_s)
    deleted = time.monotonic()
    twitch.delete(message_id)
    try:
        stops = wait_until(
            lambda: stream.of("audio_stop", utterance_id=utterance_id, reason="cancelled"),
            "silence",
            SILENT_WITHIN_S,
        )
    except TimeoutError:
        return None
    return stops[0].at_s - deleted
