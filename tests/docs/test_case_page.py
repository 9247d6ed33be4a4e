"""The page of what may happen to a case: every clause names tests that show it, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.tidy import tree

PAGE = tree.ROOT / "docs" / "reference" / "case.md"
NAMED = re.compile(r"^  - `(tests/[\w/]+\.py)::(test_\w+)`$")
SUITES = sorted({path.name for path in (tree.ROOT / "tests" / "unwind").glob("test_*.py")} - {"test_scenes.py"})


def clauses(text: str) -> dict[str, list[str]]:
    """Read every clause, by its first line, with the lines below it that are indented as a list."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("- "):
            found[line] = []
        elif line.startswith("  - "):
            found[next(reversed(found))].append(line)
    return found


@cache
def named_in(path: str) -> frozenset[str]:
    """Name the tests of a file; a file that is not there has none."""
    file = tree.ROOT / path
    nodes = ast.parse(file.read_text("utf-8")).body if file.is_file() else []
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(text: str) -> list[str]:
    """Say which clause is shown by nothing, and which test is not there."""
    wrong: list[str] = []
    for clause, lines in clauses(text).items():
        named = [NAMED.match(line) for line in lines]
        if not lines:
            wrong.append(f"nothing shows: {clause}")
        wrong += [
            line
            for line, found in zip(lines, named, strict=True)
            if found is None or found[2] not in named_in(found[1])
        ]
    return wrong


def test_a_clause_that_nothing_shows_or_a_test_that_is_not_there_is_not_found() -> None:
    here = "tests/docs/test_case_page.py"
    itself = test_a_clause_that_nothing_shows_or_a_test_that_is_not_there_is_not_found.__name__
    good = f"- True.\n  - `{here}::{itself}`\n"
    assert missing(good) == []
    assert missing("- True.\n## Next\n") == ["nothing shows: - True."]
    for line in (f"  - `{here}::test_no_such`", "  - `tests/no_such.py::test_no_such`", "  - see above"):
        assert missing(f"- True.\n{line}\n") == [line]


def test_a_clause_is_shown_by_nothing_or_by_a_test_that_is_not_there() -> None:
    text = PAGE.read_text("utf-8")
    assert len(clauses(text)) > 30
    assert not missing(text), "\n".join(missing(text))


def test_a_test_of_every_step_shows_no_clause() -> None:
    """A rule that is played for every step of every plan, and that the page does not tell, is nobody's rule."""
    text = PAGE.read_text("utf-8")
    untold = [
        f"{suite}::{name}"
        for suite in SUITES
        for name in sorted(named_in(f"tests/unwind/{suite}"))
        if name.startswith("test_") and f"tests/unwind/{suite}::{name}`" not in text
    ]
    assert not untold, "\n".join(untold)
