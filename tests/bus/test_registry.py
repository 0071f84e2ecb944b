import sys

import pytest

from ishowtts_bus.registry import LazyRegistry, UnknownNameError

SHELF: LazyRegistry[object] = LazyRegistry("tool", "xml.dom", {"minidom": "Document", "x": "X"})


def test_a_plug_in_is_imported_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "xml.dom.minidom", raising=False)
    assert SHELF.names == ("minidom", "x")
    assert "xml.dom.minidom" not in sys.modules
    assert SHELF.load("minidom").__name__ == "Document"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        UnknownNameError, match=r"no tool 'minidon', there are minidom, x; did you mean minidom\?"
    ):
        SHELF.load("minidon")
