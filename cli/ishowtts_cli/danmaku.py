"""`ishowtts danmaku`: has channels read, or not, by a running pipeline."""

import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ishowtts_bus import Bus
from ishowtts_cli.directory import Directory
from ishowtts_cli.node_commands import all_ready, ask, checked, one_ready, with_pipeline
from ishowtts_schemas import ChannelInfo, ChannelStart, ChannelStop, ChannelStopped

INGEST = "ingest"


@dataclass(frozen=True)
class Wish:
    """What is to be read, and how it is to be spoken."""

    platform: str
    channel: str
    room: str | None = None
    voice: str | None = None
    engine: str | None = None


def start(wish: Wish, instance: str | None, config: Path | None) -> None:
    """Have a channel read.

    Raises:
        CliError: It cannot be, or it is already.
    """
    info = with_pipeline(config, lambda bus, known: start_channel(bus, known, wish, instance))
    sys.stdout.write(f"{info.platform} {info.channel}: {info.state}, room {info.room}\n")


def stop(platform: str, channel: str, instance: str | None, config: Path | None) -> None:
    """Have a channel read no more; one that is not read is no error.

    Raises:
        CliError: It can be no channel.
    """
    stopped = with_pipeline(
        config, lambda bus, known: stop_channel(bus, known, platform, channel, instance)
    )
    told = "stopped" if stopped.channel else "was not read"
    sys.stdout.write(f"{platform} {stopped.channel or channel}: {told}\n")


def show(instance: str | None, config: Path | None, *, as_json: bool) -> None:
    """Print the channels that are read.

    Raises:
        CliError: No ingest node answers.
    """
    rows = with_pipeline(config, lambda bus, known: list_channels(bus, known, instance))
    if as_json:
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
    elif not rows:
        sys.stdout.write("no channel is read; start one with: ishowtts danmaku start\n")
    else:
        from ishowtts_cli.tables import channel_table, status_console

        status_console().print(channel_table(rows))


async def start_channel(
    bus: Bus, directory: Directory, wish: Wish, instance: str | None = None
) -> ChannelInfo:
    """Tell an ingest node to read a channel.

    Raises:
        CliError: It cannot, or no synth has the voice.
    """
    if (wish.voice or wish.engine) and directory.ready_synths():
        directory.choose(wish.voice, wish.engine)
    node = one_ready(directory, INGEST, instance)
    args = checked(
        ChannelStart,
        platform=wish.platform,
        channel=wish.channel,
        room=wish.room,
        voice=wish.voice,
        engine=wish.engine,
    )
    return await ask(bus, (INGEST, node), "start", ChannelInfo, args)


async def stop_channel(
    bus: Bus, directory: Directory, platform: str, channel: str, instance: str | None = None
) -> ChannelStopped:
    """Tell an ingest node to read a channel no more.

    Raises:
        CliError: It can be no channel.
    """
    node = one_ready(directory, INGEST, instance)
    args = checked(ChannelStop, platform=platform, channel=channel)
    return await ask(bus, (INGEST, node), "stop", ChannelStopped, args)


async def list_channels(
    bus: Bus, directory: Directory, instance: str | None = None
) -> list[ChannelInfo]:
    """The channels of one ingest node, or of all.

    Raises:
        CliError: It does not answer, or there is none.
    """
    nodes = [one_ready(directory, INGEST, instance)] if instance else all_ready(directory, INGEST)
    answers = [await ask(bus, (INGEST, node), "list", list[ChannelInfo], {}) for node in nodes]
    return [info for rows in answers for info in rows]
