"""One process per journal: an exclusive lock on a file beside it, let go by the kernel when the process dies."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from workflows.ports import JournalLocked


class FileLock:
    """Holds `path` locked until `release`; the file says who holds it."""

    def __init__(self, path: Path) -> None:
        """Lock the file.

        Raises:
            JournalLocked: another process has it; the message says which, and what to do.

        """
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._descriptor, 200, 0).decode("utf-8", "replace").strip() or "another process"
            os.close(self._descriptor)
            raise JournalLocked(
                f"{path.with_suffix('')} is in use by {holder}: only one process may. "
                "Stop that one, or give this one another data folder (GAPURA_DATA)"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)

    def release(self) -> None:
        """Let go; the file stays, since removing it would let two processes lock two files."""
        os.close(self._descriptor)
