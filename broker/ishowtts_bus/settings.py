"""Configuration: typed defaults beside the code, one TOML file over them, environment over that."""

import difflib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from ishowtts_bus.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENV_PREFIX = "ISHOWTTS"
ENV_SEPARATOR = "__"
DEFAULT_ORIGIN = "default"
_SUGGESTION_CUTOFF = 0.6


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every section. Each field has a default and a `Meta(description=...)`."""


class BrokerSettings(Settings, frozen=True, kw_only=True):
    """The MQTT 5 broker that all nodes meet on."""

    host: Annotated[str, Meta(description="Address of the broker.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port of the broker.")] = 1883
    managed: Annotated[
        bool, Meta(description="Whether run-all starts Mosquitto; false uses a broker of yours.")
    ] = True
    executable: Annotated[
        str, Meta(description="Path of mosquitto; empty looks on PATH, then in the checkout.")
    ] = ""
    username: Annotated[str, Meta(description="User name at the broker; empty for none.")] = ""
    password: Annotated[str, Meta(description="Password at the broker.")] = ""
    tls: Annotated[bool, Meta(description="Whether to connect with TLS.")] = False
    ca_file: Annotated[
        str, Meta(description="CA certificates for TLS; empty uses the system's.")
    ] = ""
    keepalive_s: Annotated[
        int, Meta(ge=5, le=3600, description="A silent connection is dead after 1.5 times this.")
    ] = 15


@dataclass(frozen=True)
class Loaded:
    """Settings of every section and where each value comes from.

    Attributes:
        values: Section name to its settings.
        origins: `section.key` to `"default"`, the file's path as given, or the variable's name.
        path: The file that was read.
    """

    values: dict[str, Settings]
    origins: dict[str, str]
    path: Path | None


def load(
    sections: Mapping[str, type[Settings]], path: Path | None, environ: Mapping[str, str]
) -> Loaded:
    """Read the configuration.

    Args:
        sections: Every section that may stand in the file.
        path: The TOML file; None uses defaults and environment only.
        environ: Variables; those beginning with `ISHOWTTS__` override the file.

    Raises:
        SettingsError: A file that cannot be read, an unknown key, or a value out of range.
    """
    leaves = {dotted: kind for name, cls in sections.items() for dotted, kind in _leaves(name, cls)}
    tree = _read(path)
    source = str(path)
    origins = dict.fromkeys(leaves, DEFAULT_ORIGIN)
    for dotted in _flatten(tree, leaves, source):
        origins[dotted] = source
    for variable, dotted, text in _overrides(environ, leaves):
        _assign(tree, dotted, _parse(variable, text, leaves[dotted]))
        origins[dotted] = variable
    values = {
        name: _convert(name, cls, tree.get(name, {}), origins) for name, cls in sections.items()
    }
    return Loaded(values, origins, path)


def render_toml(sections: Mapping[str, type[Settings]]) -> str:
    """The file with every key at its default and one line on it."""
    return "\n".join(_render_section(name, cls) for name, cls in sections.items())


def leaf_keys(sections: Mapping[str, type[Settings]]) -> list[str]:
    """Every `section.key`, in the file's order."""
    return [dotted for name, cls in sections.items() for dotted, _ in _leaves(name, cls)]


def _leaves(prefix: str, cls: type[Settings]) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(cls):
        dotted = f"{prefix}.{field.encode_name}"
        nested = _bare(field.type)
        if isinstance(nested, type) and issubclass(nested, Settings):
            yield from _leaves(dotted, nested)
        else:
            yield dotted, field.type


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None


def _flatten(
    tree: Mapping[str, Any], leaves: Mapping[str, Any], source: str, prefix: str = ""
) -> Iterator[str]:
    for key, value in tree.items():
        dotted = f"{prefix}{key}"
        if dotted in leaves:
            yield dotted
        elif any(leaf.startswith(f"{dotted}.") for leaf in leaves):
            if not isinstance(value, dict):
                raise SettingsError(f"{source}: {dotted} is a table, write [{dotted}]")
            yield from _flatten(cast("dict[str, Any]", value), leaves, source, f"{dotted}.")
        else:
            raise SettingsError(f"{source}: unknown key {dotted}{_suggest(dotted, leaves)}")


def _suggest(dotted: str, leaves: Mapping[str, Any]) -> str:
    parents = {leaf.rpartition(".")[0] for leaf in leaves}
    close = difflib.get_close_matches(dotted, [*leaves, *parents], 1, _SUGGESTION_CUTOFF)
    if close:
        return f"; did you mean {close[0]}?"
    name = dotted.rpartition(".")[2]
    elsewhere = [leaf for leaf in leaves if leaf.rpartition(".")[2] == name]
    return f"; did you mean {elsewhere[0]}?" if elsewhere else ""


def _overrides(
    environ: Mapping[str, str], leaves: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    known = {_variable(dotted): dotted for dotted in leaves}
    for variable, text in environ.items():
        if not variable.startswith(ENV_PREFIX + ENV_SEPARATOR):
            continue
        if variable not in known:
            close = difflib.get_close_matches(variable, known, 1, _SUGGESTION_CUTOFF)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise SettingsError(f"unknown variable {variable}{hint}")
        yield variable, known[variable], text


def _variable(dotted: str) -> str:
    return ENV_SEPARATOR.join([ENV_PREFIX, *dotted.upper().split(".")])


def _parse(variable: str, text: str, kind: Any) -> Any:
    """A variable's text as the key's type; a list is JSON or words between commas."""
    value: Any = text
    bare = get_origin(_bare(kind))
    try:
        if bare in (list, tuple, dict):
            listed = [word.strip() for word in text.split(",") if word.strip()]
            value = json.loads(text) if text.lstrip()[:1] in ("[", "{") else listed
        return msgspec.to_builtins(msgspec.convert(value, kind, strict=False))
    except (msgspec.ValidationError, json.JSONDecodeError) as error:
        raise SettingsError(f"{variable}: {error}") from None


def _assign(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *parents, leaf = dotted.split(".")
    for name in parents:
        tree = tree.setdefault(name, {})
    tree[leaf] = value


def _convert(
    name: str, cls: type[Settings], table: Mapping[str, Any], origins: Mapping[str, str]
) -> Settings:
    try:
        return msgspec.convert(table, cls)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$.")
        dotted = f"{name}.{where.rstrip('`')}" if where else name
        origin = origins.get(dotted.partition("[")[0], "")
        prefix = f"{origin}: " if origin else ""
        raise SettingsError(f"{prefix}{dotted}: {text[:1].lower()}{text[1:]}") from None


def _render_section(name: str, cls: type[Settings]) -> str:
    summary = (cls.__doc__ or "").strip().partition("\n")[0]
    lines = [f"# {summary}", f"[{name}]"]
    nested: list[str] = []
    for field in msgspec.structs.fields(cls):
        bare = _bare(field.type)
        if isinstance(bare, type) and issubclass(bare, Settings):
            nested.append(_render_section(f"{name}.{field.encode_name}", bare))
        else:
            lines += _render_key(field)
    return "\n".join([*lines, "", *nested])


def _render_key(field: msgspec.structs.FieldInfo) -> list[str]:
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    entry = f"{field.encode_name} = "
    if default is None:
        return [f"# {_description(field.type)}", f"# {entry}"]
    return [f"# {_description(field.type)}", entry + _toml(default)]


def _description(kind: Any) -> str:
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.description for note in notes if note.description), "")


def _toml(value: Any) -> str:
    """A default as TOML: scalars, and arrays and inline tables of them."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(item) for item in cast('Iterable[Any]', value))}]"
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{json.dumps(key)} = {_toml(item)}' for key, item in items)}}}"
    return json.dumps(value, ensure_ascii=False)
