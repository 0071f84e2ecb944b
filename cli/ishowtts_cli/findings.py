"""What `doctor` looks at on this machine, short of broker and engines: checks yield findings."""

import importlib.metadata
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import msgspec

from ishowtts_bus import BrokerSettings
from ishowtts_bus.addresses import is_loopback
from ishowtts_cli.errors import CliError
from ishowtts_cli.sections import Configuration
from ishowtts_cli.sinks import PLAYERS
from ishowtts_cli.supervisor.mosquitto import find_broker

Level = Literal["ok", "warn", "fail"]

PYTHON_MIN = (3, 10)
PYTHON_MAX = (3, 13)
PROGRAM_TIMEOUT_S = 10
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)[^;]*(?:;.*extra\s*==\s*['\"]([\w-]+)['\"])?")
_MOSQUITTO_VERSION = re.compile(r"mosquitto version (\S+)")
_NEEDED_EXTRAS = frozenset({"", "filter", "player"})
_TOLD_EXTRAS = ("", "filter", "chat", "player", "espeak", "bench")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report.

    Attributes:
        level: `fail` keeps the embedded pipeline from running, `warn` something else.
        fix: What to do, in one sentence.
    """

    about: str
    level: Level
    text: str
    fix: str = ""


def check_python() -> Iterator[Finding]:
    version = sys.version_info[:2]
    text = f"{platform.python_version()} on {platform.machine()}, {platform.system()}"
    if PYTHON_MIN <= version <= PYTHON_MAX:
        yield Finding(about="python", level="ok", text=text)
    else:
        wanted = f"{PYTHON_MIN[0]}.{PYTHON_MIN[1]} to {PYTHON_MAX[0]}.{PYTHON_MAX[1]}"
        yield Finding(about="python", level="fail", text=text, fix=f"use Python {wanted}")


def check_packages() -> Iterator[Finding]:
    for extra, packages in _packages_by_extra().items():
        versions = {name: _installed(name) for name in packages}
        missing = [name for name, version in versions.items() if version is None]
        about = f"packages {extra}".rstrip()
        if missing:
            level: Level = "fail" if extra in _NEEDED_EXTRAS else "warn"
            fix = f"pip install 'ishowtts[{extra}]'" if extra else "pip install ishowtts"
            yield Finding(about=about, level=level, text=f"missing {', '.join(missing)}", fix=fix)
        else:
            listed = ", ".join(f"{name} {version}" for name, version in versions.items())
            yield Finding(about=about, level="ok", text=listed)


def _packages_by_extra() -> dict[str, list[str]]:
    """Our own declared dependencies, the ones without an extra under the empty name."""
    found: dict[str, list[str]] = {extra: [] for extra in _TOLD_EXTRAS}
    for line in importlib.metadata.requires("ishowtts") or ():
        match = _REQUIREMENT.match(line)
        if match is None or "python_version" in line or "sys_platform ==" in line:
            continue
        extra = match[2] or ""
        if extra in found:
            found[extra].append(match[1])
    return found


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_audio() -> Iterator[Finding]:
    found = [name for name in PLAYERS if shutil.which(name)]
    if found:
        yield Finding(about="audio", level="ok", text=f"`ishowtts say` plays through {found[0]}")
    else:
        fix = f"install one of {', '.join(PLAYERS)}, or use `ishowtts say -o out.wav`"
        yield Finding(about="audio", level="warn", text="no program that plays audio", fix=fix)


def check_posture(configuration: Configuration) -> Iterator[Finding]:
    player, broker = configuration["player"], configuration.broker
    if is_loopback(player.host):
        yield Finding(about="bridge", level="ok", text=f"serves this machine only ({player.host})")
    elif player.api_token:
        yield Finding(about="bridge", level="ok", text=f"serves {player.host}, with a token")
    else:
        fix = "set [player] api_token, or host to 127.0.0.1"
        text = f"serves {player.host} without a token"
        yield Finding(about="bridge", level="fail", text=text, fix=fix)
    if not is_loopback(broker.host) and not (broker.username and broker.tls):
        text = f"{broker.host} is reached without {'TLS' if broker.username else 'a user name'}"
        fix = "set [broker] username, password and tls"
        yield Finding(about="broker access", level="warn", text=text, fix=fix)


def check_mosquitto(broker: BrokerSettings) -> Iterator[Finding]:
    if not broker.managed:
        text = "not needed: [broker] managed = false"
        yield Finding(about="mosquitto", level="ok", text=text)
        return
    try:
        path = find_broker(broker)
    except CliError as error:
        yield Finding(about="mosquitto", level="fail", text="cannot be started", fix=str(error))
        return
    probe = run_probe([str(path), "-h"], PROGRAM_TIMEOUT_S)
    version = _MOSQUITTO_VERSION.search(probe.stdout + probe.stderr) if probe else None
    if version is None:
        fix = f"reinstall mosquitto ({path} does not say its version)"
        yield Finding(about="mosquitto", level="fail", text="does not run", fix=fix)
    else:
        yield Finding(about="mosquitto", level="ok", text=f"{version[1]} at {path}")


def check_bridge_ports(configuration: Configuration) -> Iterator[Finding]:
    """The bridge's own port, and those that stand for other systems."""
    player = configuration["player"]
    yield _port_finding("bridge port", player.host, player.port, "port")
    for position, more in enumerate(player.listeners):
        setting = f"listeners[{position}].port"
        yield _port_finding(f"{more.dialect} port", more.host or player.host, more.port, setting)


def _port_finding(about: str, host: str, port: int, setting: str) -> Finding:
    where = f"{host}:{port}"
    if port == 0 or _can_listen(host, port):
        return Finding(about=about, level="ok", text=f"{where} is free")
    fix = f"fine if that is a running pipeline; else set [player] {setting}"
    return Finding(about=about, level="warn", text=f"{where} is in use", fix=fix)


def _can_listen(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def run_probe(argv: list[str], timeout_s: float) -> "subprocess.CompletedProcess[str] | None":
    """How a program ended; None where it hung and was killed."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return None
