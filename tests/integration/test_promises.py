"""What operators see of what is overdue and due soon, over real HTTP, however many cases are newer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from contracts.events import CaseOpened
from contracts.ids import CaseId
from contracts.waits import AgencyWait
from tests.gateways import Gateway, running
from tests.integration.test_bulk import OPERATOR
from tests.integration.test_tokens import http
from workflows.ports import Append, CaseFilter

NEWER = 600


async def due(gateway: Gateway, query: str = "days=30") -> Any:  # noqa: ANN401 - JSON
    status, view = await http(gateway, "GET", f"/operations/promises?{query}", OPERATOR)
    assert status == 200, view
    return view


async def crowded(gateway: Gateway) -> None:
    """Record many newer cases, whose clocks end much later."""
    (line,) = (await gateway.parts.journal.list_cases(CaseFilter(limit=1))).cases
    now = gateway.parts.clock.now()
    opened = CaseOpened(at=now, case=CaseId("-"), service=line.service, plan="sha256:0", form={})
    for number in range(NEWER):
        case, late = CaseId(f"newer-{number}"), now + timedelta(days=300 + number)
        waits = [AgencyWait(agency="beta", due_at=late), AgencyWait(agency="gamma", due_at=None)]
        added = structs.replace(line, case=case, waits=waits)
        await gateway.parts.journal.append(
            Append(stream=case, expected_version=0, events=[structs.replace(opened, case=case)], line=added)
        )


async def test_an_old_case_is_not_seen_behind_many_newer_ones(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        old = (await gateway.apply("desk"))["case"]
        await crowded(gateway)
        view = await due(gateway)
        assert [each["case"] for each in view["due"]] == [old]
        assert (view["more"], view["next"], view["summed"], view["cut"]) == (False, "", NEWER + 1, False)
        agencies = {each["agency"]: (each["running"], each["paused"]) for each in view["promises"]}
        assert agencies == {"beta": (NEWER + 1, 0), "gamma": (0, NEWER)}
        assert (await due(gateway, "days=0"))["due"] == [], "not overdue"


async def test_what_is_due_is_cut_without_a_word_or_said_to_go_on_where_it_does_not(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        cases = [(await gateway.apply("desk"))["case"] for _ in range(3)]
        found, cursor = list[str](), ""
        for more in (True, True, False):
            view = await due(gateway, f"days=30&limit=1&cursor={cursor}")
            found += [each["case"] for each in view["due"]]
            cursor = view["next"]
            assert (view["more"], bool(cursor)) == (more, more)
        assert found == cases, "the longest waited for is not first"
        for wrong in ("cursor=1", "limit=0", "limit=101"):
            assert (await http(gateway, "GET", f"/operations/promises?{wrong}", OPERATOR))[0] == 400, wrong
