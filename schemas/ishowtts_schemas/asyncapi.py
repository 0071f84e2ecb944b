"""The AsyncAPI 3 document and the topic table of the docs, both made from the topic table.

`python -m ishowtts_schemas.asyncapi` writes them into the checkout, `--check` only compares.
Writing needs PyYAML (the extra `test`); nothing else in this package does.
"""

import argparse
import ast
import functools
import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from ishowtts_schemas.ids import SLUG_PATTERN
from ishowtts_schemas.message import Part
from ishowtts_schemas.topics import (
    JSON,
    KIB,
    MSGPACK,
    NODE_COMMAND,
    PREFIX,
    REPLY,
    SPEECH_REQUEST,
    TEXT,
    TOPICS,
    Topic,
)

BINDING_VERSION = "0.2.0"
TABLE_BEGIN = "<!-- topics:begin -->"
TABLE_END = "<!-- topics:end -->"
_CHECKOUT = Path(__file__).resolve().parents[2]
_SCHEMA_REF = "#/components/schemas/{name}"

_PARAMETERS = {
    "room": "One queue and one audio stream for its listeners, `main` unless configured.",
    "platform": "Where chat came from: `mqtt`, `stdin`, `replay`, `twitch`, ...",
    "engine": "A synthesis engine: `espeak`, ...",
    "voice": "A voice.",
    "node": "Kind of the node: `ingest`, `filter`, `synth`, `player`.",
    "instance": "Tells processes of one kind apart; the first is `1`.",
    "client": "Whoever asked; a slug of its choice.",
}

_ANSWERED: Mapping[str, tuple[str, ...]] = {
    SPEECH_REQUEST.name: ("AudioStart", "AudioChunk", "AudioStop", "SpeechFailed"),
    NODE_COMMAND.name: ("CommandReply",),
}
"""Which messages an MQTT response topic is answered with."""


def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document as plain data."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": MSGPACK,
        "servers": {"local": _server()},
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {
            "parameters": dict(_parameters()),
            "messages": dict(_messages()),
            "schemas": _schemas(),
        },
    }


def asyncapi_yaml() -> str:
    """The document as YAML, the same text every time."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002, PyYAML calls it
            return True

    def represent_text(_dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent_text)
    head = "# Made by `python -m ishowtts_schemas.asyncapi`; edit ishowtts_schemas instead.\n"
    body = yaml.dump(
        asyncapi_document(), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return head + body


def topic_table() -> str:
    """The topic table in Markdown."""
    rows = ["| topic | carries | QoS / retain | expires | from -> to |", "|---|---|---|---|---|"]
    for topic in TOPICS:
        types = ", ".join(f"`{message.__name__}`" for message in topic.messages)
        carries = f"{topic.summary}: {types}" + (" (or text, JSON)" if topic.bare_field else "")
        retain = "retained" if topic.retain else "-"
        expires = f"{topic.expiry_s} s" if topic.expiry_s else "-"
        route = f"{', '.join(topic.publishers)} -> {', '.join(topic.subscribers)}"
        cells = (f"`{topic.pattern}`", carries, f"{topic.qos} / {retain}", expires, route)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def with_topic_table(page: str) -> str:
    """A Markdown page with the table between its markers brought up to date.

    Raises:
        ValueError: The page has no markers.
    """
    before, begin, rest = page.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not (begin and end):
        raise ValueError(f"no {TABLE_BEGIN} ... {TABLE_END}")
    return f"{before}{begin}\n{topic_table()}\n{end}{after}"


def _info() -> dict[str, Any]:
    return {
        "title": "iShowTTS",
        "version": PREFIX.rpartition("/")[2],
        "description": (
            "Chat in, speech out: independent nodes around an MQTT 5 broker.\n\n"
            "Payloads are msgpack maps; `bytes` travel as msgpack bin. A `type` field names the\n"
            "message, fields at their default are left out, unknown fields are ignored."
        ),
        "license": {"name": "MIT"},
    }


def _server() -> dict[str, Any]:
    return {
        "host": "127.0.0.1:1883",
        "protocol": "mqtt",
        "protocolVersion": "5",
        "description": "The broker that `just run-all` starts",
        "bindings": {
            "mqtt": {"maximumPacketSize": 2_000_000, "bindingVersion": BINDING_VERSION},
        },
    }


def _channel(topic: Topic[Any]) -> dict[str, Any]:
    return {
        "address": f"{PREFIX}/{topic.pattern}",
        "summary": topic.summary,
        "description": f"Payloads of up to {topic.max_bytes // KIB} KiB.",
        "messages": {name: _ref("messages", name) for name in _message_names(topic)},
        "parameters": {level: _ref("parameters", level) for level in topic.levels},
    }


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        sent = {"qos": topic.qos, "retain": topic.retain}
        if topic.expiry_s:
            sent["messageExpiryInterval"] = topic.expiry_s
        yield f"send_{topic.name}", _operation(topic, "send", topic.publishers, sent)
        heard = {"qos": topic.qos}
        yield f"receive_{topic.name}", _operation(topic, "receive", topic.subscribers, heard)


def _operation(
    topic: Topic[Any], action: str, roles: Sequence[str], binding: dict[str, Any]
) -> dict[str, Any]:
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{', '.join(roles)}: {topic.summary}",
        "tags": [{"name": role} for role in roles],
        "bindings": {"mqtt": {**binding, "bindingVersion": BINDING_VERSION}},
        "messages": [_channel_message(topic, name) for name in _message_names(topic)],
    }
    if topic.name in _ANSWERED:
        operation["reply"] = _reply(_ANSWERED[topic.name])
    return operation


def _reply(names: Sequence[str]) -> dict[str, Any]:
    return {
        "address": {
            "location": "$message.header#/responseTopic",
            "description": "MQTT 5 response topic; the correlation data comes back unchanged.",
        },
        "channel": {"$ref": f"#/channels/{REPLY.name}"},
        "messages": [_channel_message(REPLY, name) for name in names],
    }


def _channel_message(topic: Topic[Any], name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{topic.name}/messages/{name}"}


def _parameters() -> Iterator[tuple[str, dict[str, str]]]:
    for level in dict.fromkeys(level for topic in TOPICS for level in topic.levels):
        yield level, {"description": f"{_PARAMETERS[level]} Matches `{SLUG_PATTERN}`."}


def _message_names(topic: Topic[Any]) -> Iterator[str]:
    for message in topic.messages:
        yield message.__name__
        if topic.bare_field:
            yield f"{message.__name__}Json"
            yield f"{message.__name__}Bare"


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        for message in topic.messages:
            name = message.__name__
            payload = _ref("schemas", name)
            yield name, _message(name, MSGPACK, payload, asks=topic.name in _ANSWERED)
            if topic.bare_field:
                yield f"{name}Json", _message(f"{name} as JSON", JSON, payload)
                bare = {**_schemas()[name]["properties"][topic.bare_field]}
                yield f"{name}Bare", _message(f"{name} with `{topic.bare_field}` only", TEXT, bare)


def _message(
    title: str, content_type: str, payload: dict[str, Any], *, asks: bool = False
) -> dict[str, Any]:
    text = content_type != MSGPACK
    message = {
        "title": title,
        "contentType": content_type,
        "payload": payload,
        "bindings": {
            "mqtt": {
                "payloadFormatIndicator": int(text),
                "contentType": content_type,
                "bindingVersion": BINDING_VERSION,
            }
        },
    }
    if asks:
        message["headers"] = _REQUEST_HEADERS
        message["correlationId"] = {"location": "$message.header#/correlationData"}
    return message


_REQUEST_HEADERS = {
    "type": "object",
    "description": "MQTT 5 properties of the packet.",
    "properties": {
        "responseTopic": {"type": "string", "description": "Where the answer goes."},
        "correlationData": {"type": "string", "format": "binary"},
    },
}


@functools.cache
def _schemas() -> dict[str, Any]:
    types = list(dict.fromkeys(message for topic in TOPICS for message in topic.messages))
    _, components = msgspec.json.schema_components(types, ref_template=_SCHEMA_REF)
    parts = {part.__name__: part for part in _all_parts(Part)}
    return {name: _documented(_honest(schema), parts[name]) for name, schema in components.items()}


def _all_parts(base: type[Part]) -> Iterator[type[Part]]:
    for part in base.__subclasses__():
        yield part
        yield from _all_parts(part)


def _honest(schema: Any) -> Any:
    """Without what msgspec says of JSON only: on the wire `bytes` are bin, not base64."""
    if isinstance(schema, list):
        return [_honest(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    table = cast("dict[str, Any]", schema)
    if table.get("contentEncoding") == "base64":
        return {"type": "string", "format": "binary", "description": "msgpack bin"}
    return {key: _honest(value) for key, value in table.items() if key != "discriminator"}


def _documented(schema: dict[str, Any], part: type[Part]) -> dict[str, Any]:
    """With the docstrings of the class and, as Python keeps none of them, of its fields."""
    if part.__doc__:
        schema["description"] = inspect.cleandoc(part.__doc__)
    for name, text in _field_docs(part):
        field = schema["properties"][name]
        schema["properties"][name] = {"description": text} | field
    return schema


def _field_docs(part: type[Part]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(part))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, text in itertools.pairwise(body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(doc))),
            ):
                yield name, inspect.cleandoc(doc)
            case _:
                pass


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def main(argv: Sequence[str] | None = None) -> int:
    """Write, or with `--check` compare, both files; 1 where one is out of date."""
    parser = argparse.ArgumentParser(prog="python -m ishowtts_schemas.asyncapi")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if out of date")
    parser.add_argument("--checkout", type=Path, default=_CHECKOUT, help="the repository's root")
    options = parser.parse_args(argv)
    page = options.checkout / "docs" / "topics.md"
    wanted = {
        options.checkout / "schemas" / "asyncapi.yaml": asyncapi_yaml(),
        page: with_topic_table(page.read_text("utf-8")),
    }
    stale = [path for path, text in wanted.items() if _read(path) != text]
    for path in stale:
        name = path.relative_to(options.checkout)
        if options.check:
            hint = "run `python -m ishowtts_schemas.asyncapi`"
            sys.stderr.write(f"{name} is out of date: {hint}\n")
        else:
            path.write_text(wanted[path], "utf-8")
            sys.stdout.write(f"wrote {name}\n")
    return int(options.check and bool(stale))


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    raise SystemExit(main())
