"""Start the agencies' processes, each as a person would by hand, and know when they are ready.

running = start_all(data, gateway_keys="http://127.0.0.1:8000/v1/keys")
running["oss"].url
...
stop_all(running.values())
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

REPOSITORY = Path(__file__).parents[2]
BY_WIRE = ("dukcapil", "dpupr", "oss", "bpjs", "dinkes", "bpjs-kesehatan", "capil-banyumas")
"""Those whose systems know the wire protocol; djp, dpmptsp and desa have desks, dukcapil one beside its system."""
BY_FETCHING = ("capil-banyumas",)
"""Those of them that nobody can call from outside: their offices call the gateway."""
BY_CONFIRMING = ("dpupr", "capil-banyumas")
"""Those whose systems ask the gateway what it wants confirmed after issue; of others it asks their officers."""
AGENCIES = (*BY_WIRE, "bakeuda")
"""All with systems of their own: bakeuda's is older than the gateway, and knows nothing of it."""

PAYMENTS = "payments"
"""The sandbox of payments: no agency, started beside them. The gateway's `payments_url` is its address."""

AS_SHOWN: Mapping[str, Sequence[str]] = {
    "oss": ("--fail-first", "2"),
    "bpjs": ("--answer-after", "1.5"),
    "dpupr": ("--mistype-first", "1", "--questions-every", "0.5"),
}
"""What each does in the demonstration: *oss* fails twice and recovers, *bpjs* answers later by callback, and *dpupr*
enters the first address with a letter missing, and looks often at what it is asked."""

_START_S = 180.0
"""Far more than it takes: only what will never serve is given up, not what a busy machine is slow to start."""
_END_S = 10.0


class NotStarted(Exception):
    """An agency's process ended or said nothing before it was ready; the message has the end of its log."""


class Ready(Struct, frozen=True):
    """The line that an agency prints when it serves: where it is, and where its public keys are, if it has any."""

    agency: str
    port: int
    url: str
    pid: int
    jwks: str = ""


class Running:
    """One agency's process. After `kill` or `stop`, `start` brings it back at the same port with the same register."""

    def __init__(
        self,
        agency: str,
        data: Path,
        gateway_keys: str,
        options: Sequence[str] = (),
        *,
        port: int = 0,
        start_s: float = _START_S,
    ) -> None:
        """Take what the process needs (port 0: a free one); its register, key and log are kept in `data/<agency>`.

        `start_s` is how many seconds it has until it serves.
        """
        self.agency, self.data = agency, data / agency
        self._start_s = start_s
        self.options = tuple(options)
        self.log = self.data / "log.txt"
        self._gateway_keys = gateway_keys
        self._gateway = gateway_keys.removesuffix("/v1/keys") if gateway_keys.startswith("http") else ""
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: Ready | None = None

    def command(self) -> list[str]:
        """Give the command line, as it is started."""
        module = f"examples.purbalingga.agencies.{self.agency.replace('-', '_')}"
        places = ["--port", str(self._port), "--data", str(self.data)]
        trusts = ["--gateway-keys", self._gateway_keys] if self.agency in BY_WIRE else []
        calls = ["--gateway", self._gateway] if self.agency in BY_FETCHING and self._gateway else []
        calls += ["--questions", self._gateway] if self.agency in BY_CONFIRMING and self._gateway else []
        return [sys.executable, "-m", module, *places, *trusts, *calls, *self.options]

    def launch(self) -> None:
        """Start the process without waiting for it."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # the command is our own
                self.command(), cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL
            )

    def wait(self) -> Ready:
        """Wait until it serves.

        Raises:
            NotStarted: it ended, or took longer than the time it has; the message says which, and what to do.

        """
        if self._process is None or self._process.stdout is None:
            raise NotStarted(f"{self.agency} was not launched")
        line = _first_line(self._process.stdout, self._start_s)
        if not line:
            self.kill()
            slow = f"did not serve within {self._start_s:g} s: start it again when this machine has less to do"
            raise NotStarted(
                f"{self.agency} {'ended before it served' if line is None else slow}; {self._end_of_log()}"
            )
        self._ready = msgspec.json.decode(line, type=Ready)
        self._port = self._ready.port
        return self._ready

    def start(self) -> Ready:
        """Start it and wait until it serves."""
        self.launch()
        return self.wait()

    def _end_of_log(self) -> str:
        said = self.log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        return f"its log ends:\n{said}" if said else "its log is empty"

    @property
    def ready(self) -> Ready:
        """Say where it serves."""
        if self._ready is None:
            raise NotStarted(f"{self.agency} was not started")
        return self._ready

    @property
    def url(self) -> str:
        """Give its address, which its contract's `connection.url` must say."""
        return self.ready.url

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and wait; after ten seconds it is killed."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def start_all(
    data: Path,
    gateway_keys: str,
    options: Mapping[str, Sequence[str]] = AS_SHOWN,
    agencies: Sequence[str] = AGENCIES,
) -> dict[str, Running]:
    """Start agencies beside each other, and wait until all serve.

    Args:
        data: folder under which each keeps its register, key and log.
        gateway_keys: the gateway's JWK Set: a file, or an address (which need not answer yet).
        options: more of an agency's command line, such as its faults.
        agencies: which.

    Raises:
        NotStarted: one of them did not start; the others are stopped.

    """
    running = {agency: Running(agency, data, gateway_keys, options.get(agency, ())) for agency in agencies}
    try:
        for agency in running.values():
            agency.launch()
        for agency in running.values():
            agency.wait()
    except BaseException:
        stop_all(running.values())
        raise
    return running


def stop_all(running: Iterable[Running]) -> None:
    """Stop agencies, one after another."""
    for agency in running:
        agency.stop()


def _first_line(output: IO[bytes], within_s: float) -> bytes | None:
    """Read one line within a time; empty when the process stayed silent, None when it ended."""
    until, line = time.monotonic() + within_s, b""
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([output], [], [], max(0.0, until - time.monotonic()))
        if not readable:
            return b""
        piece = os.read(output.fileno(), 1024)
        if not piece:
            return None
        line += piece
    return line
