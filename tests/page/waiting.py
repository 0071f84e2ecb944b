"""Waiting on what `ishowtts.stats()` says."""

import time
from typing import Any

from playwright.sync_api import Page

WAIT_S = 30.0
POLL_MS = 20


def stats(page: Page) -> dict[str, Any]:
    return page.evaluate("ishowtts.stats()")


def wait(page: Page, condition: str) -> dict[str, Any]:
    """The statistics `s` once `condition`, in JavaScript, holds of them.

    Playwright's own `wait_for_function` evaluates text in the page, which its security policy
    forbids.
    """
    deadline = time.monotonic() + WAIT_S
    while not page.evaluate(f"(() => {{ const s = ishowtts.stats(); return {condition}; }})()"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"never came true: {condition}; {stats(page)}")
        page.wait_for_timeout(POLL_MS)
    return stats(page)
