"""Mistakes in files: where, what is wrong, what to write instead; all of a file at once."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class LoadMistake(Struct, frozen=True, order=True):
    """One mistake; line and column count from 1, `pointer` is the JSON Pointer of the value that is wrong."""

    file: str
    line: int
    column: int
    what: str
    instead: str
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}; write {self.instead}"


class LoadingError(Exception):
    """The files have mistakes: `mistakes` has them all, in order."""

    def __init__(self, mistakes: Sequence[LoadMistake]) -> None:
        """Take the mistakes; the message has one line for each."""
        self.mistakes = sorted(set(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))
