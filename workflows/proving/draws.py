"""Choices that look like chance and are none: the same beginning always gives the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A row of numbers made of a hash of where it begins."""

    def __init__(self, beginning: bytes) -> None:
        """Take what the row is made of."""
        self._beginning = hashlib.sha256(beginning).digest()
        self._drawn = 0

    def below(self, bound: int) -> int:
        """Draw a whole number from 0, below a bound of at least 1."""
        self._drawn += 1
        block = hashlib.sha256(self._beginning + self._drawn.to_bytes(8, "big")).digest()
        return int.from_bytes(block, "big") % bound

    def between(self, least: int, most: int) -> int:
        """Draw a whole number, both ends included."""
        return least + self.below(most - least + 1)

    def one_of(self, things: Sequence[T]) -> T:
        """Draw one of these; there is at least one."""
        return things[self.below(len(things))]
