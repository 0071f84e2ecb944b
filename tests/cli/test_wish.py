"""What a person may ask for."""

import io

import pytest

from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.wish import Wish, checked


def test_text_is_trimmed_and_surrogates_are_replaced():
    assert checked(Wish(" h\udcffi \n"), 10).text == "h?i"


def test_a_dash_reads_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("你好\n"))

    assert checked(Wish("-"), 10).text == "你好"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(""), "no text"),
        (Wish(" \n\t"), "no text"),
        (Wish("x" * 11), "11 characters; 10 fit"),
        (Wish("x", voice="../etc/passwd"), "'../etc/passwd'"),
        (Wish("x", engine="a/+"), "'a/"),
    ],
)
def test_the_impossible_is_refused(wish, said):
    with pytest.raises(CliError, match=said) as refused:
        checked(wish, 10)
    assert refused.value.code == ExitCode.USAGE
