"""A small office on the kit, with one contract of each kind, for the tests of the kit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml

from gapura_agency import (
    Agency,
    Ask,
    Document,
    MemoryStore,
    Notice,
    Question,
    Refuse,
    SigningKey,
    Store,
    Undo,
    accept,
    refuse,
    send_back,
)
from gapura_agency.asked import Confirmation, Given
from gapura_agency.testing import StandIn

REGISTER, CARD, FINAL = "oss/register-business@2", "oss/print-card@1", "oss/close-business@1"
TRADER = {"nik": "3303055203900000", "kbli": "56103"}
NOW = 1_795_489_200.0
PDF = b"%PDF-1.4 a certificate"


def contract(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {
        "agency": "oss",
        "contract": name,
        "version": version,
        "effect": "none",
        "input": {
            "type": "object",
            "required": ["nik"],
            "properties": {
                "nik": {"type": "string", "pattern": "^[0-9]{16}$"},
                "kbli": {"type": "string"},
                "lease": {"document": "application/pdf"},
            },
            "additionalProperties": False,
        },
        "output": {
            "type": "object",
            "required": ["nib"],
            "properties": {
                "nib": {"type": "string", "pattern": "^[0-9]{13}$"},
                "registered_on": {"type": "string", "format": "date"},
                "paper": {"document": "application/pdf"},
            },
            "additionalProperties": False,
        },
        **more,
    }


CONTRACTS = {
    "register": contract(
        "register-business",
        "2.1.0",
        effect="reversible",
        undo={"by": "system", "within": "30 days"},
        lookup=True,
        refusals={"already_registered": {"title": {"id": "Sudah", "en": "Already"}}},
        confirms=["kbli"],
        examples=[
            {"title": "a stall", "input": TRADER, "output": {"nib": "9120000000001"}},
            {"title": "known", "input": {"nik": "3303064507800000"}, "refusal": "already_registered"},
        ],
    ),
    "card": contract(
        "print-card", "1.0.0", examples=[{"title": "one", "input": TRADER, "output": {"nib": "9120000000001"}}]
    ),
    "close": contract(
        "close-business",
        "1.0.0",
        effect="final",
        examples=[{"title": "one", "input": TRADER, "output": {"nib": "9120000000001"}}],
    ),
}


class Clock:
    """A clock that stands still until it is set on."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


class Office:
    """The agency, and what its functions did; `says` is what a function returns in place of its own answer."""

    def __init__(self, folder: Path, *, store: Store | None = None, later: float | None = None, url: str = "") -> None:
        self.clock = Clock()
        self.gateway = StandIn(now=self.clock)
        self.done: list[str] = []
        self.undone: list[str] = []
        self.noted: list[Notice] = []
        self.says: dict[str, Any] = {}
        self.asked: list[Ask] = []
        self.register = {"kbli": "56103"}
        self.agency = Agency(
            key=SigningKey.new("oss"),
            gateway=self.gateway,
            contracts=written(folder),
            store=store or MemoryStore(),
            url=url or "https://oss.test/gapura",
            now=self.clock,
        )
        self.agency.contract(REGISTER, later=later)(self.decide)
        self.agency.undo(REGISTER)(self.take_back)
        self.agency.confirm(REGISTER)(self.still_so)
        self.agency.contract(CARD)(self.decide)
        self.agency.contract(FINAL)(self.decide)
        self.agency.notice(self.noted.append)

    def decide(self, ask: Ask) -> Given:
        self.asked.append(ask)
        if "decide" in self.says:
            said: Any = self.says["decide"]
            if isinstance(said, Exception):
                raise said
            given: Any = said(ask) if callable(said) else said
            return cast("Given", given)
        if ask.input["nik"].startswith("330306"):
            return refuse("already_registered", "Sudah terdaftar.")
        self.done.append(ask.key)
        return {"nib": f"912{len(self.done):010d}"}

    def take_back(self, undo: Undo) -> Refuse | None:
        self.undone.append(undo.ask_key)
        said: Refuse | None = self.says.get("undo")
        return said

    def still_so(self, question: Question) -> Confirmation:
        if question.correct:
            self.register[question.fact] = question.value
        return "same" if self.register[question.fact] == question.value else "different"


def written(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, declared in CONTRACTS.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(declared))
    return folder


__all__ = ["CARD", "FINAL", "PDF", "REGISTER", "TRADER", "Document", "Office", "accept", "refuse", "send_back"]
