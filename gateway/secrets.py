"""Secrets that contracts name: from the environment (`GAPURA_SECRET_NAME`), or a file of that name in a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.settings import SECRET_PREFIX
from workflows.agencies.authorization import SecretMissing

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,127}", re.ASCII)
_LARGEST_BYTES: Final = 64 * 1024


class KeptSecrets:
    """Reads a secret each time it is needed: whoever replaces one restarts nothing."""

    def __init__(self, environment: Mapping[str, str], folder: Path | None) -> None:
        """Take the environment, and the folder of files (None: there is none)."""
        self._environment = environment
        self._folder = folder

    def get(self, name: str) -> str:
        """Give a secret without the line's end behind it.

        Raises:
            SecretMissing: there is none of this name, or its file cannot be read as text.

        """
        if _NAME.fullmatch(name) is None:
            raise SecretMissing(name)
        value = self._environment.get(SECRET_PREFIX + name)
        if value is None and self._folder is not None:
            value = _read(self._folder / name)
        value = (value or "").rstrip("\r\n")
        if not value:  # an empty line too: whatever is signed with nothing, anybody can sign
            raise SecretMissing(name)
        return value


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
