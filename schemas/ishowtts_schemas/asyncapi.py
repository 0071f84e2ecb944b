"""The AsyncAPI 3 document and the topic table of the docs, both made from the topic table.

`python -m ishowtts_schemas.asyncapi` writes them into the checkout, `--check` only compares.
Writing needs PyYAML (the extra `test`); nothing else in this package does.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ishowtts_schemas.ids import SLUG_PATTERN
from ishowtts_schemas.message import Part
from ishowtts_schemas.message_schemas import message_schemas
from ishowtts_schemas.topic import JSON, KIB, MSGPACK, PREFIX, TEXT, ContentType, Topic
from ishowtts_schemas.topic_table import with_topic_table
from ishowtts_schemas.topics import NODE_COMMAND, REPLY, SPEECH_REQUEST, TOPICS

BINDING_VERSION = "0.2.0"
_CHECKOUT = Path(__file__).resolve().parents[2]

_PARAMETERS = {
    "room": "One queue and one audio stream for its listeners, `main` unless configured.",
    "platform": "Where chat came from: `mqtt`, `stdin`, `replay`, `twitch`, ...",
    "engine": "A synthesis engine: `espeak`, ...",
    "voice": "A voice.",
    "node": "Kind of the node: `ingest`, `filter`, `synth`, `player`.",
    "instance": "Tells processes of one kind apart; the first is `1`.",
    "client": "Whoever asked; a slug of its choice.",
    "discovery": "Home Assistant's discovery prefix, `homeassistant` unless configured.",
    "device": "A player as Home Assistant knows it: `ishowtts-1`.",
}

_SUFFIXES: Mapping[ContentType, str] = {JSON: "Json", TEXT: "Bare", MSGPACK: ""}

_ANSWERED: Mapping[str, tuple[str, ...]] = {
    SPEECH_REQUEST.name: ("AudioStart", "AudioChunk", "AudioStop", "SpeechFailed"),
    NODE_COMMAND.name: ("CommandReply",),
}
"""Which messages an MQTT response topic is answered with."""


def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document as plain data."""
    texts = {message.__name__ for topic in TOPICS for message in _words(topic)}
    schemas = {name: one for name, one in message_schemas().items() if name not in texts}
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
            "schemas": schemas,
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


def _words(topic: Topic[Any]) -> tuple[type[Part], ...]:
    """Messages that are only ever a word: nothing refers to their schema."""
    return topic.messages if topic.sent_as == TEXT else ()


def _info() -> dict[str, Any]:
    return {
        "title": "iShowTTS",
        "version": PREFIX.rpartition("/")[2],
        "description": (
            "Chat in, speech out: independent nodes around an MQTT 5 broker.\n\n"
            "Payloads are msgpack maps; `bytes` travel as msgpack bin. A `type` field names the\n"
            "message, fields at their default are left out, unknown fields are ignored. What\n"
            "smart homes read is JSON or a word."
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
        "address": topic.template,
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
        yield from (_name(topic, message, kind) for kind in topic.content_types)


def _name(topic: Topic[Any], message: type[Part], kind: ContentType) -> str:
    """A message's name, and behind it its format where that is not the topic's own."""
    return message.__name__ + ("" if kind == topic.sent_as else _SUFFIXES[kind])


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        for message in topic.messages:
            for kind in topic.content_types:
                yield _name(topic, message, kind), _format(topic, message.__name__, kind)


def _format(topic: Topic[Any], name: str, kind: ContentType) -> dict[str, Any]:
    asks = topic.name in _ANSWERED
    if kind == TEXT:
        title = name if topic.sent_as == TEXT else f"{name} with `{topic.bare_field}` only"
        return _message(title, TEXT, _bare(topic, name), asks=asks)
    title = name if kind == topic.sent_as else f"{name} as JSON"
    return _message(title, kind, _ref("schemas", name), asks=asks)


def _bare(topic: Topic[Any], name: str) -> dict[str, Any]:
    return {**message_schemas()[name]["properties"][topic.bare_field]}


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
