"""`?view=overlay`, the browser source of a streaming program."""

import struct
import zlib

from playwright.sync_api import expect

from tests.page.tones import tone
from tests.page.waiting import wait


def alpha_at_corner(png: bytes) -> int:
    """The top left pixel's opacity in an RGBA picture; its first filter has nothing to add."""
    at, data, depth = 8, b"", None
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        depth = body[8:10] if kind == b"IHDR" else depth
        data += body if kind == b"IDAT" else b""
        at += size + 12
    assert depth == bytes([8, 6]), "eight bits, with alpha"
    return zlib.decompress(data)[4]


def test_it_is_transparent_and_shows_no_controls(open_page, bridge):
    page = open_page("?view=overlay")
    bridge.wait_streams()
    bridge.chat("m1", "hello")
    bridge.accept("m1", "u1")
    expect(page.locator("[data-id=m1]")).to_be_visible()
    for hidden in (".top", ".controls", ".say", "#unlock"):
        expect(page.locator(hidden)).to_be_hidden()
    assert alpha_at_corner(page.screenshot(omit_background=True)) == 0


def test_viewers_do_not_see_what_was_refused_or_taken_back(open_page, bridge):
    page = open_page("?view=overlay")
    bridge.wait_streams()
    for name in ("m1", "m2", "m3", "m4"):
        bridge.chat(name, f"text of {name}")
    bridge.emit("chat_rejected", message_id="m1", rule="words", reason="a bad word")
    bridge.accept("m2", "u2")
    bridge.accept("m3", "u3")
    bridge.remove(message_id="m2")
    expect(page.locator("[data-id=m3]")).to_be_visible()
    for name in ("m1", "m2", "m4"):
        expect(page.locator(f"[data-id={name}]")).to_be_hidden()


def test_it_speaks_by_itself_under_a_subtitle(open_page, bridge):
    page = open_page("?view=overlay")
    bridge.wait_streams()
    bridge.speak("u1", tone(0.5), text="大家好", author="小明")
    expect(page.locator("#now-text")).to_have_text("大家好")
    expect(page.locator("#now-text")).to_be_in_viewport()
    assert wait(page, "s.utterances_played.length === 1")["rendered_samples"] == 12000
    expect(page.locator("#now-text")).to_be_hidden()


def test_a_second_source_can_be_silent(open_page, bridge):
    page = open_page("?view=overlay&muted")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
