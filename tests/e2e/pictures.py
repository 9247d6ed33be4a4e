"""Pictures of every page in both languages and at two widths: `python -m tests.e2e.pictures FOLDER [NAME ...]`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Page

from tests.e2e.browser import a_browser
from tests.e2e.people import speak
from tests.e2e.stage import Stage, stage
from tests.e2e.tour import SCRIPT, walk
from tests.e2e.tour_kinds import SERVICES, walk_kinds
from tests.e2e.tour_weeks import walk_weeks

WIDTHS = (320, 1280)


class Photographer:
    """Takes a picture of each stop, and notes pages that would scroll sideways."""

    def __init__(self, stage: Stage, folder: Path, names: Sequence[str] = ()) -> None:
        """Take where pictures go; with `names`, only stops whose name starts with one of them."""
        self._stage, self._folder, self._names = stage, folder, tuple(names)
        self.wide: list[str] = []
        self.taken = 0

    async def visit(self, name: str, page: Page, address: str) -> None:
        """Picture one stop."""
        if self._names and not name.startswith(self._names):
            return
        for language in ("id", "en") if address else ("",):
            if address:
                await speak(page, self._stage, language)
                await page.goto(address)
            language = await page.evaluate("document.documentElement.lang")  # noqa: PLW2901  # what it really is
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                await page.screenshot(path=self._folder / f"{name}.{language}.{width}.png", full_page=True)
                self.taken += 1
                if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    self.wide.append(f"{name}.{language}.{width}")
        if address:
            await speak(page, self._stage, "id")


async def take(folder: Path, names: Sequence[str] = ()) -> Photographer:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as data:
        async with stage(Path(data), script=SCRIPT, also=[SERVICES]) as running, a_browser() as browser:
            context = await browser.new_context(locale="id-ID", viewport={"width": 1280, "height": 900})
            photographer = Photographer(running, folder, names)
            await walk(running, context, photographer.visit)
            await walk_weeks(running, context, photographer.visit)
            await walk_kinds(running, context, photographer.visit)
            return photographer


def main() -> int:
    """Take the pictures that the command line asks for."""
    if len(sys.argv) < 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    done = asyncio.run(take(Path(sys.argv[1]), sys.argv[2:]))
    sys.stdout.write(f"{done.taken} pictures in {sys.argv[1]}\n")
    for name in done.wide:
        sys.stdout.write(f"scrolls sideways: {name}\n")
    return 1 if done.wide else 0


if __name__ == "__main__":
    sys.exit(main())
