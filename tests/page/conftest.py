"""A real Chromium before a fake bridge."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from tests.browser import AUTOPLAY, launch
from tests.fakes.fake_bridge import FakeBridge
from tests.page.waiting import wait

PATIENCE_MS = 20_000
"""Waits end as soon as they can; a busy machine needs long ones."""
INSECURE_HOST = "speaker.test"
"""Not a host that browsers trust without https."""
LANGUAGE = {"locale": "en-US"}


# Not for the session: Playwright's event loop would be in the way of asyncio tests elsewhere.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
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


@pytest.fixture(scope="package")
def tab(chromium: Browser) -> Iterator[Page]:
    """A tab for all tests: a new one takes as long as the page itself needs to load."""
    context = chromium.new_context(**LANGUAGE)
    yield context.new_page()
    context.close()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What went wrong in pages unseen; in the end it has to be nothing."""
    faults: list[str] = []
    yield faults
    assert faults == []


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, bridge: FakeBridge, faults: list[str]) -> Iterator[Open]:
    """Opens the page with a query, in a browser profile of its own."""
    contexts = []

    def open_(query: str = "", host: str = "127.0.0.1", browser: Browser = chromium, **options):
        context = browser.new_context(**LANGUAGE | options)
        contexts.append(context)
        page = context.new_page()
        _watch(page, host, faults)
        page.goto(f"http://{host}:{bridge.port}/{query}")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def page(tab: Page, bridge: FakeBridge, faults: list[str]) -> Iterator[Page]:
    """The page, connected and able to sound. Its bridge is new, so nothing is left of others."""
    watchers = _watch(tab, "127.0.0.1", faults)
    tab.goto(bridge.url)
    bridge.wait_streams()
    wait(tab, "s.state === 'idle'")
    yield tab
    tab.evaluate("localStorage.clear()")
    tab.goto("about:blank")
    for event, watcher in watchers.items():
        tab.remove_listener(event, watcher)


def _watch(page: Page, host: str, faults: list[str]) -> dict[str, Callable[..., None]]:
    """Note exceptions, breaches of the security policy and calls of strangers, by event."""

    def on_error(error: Error) -> None:
        faults.append(str(error))

    def on_console(line: ConsoleMessage) -> None:
        if "Content Security" in line.text:
            faults.append(line.text)

    def on_request(sent: Request) -> None:
        if not sent.url.startswith((f"http://{host}:", "about:")):
            faults.append(sent.url)

    watchers = {"pageerror": on_error, "console": on_console, "request": on_request}
    for event, watcher in watchers.items():
        page.on(event, watcher)
    page.set_default_timeout(PATIENCE_MS)
    return watchers
