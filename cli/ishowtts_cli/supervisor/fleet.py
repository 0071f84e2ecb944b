"""Which processes `run-all` starts: the broker's program and one per node."""

import signal
import sys
from collections import Counter
from pathlib import Path

from ishowtts_bus import BrokerSettings
from ishowtts_cli.environments import interpreter
from ishowtts_cli.sections import Configuration
from ishowtts_cli.supervisor import mosquitto
from ishowtts_cli.supervisor.child import Program
from ishowtts_cli.supervisor.policy import NodeKey

BROKER_NAME = "broker"
PLAYER_KEY: NodeKey = ("player", "1")


def broker_program(broker: BrokerSettings, folder: Path, state: Path | None = None) -> Program:
    """Mosquitto with a configuration derived from ours.

    Args:
        broker: Where it serves.
        folder: Of its configuration.
        state: Where it saves what it holds; None is the same folder.

    Raises:
        CliError: There is no Mosquitto.
    """
    executable = mosquitto.find_broker(broker)
    file = mosquitto.write_configuration(broker, folder, state or folder)
    # It saves what it holds when it is asked to end, so it is asked even by the kernel.
    return Program(BROKER_NAME, [str(executable), "-c", str(file)], orphan_signal=signal.SIGTERM)


def node_programs(
    configuration: Configuration, path: Path | None, *, warmup: bool, log_level: str
) -> dict[NodeKey, Program]:
    """One program per node, a synth for each engine; by the names that the bus knows them by.

    Raises:
        CliError: An engine is not installed.
    """
    tail = ["--log-level", log_level]
    if path is not None:
        tail += ["--config", str(path)]
    engines = configuration["run"].engines or (configuration["synth"].engine,)
    return {
        **_node(("ingest", "1"), "ingest", tail),
        **_node(("filter", "1"), "filter", tail),
        **_synths(engines, tail, warmup=warmup),
        **_node(PLAYER_KEY, "player", tail),
    }


def _synths(engines: tuple[str, ...], tail: list[str], *, warmup: bool) -> dict[NodeKey, Program]:
    seen: Counter[str] = Counter()
    programs: dict[NodeKey, Program] = {}
    for engine in engines:
        seen[engine] += 1
        instance = f"{engine}-{seen[engine]}"
        name = "synth" if len(engines) == 1 else instance
        environment = {"ISHOWTTS__SYNTH__ENGINE": engine}
        if warmup:
            environment["ISHOWTTS__SYNTH__WARMUP"] = "true"
        node = _node(("synth", instance), name, tail, environment, python=interpreter(engine))
        programs |= node
    return programs


def _node(
    key: NodeKey,
    name: str,
    tail: list[str],
    environment: dict[str, str] | None = None,
    *,
    python: str = sys.executable,
) -> dict[NodeKey, Program]:
    kind, instance = key
    command = [python, "-m", "ishowtts_cli", kind, "run", "--instance", instance, *tail]
    return {key: Program(name, command, environment or {})}
