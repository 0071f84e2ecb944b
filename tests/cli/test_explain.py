"""`ishowtts filter explain`."""

import io
import json
import subprocess
import sys
import types

import pytest

from ishowtts_cli.app import main
from ishowtts_cli.errors import ExitCode
from ishowtts_filter.settings import DEFAULT_RULES

PASTED = b"a text so long that nobody types it twice by chance but that everybody pastes today"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Without the configuration of this checkout."""
    monkeypatch.chdir(tmp_path)


def explain(capsys, *words: str) -> dict:
    assert main(["filter", "explain", *words, "--json"]) == ExitCode.OK
    return json.loads(capsys.readouterr().out)


def test_an_accepted_text_shows_every_rule_and_what_the_engine_gets(capsys):
    found = explain(capsys, "hello  there", "--author", "Ann")

    assert list(found) == ["accepted", "spoken", "rule", "steps"]
    assert (found["accepted"], found["rule"]) == (True, None)
    assert found["spoken"] == "Ann says: hello there"
    assert [step["rule"] for step in found["steps"]] == list(DEFAULT_RULES)
    changed = [step for step in found["steps"] if step["verdict"] == "changed"]
    assert changed == [{"rule": "clean", "verdict": "changed", "text": "hello there", "reason": ""}]


def test_bare_leaves_out_what_is_said_around_the_text(capsys):
    assert explain(capsys, "hello", "--author", "Ann", "--bare")["spoken"] == "hello"
    assert explain(capsys, "hello")["spoken"] == "hello"


def test_a_command_says_what_becomes_of_it(capsys):
    step = explain(capsys, "!tts mute", "--tags", "badges=moderator/1")["steps"][-1]
    assert (step["rule"], step["verdict"]) == ("commands", "rejected")
    assert step["reason"] == "not obeyed: after tts comes on, off, pause, resume or clear"
    step = explain(capsys, "!play", "--author", "Ann")["steps"][-1]
    assert step["reason"] == "a command"


def test_a_rejected_text_names_the_rule_and_the_reason(capsys):
    found = explain(capsys, "see example.com")

    assert (found["accepted"], found["spoken"], found["rule"]) == (False, None, "links")
    assert found["steps"][-1] == {
        "rule": "links",
        "verdict": "rejected",
        "text": "see example.com",
        "reason": "contains a link (example.com)",
    }


@pytest.mark.parametrize(
    ("words", "spoken", "rule"),
    [
        (["nice Kappa", "--tags", "emotes=25:5-9;display-name=Ann"], "Ann says: nice", None),
        (["Kappa", "--tags", "@emotes=25:0-4"], None, "emotes"),
        (["hi", "--tags", "display-name=Nightbot"], None, "users"),
        (["Cheer5 hi", "--tags", "bits=5;display-name=Ann"], "Ann cheers with ", None),
        (
            ["@Bob yes", "--tags", "reply-parent-display-name=Bob;display-name=A"],
            "A says: yes",
            None,
        ),
        (["hi", "--tags", "room-id=1;source-room-id=2"], None, "twitch_irc"),
        (["", "--tags", "msg-id=raid;login=ann;msg-param-viewerCount=5"], "ann raids", None),
        (["[doge]", "--platform", "bilibili"], None, "emotes"),
        (["/me waves", "--author", "Ann"], "Ann waves", None),
        (["waves", "--author", "Ann", "--kind", "action"], "Ann waves", None),
        (["wow", "--author", "Ann", "--kind", "super_chat"], "Ann sends", None),
        (["!skip", "--author", "Ann"], None, "commands"),
    ],
)
def test_who_wrote_it_and_as_what_counts(capsys, words, spoken, rule):
    found = explain(capsys, *words)

    assert found["rule"] == rule
    if spoken is None:
        assert found["spoken"] is None
    else:
        assert found["spoken"].startswith(spoken)


def test_a_text_may_look_like_an_option(capsys):
    assert explain(capsys, "-lots of rain")["accepted"]


def test_the_configuration_counts(capsys, tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('[filter.links]\nmode = "word"\nword = "website"\n')

    assert explain(capsys, "see example.com", "--config", str(path))["spoken"] == "see website"


def test_lines_from_stdin_are_explained_one_json_each_as_one_chat(capsys, monkeypatch):
    lines = b"hello\r\nexample.com\n\xff\xfe!\n" + PASTED + b"\n"
    stdin = types.SimpleNamespace(buffer=io.BytesIO(lines + PASTED))
    monkeypatch.setattr(sys, "stdin", stdin)

    assert main(["filter", "explain", "-"]) == ExitCode.OK

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["rule"] for one in found] == [None, "links", "speakable", None, "copypasta"]


def test_a_person_reads_a_line_per_rule(capsys):
    assert main(["filter", "explain", "hiiiiii 😂", "--author", "Ann"]) == ExitCode.OK

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(DEFAULT_RULES)]] == list(DEFAULT_RULES)
    assert "repeats          changed   hiii" in lines
    assert lines[-1] == "spoken: Ann says: hiii"
    assert main(["filter", "explain", "😂"]) == ExitCode.OK
    assert capsys.readouterr().out.splitlines()[-1] == "not spoken: emotes"


@pytest.mark.parametrize(
    "words",
    [
        ["hi", "--platform", "no platform"],
        ["hi", "--room", "a/b"],
        ["hi", "--kind", "song"],
        [],
        ["hi", "there"],
    ],
)
def test_a_wrong_command_line_exits_with_2(capsys, words):
    assert main(["filter", "explain", *words]) == ExitCode.USAGE
    assert "Traceback" not in capsys.readouterr().err


def test_bytes_that_are_no_text_do_no_harm():
    program = [sys.executable, "-m", "ishowtts_cli", "filter", "explain", "--json"]
    run = subprocess.run([*program, b"caf\xe9 \xed\xa0\x80"], capture_output=True, check=True)

    found = json.loads(run.stdout.decode("utf-8"))
    assert found["spoken"] == "caf"
    assert run.stderr == b""


def test_a_terminal_without_unicode_gets_escapes():
    program = [sys.executable, "-m", "ishowtts_cli", "filter", "explain"]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = subprocess.run([*program, "你好"], capture_output=True, check=True, env=environment)

    assert run.stdout.splitlines()[-1] == b"spoken: \\u4f60\\u597d"
