"""Every page, in every state of the walk, in both languages: judged by axe, by its width, by what it loads and logs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request

from tests.e2e.browser import a_browser
from tests.e2e.people import speak
from tests.e2e.stage import Stage, stage
from tests.e2e.tour import SCRIPT, Visit
from tests.peers.node import packages

Walk = Callable[[Stage, BrowserContext, Visit], Awaitable[None]]
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SMALLEST_TARGET: Final = 24
JUDGE: Final = """
async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})).violations
    .map(found => found.id + ': ' + found.nodes.map(node => node.html.slice(0, 120)).slice(0, 3).join(' | '))
"""
TARGETS: Final = """
smallest => [...document.querySelectorAll('a[href], button, select, summary, input:not([type=hidden]), textarea')]
    .filter(node => node.checkVisibility() && !node.matches('.skip, .hidden'))
    .filter(node => !node.closest('p, dd, td, th, li:not(.actions li), figcaption, .summary'))
    .filter(node => { const box = node.getBoundingClientRect(); return box.width < smallest || box.height < smallest })
    .map(node => node.outerHTML.slice(0, 100))
"""
"""Targets in running text are exempt (WCAG 2.2, 2.5.8)."""
UNTRANSLATED: Final = ("exhausted", "contributed", "undefined", "%(", "{agency}", "{again}")
"""What an applicant or officer never reads; operations read a state's own name beside its word."""
ENGLISH: Final = re.compile(r"[^.\n]*\b(?:the|this|is|of|are)\b[^.\n]*")
"""A sentence that nobody translated: words that Indonesian does not have."""


class Judge:
    """Goes along on the walk and notes what is wrong."""

    def __init__(self, stage: Stage, axe: str) -> None:
        self._stage, self._axe = stage, axe
        self.found: list[str] = []
        self.seen: set[tuple[str, str]] = set()

    async def visit(self, name: str, page: Page, address: str) -> None:
        for language, width in (("id", 320), ("en", 1280)) if address else (("", 320),):
            if address:
                await speak(page, self._stage, language)
                await page.goto(address)
            await page.set_viewport_size({"width": width, "height": 900})
            await self._judge(name, page)
        if address:
            await speak(page, self._stage, "id")

    async def _judge(self, name: str, page: Page) -> None:
        language: str = await page.evaluate("document.documentElement.lang")
        self.seen.add((name, language))
        await page.evaluate(self._axe)
        notes: list[str] = await page.evaluate(JUDGE, TAGS)
        notes += [f"small target: {node}" for node in await page.evaluate(TARGETS, SMALLEST_TARGET)]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            notes.append("scrolls sideways")
        text = await page.inner_text("body")
        if language == "id":
            for technical in await page.locator("main [lang=en]").all_inner_texts():
                text = text.replace(technical, "")
            notes += [f"English: {sentence}" for sentence in ENGLISH.findall(text)]
        if not name.startswith("operator"):
            notes += [f"untranslated: {word}" for word in UNTRANSLATED if word in text]
        self.found += [f"{name} ({language}): {note}" for note in notes]


def watch(browser_page: Page, stage: Stage, notes: list[str]) -> None:
    """Note errors of the console, and requests that go anywhere else."""

    def told(message: ConsoleMessage) -> None:
        expected = "the server responded with a status of 4" in message.text
        if message.type in {"error", "warning"} and not expected:
            notes.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((stage.url, "data:")):
            notes.append(f"third party: {request.url}")

    browser_page.on("console", told)
    browser_page.on("request", asked)
    browser_page.on("pageerror", lambda error: notes.append(f"script: {error}"))


async def judged(folder: Path, walk: Walk, *also: Path) -> None:
    """Go on a walk, and fail with everything that is wrong with its pages; `also` has more services to offer."""
    axe = (packages() / "node_modules" / "axe-core" / "axe.min.js").read_text()
    async with a_browser() as browser, stage(folder, script=SCRIPT, also=also) as running:
        context = await browser.new_context(locale="id-ID")
        judge = Judge(running, axe)
        context.on("page", lambda page: watch(page, running, judge.found))
        await walk(running, context, judge.visit)
        assert not judge.found, "\n".join(sorted(set(judge.found)))
        both = {name for name, _ in judge.seen}
        assert judge.seen == {(name, language) for name in both for language in ("id", "en")}
