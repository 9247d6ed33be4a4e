"""House rules for Python that no linter has ("Style" in ARCHITECTURE.md), each shown to find its own bad example."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tidy import tree

FUNCTION_LINES_MAX = 70
FUNCTION_LINES_USUAL = 35
FILE_LINES_MAX = 400
# Tables that are read as one, and the reason why none of them is cut in two.
LONG_TABLES = {
    "contracts/events.py",  # everything that is ever recorded: one small class each, no code
    "workflows/core/evolve.py",  # what each of them does, in the same order
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "shared", "base"}
# The one place that asks the machine for the time; everything else is told it.
CLOCKS = {"clock.py"}
# Holds what it starts, by name, and ends it.
TASK_HOLDERS = {"workflows/engines/work.py"}
SLEEPING = {"tests/eventually.py"}
SLEEPS = {"sleep", "asyncio.sleep"}

Rule = Callable[[str, str], Iterator[str]]


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@cache
def calls(source: str) -> tuple[tuple[ast.Call, str], ...]:
    return tuple((node, ast.unparse(node.func)) for node in nodes(source) if isinstance(node, ast.Call))


def short_functions(_: str, source: str) -> Iterator[str]:
    for function in functions(source):
        if length(function) > FUNCTION_LINES_MAX:
            yield f"{function.lineno}: {function.name} has {length(function)} lines, {FUNCTION_LINES_MAX} are enough"


def short_files(name: str, source: str) -> Iterator[str]:
    lines = source.count("\n")
    if lines > FILE_LINES_MAX and name not in LONG_TABLES:
        yield f"1: {lines} lines, {FILE_LINES_MAX} are enough"


def telling_names(name: str, _: str) -> Iterator[str]:
    for part in Path(name).with_suffix("").parts:
        if part.strip("_") in VAGUE_NAMES:
            yield f"1: the name {part!r} says nothing about what is in it"


def told_the_time(name: str, source: str) -> Iterator[str]:
    asking = re.compile(r"(^|\.)(datetime|date)\.(now|today|utcnow)$|^time\.time(_ns)?$")
    for call, function in calls(source):
        if asking.search(function) and Path(name).name not in CLOCKS and name.startswith(tree.PACKAGES):
            yield f"{call.lineno}: {function}(): be told the time by a Clock"


def held_tasks(name: str, source: str) -> Iterator[str]:
    if name in TASK_HOLDERS or name.startswith("tests/"):
        return
    for call, function in calls(source):
        if re.search(r"(^|loop\(?\)?\.)(asyncio\.)?(create_task|ensure_future)$", function):
            yield f"{call.lineno}: {function}(): a task that nobody holds is lost, use asyncio.TaskGroup"


def no_sleep_in_tests(name: str, source: str) -> Iterator[str]:
    if not name.startswith("tests/") or name in SLEEPING:
        return
    for call, function in calls(source):
        match call.args:
            case [ast.Constant(value=int() | float() as pause)] if pause and function.removeprefix("time.") in SLEEPS:
                yield f"{call.lineno}: {function}({pause}): wait for what you wait for, with tests/eventually.py"
            case _:
                pass


def fakes_not_mocks(_: str, source: str) -> Iterator[str]:
    for node in nodes(source):
        match node:
            case ast.ImportFrom(module="unittest.mock" | "mock") | ast.Import(names=[ast.alias(name="unittest.mock")]):
                yield f"{node.lineno}: a mock agrees with anything: write a fake and hold it to the port's suite"
            case _:
                pass


def explained_exceptions(name: str, source: str) -> Iterator[str]:
    if name.startswith("tests/"):
        return
    lines = source.splitlines()
    marker = re.compile(
        r"#\s*(noqa|type: ignore|pyright: ignore|pragma: no \w+)(:\s*[A-Z0-9, ]+|\[[\w, -]+\])?\s*(.*)$"
    )
    for number, line in enumerate(lines, start=1):
        found = marker.search(line)
        above = lines[number - 2].strip() if number > 1 else ""
        if found and not re.match(r"(#|-|:)\s*\w", found[3]) and not above.startswith("#"):
            yield f"{number}: an exception to a rule says why, behind it or on the line above"


LONG = "def long():\n" + "    pass\n" * FUNCTION_LINES_MAX
RULES: list[tuple[Rule, str, str]] = [
    (short_functions, "gateway/app.py", LONG),
    (short_files, "gateway/app.py", "x = 1\n" * (FILE_LINES_MAX + 1)),
    (telling_names, "gateway/helpers.py", ""),
    (told_the_time, "gateway/app.py", "datetime.datetime.now(UTC)"),
    (told_the_time, "workflows/core/state.py", "date.today()"),
    (told_the_time, "workflows/engines/driver.py", "time.time()"),
    (held_tasks, "gateway/app.py", "asyncio.create_task(work())"),
    (held_tasks, "gateway/app.py", "asyncio.get_running_loop().create_task(work())"),
    (no_sleep_in_tests, "tests/unit/test_x.py", "await_ = asyncio.sleep(0.1)"),
    (fakes_not_mocks, "tests/unit/test_x.py", "from unittest.mock import Mock"),
    (explained_exceptions, "gateway/app.py", "import os  # no" + "qa: F401"),
    (explained_exceptions, "gateway/app.py", "x = y()  # ty" + "pe: ignore[no-any-return]"),
]
GOOD = """
import datetime

def work(clock: Clock, group: TaskGroup) -> datetime.datetime:
    group.create_task(other())
    asyncio.sleep(0)
    os.fork()  # noqa: S606 - the child is what is tested
    return clock.now()
"""


@pytest.mark.parametrize(("rule", "name", "source"), RULES, ids=lambda value: getattr(value, "__name__", None))
def test_a_rule_finds_its_bad_example(rule: Rule, name: str, source: str) -> None:
    assert list(rule(name, source))


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _, _ in RULES))
def test_a_rule_lets_good_code_be(rule: Rule) -> None:
    assert not list(rule("workflows/engines/driver.py", GOOD))
    assert not list(rule("tests/unit/workflows/engines/test_driver.py", GOOD))


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _, _ in RULES))
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    mistakes = [
        f"{tree.name(path)}:{mistake}"
        for path in tree.python()
        for mistake in rule(tree.name(path), path.read_text(encoding="utf-8"))
    ]
    assert not mistakes, "\n".join(mistakes)


def test_nine_functions_in_ten_are_short() -> None:
    lengths = {
        f"{tree.name(path)}: {function.name}": length(function)
        for path in tree.python()
        for function in functions(path.read_text(encoding="utf-8"))
    }
    long = sorted(function for function, lines in lengths.items() if lines > FUNCTION_LINES_USUAL)
    assert len(long) <= len(lengths) / 10, "\n".join(long)
