"""A verification as it is told: each row with what repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from workflows.proving.rows import Row, State
from workflows.proving.steps import Bend, Exchange, Message

SIGNED_ONCE: Final[frozenset[Bend]] = frozenset(
    {"no signature", "a signature ten minutes old", "the very bytes that came before", "another body than was signed"}
)
"""Messages that must be turned away however often they come: curl sends them again as they are."""
MARKS: Final[Mapping[State, str]] = {"passed": "✓", "failed": "✗", "blocked": "?", "not applicable": "-"}


class Told(Struct, frozen=True, kw_only=True):
    """A row, and what to type to repeat it."""

    row: Row
    again: str


def told(rows: Sequence[Row], talk: Mapping[str, Exchange], command: Sequence[str]) -> list[Told]:
    """Give every row with what repeats it: `command` is the verification's own, to which a row's name is added."""
    return [Told(row=row, again=_again(row, talk.get(row.at), command)) for row in rows]


def _again(row: Row, exchange: Exchange | None, command: Sequence[str]) -> str:
    if row.state == "not applicable":
        return ""
    if exchange is not None and exchange.step.bend in SIGNED_ONCE:
        return curl(exchange.sent)
    return shlex.join([*command, "--only", row.name])


def curl(message: Message) -> str:
    """Write a message as a command line of curl."""
    fields = [part for name, value in message.headers.items() for part in ("-H", f"{name}: {value}")]
    body = message.body.decode("utf-8", "replace")
    return shlex.join(["curl", "-sS", "-i", "-X", "POST", message.url, *fields, "--data-binary", body])


def counted(rows: Sequence[Row]) -> str:
    """Say how many rows passed, and how many did not."""
    counts = {state: sum(row.state == state for row in rows) for state in MARKS}
    told = [
        f"{counts[state]} {one if counts[state] == 1 else many}"
        for state, (one, many) in _WORDS.items()
        if counts[state]
    ]
    return f"{len(rows)} {'check' if len(rows) == 1 else 'checks'}: {', '.join(told) or 'none'}."


_WORDS: Final[Mapping[State, tuple[str, str]]] = {
    "passed": ("passed", "passed"),
    "failed": ("failed", "failed"),
    "blocked": ("could not be judged", "could not be judged"),
    "not applicable": ("does not apply", "do not apply"),
}
