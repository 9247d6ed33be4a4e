"""A real browser for tests of pages, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

from tests.peers.node import node

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
"""As root in a container; and nothing that calls home."""


def browser_path() -> str:
    """Give where the browser is, or nothing."""
    wanted = os.environ.get("GAPURA_CHROMIUM", "")
    return wanted or next((found for name in NAMES if (found := shutil.which(name))), "")


@asynccontextmanager
async def a_browser() -> AsyncGenerator[Browser, None]:
    """Start a browser of its own; skips the test, and says why, where there is none."""
    path = browser_path()
    if not path:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH, and GAPURA_CHROMIUM names none")
    # Playwright's own Node wants a library that slim machines lack; the one that is here has run already.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
