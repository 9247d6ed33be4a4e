"""The agencies with systems, each a process, where their contracts say that they are.

    python -m examples.purbalingga --data data --gateway-keys http://127.0.0.1:8000/v1/keys

They serve until Ctrl-C. Each keeps its register, its key and its log in a folder of its own.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import yaml

from examples.purbalingga.start import AGENCIES, NotStarted, Running, stop_all

HTTP = 80
CONTRACTS = Path(__file__).parent / "contracts"


def port_of(agency: str) -> int:
    """Give the port at which an agency's contract says that it serves."""
    (path,) = CONTRACTS.glob(f"{agency}-*.yaml")
    connection: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))["connection"]
    if "document" in connection:
        document: dict[str, list[dict[str, str]]] = yaml.safe_load(
            (CONTRACTS / connection["document"]).read_text("utf-8")
        )
        return urlsplit(document["servers"][0]["url"]).port or HTTP
    return urlsplit(connection["url"]).port or HTTP


def end(_number: int, _frame: FrameType | None) -> None:
    """Let the first signal end everything; a terminal sends it to all, and perhaps twice."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Start them, say where they are, and stop them at Ctrl-C."""
    parser = argparse.ArgumentParser(prog="examples.purbalingga", description="The agencies with systems (a sandbox).")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="folder of their folders")
    parser.add_argument("--gateway-keys", default="http://127.0.0.1:8000/v1/keys", metavar="URL_OR_FILE")
    given = parser.parse_args()
    running = [Running(name, given.data, given.gateway_keys, port=port_of(name)) for name in AGENCIES]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        for agency in running:
            agency.launch()
        for agency in running:
            sys.stdout.write(f"{agency.agency:9} {agency.wait().url}  {agency.data}\n")
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
