"""Makes the README's picture of the page: `python -m tests.page.picture docs/page.png`."""

import shutil
import sys

from playwright.sync_api import expect, sync_playwright

from tests.fakes.fake_bridge import FakeBridge
from tests.page.tones import tone

SIZE = {"width": 1280, "height": 800}
CHAT = (
    ("ann", "hello everyone, glad to be back", {"color": "#5fb8ff", "platform": "twitch"}),
    ("小明", "主播晚上好！今天播什么游戏？", {"color": "#ff7f50", "platform": "bilibili"}),
    ("deals4u", "followers at http://cheap.example", {"color": "#0000ff", "platform": "twitch"}),
    ("mika", "that last jump was so close!", {"color": "#9acd32", "platform": "twitch"}),
    ("阿离", "主播加油，这一关真的好难啊哈哈哈", {"color": "#da70d6", "platform": "bilibili"}),
    (
        "Donald",
        "Great stream! Here is something for a new microphone. 加油！",
        {"color": "#daa520", "platform": "youtube", "priority": "paid", "kind": "super_chat"},
    ),
    ("troll42", "something nasty", {"color": "#d2691e", "platform": "twitch"}),
    ("nightowl", "!uptime", {"color": "#00d084", "platform": "twitch"}),
    ("Лена", "привет из Тбилиси", {"platform": "youtube"}),
    ("小雨", "GG WP 666，太强了", {"color": "#1e90ff", "platform": "bilibili"}),
    ("bob", "what voice is this?", {"color": "#ff69b4", "platform": "twitch"}),
    ("jun", "can you say hi to my cat?", {"color": "#5fb8ff", "platform": "mqtt"}),
)
CHANNELS = (("annplays", "twitch"), ("21452505", "bilibili"), ("@donald", "youtube"))
REJECTED = {2: ("links", "the message is only a link"), 7: ("commands", "it begins with !")}
REMOVED = 6
SPOKEN = (0, 1, 3, 4)
SPEAKING = 5


def busy(bridge: FakeBridge) -> None:
    """A lively room: every status that a message can have."""
    for number, (author, text, more) in enumerate(CHAT):
        bridge.chat(f"m{number}", text, author, **more)
        if number not in {*REJECTED, REMOVED, len(CHAT) - 1}:
            bridge.accept(f"m{number}", f"u{number}", text)
    for number, (rule, reason) in REJECTED.items():
        bridge.emit("chat_rejected", message_id=f"m{number}", rule=rule, reason=reason)
    bridge.remove("twitch", message_id=f"m{REMOVED}")
    for number in SPOKEN:
        ids = {"message_id": f"m{number}", "utterance_id": f"u{number}"}
        bridge.emit("chat_ended", **ids, outcome="spoken", reason="")
    author, text, _ = CHAT[SPEAKING]
    start = {"author": author, "text": text, "voice": "alice", "message_id": f"m{SPEAKING}"}
    bridge.speak(f"u{SPEAKING}", tone(4.0), **start)
    state = {"paused": False, "now_playing": f"u{SPEAKING}"}
    bridge.emit("playback", **state, backlog_ms=11_600, listeners=3, queued=3)


def main(path: str) -> None:
    bridge = FakeBridge()
    for channel, platform in CHANNELS:
        bridge.read(channel, platform)
    bridge.start()
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = chromium.new_page(viewport=SIZE, locale="en-US")
        page.goto(bridge.url)
        bridge.wait_streams()
        busy(bridge)
        expect(page.locator("#now")).to_have_attribute("data-state", "speaking")
        page.wait_for_timeout(1800)
        page.screenshot(path=path)
        chromium.close()
    bridge.stop()


if __name__ == "__main__":
    main(sys.argv[1])
