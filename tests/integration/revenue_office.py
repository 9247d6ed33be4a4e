"""The revenue office of the example in this process: what the binding sends reaches its register, and no socket."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec

from contracts import effects as ef
from contracts.contract import OpenApiConnection
from contracts.wire import Heard
from examples.purbalingga.agencies.bakeuda import Register
from gateway.bootstrap import OutputChecks
from workflows.agencies.messages import Lines
from workflows.agencies.outcomes import Asked, read_outcome
from workflows.agencies.reading import AnswerChecks
from workflows.agencies.received import Received
from workflows.agencies.requests import prepare
from workflows.core.state import CaseState
from workflows.loading.bindings import compile_binding

CHECKS = AnswerChecks(OutputChecks().check, lambda _: [])
KEY = {("header", "x-api-key")}


class RevenueOffice:
    """Its register, asked through the binding of its contract."""

    def __init__(self, folder: Path) -> None:
        self.register = Register(folder)

    def ask(self, effect: ef.SendAsk, state: CaseState, now: datetime) -> Heard:
        """Send what the binding makes of an ask, and read what it makes of the answer."""
        contract = state.step(effect.place.step).contract
        assert isinstance(contract.connection, OpenApiConnection)
        binding = compile_binding(contract.connection)
        call = binding.calls["ask"]
        named = {"key": effect.key, "purpose": contract.purpose, "legal_basis": contract.legal_basis}
        scope = {"input": effect.input, "case": {"id": state.case}, "ask": named}
        sent = dict(parse_qsl(prepare(binding.base, call, scope, KEY).body.decode()))
        answer: dict[str, Any] = dict(self.register.take(sent, now.astimezone(ZoneInfo("Asia/Jakarta")).date()))
        received = Received(200, Lines(), msgspec.json.encode(answer))
        asked = Asked(verb="ask", key=effect.key, contract=contract, call=call, scope=scope, checks=CHECKS)
        return asyncio.run(read_outcome(received, asked, now=now)).heard

    def account(self) -> dict[str, object]:
        """Say what its register holds, without a personal datum."""
        return self.register.dump()

    def close(self) -> None:
        """Close the register."""
        self.register.close()

    def undo(self, effect: ef.SendUndo) -> None:
        """Do what its officer does: look for what was entered, and strike it off."""
        strike_off(self.register, effect.undoes)


def strike_off(register: Register, agenda: str) -> None:
    """Strike off whatever stands under an agenda number, as an officer does at their own screen."""
    for entry in register.find(agenda):
        if not entry.struck:
            assert register.strike(entry.npwpd)


def iso_day(day: str) -> str:
    """Give a day as contracts write it, of one as this office does."""
    return "-".join(reversed(day.split("-")))
