"""The real Chromium that page tests drive."""

import os
import shutil

import pytest
from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AUTOPLAY = "--autoplay-policy=no-user-gesture-required"


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Chromium as it is installed; required where ISHOWTTS_REQUIRE_CHROMIUM is set, as in CI."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("ISHOWTTS_REQUIRE_CHROMIUM"):
        pytest.fail("Chromium is required here and not installed")
    if path is None:
        pytest.skip("no Chromium on PATH, so the page was not tested: apt install chromium")
    return playwright.chromium.launch(executable_path=path, args=[*QUIET, *flags])
