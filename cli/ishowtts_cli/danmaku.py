"""`ishowtts danmaku`: has channels read, or not, by a running pipeline."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ishowtts_bus import Bus
from ishowtts_cli.client import connected, run_async
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_schemas import ChannelInfo, ChannelStart, ChannelStop, ChannelStopped, Command, Part
from ishowtts_schemas.topics import NODE_COMMAND

T = TypeVar("T")

ANSWER_TIMEOUT_S = 10.0
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
    info = _run(config, lambda bus, known: start_channel(bus, known, wish, instance))
    sys.stdout.write(f"{info.platform} {info.channel}: {info.state}, room {info.room}\n")


def stop(platform: str, channel: str, instance: str | None, config: Path | None) -> None:
    """Have a channel read no more; one that is not read is no error.

    Raises:
        CliError: It can be no channel.
    """
    stopped = _run(config, lambda bus, known: stop_channel(bus, known, platform, channel, instance))
    told = "stopped" if stopped.channel else "was not read"
    sys.stdout.write(f"{platform} {stopped.channel or channel}: {told}\n")


def show(instance: str | None, config: Path | None, *, as_json: bool) -> None:
    """Print the channels that are read.

    Raises:
        CliError: No ingest node answers.
    """
    rows = _run(config, lambda bus, known: list_channels(bus, known, instance))
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
    node = _one_ingest(directory, instance)
    args = _checked(
        ChannelStart,
        platform=wish.platform,
        channel=wish.channel,
        room=wish.room,
        voice=wish.voice,
        engine=wish.engine,
    )
    return await _ask(bus, node, "start", ChannelInfo, args)


async def stop_channel(
    bus: Bus, directory: Directory, platform: str, channel: str, instance: str | None = None
) -> ChannelStopped:
    """Tell an ingest node to read a channel no more.

    Raises:
        CliError: It can be no channel.
    """
    node = _one_ingest(directory, instance)
    args = _checked(ChannelStop, platform=platform, channel=channel)
    return await _ask(bus, node, "stop", ChannelStopped, args)


async def list_channels(
    bus: Bus, directory: Directory, instance: str | None = None
) -> list[ChannelInfo]:
    """The channels of one ingest node, or of all.

    Raises:
        CliError: It does not answer, or there is none.
    """
    nodes = [_one_ingest(directory, instance)] if instance else _ingests(directory)
    answers = [await _ask(bus, node, "list", list[ChannelInfo], {}) for node in nodes]
    return [info for rows in answers for info in rows]


def _run(config: Path | None, work: Callable[[Bus, Directory], Awaitable[T]]) -> T:
    broker = load_settings(config).broker

    async def connect_and_work() -> T:
        async with connected(broker) as bus:
            directory = Directory()
            await directory.follow(bus)
            return await work(bus, directory)

    return run_async(connect_and_work())


def _ingests(directory: Directory) -> list[str]:
    """Instances that can be asked."""
    ready = directory.ready_instances(INGEST)
    if not ready:
        raise CliError("no ingest node is ready; `ishowtts status` shows what is")
    return ready


def _one_ingest(directory: Directory, instance: str | None) -> str:
    ready = _ingests(directory)
    if instance is None and len(ready) > 1:
        text = f"several ingest nodes run, choose one with --instance: {', '.join(ready)}"
        raise CliError(text, ExitCode.USAGE)
    if instance is not None and instance not in ready:
        raise CliError(f"no ingest node {instance!r} is ready; ready: {', '.join(ready)}")
    return instance or ready[0]


def _checked(kind: type[Part], **fields: str | None) -> dict[str, Any]:
    """The arguments of a command, once they are known to be valid."""
    # Arguments that are not UTF-8 reach Python as lone surrogates, which no message may hold.
    given = {
        name: value.encode("utf-8", "replace").decode()
        for name, value in fields.items()
        if value is not None
    }
    try:
        msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$.")
        raise CliError(f"{where.rstrip('`')}: {_lower(text)}", ExitCode.USAGE) from None
    return given


async def _ask(bus: Bus, instance: str, name: str, kind: type[T], args: dict[str, Any]) -> T:
    where = {"node": INGEST, "instance": instance}
    command = Command(name=name, args=args)
    reply = await bus.request(NODE_COMMAND, command, timeout_s=ANSWER_TIMEOUT_S, **where)
    if not reply.ok:
        wrong = reply.code == "bad_request"
        raise CliError(reply.error, ExitCode.USAGE if wrong else ExitCode.FAILED)
    return msgspec.convert(reply.result, kind)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
