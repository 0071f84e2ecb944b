"""A log line is one line, and nobody in a chat can write another."""

import io
import logging

import pytest

from ishowtts_cli.logs import OneLineFormatter, set_up_logging


def shown(text, *args, error=None, tracebacks=False):
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("ishowtts.x", logging.WARNING, "", 0, text, args, exc_info)
    return OneLineFormatter("filter", tracebacks=tracebacks).format(record)


def fail():
    raise ValueError("no\ngood")


def failure():
    with pytest.raises(ValueError, match="good") as caught:
        fail()
    return caught.value


def test_a_line_has_level_node_and_message():
    assert shown("lost %s", "it") == "WARNING filter: lost it"


def test_control_characters_are_escaped():
    assert shown("a\nINFO b\x1b[31m\x9b") == r"WARNING filter: a\x0aINFO b\x1b[31m\x9b"


def test_an_exception_is_on_the_same_line_with_its_place():
    line = shown("failed", error=failure())

    assert line.startswith(r"WARNING filter: failed (ValueError: no\x0agood at ")
    assert "test_logs.py:" in line
    assert "\n" not in line


def test_at_debug_the_traceback_follows():
    assert "Traceback" in shown("failed", error=failure(), tracebacks=True)


def test_less_than_the_level_is_not_shown():
    stream = io.StringIO()
    set_up_logging("synth", "warning", stream)

    logging.getLogger("ishowtts.x").info("chat text")
    logging.getLogger("ishowtts.x").warning("trouble")

    assert stream.getvalue() == "WARNING synth: trouble\n"
