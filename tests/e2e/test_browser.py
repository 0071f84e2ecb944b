"""A real Chromium plays what is published: it counts the samples that it renders."""

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ishowtts_schemas import Author, ChatMessage, ChatModeration
from ishowtts_schemas.topics import CHAT_MESSAGE, CHAT_MODERATION
from tests.browser import AUTOPLAY, launch
from tests.e2e.pipeline import Pipeline, wait_until
from tests.page.waiting import stats, wait


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright, AUTOPLAY)
        yield browser
        browser.close()


ROOM = "screen"


@pytest.fixture
def page(browser: Browser, pipeline: Pipeline) -> Iterator[Page]:
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    pipeline.publish("clear", ROOM, topic="control")
    page.goto(f"http://127.0.0.1:{pipeline.http_port}/?room={ROOM}&lang=en")
    page.get_by_text("Live", exact=True).wait_for()
    wait(page, "s.state === 'idle'")
    yield page
    page.close()
    assert problems == []


def test_the_page_renders_every_sample_once_in_order(page: Page, pipeline: Pipeline) -> None:
    stream = pipeline.listen(ROOM)
    for text in ("red apple", "seven stars", "你好世界"):
        pipeline.publish(text, ROOM)
    wait(page, "s.utterances_played.length >= 3")
    expected = 0
    ids = []
    for event in stream.wait_for("audio_stop", count=3):
        ids.append(event.data["utterance_id"])
        expected += event.data["samples"]
    result = stats(page)
    assert result["utterances_played"] == ids
    assert result["rendered_samples"] == expected
    assert result["audible_samples"] > expected / 3
    assert result["underruns"] == 0
    stream.close()


def test_chat_reaches_the_page_as_text_only(page: Page, pipeline: Pipeline) -> None:
    attack = '<img src=x onerror="window.hacked=1"><b>bold</b>'
    pipeline.publish(
        json.dumps({"text": attack, "author": "<script>window.hacked=1</script>"}), ROOM
    )
    page.get_by_text(attack).first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("b", has_text="bold").count() == 0


def test_the_rows_of_a_banned_author_are_struck_out(page: Page, pipeline: Pipeline) -> None:
    for author in ("bad", "good"):
        said = ChatMessage(
            id=f"ban-{author}",
            platform="twitch",
            room=ROOM,
            author=Author(name=author.title(), id=author),
            text=f"from {author}",
            received_at_ns=time.time_ns(),
        )
        pipeline.publish(CHAT_MESSAGE.encode(said), "message", topic=f"chat/twitch/{ROOM}")
    page.locator("#chat [data-id=ban-good]").wait_for()
    ban = ChatModeration(
        platform="twitch", room=ROOM, action="author_removed", at_ns=1, author_id="bad"
    )
    pipeline.publish(CHAT_MODERATION.encode(ban), "moderation", topic=f"chat/twitch/{ROOM}")
    page.locator("#chat [data-id=ban-bad][data-status=removed]").wait_for()
    assert page.locator("#chat [data-status=removed]").count() == 1


def test_saying_something_on_the_page_is_spoken(page: Page) -> None:
    page.get_by_role("textbox").last.fill("fast train")
    page.get_by_role("textbox").last.press("Enter")
    wait(page, "s.utterances_played.length >= 1")


def test_the_page_survives_a_restart_of_the_bridge(page: Page, pipeline: Pipeline) -> None:
    os.kill(pipeline.pid_of("player"), signal.SIGKILL)
    wait_until(lambda: _serves(pipeline), "the bridge")

    def spoken_again() -> bool:
        pipeline.publish("cold water", ROOM)
        page.wait_for_timeout(500)
        return bool(stats(page)["utterances_played"])

    wait_until(spoken_again, "the page to play again")


def _serves(pipeline: Pipeline) -> bool:
    try:
        return pipeline.request("GET", "/ready")[0] == 200
    except OSError:
        return False
