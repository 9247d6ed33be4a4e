"""The secrets of cases that this person submitted, kept where only they can read them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.cli.exits import USAGE, Ends


class Secrets:
    """A file of a person's own: `$XDG_STATE_HOME/gapura/cases.json`, by default below `~/.local/state`."""

    def __init__(self) -> None:
        """Find the file."""
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
        self.path = home / "gapura" / "cases.json"

    def keep(self, case: str, secret: str) -> None:
        """Remember a case's secret; of several commands at once each is remembered.

        Raises:
            Ends: the file cannot be written, or is damaged.

        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._alone():
                known = {**self._read(), case: secret}
                fresh = self.path.with_suffix(".new")
                descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(known))
                fresh.replace(self.path)
        except OSError as error:
            raise Ends(USAGE, f"{error.filename or self.path} cannot be written: {error.strerror}.") from error

    def of(self, case: str, given: str = "") -> str:
        """Give the secret that opens a case: the given one, else the remembered one, else none."""
        return given or self._read().get(case, "")

    def needed(self, case: str, given: str) -> str:
        """Give the secret that opens a case.

        Raises:
            Ends: it is neither given nor remembered.

        """
        held = self.of(case, given)
        if not held:
            raise Ends(
                USAGE,
                f"The secret of case {case} is not kept here ({self.path}): give the one that `case submit` printed, "
                "with --secret or GAPURA_SECRET. Whoever has lost it asks the operator, who can see the case.",
            )
        return held

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Hold the file against other commands, which wait."""
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Ends(USAGE, f"{self.path} cannot be read: {error.strerror}.") from error
        except msgspec.DecodeError as error:
            raise Ends(USAGE, f"{self.path} is damaged ({error}): move it away.") from error
