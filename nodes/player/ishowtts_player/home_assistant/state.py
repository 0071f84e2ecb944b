"""What the entities show. Pure."""

from importlib.metadata import version

from ishowtts_player.directory import NodeDirectory
from ishowtts_player.rooms.room import Room
from ishowtts_schemas import HomePipeline, HomeRoom

NEEDED = ("ingest", "filter", "synth")


def pipeline_state(directory: NodeDirectory, url: str) -> HomePipeline:
    """Whether a text would be spoken."""
    missing = [kind for kind in NEEDED if not directory.ready(kind)]
    problem = "; ".join(f"{kind}: {directory.why_not(kind)}" for kind in missing)
    return HomePipeline(
        ready=not missing, problem=problem, address=url, version=version("ishowtts")
    )


def room_state(slug: str, room: Room | None) -> HomeRoom:
    """A room; one in which nothing happened is silent.

    Args:
        slug: Its name.
        room: None where nothing happened.
    """
    if room is None:
        return HomeRoom(room=slug, speaking=False, paused=False, queued=0, backlog_s=0, listeners=0)
    now = room.state()
    return HomeRoom(
        room=slug,
        speaking=now.now_playing is not None and not now.paused,
        paused=now.paused,
        queued=room.queued,
        backlog_s=round(now.backlog_ms / 1000),
        listeners=now.listeners,
    )
