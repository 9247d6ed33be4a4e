"""After issue: holders of a fact are asked whether it is still so, and a difference is followed to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from gateway.cli.calling import connect
from gateway.cli.demo.town import Town

DESK: Final = "bakeuda"
"""Whose system knows nothing of the gateway: an officer answers."""
SYSTEM: Final = "dpupr"
"""Whose system fetches what is asked. In the demonstration a clerk of it has mistyped the address."""
_LOOK_AGAIN_S: Final = 0.1


class Facts:
    """What an operator and an officer do about the facts of one case."""

    def __init__(self, town: Town, case: str) -> None:
        """Take the town, and a case that was issued."""
        self._town, self._case = town, case

    async def follow(self, claim: Callable[[bool, str, object], None]) -> None:
        """Ask, be answered, ask for a correction, and see the difference end; each is claimed once it was seen."""
        await self._act({"act": "ask-facts", "reason": "Is the register still right?"})
        await self._confirm()
        lines = await self._until(lambda lines: bool(lines) and all(line["answer"] for line in lines))
        words = {line["holder"]: line["answer"] for line in lines}
        claim(
            words == {DESK: "same", SYSTEM: "different"},
            f"\n[bold]Is it still this address?[/] Asked after issue: an officer of {DESK} says same; {SYSTEM}'s "
            "system fetches the question and says different: a clerk had mistyped it there. Nobody's register is read.",
            words,
        )
        (differs,) = (line["step"] for line in lines if line["differs"])
        await self._act({"act": "ask-correction", "step": differs, "reason": "The address differs."})
        after = await self._until(lambda lines: not any(line["differs"] for line in lines))
        said = next(line for line in after if line["holder"] == SYSTEM)
        claim(
            bool(said["correction_asked_at"] and said["answer"] == "same"),
            f"  {SYSTEM} is asked to correct it, does, and says same → nobody differs any more.",
            said,
        )

    async def _confirm(self) -> None:
        """Let the officer of the agency without such a system say that it is still so."""
        token = await self._town.token("officer", "Scripted clerk", DESK)
        async with connect(self._town.url, token) as client:
            (asked,) = (await client.get("/v1/questions"))["questions"]
            await client.send("POST", f"/v1/questions/{asked['question']}/answer", {"answer": "same"})

    async def _until(self, seen: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        while True:
            if seen(lines := await self._lines()):
                return lines
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _lines(self) -> list[dict[str, Any]]:
        async with connect(self._town.url, self._town.gateway.operator_token) as client:
            page = await client.get("/v1/operations/facts?show=all")
        return [line for line in cast("list[dict[str, Any]]", page["facts"]) if line["case"] == self._case]

    async def _act(self, body: dict[str, str]) -> None:
        async with connect(self._town.url, self._town.gateway.operator_token) as client:
            await client.send("POST", f"/v1/operations/cases/{self._case}/acts", body)
