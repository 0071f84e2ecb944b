"""Whatever a command raises becomes one sentence and one status."""

import pytest

from ishowtts_bus import BusTimeoutError, NodeError, SettingsError
from ishowtts_cli.errors import CliError, ExitCode, run_guarded


def raising(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (CliError("it rains"), ExitCode.FAILED, "ishowtts: it rains\n"),
        (CliError("wrong", ExitCode.USAGE), ExitCode.USAGE, "ishowtts: wrong\n"),
        (SettingsError("unknown key a.b"), ExitCode.USAGE, "ishowtts: unknown key a.b\n"),
        (NodeError("no engine"), ExitCode.FAILED, "ishowtts: no engine\n"),
        (BusTimeoutError("no answer"), ExitCode.FAILED, "ishowtts: no answer\n"),
        (
            FileNotFoundError(2, "No such file or directory", "/x/y.wav"),
            ExitCode.FAILED,
            "ishowtts: /x/y.wav: No such file or directory\n",
        ),
        (
            ModuleNotFoundError("No module named 'litestar.sse'", name="litestar.sse"),
            ExitCode.FAILED,
            "ishowtts: litestar is missing; install it with: pip install 'ishowtts[player]'\n",
        ),
        (
            ZeroDivisionError("division by zero"),
            ExitCode.FAILED,
            "ishowtts: internal error: ZeroDivisionError: division by zero (--debug shows where)\n",
        ),
    ],
)
def test_an_error_is_a_sentence_and_a_status(error, code, text, capsys):
    assert run_guarded(raising(error)) == code
    assert capsys.readouterr().err == text


def test_an_interrupt_is_no_error(capsys):
    assert run_guarded(raising(KeyboardInterrupt())) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_what_the_action_returns_is_the_status():
    assert run_guarded(lambda: None) == ExitCode.OK
    assert run_guarded(lambda: 1) == ExitCode.FAILED


def test_a_missing_module_of_ours_is_an_internal_error(capsys):
    error = ModuleNotFoundError("No module named 'ishowtts_x'", name="ishowtts_x")

    assert run_guarded(raising(error)) == ExitCode.FAILED
    assert "internal error" in capsys.readouterr().err
