"""Random bytes for keys and nonces, drawn from the system for many at once."""

from __future__ import annotations

import os
from typing import Final

_DRAWN: Final = 4096


class Randomness:
    """Gives every byte once. Drawing each nonce by itself would give the interpreter away as often. For one thread."""

    def __init__(self) -> None:
        """Start with nothing drawn."""
        self._drawn, self._at = b"", 0

    def take(self, size: int) -> bytes:
        """Give so many random bytes."""
        if self._at + size > len(self._drawn):
            self._drawn, self._at = os.urandom(max(_DRAWN, size)), 0
        begin = self._at
        self._at += size
        return self._drawn[begin : self._at]
