"""The mixer's samples, block by block and without a sound device."""

import array
import itertools
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.fakes.fake_bridge import FakeBridge
from tests.page.tones import LARGEST_STEP, RATE_HZ, tone

GAP = RATE_HZ * 150 // 1000
PREBUFFER = RATE_HZ * 80 // 1000
FADE = RATE_HZ * 5 // 1000
SKIP_FADE = RATE_HZ * 10 // 1000
BLOCK = 128

# Runs a script of ["method", ...args] and ["render", samples]; samples come in as lists.
RUN = """
async (steps) => {
  const { Mixer } = await import('/static/mixer.js');
  const events = [], heard = [], totals = [];
  const mixer = new Mixer(24000, (event) => {
    if (event.type === 'stats') totals[0] = event.totals;
    else events.push({ ...event, at: heard.length });
  });
  for (const [method, ...args] of steps) {
    if (method === 'push') mixer.push(args[0], Int16Array.from(args[1]));
    else if (method !== 'render') mixer[method](...args);
    else for (let left = args[0]; left > 0; left -= 128) {
      const block = new Float32Array(128);
      mixer.render(block);
      heard.push(...block);
    }
  }
  return { events, heard: heard.map((x) => Math.round(x * 32768)), totals: totals[0] };
}
"""

Result = dict[str, Any]


@pytest.fixture(scope="module")
def mixer_page(chromium: Browser):
    fake = FakeBridge()
    fake.start()
    page = chromium.new_page()
    page.goto(f"{fake.url}static/favicon.svg")
    yield page
    page.close()
    fake.stop()


def samples(pcm: bytes) -> list[int]:
    return array.array("h", pcm).tolist()


def run(page: Page, *steps: list[Any]) -> Result:
    return page.evaluate(RUN, list(steps))


def whole(name: str, pcm: list[int]) -> list[list[Any]]:
    return [["open", name], ["push", name, pcm], ["end", name]]


def largest_step(heard: list[int]) -> float:
    return max(abs(b - a) for a, b in itertools.pairwise(heard)) / 32768


TONE = samples(tone(0.2))
LONG = samples(tone(1.0))


def test_chunks_of_any_size_are_heard_sample_for_sample(mixer_page):
    sizes = [2000, 1, 127, 128, 129, 700, 1715]
    steps: list[list[Any]] = [["open", "a"]]
    at = 0
    for size in sizes:
        steps.append(["push", "a", TONE[at : at + size]])
        at += size
    result = run(mixer_page, *steps, ["end", "a"], ["render", 6400])
    assert at == len(TONE)
    assert result["heard"][: len(TONE)] == TONE
    assert not any(result["heard"][len(TONE) :])
    assert result["totals"]["rendered"] == len(TONE)
    assert result["totals"]["underruns"] == 0


def test_the_next_utterance_waits_its_gap_and_the_order_is_that_of_the_starts(mixer_page):
    interleaved = [
        ["open", "a"],
        ["open", "b"],
        ["push", "b", TONE],
        ["end", "b"],
        ["push", "a", TONE],
        ["end", "a"],
    ]
    result = run(mixer_page, *interleaved, ["render", 16000])
    after = len(TONE) + GAP
    assert result["heard"][after : after + len(TONE)] == TONE
    assert not any(result["heard"][len(TONE) : after])
    assert [(event["type"], event["id"]) for event in result["events"]] == [
        ("started", "a"),
        ("finished", "a"),
        ("started", "b"),
        ("finished", "b"),
    ]


def test_nothing_sounds_before_the_prebuffer_is_there(mixer_page):
    result = run(mixer_page, ["open", "a"], ["push", "a", TONE[: PREBUFFER - 1]], ["render", 1280])
    assert not any(result["heard"])
    assert result["events"] == []


def test_a_short_utterance_needs_no_prebuffer_once_it_is_complete(mixer_page):
    result = run(mixer_page, *whole("a", TONE[:600]), ["render", 1280])
    assert result["heard"][:600] == TONE[:600]


def test_an_underrun_fades_waits_and_fades_in_without_losing_a_sample(mixer_page):
    result = run(
        mixer_page,
        ["open", "a"],
        ["push", "a", TONE],
        ["render", 7680],
        ["push", "a", TONE[:1000]],
        ["render", 1280],
        ["push", "a", TONE[1000:]],
        ["end", "a"],
        ["render", 7680],
    )
    assert result["totals"]["underruns"] == 1
    assert result["totals"]["rendered"] == 2 * len(TONE)
    assert not any(result["heard"][len(TONE) : 7680 + 1280]), "waits for the prebuffer"
    assert largest_step(result["heard"]) < LARGEST_STEP * 1.5
    assert [event["type"] for event in result["events"]] == ["started", "finished"]


def test_a_skip_fades_out_in_10_ms_and_goes_on_with_the_next(mixer_page):
    steps = [*whole("a", LONG), *whole("b", TONE), ["render", 1280], ["drop", "a"]]
    result = run(mixer_page, *steps, ["render", 12800])
    silent_from = 1280 + SKIP_FADE
    assert not any(result["heard"][silent_from : silent_from + GAP])
    assert result["heard"][silent_from + GAP :][: len(TONE)] == TONE
    assert largest_step(result["heard"]) < LARGEST_STEP * 1.5
    assert result["events"][1] | {"at": 0} == {
        "type": "finished",
        "id": "a",
        "ending": "cut",
        "samples": silent_from,
        "at": 0,
    }


def test_skipping_what_is_not_heard_yet_leaves_the_present_one_alone(mixer_page):
    steps = [*whole("a", TONE), *whole("b", LONG), ["render", 128], ["drop", "b"]]
    result = run(mixer_page, *steps, ["render", 12800])
    assert result["heard"][: len(TONE)] == TONE
    assert result["totals"]["rendered"] == len(TONE)


def test_clear_ends_everything(mixer_page):
    steps = [*whole("a", LONG), *whole("b", LONG), ["render", 1280], ["clear"]]
    result = run(mixer_page, *steps, ["render", 25600])
    assert result["totals"]["rendered"] == 1280 + SKIP_FADE
    assert {event["id"] for event in result["events"] if event["type"] == "finished"} == {"a", "b"}


def test_pause_fades_holds_and_resume_goes_on_where_it_was(mixer_page):
    steps = [*whole("a", TONE), ["render", 1280], ["pause", True], ["render", 12800]]
    result = run(mixer_page, *steps, ["pause", False], ["render", 5120])
    assert not any(result["heard"][1280 + FADE : 1280 + 12800])
    assert result["totals"]["rendered"] == len(TONE)
    assert largest_step(result["heard"]) < LARGEST_STEP * 1.5


def test_skip_while_paused_takes_effect_at_once(mixer_page):
    steps = [*whole("a", LONG), ["render", 1280], ["pause", True], ["render", 1280], ["drop", "a"]]
    result = run(mixer_page, *steps, ["pause", False], *whole("b", TONE), ["render", 12800])
    assert [event["id"] for event in result["events"]] == ["a", "a", "b", "b"]
    assert result["totals"]["rendered"] == 1280 + FADE + len(TONE)


@pytest.mark.parametrize(("hurried", "patience_s"), [(False, 10), (True, 3)])
def test_an_utterance_whose_stop_never_comes_is_given_up(mixer_page, hurried, patience_s):
    steps: list[list[Any]] = [["open", "a"], ["push", "a", TONE], *whole("b", TONE)]
    hurry = [["hurry"]] if hurried else []
    result = run(mixer_page, *steps, *hurry, ["render", RATE_HZ * (patience_s + 1)])
    lost = result["events"][1]
    assert (lost["id"], lost["ending"]) == ("a", "lost")
    assert patience_s <= lost["at"] / RATE_HZ < patience_s + 0.5
    assert result["events"][-1]["id"] == "b"


def test_an_utterance_that_goes_on_after_its_end_is_heard_whole(mixer_page):
    steps = [*whole("a", TONE), ["render", 1280], ["open", "a"], ["push", "a", TONE], ["end", "a"]]
    result = run(mixer_page, *steps, ["render", 12800])
    assert result["heard"][: 2 * len(TONE)] == TONE + TONE


def test_empty_utterances_end_in_silence(mixer_page):
    result = run(mixer_page, ["open", "a"], ["push", "a", []], ["end", "a"], ["render", BLOCK])
    assert [event["type"] for event in result["events"]] == ["finished"]
    assert not any(result["heard"])
