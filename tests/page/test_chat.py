"""The chat list: what is said, and what becomes of it."""

import re

from playwright.sync_api import expect

from tests.page.tones import tone
from tests.page.waiting import wait

MARKUP = [
    "<img src=x onerror=alert(1)>",
    "<script>document.title='owned'</script>",
    '"><svg onload=alert(1)>',
    "<style>body{display:none}</style>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
]


def row(page, message_id: str):
    return page.locator(f"#chat [data-id='{message_id}']")


def expect_status(page, message_id: str, status: str) -> None:
    expect(row(page, message_id)).to_have_attribute("data-status", status)


def test_a_message_is_followed_from_waiting_to_spoken(page, bridge):
    bridge.chat("m1", "hello there")
    expect_status(page, "m1", "waiting")
    bridge.accept("m1", "u1", spoken="hello there!")
    expect_status(page, "m1", "queued")
    expect(row(page, "m1").locator(".text")).to_have_attribute("title", "hello there!")
    bridge.audio_start("u1", message_id="m1")
    bridge.audio_chunk("u1", 0, tone(0.5))
    expect_status(page, "m1", "speaking")
    bridge.audio_stop("u1", 12000)
    bridge.emit("chat_ended", message_id="m1", utterance_id="u1", outcome="spoken", reason="")
    wait(page, "s.rendered_samples === 12000")
    expect_status(page, "m1", "spoken")


def test_what_the_synth_has_finished_is_spoken_only_once_it_was_heard(page, bridge):
    bridge.speak("u0", tone(1.0))
    bridge.chat("m1", "hello")
    bridge.accept("m1", "u1")
    bridge.speak("u1", tone(0.1), message_id="m1")
    bridge.emit("chat_ended", message_id="m1", utterance_id="u1", outcome="spoken", reason="")
    bridge.chat("m2", "a later message")
    expect(row(page, "m2")).to_be_visible()
    expect_status(page, "m1", "queued")
    expect_status(page, "m1", "spoken")


def test_what_others_heard_before_this_page_came_is_spoken(page, bridge):
    bridge.chat("m1", "hello")
    bridge.emit("chat_ended", message_id="m1", utterance_id="u1", outcome="spoken", reason="")
    expect_status(page, "m1", "spoken")


def test_a_rejection_says_the_rule_and_the_reason(page, bridge):
    bridge.chat("m1", "http://example.org")
    bridge.emit("chat_rejected", message_id="m1", rule="links", reason="it is only a link")
    expect_status(page, "m1", "rejected")
    expect(row(page, "m1").locator(".note")).to_have_text("links: it is only a link")
    expect(row(page, "m1").locator(".chip")).to_have_attribute("title", "links: it is only a link")


def test_every_other_end_is_shown_with_its_reason(page, bridge):
    for outcome in ("expired", "cancelled", "shed", "failed"):
        bridge.chat(outcome, "hello")
        ended = {"message_id": outcome, "utterance_id": f"u-{outcome}", "reason": "too late"}
        bridge.emit("chat_ended", **ended, outcome=outcome)
        expect_status(page, outcome, outcome)
        expect(row(page, outcome).locator(".note")).to_have_text("too late")


def test_a_deleted_message_is_struck_out_and_stays_so(page, bridge):
    bridge.chat("m1", "hello")
    bridge.chat("m2", "hello")
    bridge.remove(message_id="m1", author_id="a7")
    bridge.emit(
        "chat_ended", message_id="m1", utterance_id="u1", outcome="cancelled", reason="deleted"
    )
    bridge.chat("m3", "later")
    expect(row(page, "m3")).to_be_visible()
    expect_status(page, "m1", "removed")
    expect(row(page, "m1").locator(".line")).to_have_css("text-decoration-line", "line-through")
    expect_status(page, "m2", "waiting")


def test_a_banned_author_loses_every_message_and_a_cleared_chat_all(page, bridge):
    bridge.chat("m1", "one", author_id="a7")
    bridge.chat("m2", "two", author_id="a7")
    bridge.chat("m3", "three", author_id="a8")
    bridge.chat("m4", "four", author_id="a7", platform="twitch")
    bridge.remove(author_id="a7")
    expect_status(page, "m1", "removed")
    expect_status(page, "m2", "removed")
    expect_status(page, "m3", "waiting")
    bridge.remove()
    expect_status(page, "m3", "removed")
    expect_status(page, "m4", "waiting")


def test_markup_is_text(page, bridge):
    for number, text in enumerate(MARKUP):
        name = f"m{number}"
        bridge.chat(name, text, author=text, platform=text, kind=text)
        bridge.emit("chat_rejected", message_id=name, rule=text, reason=text)
        expect(row(page, name).locator(".text")).to_have_text(text)
    everything = " ".join(MARKUP)
    bridge.speak("u1", tone(0.5), text=everything, author=everything, voice=everything)
    expect(page.locator("#now-text")).to_have_text(everything)
    expect(page.locator("#now-author")).to_have_text(everything)
    expect(page.locator("#now-voice")).to_have_text(everything)
    assert page.title() == "iShowTTS · main"
    assert page.locator("#chat :is(img, script, style, svg), .who :is(strong, span) *").count() == 0
    assert page.locator("#now-text *").count() == 0


def test_a_message_without_an_author_begins_where_the_others_do(page, bridge):
    bridge.chat("m1", "hello", author="")
    line, text = (row(page, "m1").locator(part).bounding_box() for part in (".line", ".text"))
    assert text["x"] == line["x"]


def test_an_author_has_the_colour_they_chose_if_it_is_one(page, bridge):
    orange, usual = "rgb(255, 128, 0)", "rgb(143, 184, 255)"
    chosen = {"#ff8000": orange, "#FF8000": orange}
    no_colours = dict.fromkeys(["red", "#f80", "#ff8000;background:red", None], usual)
    for number, (color, shown) in enumerate({**chosen, **no_colours}.items()):
        bridge.chat(f"m{number}", "hello", color=color)
        expect(row(page, f"m{number}").locator(".author")).to_have_css("color", shown)


def test_a_colour_too_dark_to_read_is_lightened(page, bridge):
    for color in ("#000000", "#0000ff", "#8b0000", "#151921"):
        bridge.chat(color, "hello", color=color)
        shown = row(page, color).locator(".author").evaluate("e => getComputedStyle(e).color")
        red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", shown))
        assert 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.18


def test_the_list_is_bounded_and_follows_the_newest(page, bridge):
    for number in range(250):
        bridge.chat(f"m{number}", f"message {number}")
    expect(row(page, "m249")).to_be_in_viewport()
    assert page.locator("#chat .row").count() == 200
    expect(row(page, "m49")).to_have_count(0)


def test_somebody_who_reads_older_rows_is_left_there(page, bridge):
    for number in range(60):
        bridge.chat(f"m{number}", f"message {number}")
    expect(row(page, "m59")).to_be_in_viewport()
    page.locator("#chat").evaluate("e => { e.scrollTop = 0; }")
    page.wait_for_timeout(100)
    bridge.chat("m60", "newer")
    newest = page.get_by_role("button", name="Newest messages")
    expect(newest).to_be_visible()
    expect(row(page, "m0")).to_be_in_viewport()
    newest.click()
    expect(row(page, "m60")).to_be_in_viewport()
    expect(newest).to_be_hidden()


def test_a_repeated_message_is_one_row(page, bridge):
    for _ in range(3):
        bridge.chat("m1", "hello")
    bridge.chat("m2", "end")
    expect(row(page, "m2")).to_be_visible()
    assert page.locator("#chat .row").count() == 2
