"""How commands end, and how they say so (docs/reference/command-line.md lists the codes)."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

import msgspec
import rich_click as click
from rich import box
from rich.console import Console
from rich.markup import escape as without_markup
from rich.table import Table

from contracts.units import legible

OK: Final = 0
NOT_SO: Final = 1
"""What was asked is not so: a mistake in a file, an output that is not valid, a case that was not issued."""
USAGE: Final = 2
"""The command, or a file that it was given, cannot be used."""
UNREACHABLE: Final = 3
"""The gateway did not answer, or says that it cannot at the moment: try again later."""
DECLINED: Final = 4
"""The gateway declined what was asked: change something."""
INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it."""

_WIDE: Final = 160
"""Columns for whoever reads our tables through a pipe."""
out: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
err: Final = Console(stderr=True, highlight=False, soft_wrap=True)

P = ParamSpec("P")
R = TypeVar("R")


def escape(words: str) -> str:
    """Give words that came from elsewhere so that a terminal shows them and obeys none: legible, and no markup."""
    return without_markup(legible(words))


class Ends(Exception):
    """The command is over with this exit code; the message is for people, the problem (RFC 9457) for programs."""

    def __init__(self, code: int, message: str = "", problem: Mapping[str, object] | None = None) -> None:
        """Take the exit code, what to say on standard error, and what the gateway said."""
        super().__init__(message)
        self.code, self.problem = code, problem


def ending(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with the code of an `Ends` and its message on standard error.

    With `--json` the same is on standard output as one JSON document: whoever reads it always finds one.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Ends as ends:
            _tell(ends, as_json=bool(kwargs.get("as_json")))
            sys.exit(ends.code)
        except KeyboardInterrupt:
            err.print("Interrupted.")
            sys.exit(INTERRUPTED)

    return run


def _tell(ends: Ends, *, as_json: bool) -> None:
    """Say why a command ends; one that has said so already has no message."""
    message = str(ends)
    if not message:
        return
    err.print(escape(message), style="red" if ends.code else None)
    if as_json:
        told = {"exit_code": ends.code, "message": message, "problem": ends.problem}
        print_json({"error": {name: value for name, value in told.items() if value is not None}}, indent=0)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(value: object, *, indent: int = 2) -> None:
    """Print a value as one JSON document; indented by 0, it is one line."""
    encoded = msgspec.json.encode(value)
    sys.stdout.write((msgspec.json.format(encoded, indent=indent) if indent else encoded).decode() + "\n")
    sys.stdout.flush()


def emit(value: object, *, as_json: bool, human: Callable[[], None]) -> None:
    """Print a value as JSON, or as people read it."""
    if as_json:
        print_json(value)
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
