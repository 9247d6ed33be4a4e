"""Who lets whom in, and out again, over real HTTP: tokens of officers, agencies and operators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.events import BulkStarted
from gateway.identity.secrets import digest_of
from gateway.second_person import OWNER
from gateway.tokens import name_of
from tests.abuse.test_page_owners import people
from tests.gateways import TOKENS, Gateway, bearer, running
from tests.integration.person import Person, living
from tests.integration.test_bulk import OPERATOR, acts, call
from tests.integration.test_second_person import BY_SECOND, SECOND, employed, ended, state, token

WRONG = {"right": False, "text": "nobody knows her"}


async def http(gateway: Gateway, method: str, path: str, who: dict[str, str], body: object = None) -> tuple[int, Any]:
    async with gateway.client.request(method, f"{gateway.url}/v1{path}", headers=who, json=body) as response:
        return response.status, await response.json() if response.content_type.endswith("json") else None


async def revoked(gateway: Gateway, secret: str, reason: str, who: dict[str, str] = OPERATOR) -> tuple[int, Any]:
    return await http(gateway, "POST", f"/tokens/{name_of(digest_of(secret))}/revocation", who, {"reason": reason})


async def test_one_operator_makes_somebody_who_decides_for_an_agency(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        for role, opens in (("officer", "/tasks"), ("agency", "")):
            status, issued = await token(gateway, OPERATOR, role=role, agency="beta", reason="")
            assert (status, issued["errors"][0]["pointer"]) == (422, "/reason"), role
            status, issued = await token(gateway, OPERATOR, role=role, agency="beta")
            assert (status, issued["waits"], issued["role"]) == (202, True, role)
            who = bearer(issued["token"])
            assert (await http(gateway, "GET", "/tasks", who))[0] == 401
            run = f"/bulk/{issued['run']}"
            shown = (await call(gateway, "GET", run, who=BY_SECOND))[1]
            assert (shown["role"], shown["agency"], shown["person"]) == (role, "beta", "Sari"), "approved unseen"
            assert (await call(gateway, "POST", f"{run}/approval", {}))[0] == 409
            assert (await call(gateway, "POST", f"{run}/approval", {}, BY_SECOND))[0] == 200
            assert (await http(gateway, "GET", opens or "/tasks", who))[0] == (200 if opens else 403)
        await employed(gateway, person=OWNER)
        status, issued = await token(gateway, BY_SECOND, role="officer", agency="beta", reason="", lead=True)
        assert (status, issued["waits"]) == (201, False), "the owner of the data folder needs somebody else"
        assert (await http(gateway, "GET", "/tasks", bearer(issued["token"])))[0] == 200


async def test_a_token_that_was_found_not_right_opens_anything(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        case = (await gateway.apply("desk"))["case"]
        _, issued = await token(gateway, OPERATOR, break_glass=True)
        sari = bearer(issued["token"])
        _, other = await token(gateway, sari, person="Tono", break_glass=True)
        _, officer = await token(gateway, sari, person="Ani", role="officer", agency="beta", break_glass=True)
        _, known = await token(gateway, sari, person="Rini", break_glass=True)
        seen = {"right": True, "text": "she is on the roster"}
        assert (await call(gateway, "POST", f"/bulk/{known['run']}/review", seen, BY_SECOND))[0] == 200
        tono, ani = bearer(other["token"]), bearer(officer["token"])
        assert (await http(gateway, "GET", "/tasks", ani))[0] == 200
        _, waits = await call(gateway, "POST", f"/cases/{case}/acts", {"act": "end", "reason": "by letter"}, tono)
        begun = BulkStarted(
            at=gateway.parts.clock.now(),
            run="big",
            act="pause",
            actor="Sari",
            by_run=issued["run"],
            reason="r",
            cases=[case],
            steps=[""],
        )
        await gateway.parts.engine.register([begun])
        assert (await call(gateway, "POST", f"/bulk/{issued['run']}/review", WRONG, BY_SECOND))[0] == 200
        await gateway.calls.bulk.carrying.begin("big")
        assert (await call(gateway, "GET", "/bulk/big"))[1]["state"] == "stopped"
        assert "CasePaused" not in await acts(gateway, case), "what she began goes on"
        for who, path in ((sari, "/operations/cases"), (tono, "/operations/cases"), (ani, "/tasks")):
            assert (await http(gateway, "GET", path, who))[0] == 401, "whom she let in is still in"
        assert (await http(gateway, "GET", "/operations/cases", bearer(known["token"])))[0] == 200, "found right"
        _, run = await call(gateway, "GET", f"/bulk/{waits['run']}", who=BY_SECOND)
        assert (run["state"], run["stopped_by"]) == ("stopped", "second")
        assert (await call(gateway, "POST", f"/bulk/{waits['run']}/approval", {}, BY_SECOND))[0] == 409
        assert await state(gateway, case) == "open"
        listed = (await http(gateway, "GET", "/tokens", OPERATOR))[1]["tokens"]
        found = {each["person"]: each for each in listed}
        assert [found[name]["state"] for name in ("Sari", "Tono", "Ani")] == ["revoked"] * 3
        assert (found["Sari"]["revoked_by"], found["Sari"]["revoked_why"]) == ("second", WRONG["text"])
    async with running(tmp_path) as again:
        await again.parts.engine.read_register()  # type: ignore[attr-defined]  # the embedded engine's
        assert (await http(again, "GET", "/tasks", ani))[0] == 401, "a restart forgets it"


async def test_a_lost_token_goes_on_opening_or_nobody_knows_who_took_it_back(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        officer, lost = bearer(TOKENS["officer"]), TOKENS["officer"]
        assert (await http(gateway, "GET", "/tasks", officer))[0] == 200
        assert (await revoked(gateway, lost, "lost", officer))[0] == 403
        assert (await revoked(gateway, lost, "\u200b"))[0] == 422
        assert (await revoked(gateway, "gpt_never-issued", "lost"))[0] == 404
        status, view = await revoked(gateway, lost, "lost on the bus")
        told = (status, view["state"], view["revoked_by"], view["revoked_why"])
        assert told == (200, "revoked", "op", "lost on the bus")
        assert (await http(gateway, "GET", "/tasks", officer))[0] == 401
        assert (await revoked(gateway, lost, "lost on the bus"))[0] == 200, "said twice, it is another answer"
        status, no = await revoked(gateway, lost, "he left", BY_SECOND)
        assert (status, "by op: lost on the bus" in no["detail"]) == (409, True)
        case = (await gateway.apply("desk"))["case"]
        _, run = await ended(gateway, case)
        assert (await revoked(gateway, SECOND, "she left"))[0] == 200
        assert (await call(gateway, "POST", f"/bulk/{run['run']}/approval", {}, BY_SECOND))[0] == 401
        assert await state(gateway, case) == "open"
        assert lost not in repr((await http(gateway, "GET", "/tokens", OPERATOR))[1])


async def test_somebody_who_is_signed_in_stays_in_with_a_token_that_was_revoked(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, case):
        officer, operator = persons["officer"], persons["operator"]
        digest = next(each.digest for each in stage.parts.engine.directory.tokens.values() if each.agency == "djp")
        page = (await operator.get("/operasi/token"))[1]
        assert name_of(digest) in page
        assert (await operator.post("/operasi/token", {"nama": name_of(digest), "alasan": " "}))[0] == 422
        assert (await operator.post("/operasi/token", {"nama": name_of(digest), "alasan": "hilang"}))[0] == 303
        assert (await officer.get(f"/petugas/tugas/{case}/taxpayer/ask/1"))[0] in {303, 401, 403}
        assert (await operator.post("/operasi/token", {"nama": name_of(digest), "alasan": "lain"}))[0] == 409
        assert await operator.sees("/operasi/token", "hilang")


async def test_an_officer_whom_one_operator_let_in_is_the_second_officer(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        _, issued = await token(gateway, OPERATOR, role="officer", agency="beta", person="Ani", break_glass=True)
        case = (await gateway.apply("desk"))["case"]
        said = {"confirm": True, "digest": "sha256:0"}
        path = f"/tasks/{case}:beta:ask:1/confirmation"
        status, no = await http(gateway, "POST", path, bearer(issued["token"]), said)
        assert (status, "issued without a second person" in no["detail"]) == (409, True)


def test_a_token_cannot_be_listed_or_revoked_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, first = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"])
        name = name_of(digest_of(TOKENS["officer"]))
        assert name in person.types("token", "list", *first).out
        assert "lost" in person.types("token", "revoke", name, "--reason", "lost", *first).out
        assert name not in person.types("token", "list", *first).out
        assert "lost" in person.types("token", "list", "--all", *first).out
