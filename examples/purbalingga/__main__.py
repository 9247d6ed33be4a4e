"""The agencies with systems, or some of them, each a process, where their contracts say that they are.

Beside them, the sandbox of payments.

    python -m examples.purbalingga --data data --gateway-keys http://127.0.0.1:8000/v1/keys dukcapil dpupr oss bpjs

They serve until Ctrl-C. Each keeps its register, its key and its log in a folder of its own.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import yaml

from examples.purbalingga.start import AGENCIES, PAYMENTS, NotStarted, Running, stop_all

HTTP = 80
PAYMENTS_PORT = 7190
EVERYBODY = (*AGENCIES, PAYMENTS)
CONTRACTS = Path(__file__).parent / "contracts"


def port_of(agency: str) -> int:
    """Give the port at which an agency's contracts say that its system serves; 0 (any) where nobody calls it."""
    if agency == PAYMENTS:
        return PAYMENTS_PORT
    ports = {port for path in CONTRACTS.glob("*.yaml") if (port := _port_in(path, agency))}
    (port,) = ports or {0}
    return port


def _port_in(path: Path, agency: str) -> int:
    """Give the port of the system that a contract names, if it is this agency's and has one (else 0)."""
    contract: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    connection = contract["connection"]
    if contract["agency"] != agency or connection["kind"] in {"desk", "pull"}:
        return 0
    url: str = connection.get("url", "")
    if "document" in connection:
        document: dict[str, Any] = yaml.safe_load((CONTRACTS / connection["document"]).read_text("utf-8"))
        url = document["servers"][0]["url"]
    return urlsplit(url).port or HTTP


def end(_number: int, _frame: FrameType | None) -> None:
    """Let the first signal end everything; a terminal sends it to all, and perhaps twice."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Start them, say where they are, and stop them at Ctrl-C."""
    parser = argparse.ArgumentParser(prog="examples.purbalingga", description="Agencies with systems (a sandbox).")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="folder of their folders")
    parser.add_argument("--gateway-keys", default="http://127.0.0.1:8000/v1/keys", metavar="URL_OR_FILE")
    parser.add_argument(
        "agencies", nargs="*", metavar="AGENCY", help=f"which of {', '.join(EVERYBODY)}; all by default"
    )
    given = parser.parse_args()
    if unknown := set(given.agencies) - set(EVERYBODY):
        parser.error(f"{', '.join(sorted(unknown))}: none of {', '.join(EVERYBODY)}")
    names = given.agencies or EVERYBODY
    running = [Running(name, given.data, given.gateway_keys, port=port_of(name)) for name in names]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        for agency in running:
            agency.launch()
        for agency in running:
            sys.stdout.write(f"{agency.agency:14} {agency.wait().url}  {agency.data}\n")
            sys.stdout.flush()
        sys.stdout.write("Ctrl-C ends them.\n")
        sys.stdout.flush()
        signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("Ended.\n")
    except NotStarted as error:
        sys.exit(str(error))
    finally:
        stop_all(running)


if __name__ == "__main__":
    main()
