"""A desk whose contract asks for a second officer, over real HTTP: nobody there revokes a part alone."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from contracts.contract import DeskConnection
from contracts.events import TokenIssued
from gateway.identity.secrets import digest_of
from tests.abuse.test_page_owners import Person as Browser
from tests.abuse.whole import NIK, NPWP, OFFICER, Whole, desk_contract, whole
from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running
from tests.integration.person import Person, living, with_second_officer
from tests.integration.test_revoking_parts import BUDI, GITA, SAID, becomes, call, view_of

SRI = bearer(TOKENS["colleague"])
SECOND: Final = "gpt_second-officer-of-beta-at-a-gateway-0001"
DAY: Final = timedelta(days=1)


async def issued_by_two(gateway: Gateway) -> dict[str, Any]:
    """Issue an output with a part of the desk that two officers decided; give the receipt."""
    receipt = await gateway.apply("spare")
    task = f"/v1/tasks/{receipt['case']}:beta:ask:1"
    decision = {"decision": "contribute", "output": {"number": "B-1"}}

    async def proposed() -> bool:
        return (await call(gateway, "POST", f"{task}/decision", BUDI, decision))[0] == 202

    await eventually_async(proposed)
    digest = (await call(gateway, "GET", task, SRI))[1]["proposal"]["digest"]
    assert (await call(gateway, "POST", f"{task}/confirmation", SRI, {"confirm": True, "digest": digest}))[0] == 204
    await becomes(gateway, receipt, "issued")
    return receipt


async def test_one_officer_revokes_a_part_alone_or_by_their_own_word(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await with_second_officer(gateway)
        receipt = await issued_by_two(gateway)
        path = f"/v1/contributions/{receipt['case']}:beta:ask:1"
        await call(gateway, "POST", f"{path}/revocation", BUDI, SAID)
        status, given = await call(gateway, "POST", f"{path}/revocation", BUDI, SAID)  # said again
        assert (status, given["revoked"], given["proposal"]["officer"]) == (202, None, "beta/budi")
        other = {**SAID, "reason": "another reason"}
        assert (await call(gateway, "POST", f"{path}/revocation", BUDI, other))[0] == 409
        digest = given["proposal"]["digest"]
        for who, word, expected in (
            (BUDI, {"confirm": True, "digest": digest}, 409),
            (GITA, {"confirm": True, "digest": digest}, 404),
            (SRI, {"confirm": True, "digest": "sha256:other"}, 409),
            (SRI, {"confirm": False, "digest": digest, "text": "\u200b"}, 422),
            (SRI, {"confirm": False, "digest": digest, "text": "it is his address"}, 200),
            (SRI, {"confirm": True, "digest": digest}, 409),
        ):
            assert (await call(gateway, "POST", f"{path}/confirmation", who, word))[0] == expected, word
        _, listed = await call(gateway, "GET", f"/v1/contributions?case={receipt['case']}", BUDI)
        assert listed["contributions"][0]["not_confirmed"] == "it is his address"
        _, given = await call(gateway, "POST", f"{path}/revocation", BUDI, other)
        word = {"confirm": True, "digest": given["proposal"]["digest"]}
        status, given = await call(gateway, "POST", f"{path}/confirmation", SRI, word)
        assert (status, given["revoked"]["reason"], given["proposal"]) == (200, "another reason", None)
        beta = next(step for step in (await view_of(gateway, receipt))["steps"] if step["step"] == "beta")
        assert beta["revoked"]["reason"] == "another reason"


@asynccontextmanager
async def browsers(gateway: Whole) -> AsyncGenerator[list[Browser], None]:
    """Give the browsers of two officers of one desk, signed in."""
    people = [Browser(gateway), Browser(gateway)]
    now = gateway.parts.clock.now()
    issued = TokenIssued(
        at=now, digest=digest_of(SECOND), role="officer", agency="beta", person="Sri", expires_at=now + DAY
    )
    await gateway.parts.engine.register([issued])
    try:
        for person, token in zip(people, (OFFICER, SECOND), strict=True):
            assert (await person.post("/masuk", {"token": token}))[0] == 303
        yield people
    finally:
        for person in people:
            await person.client.close()


async def test_a_page_lets_one_officer_revoke_a_part_or_hides_it_from_the_second(tmp_path: Path) -> None:
    plain = desk_contract("beta")
    desk = structs.replace(plain, connection=DeskConnection(second_officer="refusals"))
    async with whole(tmp_path / "data", [desk]) as gateway, browsers(gateway) as (first, second):
        form = {"nik": NIK, "npwp": NPWP, "name": "Sri"}
        async with gateway.client.post(f"{gateway.url}/v1/services/canary/cases", json=form) as response:
            case = (await response.json())["case"]
        task, page = f"/v1/tasks/{case}:beta:ask:1/decision", f"/petugas/hasil/{case}/beta/ask/1"
        decision = {"decision": "contribute", "output": {"number": "B-1"}}

        async def decided() -> bool:
            async with gateway.client.post(gateway.url + task, json=decision, headers=bearer(OFFICER)) as response:
                return response.status == 204

        await eventually_async(decided)
        await eventually_async(lambda: first.sees(page, "Cabut bagian"))
        said = {f"/{name}": text for name, text in SAID.items()}
        assert await first.post(page, said) == (303, page), "one officer revokes it"
        assert await first.sees(page, "Anda yang mengusulkan")
        found = re.search(r'name="digest" value="([^"]+)"', (shown := (await second.get(page))[1]))
        assert found is not None
        assert all(text in html.unescape(shown) for text in SAID.values()), "confirmed unseen"
        word = {"act": "confirm", "digest": found[1]}
        assert (await first.post(page, word))[0] == 409
        assert (await second.post(page, {**word, "act": "reject"}))[0] == 422
        assert (await second.post(page, {**word, "act": "reject", "text": "alamatnya benar"}))[0] == 303
        assert await first.sees(page, "alamatnya benar")
        assert (await second.post(page, word))[0] == 409
        assert (await first.post(page, said))[0] == 303
        found = re.search(r'name="digest" value="([^"]+)"', (await second.get(page))[1])
        assert found is not None
        assert (await second.post(page, {**word, "digest": found[1]}))[1].endswith("dicabut=beta")


def test_a_second_officer_cannot_confirm_a_revocation_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, url = Person(tmp_path / "home"), ("--url", town.url)
        case, _ = town.given("spare")
        town.asks_for_two()
        named = [f"--{name.replace('_', '-')}={value}" for name, value in SAID.items()]
        officer, second = ((*url, "--token", TOKENS[name]) for name in ("officer", "colleague"))
        said = person.types("case", "revoke-part", f"{case}/beta/ask/1", *named, *officer).out
        found = re.search(r"--digest (\S+?)\.", said.replace("\n", " "))
        assert found is not None, said
        assert "until a second officer" in person.types("case", "contributions", "--case", case, *second).out
        confirms = ("case", "confirm-revocation", f"{case}/beta/ask/1", "--digest", found[1])
        assert person.types(*confirms, *officer).code == 4
        assert "stands." in person.types(*confirms, "--reject", "it is right", *second).out
