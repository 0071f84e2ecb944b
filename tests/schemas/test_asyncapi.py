"""The AsyncAPI document says what the topic table says, and is in the checkout."""

import re
from pathlib import Path

import msgpack
import pytest
import yaml

from ishowtts_schemas import TOPICS
from ishowtts_schemas import asyncapi as generator
from ishowtts_schemas.topic import TEXT
from ishowtts_schemas.topic_table import TABLE_BEGIN, TABLE_END, with_topic_table

CHECKOUT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
RUNTIME_EXPRESSION = re.compile(r"\$message\.(header|payload)#(/[^/]+)+")


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load((CHECKOUT / "schemas" / "asyncapi.yaml").read_text("utf-8"))


def walk(node):
    yield node
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, (dict, list)):
            yield from walk(child)


def resolve(document, ref):
    assert ref.startswith("#/"), ref
    node = document
    for step in ref[2:].split("/"):
        node = node[step]
    return node


def test_the_files_in_the_checkout_are_up_to_date():
    assert generator.main(["--check", "--checkout", str(CHECKOUT)]) == 0


def test_a_stale_file_is_named_and_then_written(tmp_path, capsys):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "topics.md"
    page.write_text(f"before\n{TABLE_BEGIN}\nold\n{TABLE_END}\nafter\n")

    assert generator.main(["--check", "--checkout", str(tmp_path)]) == 1
    assert "docs/topics.md is out of date" in capsys.readouterr().err
    assert generator.main(["--checkout", str(tmp_path)]) == 0
    assert generator.main(["--check", "--checkout", str(tmp_path)]) == 0
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("after\n")
    assert "old" not in page.read_text()


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="topics:begin"):
        with_topic_table("# Topics\n")


def test_every_reference_leads_somewhere(document):
    refs = [node["$ref"] for node in walk(document) if isinstance(node, dict) and "$ref" in node]

    assert len(refs) > len(TOPICS)
    for ref in refs:
        resolve(document, ref)


def test_nothing_in_the_components_is_unused(document):
    refs = {node["$ref"] for node in walk(document) if isinstance(node, dict) and "$ref" in node}
    components = {
        f"#/components/{kind}/{name}"
        for kind, entries in document["components"].items()
        for name in entries
    }

    assert components - refs == set()


def test_it_is_asyncapi_3_with_the_required_fields(document):
    assert document["asyncapi"] == "3.0.0"
    assert set(document["info"]) >= {"title", "version"}
    assert document["servers"]["local"]["protocol"] == "mqtt"
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = resolve(document, operation["channel"]["$ref"])
        allowed = {operation["channel"]["$ref"] + f"/messages/{n}" for n in channel["messages"]}
        assert {message["$ref"] for message in operation["messages"]} <= allowed


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_row_of_the_table_is_a_channel_and_two_operations(document, topic):
    channel = document["channels"][topic.name]
    send = document["operations"][f"send_{topic.name}"]
    receive = document["operations"][f"receive_{topic.name}"]
    mqtt = send["bindings"]["mqtt"]

    assert channel["address"] == topic.template
    assert list(channel["parameters"]) == list(topic.levels)
    assert "bindings" not in channel, "the mqtt binding has nothing to say of a channel"
    assert (mqtt["qos"], mqtt["retain"]) == (topic.qos, topic.retain)
    assert mqtt.get("messageExpiryInterval") == topic.expiry_s
    assert set(mqtt) <= {"qos", "retain", "messageExpiryInterval", "bindingVersion"}
    assert [tag["name"] for tag in send["tags"]] == list(topic.publishers)
    assert [tag["name"] for tag in receive["tags"]] == list(topic.subscribers)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_channel_offers_every_message_in_every_format(document, topic):
    offered = [
        resolve(document, message["$ref"])
        for message in document["channels"][topic.name]["messages"].values()
    ]

    assert {message["contentType"] for message in offered} == set(topic.content_types)
    assert len(offered) == len(topic.messages) * len(topic.content_types)
    for message in offered:
        mqtt = message["bindings"]["mqtt"]
        assert mqtt["contentType"] == message["contentType"]
        assert mqtt["payloadFormatIndicator"] == int("msgpack" not in message["contentType"])


def test_a_request_says_where_its_answer_goes(document):
    reply = document["operations"]["send_node_command"]["reply"]

    assert RUNTIME_EXPRESSION.fullmatch(reply["address"]["location"])
    assert reply["channel"]["$ref"] == "#/channels/reply"
    assert [ref["$ref"].rpartition("/")[2] for ref in reply["messages"]] == ["CommandReply"]


WORDS = {
    message.__name__ for topic in TOPICS if topic.sent_as == TEXT for message in topic.messages
}


@pytest.mark.parametrize(
    "path",
    sorted(path for path in GOLDEN.iterdir() if path.stem not in WORDS),
    ids=lambda path: path.stem,
)
def test_the_schema_describes_the_bytes_on_disk(document, path):
    schema = document["components"]["schemas"][path.stem]
    fields = msgpack.unpackb(path.read_bytes())

    assert set(schema["required"]) <= set(fields) <= set(schema["properties"])
    for name, value in fields.items():
        if isinstance(value, bytes):
            assert schema["properties"][name] == {
                "type": "string",
                "format": "binary",
                "description": schema["properties"][name]["description"],
            }


def test_a_fields_docstring_becomes_its_description(document):
    chunk = document["components"]["schemas"]["AudioChunk"]["properties"]

    assert chunk["offset"]["description"].startswith("Samples from the start")


def test_the_document_is_the_same_text_every_time():
    assert generator.asyncapi_yaml() == generator.asyncapi_yaml()
