"""Who may give an agency keys, over real HTTP: whoever holds one speaks for the agency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from msgspec import structs, to_builtins

from contracts.events import ContractRegistered
from gateway.identity.callers import Grant
from gateway.registering import AgencyBody
from gateway.second_person import OWNER
from tests.abuse.test_page_owners import people
from tests.gateways import CONTRACTS, TOKENS, Gateway, bearer, plan_of, running
from tests.integration.person import Person, living
from tests.integration.test_bulk import OPERATOR, call
from tests.integration.test_second_person import BY_SECOND, employed, token
from tests.integration.test_tokens import WRONG, http
from workflows.loading.hashing import contract_digest

WHY = "their key was lost"


def fresh(kid: str) -> dict[str, Any]:
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid}


async def put(
    gateway: Gateway, keys: list[Any], agency: str = "beta", who: dict[str, str] = OPERATOR, **more: object
) -> tuple[int, Any]:
    body = {"title": agency.title(), "keys": {"keys": keys}, **more}
    return await http(gateway, "PUT", f"/agencies/{agency}", who, body)


def kids(gateway: Gateway, agency: str = "beta") -> set[str]:
    return {key["kid"] for key in gateway.parts.engine.directory.keys[agency]["keys"]}


async def test_one_operator_makes_keys_and_signs_as_an_agency(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        (own,) = gateway.parts.engine.directory.keys["beta"]["keys"]
        mine = fresh("mine")
        status, no = await put(gateway, [own, mine], reason="\u200b")
        assert (status, no["errors"][0]["pointer"]) == (422, "/reason")
        status, run = await put(gateway, [mine], reason=WHY)
        assert (status, run["state"], run["agency"], run["person"]) == (202, "waits", "beta", "")
        assert [(key["kid"], key["word"]) for key in run["keys"]] == [("mine", "added"), (own["kid"], "removed")]
        assert run["keys"][0]["thumbprint"] == ECKey.import_key(mine).thumbprint(), "approved unseen"
        assert kids(gateway) == {own["kid"]}
        assert (await put(gateway, [mine], reason=WHY))[1]["run"] == run["run"], "said twice, it waits twice"
        path = f"/bulk/{run['run']}/approval"
        assert (await call(gateway, "POST", path, {}))[0] == 409
        assert kids(gateway) == {own["kid"]}
        status, done = await call(gateway, "POST", path, {}, BY_SECOND)
        assert (status, done["state"], done["approved_by"]) == (200, "done", "second")
        assert kids(gateway) == {"mine"}
        assert gateway.parts.engine.directory.agencies["beta"].run == run["run"]
        assert (await put(gateway, [mine]))[0] == 204, "the same again is a change"


async def test_a_key_that_was_taken_away_comes_back_by_one_person_or_stays_while_a_second_is_looked_for(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as gateway:
        (own,) = gateway.parts.engine.directory.keys["beta"]["keys"]
        assert (await put(gateway, []))[0] == 204
        assert kids(gateway) == set(), "a stolen key still signs"
        for keys in ([own], [fresh("mine")]):
            assert (await put(gateway, keys, reason=WHY))[0] == 202, "taken away first, it needs nobody"
        assert kids(gateway) == set()


async def test_an_agency_that_others_rely_on_is_registered_first_by_one_person(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        assert (await put(gateway, [], agency="newcomer"))[0] == 204
        assert (await put(gateway, [fresh("first")], agency="newcomer"))[0] == 204, "nothing names it yet"
        assert (await put(gateway, [fresh("second")], agency="newcomer", reason=WHY))[0] == 202
        named = structs.replace(CONTRACTS["beta"], agency="promising")
        registered = ContractRegistered(
            at=gateway.parts.clock.now(), contract=named, digest=contract_digest(named), source="", actor="test"
        )
        await gateway.parts.engine.register([registered])
        plan = structs.replace(plan_of("quick"), service="fresh", lead="leading")
        assert (await http(gateway, "POST", "/plans", OPERATOR, to_builtins(plan)))[0] == 201
        for agency in ("promising", "leading"):
            assert (await put(gateway, [fresh("first")], agency=agency, reason=WHY))[0] == 202, agency


async def test_the_owner_of_the_data_folder_waits_for_somebody(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway, person=OWNER)
        assert (await put(gateway, [fresh("theirs")], who=BY_SECOND))[0] == 204
        assert kids(gateway) == {"theirs"}


async def test_what_is_approved_is_no_longer_what_was_seen(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        (own,) = gateway.parts.engine.directory.keys["beta"]["keys"]
        _, first = await put(gateway, [own, fresh("one")], reason=WHY)
        assert (await put(gateway, []))[0] == 204, "the key was stolen"
        status, no = await call(gateway, "POST", f"/bulk/{first['run']}/approval", {}, BY_SECOND)
        assert (status, "have changed since" in no["detail"]) == (409, True)
        assert kids(gateway) == set(), "the stolen key is back"


async def test_keys_behind_broken_glass_stay_though_they_were_found_not_right(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await employed(gateway)
        (own,) = gateway.parts.engine.directory.keys["beta"]["keys"]
        _, let_in = await token(gateway, OPERATOR, break_glass=True)
        sari = bearer(let_in["token"])
        status, run = await put(gateway, [fresh("mine")], who=sari, reason=WHY, break_glass=True)
        assert (status, run["review"]) == (200, "due")
        later = fresh("later")
        keys = gateway.parts.engine.directory.keys["beta"]["keys"]
        assert (await put(gateway, [*keys, fresh("also")], who=sari, reason=WHY, break_glass=True))[0] == 200
        keys = gateway.parts.engine.directory.keys["beta"]["keys"]
        _, asked = await put(gateway, [*keys, later], reason=WHY)
        assert (await call(gateway, "POST", f"/bulk/{asked['run']}/approval", {}, BY_SECOND))[0] == 200
        assert kids(gateway) == {"mine", "also", "later"}
        assert (await call(gateway, "POST", f"/bulk/{let_in['run']}/review", WRONG, BY_SECOND))[0] == 200
        assert kids(gateway) == {own["kid"], "later"}, "what rests on the token goes, what two approved stays"
        assert gateway.parts.engine.directory.agencies["beta"].actor == "second"


async def test_whoever_approves_keys_is_not_shown_them(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, _):
        added = fresh("kunci-baru")
        agency, operator = next(iter(stage.parts.engine.directory.keys)), persons["operator"]
        body = AgencyBody(title="T", keys={"keys": [added]}, reason=WHY)
        view = await stage.calls.register.agency(agency, body, Grant(role="operator", person="Bagus"), stage.calls.bulk)
        assert view is not None
        run = view.run
        page = (await operator.get(f"/operasi/massal/{run}"))[1]
        assert ECKey.import_key(added).thumbprint() in page
        assert "kunci-baru" in page
        assert agency in (await operator.get("/operasi/persetujuan"))[1]
        assert run not in (await operator.get("/operasi/massal"))[1], "it is listed among acts on many cases"


def test_keys_cannot_be_asked_for_or_approved_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, first = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"])
        made = person.types("agency", "make-key", str(tmp_path / "beta.json"), "--kid", "new").out
        public = str(tmp_path / "beta.public.json")
        told = person.types(
            "agency", "register", "beta", "--title", "Beta", "--keys", public, "--reason", WHY, *first
        ).out
        assert "is registered" not in told
        assert "waits for a second operator" in told
        thumbprint = made.split()[-1]
        assert f"added new: {thumbprint}" in told, "nothing to compare"
        assert "beta" in person.types("approval", "list", *first).out
