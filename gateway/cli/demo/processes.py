"""The gateway as a process of its own: started, killed, started again at the same port with the same data."""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_START_S: Final = 180.0
"""Far more than it takes: only what will never serve is given up, not what a busy machine is slow to start."""
_END_S: Final = 15.0
_PORTS: Final = range(20_000, 30_000)
"""Below those that kernels take for calls out (from 32768): nobody takes ours while the gateway is dead."""
_TRIES: Final = 100


class GatewayNotStarted(Exception):
    """The gateway ended or said nothing before it was ready; the message has the end of its log."""


def kept_port() -> int:
    """Give a port that nobody listens on, by chance, so that two who ask at once get two."""
    for _ in range(_TRIES):
        port = random.choice(_PORTS)  # noqa: S311 - a port, no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise GatewayNotStarted(f"no port between {_PORTS.start} and {_PORTS.stop} is free")


class GatewayProcess:
    """`gapura serve` beside us, with no settings but ours."""

    def __init__(self, data: Path, *, environment: Mapping[str, str] | None = None, start_s: float = _START_S) -> None:
        """Take the data folder; the port is chosen now and kept over restarts. It has `start_s` until it serves."""
        self.data = data
        self._start_s = start_s
        self.port = kept_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / "gateway.log"
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process's number; 0 while there is none."""
        return self._process.pid if self._process else 0

    @property
    def operator_token(self) -> str:
        """The first operator's token, made on first start."""
        return (self.data / "operator.token").read_text(encoding="ascii").strip()

    def launch(self) -> None:
        """Start the process without waiting for it."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(self.port), "--data", str(self.data)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GAPURA_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "gateway.cli", *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**inherited, "GAPURA_ALLOW_NETWORKS": "127.0.0.0/8", **self._environment},
            )

    def wait(self) -> None:
        """Wait until it takes requests.

        Raises:
            GatewayNotStarted: it ended, or took too long; the message says which, and what to do.

        """
        process = self._process
        output = process.stdout if process else None
        if process is None or output is None:
            raise GatewayNotStarted("the gateway was not launched")
        readable, _, _ = select.select([output], [], [], self._start_s)
        line = output.readline() if readable else b""
        if not line:
            self.kill()
            slow = f"did not serve within {self._start_s:g} s: start it again when this machine has less to do"
            said = self.end_of_log()
            log = f"its log ends:\n{said}" if said else "its log is empty"
            raise GatewayNotStarted(f"the gateway {'ended before it served' if readable else slow}; {log}")

    def end_of_log(self, lines: int = 15) -> str:
        """Give the last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def start(self) -> float:
        """Start it and wait; give how long that took, in seconds."""
        begun = time.monotonic()
        self.launch()
        self.wait()
        return time.monotonic() - begun

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end (SIGTERM) and give its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            code = process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return code
