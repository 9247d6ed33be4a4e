"""House rules for everything written: pages have one title and links that lead somewhere; nothing half done is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.tidy import tree

Rule = Callable[[Path, str], Iterator[str]]
ADR_LINES_MAX = 70
# Addresses that the gateway must refuse to connect to, spelled in every way.
HOSTILE = {"test_addresses.py"}
HALF_DONE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
# A path under somebody's home or work folder, and an address that only one office can reach.
MACHINE_PATH = re.compile(r"(?<![\w.}/-])/(home|root|Users|work|workspace|builds)/\w")
PRIVATE_HOST = re.compile(r"//[\w.-]+\.(internal|intranet|corp|lan)\b")


def prose(text: str) -> list[tuple[int, str]]:
    """Return the numbered lines outside code blocks."""
    kept: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate(text.splitlines(), start=1):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            kept.append((number, line))
    return kept


def one_title(path: Path, text: str) -> Iterator[str]:
    titles = [line for _, line in prose(text) if line.startswith("# ")]
    if path.suffix == ".md" and len(titles) != 1:
        yield f"1: {len(titles)} titles, a page has one"


def anchors(text: str) -> set[str]:
    headings = [
        re.sub(r"[`*]", "", line.lstrip("#").strip()).lower() for _, line in prose(text) if line.startswith("#")
    ]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def links_that_lead_somewhere(path: Path, text: str) -> Iterator[str]:
    if path.suffix != ".md":
        return
    for number, line in prose(text):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            file, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / file).resolve() if file else path
            if file and not there.exists():
                yield f"{number}: {target} leads nowhere"
            elif (
                anchor
                and there.suffix == ".md"
                and anchor not in anchors(there.read_text(encoding="utf-8") if file else text)
            ):
                yield f"{number}: {target}: no such heading"


def nothing_half_done(_: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if HALF_DONE.search(line):
            yield f"{number}: do it now, or file it where work is filed"


def no_machine_of_ours(path: Path, text: str) -> Iterator[str]:
    if path.name in HOSTILE:
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if MACHINE_PATH.search(line) or PRIVATE_HOST.search(line):
            yield f"{number}: names a path or a host that only one machine knows"


HERE = tree.ROOT / "page.md"
RULES: list[tuple[Rule, str]] = [
    (one_title, "# One\n\n# Two\n"),
    (one_title, "## None\n```\n# a comment\n```\n"),
    (links_that_lead_somewhere, "# A\n[b](no-such-page.md)"),
    (links_that_lead_somewhere, "# A\n[b](#no-such-heading)"),
    (nothing_half_done, "later: TO" + "DO"),
    (no_machine_of_ours, "cd /ho" + "me/ani/gapura"),
    (no_machine_of_ours, "index = https://mirror.inter" + "nal/simple"),
]
GOOD = "# One title\n\nSee [the licence](LICENSE), [this](#one-title) and https://example.org/work/of/art.\n"


@pytest.mark.parametrize(("rule", "text"), RULES, ids=lambda value: getattr(value, "__name__", None))
def test_a_rule_finds_its_bad_example(rule: Rule, text: str) -> None:
    assert list(rule(HERE, text))
    assert not list(rule(HERE, GOOD))


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _ in RULES))
def test_what_is_written_keeps_the_rule(rule: Rule) -> None:
    mistakes = [
        f"{tree.name(path)}:{mistake}"
        for path in tree.texts()
        for mistake in rule(path, path.read_text(encoding="utf-8"))
    ]
    assert not mistakes, "\n".join(mistakes)


def test_a_decision_is_a_numbered_page_with_a_status() -> None:
    records = [path for path in tree.markdown() if tree.name(path).startswith("docs/adr/0")]
    index = (tree.ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {path.name[:4]} \w", text), f"{path.name}: its title begins with its number"
        assert re.search(r"^Status: (proposed|accepted|replaced by )", text, re.MULTILINE), path.name
        assert text.count("\n") <= ADR_LINES_MAX, f"{path.name}: a decision fits on one page"
        assert f"({path.name})" in index, f"{path.name} is not in the list of decisions"
    assert len({path.name[:4] for path in records}) == len(records), "two decisions share a number"
