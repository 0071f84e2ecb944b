"""`ishowtts status`: nodes, engines, voices, queue and rooms of a running pipeline."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from ishowtts_bus import BrokerSettings, Bus, BusError
from ishowtts_cli.client import connected, run_async
from ishowtts_cli.directory import Directory
from ishowtts_cli.report import StatusReport, build_report
from ishowtts_cli.sections import load_settings
from ishowtts_schemas import ChannelInfo, Command
from ishowtts_schemas.topics import NODE_COMMAND

ANSWER_TIMEOUT_S = 1.0
REFRESH_INTERVAL_S = 1.0


def status(config: Path | None, *, as_json: bool, watch: bool, voices: bool) -> None:
    """Print the state of the pipeline, once or until interrupted.

    Raises:
        CliError: There is no broker.
    """
    broker = load_settings(config).broker
    show = _print_json if as_json else _print_tables
    if watch and not as_json and sys.stdout.isatty():
        run_async(_watch(broker, voices=voices))
    else:
        run_async(_print(broker, show, repeat=watch, voices=voices))


async def read_report(bus: Bus, directory: Directory) -> StatusReport:
    """The state now."""
    queue, channels = await asyncio.gather(
        _read_queue(bus, directory), _read_channels(bus, directory)
    )
    return build_report(directory, queue, time.time_ns(), channels)


async def _read_queue(bus: Bus, directory: Directory) -> dict[str, Any] | None:
    """Ask the filter; None where none runs or it does not answer."""
    for instance in directory.ready_instances("filter"):
        return await _ask(bus, "filter", instance, "queue")
    return None


async def _read_channels(bus: Bus, directory: Directory) -> list[ChannelInfo]:
    """Ask every ingest node; those that do not answer read nothing that is known."""
    instances = directory.ready_instances("ingest")
    answers = await asyncio.gather(*(_ask(bus, "ingest", one, "list") for one in instances))
    return [msgspec.convert(row, ChannelInfo) for rows in answers for row in rows or ()]


async def _ask(bus: Bus, kind: str, instance: str, name: str) -> Any:
    """What a node answers; None where it does not."""
    ids = {"node": kind, "instance": instance}
    command = Command(name=name)
    try:
        reply = await bus.request(NODE_COMMAND, command, timeout_s=ANSWER_TIMEOUT_S, **ids)
    except BusError:
        return None
    return reply.result if reply.ok else None


async def _print(broker: BrokerSettings, show: Any, *, repeat: bool, voices: bool) -> None:
    async with connected(broker) as bus:
        directory = Directory()
        await directory.follow(bus)
        show(await read_report(bus, directory), voices=voices)
        while repeat:
            await asyncio.sleep(REFRESH_INTERVAL_S)
            show(await read_report(bus, directory), voices=voices)


def _print_json(report: StatusReport, **_options: bool) -> None:
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    sys.stdout.flush()


def _print_tables(report: StatusReport, *, voices: bool) -> None:
    from ishowtts_cli.tables import render, status_console

    status_console().print(render(report, voices=voices))


async def _watch(broker: BrokerSettings, *, voices: bool) -> None:
    from rich.live import Live

    from ishowtts_cli.tables import render, status_console

    async with connected(broker) as bus:
        directory = Directory()
        await directory.follow(bus)
        with Live(console=status_console(), auto_refresh=False, screen=True) as live:
            while True:
                report = await read_report(bus, directory)
                live.update(render(report, voices=voices), refresh=True)
                await asyncio.sleep(REFRESH_INTERVAL_S)
