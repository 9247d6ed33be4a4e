"""The processes of a measurement: started, asked to measure, ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from typing import Final

import msgspec

from gateway.cli.bench.driving import Order, Run

_START_S: Final = 60.0
_END_S: Final = 15.0


class MeasuringFailed(Exception):
    """A process of the measurement did not start, or did not carry its order out."""


class Beside:
    """A process beside us that says one line when it is ready; what it complains of goes where our complaints go."""

    def __init__(self, name: str, module: str, *arguments: str) -> None:
        """Take what to call it, and its module and arguments."""
        self.name = name
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self.said = ""

    @property
    def pid(self) -> int:
        """Its number."""
        return self._started().pid

    def start(self) -> None:
        """Start it and wait for its first line."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GAPURA_", "OTEL_"))}
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=inherited
        )
        self.said = self._line(within_s=_START_S)

    def measure(self, order: Order) -> Run:
        """Let a driver carry an order out.

        Raises:
            MeasuringFailed: it ended instead; it has said why.

        """
        process = self._started()
        if process.stdin is None:
            raise AssertionError
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        process.stdin.flush()
        return msgspec.json.decode(self._line(within_s=None), type=Run)

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise MeasuringFailed(f"{self.name} was not started")
        return self._process

    def _line(self, *, within_s: float | None) -> str:
        output = self._started().stdout
        if output is None:
            raise AssertionError
        readable, _, _ = select.select([output], [], [], within_s)
        line = output.readline().decode().strip() if readable else ""
        if not line:
            raise MeasuringFailed(f"{self.name} did not go on: what it wrote above says why")
        return line
