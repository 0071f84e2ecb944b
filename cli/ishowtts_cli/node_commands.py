"""Telling one node of a running pipeline to do something."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ishowtts_bus import Bus
from ishowtts_cli.client import connected, run_async
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_schemas import Command, Part
from ishowtts_schemas.topics import NODE_COMMAND

T = TypeVar("T")

ANSWER_TIMEOUT_S = 10.0


def with_pipeline(config: Path | None, work: Callable[[Bus, Directory], Awaitable[T]]) -> T:
    """Do something with a connection and all that is retained.

    Raises:
        CliError: There is no broker.
    """
    broker = load_settings(config).broker

    async def connect_and_work() -> T:
        async with connected(broker) as bus:
            directory = Directory()
            await directory.follow(bus)
            return await work(bus, directory)

    return run_async(connect_and_work())


def all_ready(directory: Directory, kind: str) -> list[str]:
    """Instances of a kind that can be asked.

    Raises:
        CliError: There is none.
    """
    ready = directory.ready_instances(kind)
    if not ready:
        raise CliError(f"no {kind} node is ready; `ishowtts status` shows what is")
    return ready


def one_ready(directory: Directory, kind: str, instance: str | None) -> str:
    """The one instance that is meant.

    Raises:
        CliError: There is none, or nobody said which.
    """
    ready = all_ready(directory, kind)
    if instance is None and len(ready) > 1:
        text = f"several {kind} nodes run, choose one with --instance: {', '.join(ready)}"
        raise CliError(text, ExitCode.USAGE)
    if instance is not None and instance not in ready:
        raise CliError(f"no {kind} node {instance!r} is ready; ready: {', '.join(ready)}")
    return instance or ready[0]


def checked(kind: type[Part], **fields: Any) -> dict[str, Any]:
    """The arguments of a command, once they are known to be valid; without what is None.

    Raises:
        CliError: One is not.
    """
    # Arguments that are not UTF-8 reach Python as lone surrogates, which no message may hold.
    given = {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in fields.items()
        if value is not None
    }
    try:
        msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$.")
        raise CliError(f"{where.rstrip('`')}: {_lower(text)}", ExitCode.USAGE) from None
    return given


async def ask(
    bus: Bus, where: tuple[str, str], name: str, kind: type[T], args: dict[str, Any]
) -> T:
    """Send a command and read its answer.

    Args:
        bus: Connected.
        where: Kind and instance of the node.
        name: Of the command.
        kind: Of the answer.
        args: Checked.

    Raises:
        CliError: The node will not.
        BusTimeoutError: It does not answer.
    """
    node, instance = where
    command = Command(name=name, args=args)
    reply = await bus.request(
        NODE_COMMAND, command, timeout_s=ANSWER_TIMEOUT_S, node=node, instance=instance
    )
    if not reply.ok:
        wrong = reply.code == "bad_request"
        raise CliError(reply.error, ExitCode.USAGE if wrong else ExitCode.FAILED)
    return msgspec.convert(reply.result, kind)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
