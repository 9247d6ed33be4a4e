"""Calendars over real HTTP: the operator registers them, anybody reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tests.gateways import TOKENS, Gateway, bearer, running
from tests.unit.workflows.core.office_days import WRITTEN

OPERATOR = bearer(TOKENS["operator"])


async def put(gateway: Gateway, name: str, **changes: object) -> tuple[int, Any]:
    body = {**msgspec.to_builtins(WRITTEN), "calendar": name, **changes}
    url = f"{gateway.url}/v1/calendars/{name}"
    async with gateway.client.put(url, json=body, headers=OPERATOR) as response:
        return response.status, await response.json()


async def get(gateway: Gateway, path: str) -> tuple[int, Any]:
    async with gateway.client.get(f"{gateway.url}{path}") as response:
        return response.status, await response.json()


async def test_a_calendar_is_registered_once_changed_as_often_as_needed_and_shown_to_anybody(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        told = [
            await put(gateway, "home"),
            await put(gateway, "home"),
            await put(gateway, "home", region={"country": "ID"}),
        ]
        assert [(status, said["version"], said["new"], said["changed"]) for status, said in told] == [
            (201, "1", True, True),
            (200, "1", False, False),
            (200, "2", False, True),
        ]
        status, shown = await get(gateway, "/v1/calendars/home")
        assert (status, shown["version"], shown["zone"]) == (200, 2, "Asia/Jakarta")
        assert shown["week"][4] == {"day": "fri", "hours": ["07:30-11:30", "13:00-16:30"]}
        assert shown["working"] == [{"date": "2026-11-14", "title": None, "hours": ["08:00-24:00"]}]
        assert {day["title"]["en"] for day in shown["free"] if day["date"].endswith("-08-17")} == {"Independence Day"}
        assert [one["calendar"] for one in (await get(gateway, "/v1/calendars"))[1]["calendars"]] == ["home", "office"]
        assert (await get(gateway, "/v1/calendars/away"))[0] == 404


async def test_a_calendar_with_mistakes_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        status, problem = await put(gateway, "home", zone="Asia/Purbalingga", week={})
        assert (status, [mistake["pointer"] for mistake in problem["errors"]]) == (422, ["/zone", "/week"])
        status, problem = await put(gateway, "home", calendar="office")
        assert (status, [mistake["pointer"] for mistake in problem["errors"]]) == (422, ["/calendar"])
        assert (await get(gateway, "/v1/calendars/home"))[0] == 404
