"""Facts that agencies keep in step, over real HTTP: asked of a desk and of a system, followed until they agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.gateways import FORM, TOKENS, Gateway, bearer, running
from tests.integration.test_revoking_parts import call, issued

BUDI, GITA, OPERATOR = (bearer(TOKENS[name]) for name in ("officer", "stranger", "operator"))


async def act(gateway: Gateway, case: str, name: str, **more: str) -> tuple[int, Any]:
    body = {"act": name, "reason": "yearly", **more}
    return await call(gateway, "POST", f"/v1/operations/cases/{case}/acts", OPERATOR, body)


async def by_system(gateway: Gateway, path: str, body: object, agency: str = "alpha") -> tuple[int, Any]:
    """Call as the agency's own system does: signed."""
    raw, where = json.dumps(body).encode(), f"/v1/agencies/alpha/{path}"
    headers = gateway.signed(agency, where, raw)
    async with gateway.client.post(gateway.url + where, data=raw, headers=headers) as response:
        return response.status, (await response.json() if response.status != 204 else None)


async def differing(gateway: Gateway, show: str = "differs") -> list[dict[str, Any]]:
    return list((await call(gateway, "GET", f"/v1/operations/facts?show={show}", OPERATOR))[1]["facts"])


async def test_a_desk_that_differs_is_seen_by_nobody_or_its_register_is_read(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await issued(gateway, "spare"))["case"]
        assert (await act(gateway, case, "ask-facts"))[0] == 200
        assert (await act(gateway, case, "ask-facts"))[0] == 409, "holders that have not answered are asked again"
        assert (await call(gateway, "GET", "/v1/questions", GITA))[1]["questions"] == []
        _, page = await call(gateway, "GET", "/v1/questions", BUDI)
        (asked,) = page["questions"]
        assert (asked["fact"], asked["value"], asked["correct"]) == ("name", FORM["name"], False)
        path = f"/v1/questions/{asked['question']}/answer"
        assert (await call(gateway, "POST", path, GITA, {"answer": "same"}))[0] == 404
        status, told = await call(gateway, "POST", path, BUDI, {"answer": "Siti Lain"})
        assert (status, told["errors"][0]["pointer"]) == (422, "/answer")
        for _ in range(2):  # said twice, it is said once
            assert (await call(gateway, "POST", path, BUDI, {"answer": "different"}))[0] == 204
        (line,) = await differing(gateway)
        assert (line["case"], line["fact"], line["holder"], line["authority"]) == (case, "name", "beta", "alpha")
        assert FORM["name"] not in json.dumps(line), "operations see a value"
        assert (await act(gateway, case, "ask-correction", step="alpha"))[0] == 409
        assert (await act(gateway, case, "ask-correction", step="beta"))[0] == 200
        (again,) = (await call(gateway, "GET", "/v1/questions", BUDI))[1]["questions"]
        assert again["correct"]
        assert (await call(gateway, "POST", path, BUDI, {"answer": "same"}))[0] == 404, "an old question is answered"
        path = f"/v1/questions/{again['question']}/answer"
        assert (await call(gateway, "POST", path, BUDI, {"answer": "same"}))[0] == 204
        assert await differing(gateway) == []
        beta = next(line for line in await differing(gateway, "all") if line["holder"] == "beta")
        assert beta["agreed_at"] > beta["differed_at"]
        assert beta["correction_asked_at"]


async def test_a_system_is_asked_what_is_not_its_own_or_answers_unsigned(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await issued(gateway, "spare"))["case"]
        await act(gateway, case, "ask-facts")
        assert (await by_system(gateway, "questions", {}, "beta"))[0] == 404
        status, page = await by_system(gateway, "questions", {})
        (asked,) = page["questions"]
        assert (status, asked["fact"], asked["key"]) == (200, "as_kept", f"{case}/alpha/ask/1")
        said = {"question": asked["question"], "answer": "same"}
        assert (await by_system(gateway, "confirmations", said, "beta"))[0] == 404
        assert (await call(gateway, "POST", "/v1/agencies/alpha/confirmations", {}, said))[0] == 401
        foreign = {**said, "question": asked["question"].replace("as_kept", "name").replace("alpha", "beta")}
        assert (await by_system(gateway, "confirmations", foreign))[0] == 404
        assert (await by_system(gateway, "confirmations", said))[0] == 204
        assert (await by_system(gateway, "confirmations", {**said, "answer": "different"}))[0] == 409
        assert (await by_system(gateway, "questions", {}))[1]["questions"] == []
        rows = await gateway.parts.journal.read(case)
        (answer,) = [row.event for row in rows if type(row.event).__name__ == "FactAnswered"]
        assert answer.evidence.signature  # type: ignore[union-attr]  # it is one


async def test_a_case_without_facts_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await issued(gateway, "desk"))["case"]
        assert (await act(gateway, case, "ask-facts"))[0] == 409
        assert (await call(gateway, "GET", "/v1/operations/facts?show=some", OPERATOR))[0] == 400
        assert (await call(gateway, "GET", "/v1/questions?cursor=x", BUDI))[0] == 400
