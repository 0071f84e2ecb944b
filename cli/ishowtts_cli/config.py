"""`ishowtts config`: what is configured, where it comes from, and whether it is right."""

import difflib
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from ishowtts_bus.settings import Loaded, leaf_keys, load, render_toml
from ishowtts_cli.errors import CliError
from ishowtts_cli.sections import DEFAULT_PATH, all_sections, config_path

_SECRET_WORDS = (
    *("password", "token", "secret", "api_key", "access_key"),
    *("sessdata", "identity_code", "proxy"),  # a proxy's address may hold a password
)
_MASK = "********"
_HEAD = """\
# Every key of iShowTTS, its default and one line on it. Made by `ishowtts config default`.
# A variable ISHOWTTS__SECTION__KEY overrides a key: ISHOWTTS__PLAYER__PORT=9000.
# `ishowtts config show` says where each value comes from, `ishowtts config check` finds mistakes.

"""


def default_text() -> str:
    """The file with every key at its default."""
    return _HEAD + render_toml(all_sections()).rstrip("\n") + "\n"


def show(given: Path | None, *, as_json: bool) -> None:
    """Print every value and where it comes from.

    Raises:
        SettingsError: The configuration is wrong.
    """
    entries = described(load(all_sections(), config_path(given), os.environ))
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(entries)).decode() + "\n")
        return
    assignments = {key: f"{key} = {_shown(entry['value'])}" for key, entry in entries.items()}
    width = min(60, max(map(len, assignments.values())))
    for key, assignment in assignments.items():
        sys.stdout.write(f"{assignment:<{width}}  # {entries[key]['origin']}\n")


def described(loaded: Loaded) -> dict[str, dict[str, Any]]:
    """`section.key` to its value, secrets masked, and its origin."""
    values = {name: msgspec.to_builtins(value) for name, value in loaded.values.items()}
    entries: dict[str, dict[str, Any]] = {}
    for key in leaf_keys({name: type(value) for name, value in loaded.values.items()}):
        value: Any = values
        for step in key.split("."):
            value = value[step]
        if value and is_secret(key):
            value = _MASK
        entries[key] = {"value": value, "origin": loaded.origins[key]}
    return entries


def is_secret(key: str) -> bool:
    """Whether a value is for nobody's screen."""
    return any(word in key.rpartition(".")[2] for word in _SECRET_WORDS)


def check(path: Path | None) -> None:
    """Say that the configuration is right, or raise what is wrong with it.

    Raises:
        SettingsError: It is wrong.
    """
    loaded = load(all_sections(), config_path(path), os.environ)
    changed = sum(origin != "default" for origin in loaded.origins.values())
    where = loaded.path or "built-in defaults"
    sys.stdout.write(f"{where}: fine, {changed} of {len(loaded.origins)} keys set\n")


def check_default(path: Path = DEFAULT_PATH) -> None:
    """Compare the file in the checkout with the one that the code documents.

    Raises:
        CliError: They differ.
    """
    wanted = default_text()
    found = path.read_text("utf-8") if path.exists() else ""
    if found != wanted:
        diff = difflib.unified_diff(
            found.splitlines(), wanted.splitlines(), str(path), "generated", lineterm="", n=1
        )
        sys.stdout.write("\n".join(diff) + "\n")
        raise CliError(f"{path} is out of date; run: ishowtts config default > {path}")


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()
