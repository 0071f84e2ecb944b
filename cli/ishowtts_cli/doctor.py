"""`ishowtts doctor`: whether the embedded pipeline can run here, and what to do where not."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ishowtts_bus import BrokerSettings, BusError, SettingsError
from ishowtts_bus.addresses import is_loopback
from ishowtts_cli.client import connected
from ishowtts_cli.directory import Directory
from ishowtts_cli.engine_findings import check_engines, check_gpu
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.findings import (
    Finding,
    check_audio,
    check_bridge_ports,
    check_mosquitto,
    check_packages,
    check_posture,
    check_python,
)
from ishowtts_cli.sections import Configuration, load_settings

_MARKS = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}


def doctor(config: Path | None, *, as_json: bool) -> int:
    """Look, print, and return 1 where the embedded pipeline cannot run."""
    findings: list[Finding] = []
    for finding in examine(config):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
    failed = any(finding.level == "fail" for finding in findings)
    return ExitCode.FAILED if failed else ExitCode.OK


def examine(config: Path | None) -> Iterator[Finding]:
    """Every finding, cheap checks first; without a configuration those that need none."""
    yield from check_python()
    yield from check_packages()
    try:
        configuration = load_settings(config)
    except SettingsError as error:
        yield Finding(about="config", level="fail", text=str(error), fix="mend the configuration")
    else:
        where = str(configuration.loaded.path or "built-in defaults")
        yield Finding(about="config", level="ok", text=where)
        yield from _check_configured(configuration)
    yield from check_audio()
    yield from check_gpu()


def _check_configured(configuration: Configuration) -> Iterator[Finding]:
    yield from check_posture(configuration)
    yield from check_engines(configuration)
    yield from check_mosquitto(configuration.broker)
    pipeline = asyncio.run(_check_pipeline(configuration.broker))
    yield from pipeline
    if not any(finding.about == "pipeline" and finding.level == "ok" for finding in pipeline):
        yield from check_bridge_ports(configuration)


async def _check_pipeline(broker: BrokerSettings) -> list[Finding]:
    where = f"{broker.host}:{broker.port}"
    directory = Directory()
    try:
        async with connected(broker) as bus:
            await directory.follow(bus)
    except (CliError, BusError) as error:
        return [_no_broker(broker, str(error))]
    found = Finding(about="broker", level="ok", text=f"{where} answers")
    return [found, _pipeline_finding(directory)]


def _no_broker(broker: BrokerSettings, text: str) -> Finding:
    if broker.managed and is_loopback(broker.host):
        fix = "nothing to do: `ishowtts run-all` starts it"
    else:
        fix = f"start your broker at {broker.host}:{broker.port}, or set [broker] host and port"
    return Finding(about="broker", level="warn", text=text.partition(";")[0], fix=fix)


def _pipeline_finding(directory: Directory) -> Finding:
    states = directory.nodes.states
    ready = [f"{one.node} {one.instance}" for one in states if one.health == "ready"]
    dead = [one for one in states if one.health != "ready"]
    if not ready:
        return Finding(about="pipeline", level="ok", text="no node is running")
    lacking = [k for k in ("ingest", "filter", "synth", "player") if not directory.is_ready(k)]
    if lacking:
        text = f"no {', no '.join(lacking)} is ready"
        return Finding(about="pipeline", level="warn", text=text, fix="see `ishowtts status`")
    if not any(synth.voices for synth in directory.ready_synths()):
        fix = "give one to an engine that clones: `ishowtts voices add`"
        return Finding(about="pipeline", level="warn", text="no synth has a voice yet", fix=fix)
    more = f"; {len(dead)} gone" if dead else ""
    return Finding(about="pipeline", level="ok", text=f"ready: {', '.join(sorted(ready))}{more}")


def _print(finding: Finding) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    line = f"{_MARKS[finding.level]} {escape(f'{finding.about:<18} {finding.text}')}"
    console.print(line)
    if finding.fix:
        console.print(f"{'':<24}[dim]-> {escape(finding.fix)}[/]")
