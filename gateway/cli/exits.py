"""How commands end, and how they say so (docs/reference/command-line.md lists the codes)."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

import msgspec
import rich_click as click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

OK: Final = 0
NOT_SO: Final = 1
"""What was asked is not so: a mistake in a file, an output that is not valid, a case that was not issued."""
USAGE: Final = 2
UNREACHABLE: Final = 3
"""The gateway did not answer, or says that it cannot at the moment: try again later."""
DECLINED: Final = 4
"""The gateway declined what was asked: change something."""

_WIDE: Final = 160
"""Columns for whoever reads our tables through a pipe."""
out: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
err: Final = Console(stderr=True, highlight=False, soft_wrap=True)

P = ParamSpec("P")
R = TypeVar("R")


class Ends(Exception):
    """The command is over with this exit code; the message is for people."""

    def __init__(self, code: int, message: str = "") -> None:
        """Take the exit code and what to say on standard error."""
        super().__init__(message)
        self.code = code


def ending(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with the code of an `Ends`, and its message on standard error."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Ends as ends:
            if str(ends):
                err.print(escape(str(ends)), style="red" if ends.code else None)
            sys.exit(ends.code)

    return run


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def emit(value: object, *, as_json: bool, human: Callable[[], None]) -> None:
    """Print a value as JSON, or as people read it."""
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
    else:
        human()


def table(*names: str) -> Table:
    """Give an empty table with these columns: what is too long goes on in the next line, nothing is cut off."""
    empty = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        empty.add_column(name, overflow="fold")
    return empty


def text(value: object) -> str:
    """Give a text of two languages, or any other JSON value, as one line for a terminal."""
    if isinstance(value, dict):
        both = cast("dict[str, object]", value)
        return escape(str(both.get("en", both)))
    return escape("" if value is None else str(value))
