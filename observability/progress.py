"""How far the journal has been told to the collector: what a killed gateway had not yet told, the next one tells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_DIGITS: Final = 20


class Progress:
    """A sequence number in a file. Losing it costs a few spans told twice or not at all, so it is not synced."""

    def __init__(self, path: Path) -> None:
        """Open the file, made where there is none."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._told = self._read()

    @property
    def told(self) -> int | None:
        """The newest sequence number that was told; None: nothing ever was, so that nothing old is either."""
        return self._told

    def tell(self, sequence: int) -> None:
        """Remember that everything up to a sequence number was told."""
        if self._told is None or sequence > self._told:
            self._told = sequence
            os.pwrite(self._descriptor, f"{sequence:0{_DIGITS}d}\n".encode(), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def _read(self) -> int | None:
        text = os.pread(self._descriptor, _DIGITS, 0)
        return int(text) if len(text) == _DIGITS and text.isdigit() else None
