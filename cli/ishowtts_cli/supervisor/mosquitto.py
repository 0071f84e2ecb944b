"""Mosquitto: where it is, how it is configured, and the line that publishes through it."""

import asyncio
import os
import pwd
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import ishowtts_bus
from ishowtts_bus import BrokerSettings, BusError, BusTimeoutError, connect
from ishowtts_bus.addresses import is_loopback
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_schemas.topics import TEXT_REQUEST

DEFAULT_PORT = 1883
PROBE_TIMEOUT_S = 1.0
_PACKAGE = Path(ishowtts_bus.__file__).parent
_CHECKOUT = _PACKAGE.parents[1]
_CONFIGURATIONS = (_PACKAGE / "mosquitto.conf", _PACKAGE.parent / "mosquitto.conf")
"""In an installed package, and in a checkout."""
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
_UNPACKED = _CHECKOUT / ".local" / "bin"
"""Where the script `just` puts Debian's packages."""


def find_program(name: str) -> Path | None:
    """A program of Mosquitto: the one on PATH, the system's, or the one in the checkout."""
    folders = [os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS, str(_UNPACKED)]
    found = shutil.which(name, path=os.pathsep.join(folders))
    return Path(found) if found else None


def find_broker(broker: BrokerSettings) -> Path:
    """The Mosquitto to start.

    Raises:
        CliError: There is none.
    """
    if broker.executable:
        if shutil.which(broker.executable) is None:
            text = f"[broker] executable = {broker.executable!r} is not a program"
            raise CliError(text, ExitCode.USAGE)
        return Path(broker.executable)
    found = find_program("mosquitto")
    if found is None:
        text = (
            "Mosquitto is missing; install it (sudo apt-get install mosquitto mosquitto-clients), "
            "or use a broker of yours: [broker] managed = false"
        )
        raise CliError(text, ExitCode.USAGE)
    return found


def check_manageable(broker: BrokerSettings) -> None:
    """Refuse to start a broker that others could reach: ours has no passwords and no TLS.

    Raises:
        CliError: The settings ask for one.
    """
    if not is_loopback(broker.host):
        asked = f"[broker] host = {broker.host!r}"
    elif broker.tls:
        asked = "[broker] tls = true"
    else:
        return
    text = (
        f"{asked} needs a broker of yours: set [broker] managed = false (see broker/README.md); "
        "the one that run-all starts serves this machine only"
    )
    raise CliError(text, ExitCode.USAGE)


async def check_port_free(broker: BrokerSettings) -> None:
    """Refuse to start beside another server.

    Raises:
        CliError: The port is taken; the text says by what.
    """
    if not await listens(broker):
        return
    where = f"{broker.host}:{broker.port}"
    if await _is_broker(broker):
        text = (
            f"a broker runs already at {where}; to use it, set [broker] managed = false "
            "(or ISHOWTTS__BROKER__MANAGED=false), else choose another [broker] port"
        )
    else:
        text = f"{where} is taken by another program; choose another [broker] port"
    raise CliError(text, ExitCode.USAGE)


async def listens(broker: BrokerSettings) -> bool:
    """Whether something accepts connections there."""
    attempt = asyncio.open_connection(broker.host, broker.port)
    try:
        _, writer = await asyncio.wait_for(attempt, PROBE_TIMEOUT_S)
    except (OSError, asyncio.TimeoutError):
        return False
    writer.close()
    return True


async def _is_broker(broker: BrokerSettings) -> bool:
    probe = connect(broker, f"ishowtts-probe-{os.getpid()}")
    await probe.start()
    try:
        await probe.wait_connected(PROBE_TIMEOUT_S)
    except BusTimeoutError:
        return False
    except BusError:
        return True  # it speaks MQTT to refuse us
    finally:
        await probe.close()
    return True


def write_configuration(broker: BrokerSettings, folder: Path, state: Path) -> Path:
    """Derive a configuration for these settings.

    Args:
        broker: The settings.
        folder: Of the configuration; made if missing.
        state: Where the broker saves what it holds.

    Returns:
        The file for `mosquitto -c`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shipped = next(path for path in _CONFIGURATIONS if path.is_file()).read_text("utf-8")
    path = folder / "mosquitto.conf"
    path.write_text(derive(shipped, broker, state.resolve(), _user()), "utf-8")
    return path


def derive(shipped: str, broker: BrokerSettings, state: Path, user: str | None) -> str:
    """The shipped configuration with another address, folder and user.

    Raises:
        ValueError: The shipped one has no such line.
    """
    text = _replace(shipped, "listener", f"{broker.port} {broker.host}")
    text = _replace(text, "persistence_location", f"{state}/")
    return text if user is None else f"{text}\nuser {user}\n"


def _replace(text: str, key: str, value: str) -> str:
    replaced, count = re.subn(
        rf"^{key} .*$", lambda _: f"{key} {value}", text, count=1, flags=re.MULTILINE
    )
    if not count:
        raise ValueError(f"the configuration has no line {key!r}")
    return replaced


def _user() -> str | None:
    """Started by root, Mosquitto would become a user that may not exist or not write here."""
    return pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() == 0 else None


def paste_line(broker: BrokerSettings, otherwise: str, environ: Mapping[str, str]) -> str:
    """A command that has `hello world` spoken.

    Args:
        broker: Where to publish.
        otherwise: The command where there is no mosquitto_pub.
        environ: Says whether `mosquitto_pub` is on PATH, and so can be typed like that.
    """
    words: list[str]
    if shutil.which("mosquitto_pub", path=environ.get("PATH", "")):
        words = ["mosquitto_pub"]
    elif (program := find_program("mosquitto_pub")) is not None:
        words = [_shortened(program)]
    else:
        return otherwise
    words += _connection(broker)
    return shlex.join([*words, "-t", TEXT_REQUEST.address(room="main"), "-m", "hello world"])


def _connection(broker: BrokerSettings) -> list[str]:
    words: list[str] = []
    if broker.host not in ("127.0.0.1", "localhost"):
        words += ["-h", broker.host]
    if broker.port != DEFAULT_PORT:
        words += ["-p", str(broker.port)]
    if broker.tls:
        words += ["--cafile", broker.ca_file or "/etc/ssl/certs/ca-certificates.crt"]
    if broker.username:
        words += ["-u", broker.username]
    if broker.password:
        words += ["-P", "PASSWORD"]
    return words


def _shortened(program: Path) -> str:
    """As a person in this folder would type it."""
    here = Path.cwd()
    return f"./{program.relative_to(here)}" if program.is_relative_to(here) else str(program)
