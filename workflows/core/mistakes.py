"""How mistakes in contracts, plans and expressions are told: what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

_ALIKE = 0.7

Place: TypeAlias = tuple[str | int, ...]
"""Where in a document: keys and indexes from its root."""


class Finding(Struct, frozen=True):
    """One mistake in a declared thing: `place` in it, `what` is wrong, and what to write `instead`."""

    place: Place
    what: str
    instead: str


class ExpressionMistake(Exception):
    """An expression that cannot be used: `what` is wrong with it, and what to write `instead`."""

    def __init__(self, what: str, instead: str) -> None:
        """Keep both; the message is the two of them."""
        super().__init__(f"{what}; write {instead}")
        self.what, self.instead = what, instead


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Give the known name that is nearest to `wrong`, else all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=_ALIKE)
    if near:
        return f"{near[0]}?"
    return ", ".join(names) if names else "nothing: none is known here"


def pointer(place: Place) -> str:
    """Give the JSON Pointer (RFC 6901) of a place."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
