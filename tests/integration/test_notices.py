"""Agencies are told over real HTTP of what was revoked, at desks and by systems; operators see who knows."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.pages import pages
from tests.gateways import FORM, running
from tests.integration.test_revoking_parts import ALPHA, BUDI, GITA, OPERATOR, SAID, call, issued


async def test_an_agency_is_told_too_much_or_told_again_of_what_it_noted(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await issued(gateway, "spare")
        mine, fetch, noted = f"/v1/cases/{receipt['case']}", "/v1/agencies/alpha/notices", "/v1/agencies/alpha/noted"
        assert (await call(gateway, "POST", fetch, ALPHA, {}))[1]["notices"] == []
        key = f"{receipt['case']}:beta:ask:1"
        assert (await call(gateway, "POST", f"/v1/contributions/{key}/revocation", BUDI, SAID))[0] == 200
        assert (await call(gateway, "GET", "/v1/notices", BUDI))[1]["notices"] == [], "it is told what it said itself"
        body = b"{}"
        async with gateway.client.post(
            gateway.url + fetch, data=body, headers=gateway.signed("alpha", fetch, body)
        ) as response:
            assert response.status == 200
            (notice,) = (await response.json())["notices"]
        assert (notice["case"], notice["step"], notice["by"]) == (receipt["case"], "beta", "beta")
        assert (notice["legal_basis"], notice["whole"], notice["taken_at"]) == (SAID["legal_basis"], False, None)
        told = json.dumps(notice)
        assert not any(word in told for word in (SAID["reason"], FORM["name"], "budi")), "more is told than it needs"
        who = f"/v1/operations{mine.removeprefix('/v1')}"
        (line,) = (await call(gateway, "GET", who, OPERATOR))[1]["view"]["after_issue"]["told"]
        assert (line["agency"], line["taken_at"]) == ("alpha", None)
        assert (await call(gateway, "POST", noted, ALPHA, {"notice": f"{receipt['case']}:2"}))[0] == 404
        said = json.dumps({"notice": notice["notice"]}).encode()
        for _ in range(2):
            headers = gateway.signed("alpha", noted, said)
            async with gateway.client.post(gateway.url + noted, data=said, headers=headers) as response:
                assert response.status == 204
        assert (await call(gateway, "POST", fetch, ALPHA, {}))[1]["notices"] == []
        (line,) = (await call(gateway, "GET", who, OPERATOR))[1]["view"]["after_issue"]["told"]
        assert line["taken_at"]
        rows = await gateway.parts.journal.read(receipt["case"])
        (taken,) = [row.event for row in rows if type(row.event).__name__ == "NoticeTaken"]
        assert taken.evidence.signature  # type: ignore[union-attr]  # it is one


async def test_an_officer_does_not_see_it_or_notes_another_agencys(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        receipt = await issued(gateway, "desk")
        key = f"{receipt['case']}/alpha/ask/1"
        assert (await call(gateway, "POST", "/v1/agencies/alpha/revocations", ALPHA, {"key": key, **SAID}))[0] == 200
        _, listed = await call(gateway, "GET", "/v1/notices", BUDI)
        assert [(each["step"], each["whole"]) for each in listed["notices"]] == [("alpha", False), ("", True)]
        part = listed["notices"][0]["notice"]
        assert (await call(gateway, "POST", f"/v1/notices/{part}/taking", GITA))[0] == 404
        page = "/petugas/pemberitahuan"
        _, shown = await call(gateway, "GET", page, {**BUDI, "Cookie": "gapura_language=en", "Accept": "text/html"})
        assert "This part of the joint output was revoked." in shown
        assert "The whole joint output was revoked." in shown
        assert (await call(gateway, "POST", f"/v1/notices/{part}/taking", BUDI))[0] == 204
        (left,) = (await call(gateway, "GET", "/v1/notices", BUDI))[1]["notices"]
        assert left["whole"]
        who = f"/operasi/permohonan/{receipt['case']}"
        _, shown = await call(gateway, "GET", who, {**OPERATOR, "Cookie": "gapura_language=en", "Accept": "text/html"})
        assert "Not noted yet" in shown
        assert "Noted on" in shown
