"""What the pure packages may import: a list of what is allowed, where import-linter has one of what is not."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.tidy import tree

PURE = {
    "__future__", "abc", "base64", "bisect", "calendar", "collections", "dataclasses", "datetime", "decimal", "difflib",
    "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math", "operator", "re",
    "string", "textwrap", "types", "typing", "unicodedata",
}  # fmt: skip
ALLOWED = {
    "contracts/": {"contracts", "msgspec"} | set(sys.stdlib_module_names),
    "workflows/core/": {"contracts", "workflows", "msgspec", "celpy", "lark"} | PURE,
}


def roots(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, (node.module or "").partition(".")[0]


def strangers(source: str, allowed: set[str]) -> list[str]:
    return [f"{line}: imports {root}" for line, root in roots(source) if root not in allowed]


def test_the_rule_finds_its_bad_example() -> None:
    assert strangers("import time, re\nfrom os.path import join", PURE) == ["1: imports time", "2: imports os"]


@pytest.mark.parametrize("package", ALLOWED)
def test_pure_packages_import_only_what_is_pure(package: str) -> None:
    mistakes = [
        f"{tree.name(path)}:{stranger}"
        for path in tree.python()
        if tree.name(path).startswith(package)
        for stranger in strangers(path.read_text(encoding="utf-8"), ALLOWED[package])
    ]
    assert not mistakes, "\n".join(mistakes)
