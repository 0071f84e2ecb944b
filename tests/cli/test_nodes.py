"""Starting a node from the command line."""

from pathlib import Path

import pytest

from ishowtts_bus import Node
from ishowtts_cli.nodes import NODES, load_node_class
from ishowtts_cli.sections import load_settings


@pytest.mark.parametrize("kind", NODES)
def test_every_node_can_be_built_from_the_configuration(kind):
    from ishowtts_bus import MemoryBroker

    configuration = load_settings(None, {})
    node_class = load_node_class(kind)
    instance = NODES[kind].instance(configuration)

    node = node_class(
        MemoryBroker().bus("x"), instance=instance, **NODES[kind].arguments(configuration)
    )

    assert isinstance(node, Node)
    assert (node.kind, node.instance) == (kind, instance)


def test_a_synth_is_named_after_its_engine():
    configuration = load_settings(None, {"ISHOWTTS__SYNTH__ENGINE": "tone"})

    assert NODES["synth"].instance(configuration) == "tone-1"


def test_an_ingest_node_remembers_in_the_data_folder():
    configuration = load_settings(None, {"ISHOWTTS__RUN__DATA_DIR": "elsewhere"})

    assert NODES["ingest"].arguments(configuration)["data_dir"] == Path("elsewhere")
