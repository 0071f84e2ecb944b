"""A real Chromium before a fake bridge."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser import AUTOPLAY, launch
from tests.fakes.fake_bridge import FakeBridge
from tests.page.waiting import wait

INSECURE_HOST = "speaker.test"
"""Not a host that browsers trust without https."""


# Not for the session: Playwright's event loop would be in the way of asyncio tests elsewhere.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, AUTOPLAY, f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1")
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def silent_chromium(playwright: Playwright) -> Iterator[Browser]:
    """One that holds sound back until the page is touched."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def bridge() -> Iterator[FakeBridge]:
    fake = FakeBridge()
    fake.start()
    yield fake
    fake.stop()


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, bridge: FakeBridge) -> Iterator[Open]:
    """Opens the page with a query; in the end nothing may have gone wrong in it unseen."""
    contexts = []
    faults: list[str] = []

    def open_(query: str = "", host: str = "127.0.0.1", browser: Browser = chromium, **options):
        context = browser.new_context(**{"locale": "en-US", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console", lambda line: "Content Security" in line.text and faults.append(line.text)
        )
        page.on("request", lambda sent: _foreign(sent.url, host) and faults.append(sent.url))
        page.goto(f"http://{host}:{bridge.port}/{query}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def _foreign(url: str, host: str) -> bool:
    return not url.startswith(f"http://{host}:")


@pytest.fixture
def page(open_page: Open, bridge: FakeBridge) -> Page:
    """The page, connected and able to sound."""
    page = open_page()
    bridge.wait_streams()
    wait(page, "s.state === 'idle'")
    return page
