"""Turns: one after the other, and nothing stays in the table of what nobody waits for."""

from __future__ import annotations

import asyncio

import pytest

from contracts.ids import CaseId
from workflows.engines.turns import Turn

CASE = CaseId("c1")


async def test_two_move_a_case_at_once_or_a_turn_stays_after_the_last() -> None:
    table: dict[CaseId, Turn] = {}
    turn = table[CASE] = Turn(CASE, table)
    said: list[str] = []

    async def moves(name: str) -> None:
        async with turn:
            said.append(f"{name} begins")
            await asyncio.sleep(0)
            said.append(f"{name} ends")

    await asyncio.gather(moves("first"), moves("second"))
    assert said == ["first begins", "first ends", "second begins", "second ends"]
    assert table == {}


async def test_whoever_stops_waiting_keeps_the_turn_from_the_others() -> None:
    table: dict[CaseId, Turn] = {}
    turn = table[CASE] = Turn(CASE, table)

    async with turn:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), turn:
                raise AssertionError("two have the turn")
        assert table == {CASE: turn}
    assert table == {}
