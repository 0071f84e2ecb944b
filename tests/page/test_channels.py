"""The panel that starts and stops channels."""

import json

import pytest
from playwright.sync_api import expect

from tests.fakes.fake_bridge import Answer

START = "/api/danmaku/start"
STOP = "/api/danmaku/stop"
LIST = "/api/danmaku/channels"


@pytest.fixture
def panel(page):
    """The page with its panel open."""
    page.locator("#channels summary").click()
    expect(page.locator("#channel-name")).to_be_visible()
    return page


def test_closed_it_names_what_is_read(open_page, bridge):
    bridge.read("ann")
    bridge.read("小明", "bilibili")
    page = open_page()
    expect(page.locator("#channels-brief")).to_have_text("ann, 小明")
    expect(page.locator("#channel-list")).to_be_hidden()


def test_a_channel_is_started_with_platform_and_room(panel, bridge):
    expect(panel.locator("#channel-room")).to_have_value("main")
    panel.locator("#channel-platform").select_option("bilibili")
    panel.locator("#channel-name").fill(" 21452505 ")
    panel.locator("#channel-room").fill("games")
    panel.locator("#channel-start").click()
    body = {"platform": "bilibili", "channel": "21452505", "room": "games"}
    assert bridge.wait_request(START).body == body
    expect(panel.locator(".channel strong")).to_have_text("21452505")
    expect(panel.locator(".channel .where")).to_have_text("bilibili · #games")
    expect(panel.locator("#channel-name")).to_have_value("")
    expect(panel.locator("#notice")).to_have_text("Reading 21452505.")


def test_the_keyboard_is_enough(page, bridge):
    page.locator("#channels summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#channel-platform")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("ms")
    page.keyboard.press("Enter")
    assert bridge.wait_request(START).body["channel"] == "ms"
    expect(page.locator(".channel")).to_have_count(1)
    page.get_by_role("button", name="Stop ms").focus()
    page.keyboard.press(" ")
    assert bridge.wait_request(STOP).body == {"platform": "twitch", "channel": "ms"}
    expect(page.locator(".channel")).to_have_count(0)
    expect(page.locator("#channel-name")).to_be_focused()
    assert bridge.calls("/api/rooms/main/skip") == [], "what is typed is no command"
    assert bridge.calls("/api/rooms/main/pause") == []


def test_a_blank_name_is_not_sent(panel, bridge):
    expect(panel.locator("#channel-start")).to_be_disabled()
    panel.locator("#channel-name").fill("  ")
    expect(panel.locator("#channel-start")).to_be_disabled()
    panel.locator("#channel-name").press("Enter")
    panel.locator("#channel-name").fill("ann")
    panel.locator("#channel-start").click()
    bridge.wait_request(START)
    assert len(bridge.calls(START)) == 1


def test_a_refusal_says_why_and_loses_nothing(panel, bridge):
    bridge.answers[START] = Answer(409, {"error": "ann is read already"})
    panel.locator("#channel-name").fill("ann")
    panel.locator("#channel-start").click()
    expect(panel.locator("#notice")).to_have_text("That did not work: ann is read already")
    expect(panel.locator("#channel-name")).to_have_value("ann")
    expect(panel.locator("#channel-start")).to_be_enabled()


def test_a_failing_channel_says_why_and_stands_out(open_page, bridge):
    bridge.read("ann")
    bridge.read("bea", state="failed", detail="<b>banned</b>")
    page = open_page()
    expect(page.locator("#channels-brief")).to_have_text("failed: bea")
    page.locator("#channels summary").click()
    expect(page.locator(".channel .why")).to_have_text("<b>banned</b>")
    expect(page.locator(".channel[data-state=failed] .state")).to_have_text("failed")


def test_it_follows_a_channel_that_connects(panel, bridge):
    bridge.answers[START] = Answer(202, bridge.read("ann", state="connecting"))
    panel.locator("#channel-name").fill("ann")
    panel.locator("#channel-start").click()
    expect(panel.locator(".channel .state")).to_have_text("connecting")
    bridge.unread("ann")
    bridge.read("ann")
    expect(panel.locator(".channel .state")).to_have_text("reading")


def test_a_row_that_is_drawn_anew_keeps_the_focus(panel, bridge):
    bridge.read("ann", state="connecting")
    panel.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    stop = panel.get_by_role("button", name="Stop ann")
    stop.focus()
    bridge.read("bea")
    expect(panel.locator(".channel")).to_have_count(2)
    expect(stop).to_be_focused()


def test_without_an_ingest_node_it_says_so_and_recovers(panel, bridge):
    bridge.answers[LIST] = Answer(503, {"error": "no ingest node is ready"})
    panel.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(panel.locator("#channels-brief")).to_have_text("cannot be asked for")
    bridge.answers.clear()
    bridge.read("ann")
    expect(panel.locator("#channels-brief")).to_have_text("ann")


def test_whether_it_is_open_is_remembered(panel, bridge):
    panel.reload()
    expect(panel.locator("#channel-name")).to_be_visible()
    panel.locator("#channels summary").click()
    panel.reload()
    expect(panel.locator("#channel-name")).to_be_hidden()


def test_the_room_of_the_address_is_offered(open_page, bridge):
    page = open_page("?room=games")
    page.locator("#channels summary").click()
    expect(page.locator("#channel-room")).to_have_value("games")


def test_an_overlay_neither_shows_nor_asks_for_channels(open_page, bridge):
    page = open_page("?view=overlay")
    bridge.wait_streams()
    bridge.chat("m1", "hello")
    bridge.accept("m1", "u1")
    expect(page.locator("[data-id=m1]")).to_be_visible()
    expect(page.locator("#channels")).to_be_hidden()
    assert bridge.calls(LIST) == []


def test_many_channels_leave_the_form_in_its_place(open_page, bridge):
    for number in range(40):
        bridge.read(f"{'x' * 60}{number}", detail="because " * 30 * (number == 0))
    page = open_page(viewport={"width": 1280, "height": 800})
    page.locator("#channels summary").click()
    expect(page.locator(".channel")).to_have_count(40)
    expect(page.locator("#channel-start")).to_be_in_viewport()
    sizes = page.evaluate("[document.body.scrollWidth, innerWidth]")
    assert sizes[0] <= sizes[1], json.dumps(sizes)
