"""What real chat holds, and what becomes of it by default: `corpus.jsonl`, one text a line.

`row` groups them, `want` is what a streamer expects:

speak       spoken as it is
rewritten   spoken as `spoken` (the text alone) or `full` (with what is said around it)
numbers     spoken without a digit, and with each of `has`
latin       spoken with every Latin word that is in it
bounded     spoken within the limits of length
skip        rejected by `rule`
command     taken for a command

The other keys say who wrote it, where, and what is configured.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ishowtts_cli.explain import Circumstances, Explainer, Explanation
from ishowtts_filter.draft import Draft
from ishowtts_filter.rules.pipeline import Pipeline
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.text.duration import typical_s

CORPUS = [
    json.loads(line)
    for line in Path(__file__).with_name("corpus.jsonl").read_text("utf-8").splitlines()
]
ROWS = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
WANTS = {"speak", "rewritten", "numbers", "latin", "bounded", "skip", "command"}
KEYS = {"row", "want", "text", "times", "spoken", "full", "rule", "has"}
KEYS |= {"author", "platform", "tags", "settings"}

_LATIN = re.compile("[A-Za-z]+")


def text_of(entry: dict[str, Any]) -> str:
    return entry["text"] * entry.get("times", 1)


def settings_of(entry: dict[str, Any]) -> FilterSettings:
    return msgspec.convert(entry.get("settings", {}), FilterSettings)


def explained(entry: dict[str, Any], *, bare: bool) -> Explanation:
    who = Circumstances(entry.get("author", ""), entry.get("platform", ""), entry.get("tags", ""))
    return Explainer.build(settings_of(entry), who, bare=bare).explain(text_of(entry))


def name_of(entry: dict[str, Any]) -> str:
    return f"{entry['row']}-{entry['text'][:24].encode('ascii', 'backslashreplace').decode()}"


@pytest.mark.parametrize("entry", CORPUS, ids=name_of)
def test_chat_is_spoken_as_a_streamer_expects(entry: dict[str, Any]) -> None:
    explanation = explained(entry, bare="full" not in entry)
    want = entry["want"]
    if want in ("skip", "command"):
        rejected_by = entry["rule"] if want == "skip" else "commands"
        assert (explanation.rule, explanation.spoken) == (rejected_by, None)
        assert explanation.steps[-1].reason
        return
    assert explanation.rule is None
    spoken = explanation.spoken
    assert spoken
    if want == "speak":
        assert spoken == entry["text"]
    elif want == "rewritten":
        assert spoken == entry.get("full", entry.get("spoken"))
    elif want == "numbers":
        assert not re.search("[0-9]", spoken)
        assert [words for words in entry["has"] if words not in spoken] == []
    elif want == "latin":
        assert set(_LATIN.findall(entry["text"])) <= set(_LATIN.findall(spoken))


ACCEPTED = [entry for entry in CORPUS if entry["want"] not in ("skip", "command")]


@pytest.mark.parametrize("entry", ACCEPTED, ids=name_of)
def test_what_is_spoken_is_bounded_and_would_be_spoken_again(entry: dict[str, Any]) -> None:
    settings = settings_of(entry)
    spoken = explained(entry, bare=True).spoken
    assert spoken is not None
    assert len(spoken) <= settings.max_chars.limit
    assert len(spoken.split()) <= settings.max_words.limit
    assert typical_s(spoken) <= settings.max_seconds.limit
    assert spoken.encode("utf-8").decode() == spoken
    if spoken:
        again = Pipeline.build(settings).run(Draft(text=spoken))
        assert (again.rule, again.draft.text) == (None, spoken)


@pytest.mark.parametrize("variant", ["", " \U000e0000", "   ", " xyz"])
def test_row_4_one_long_text_by_twenty_people_is_spoken_once(variant: str) -> None:
    text = " ".join(f"word{number}" for number in range(40))
    explainer = Explainer.build(FilterSettings(), Circumstances())
    rules = [explainer.explain(text + variant * (turn % 2)).rule for turn in range(20)]
    assert rules == [None, *["copypasta"] * 19]


def test_the_corpus_is_whole_and_well_formed() -> None:
    assert {entry["row"] for entry in CORPUS} == ROWS
    assert {entry["want"] for entry in CORPUS} == WANTS
    for entry in CORPUS:
        assert set(entry) <= KEYS, entry
        assert ("rule" in entry) == (entry["want"] == "skip"), entry
        assert ("spoken" in entry or "full" in entry) == (entry["want"] == "rewritten"), entry
