"""An agency built on the kit, in a few lines, verified against its contract over real HTTP: two views of one page."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gapura_agency import Agency, Ask, Gateway, Refuse, SigningKey, SqliteStore, Undo, listening, refuse
from gateway.cli.proving.keys import own_key
from gateway.cli.proving.verifying import Verification, Wanted, verify
from workflows.loading.contracts import load_contract

EXAMPLE = Path(__file__).parents[2] / "examples" / "purbalingga" / "contracts" / "dpupr-confirm-kkpr.yaml"
NAME = "dpupr/confirm-kkpr@1"


def confirm(ask: Ask) -> dict[str, Any] | Refuse:
    if ask.input["kbli"] == "13134":
        return refuse("outside_spatial_plan", "Kegiatan ini tidak diizinkan di zona tersebut.")
    number = ask.database.execute("INSERT INTO given VALUES (?)", (ask.key,)).lastrowid
    return {"number": f"KKPR-33.03-2026-{number:06d}", "zone": "Permukiman", "decision": "permitted"}


def withdraw(undo: Undo) -> None:
    undo.database.execute("DELETE FROM given WHERE ask = ?", (undo.ask_key,))


@contextmanager
def serving(folder: Path, gateway: str, later_s: float | None) -> Generator[str]:
    store = SqliteStore(folder / "agency.sqlite", tables="CREATE TABLE IF NOT EXISTS given (ask TEXT)")
    agency = Agency(key=SigningKey.new("dpupr"), gateway=Gateway(gateway), contracts=EXAMPLE, store=store)
    agency.contract(NAME, later=later_s)(confirm)
    agency.undo(NAME)(withdraw)
    agency.confirm(NAME)(lambda _question: "same")
    with listening(agency) as url:
        yield url


@pytest.mark.parametrize("later_s", [None, 0], ids=["at-once", "later"])
def test_an_agency_on_the_kit_breaks_its_contract(later_s: float | None, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    with serving(tmp_path, f"http://127.0.0.1:{port}", later_s) as url:
        found: Verification = asyncio.run(
            verify(
                Wanted(
                    contract=load_contract(EXAMPLE),
                    url=url,
                    key=own_key("gateway", None, "verify"),
                    listen=("127.0.0.1", port),
                )
            )
        )
    assert [row for row in found.rows if row.state in {"failed", "blocked"}] == []
    assert ("callback" in {row.name for row in found.rows if row.state == "passed"}) is (later_s is not None)
