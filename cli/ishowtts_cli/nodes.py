"""`ishowtts <node> run`: one node in this process. Imports nothing that the node does not need."""

import argparse
import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ishowtts_cli.environments import enter
from ishowtts_cli.errors import CliError, ExitCode, run_guarded
from ishowtts_cli.logs import DEFAULT_LEVEL, LEVELS, set_up_logging
from ishowtts_cli.sections import Configuration, load_settings

if TYPE_CHECKING:
    from ishowtts_bus import Node


@dataclass(frozen=True)
class NodeKind:
    """How to start a node of one kind.

    Attributes:
        summary: For help.
        node: `module:class`, imported only when this node is run.
        arguments: What its constructor takes of the configuration.
        instance: The name of the first of its kind.
    """

    summary: str
    node: str
    arguments: Callable[[Configuration], dict[str, Any]]
    instance: Callable[[Configuration], str] = lambda _configuration: "1"


def _ingest_arguments(configuration: Configuration) -> dict[str, Any]:
    return {
        "settings": configuration["ingest"],
        "data_dir": Path(configuration["run"].data_dir),
    }


def _filter_arguments(configuration: Configuration) -> dict[str, Any]:
    return {
        "settings": configuration["filter"],
        "data_dir": Path(configuration["run"].data_dir),
    }


def _player_arguments(configuration: Configuration) -> dict[str, Any]:
    from ishowtts_bus import NodeError, connect
    from ishowtts_player.dialects.chatterbox.environment import with_environment

    try:
        settings = with_environment(configuration["player"], os.environ)
    except NodeError as error:
        raise CliError(str(error), ExitCode.USAGE) from None
    return {
        "settings": settings,
        "data_dir": Path(configuration["run"].data_dir),
        "connect": lambda client_id: connect(configuration.broker, client_id),
    }


def _synth_arguments(configuration: Configuration) -> dict[str, Any]:
    from ishowtts_synth.engines.registry import create_engine
    from ishowtts_synth.errors import EngineError

    settings = configuration["synth"]
    try:
        engine = create_engine(settings.engine, configuration.loaded.values)
    except EngineError as error:
        raise CliError(str(error), ExitCode.USAGE) from None
    return {"settings": settings, "engine": engine}


NODES = {
    "ingest": NodeKind(
        "takes in text and chat", "ishowtts_ingest.node:IngestNode", _ingest_arguments
    ),
    "filter": NodeKind(
        "decides what is spoken, and when",
        "ishowtts_filter.node:FilterNode",
        _filter_arguments,
    ),
    "synth": NodeKind(
        "speaks",
        "ishowtts_synth.node:SynthNode",
        _synth_arguments,
        lambda configuration: f"{configuration['synth'].engine}-1",
    ),
    "player": NodeKind(
        "serves the page and the HTTP interface",
        "ishowtts_player.node:PlayerNode",
        _player_arguments,
    ),
}


def main_node(argv: Sequence[str]) -> int:
    """Run `<node> run [options]` until a signal or a failure.

    Returns:
        An exit status.
    """
    options = _parser(argv[0]).parse_args(argv[1:])
    set_up_logging(argv[0], options.log_level)
    debug = options.debug or options.log_level == "debug"
    return run_guarded(lambda: _run(argv, options), debug=debug)


def load_node_class(kind: str) -> "type[Node]":
    """Import a node.

    Raises:
        ModuleNotFoundError: The node's extra is not installed.
    """
    module, _, name = NODES[kind].node.partition(":")
    return getattr(importlib.import_module(module), name)


def _parser(kind: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"ishowtts {kind}", description=f"The {kind} node: {NODES[kind].summary}."
    )
    run = parser.add_subparsers(required=True, metavar="run").add_parser(
        "run", help=f"run the {kind} node in this terminal"
    )
    run.add_argument("--config", type=Path, help="configuration file")
    run.add_argument("--instance", help="name that tells several of a kind apart")
    if kind == "synth":
        run.add_argument("--engine", help="instead of [synth] engine")
    run.add_argument("--log-level", choices=LEVELS, default=DEFAULT_LEVEL)
    run.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _run(words: Sequence[str], options: argparse.Namespace) -> None:
    from ishowtts_bus import connect, run_node

    kind = words[0]
    configuration = load_settings(options.config, _environment(options))
    if kind == "synth":
        enter(configuration["synth"].engine, words)
    instance = _instance(options.instance or NODES[kind].instance(configuration))
    node_class = load_node_class(kind)
    arguments = NODES[kind].arguments(configuration)
    expiry_s = node_class.session_expiry_s
    client_id = f"ishowtts-{kind}-{instance}"
    bus = connect(configuration.broker, client_id, session_expiry_s=expiry_s)
    run_node(node_class(bus, instance=instance, **arguments))


def _environment(options: argparse.Namespace) -> dict[str, str]:
    engine = getattr(options, "engine", None)
    return {**os.environ, **({"ISHOWTTS__SYNTH__ENGINE": engine} if engine else {})}


def _instance(name: str) -> str:
    from ishowtts_schemas import is_slug

    if not is_slug(name):
        raise CliError(f"instance {name!r} may hold a-z, 0-9, _ and - only", ExitCode.USAGE)
    return name
