"""Holders of facts are asked about all joint outputs of a service: seen before, page by page, and by command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.events import BulkStarted
from gateway import choosing
from gateway.carrying import Carrying
from gateway.pages import pages
from tests.gateways import TOKENS, Gateway, parts_of, running
from tests.integration.person import Person, living
from tests.integration.test_bulk import begun, call, seen
from tests.integration.test_draft_pages import Browser
from tests.integration.test_facts import BUDI
from tests.integration.test_facts import act as act_on
from tests.integration.test_revoking_parts import call as call_of
from tests.integration.test_revoking_parts import issued


async def preview(gateway: Gateway, **more: object) -> tuple[int, Any]:
    return await call(gateway, "POST", "/bulk", {"act": "ask-facts", "reason": "yearly", "preview": True, **more})


async def open_questions(gateway: Gateway) -> list[str]:
    _, page = await call_of(gateway, "GET", "/v1/questions", BUDI)
    return [each["question"] for each in page["questions"]]


async def test_a_question_that_is_open_is_doubled_or_what_is_not_issued_is_asked_about(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        asked, fresh = [(await issued(gateway, "spare"))["case"] for _ in range(2)]
        await gateway.apply("spare")
        await issued(gateway, "desk")
        assert (await act_on(gateway, asked, "ask-facts"))[0] == 200
        _, view = await preview(gateway, service="spare")
        words = {line["case"]: (line["word"], line["detail"]) for line in view["lines"]}
        told = "Every holder was asked within the last day, and has still to answer."
        assert words == {asked: ("refused", told), fresh: ("fits", "")}
        assert len(await open_questions(gateway)) == 1, "a preview asks"
        run = await begun(gateway, "ask-facts", await seen(gateway, "ask-facts", service="spare"), service="spare")
        assert (run["state"], run["done"], run["refused"]) == ("done", 1, 0)
        assert {each.partition(":")[0] for each in await open_questions(gateway)} == {asked, fresh}
        again = await begun(gateway, "ask-facts", [{"case": asked}, {"case": fresh}], service="spare")
        assert (again["done"], again["refused"], again["lines"][0]["detail"]) == (0, 2, told)
        assert len(await open_questions(gateway)) == 2


async def test_nonsense_is_asked_of_nobody_without_a_word(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for given, pointer, detail in (
            ({}, "/service", "Name the service whose joint outputs are asked about."),
            ({"service": "nothing"}, "/service", "There is no such service."),
            ({"service": "desk"}, "/service", "No plan of this service keeps facts in step."),
            ({"service": "spare", "state": "open"}, "/state", "Only issued cases are asked about: leave this out."),
        ):
            status, told = await preview(gateway, **given)
            assert (status, [(each["pointer"], each["detail"]) for each in told["errors"]]) == (
                422,
                [(pointer, detail)],
            )
        for wrong in ({"cursor": "x"}, {"cursor": 3}):
            assert (await preview(gateway, service="spare", **wrong))[0] in {400, 422}
        assert (await preview(gateway, service="spare", state="issued"))[0] == 200


async def test_what_one_run_does_not_take_is_never_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MOST_CASES", 1)
    async with running(tmp_path, pages=pages()) as gateway:
        older, newer = [(await issued(gateway, "spare"))["case"] for _ in range(2)]
        _, first = await preview(gateway, service="spare")
        assert ([line["case"] for line in first["lines"]], first["more"]) == ([newer], True)
        _, second = await preview(gateway, service="spare", cursor=first["next"])
        assert ([line["case"] for line in second["lines"]], second["more"], second["next"]) == ([older], False, "")
        browser, where = Browser(gateway), "/operasi/massal"
        try:
            await browser.opens("/masuk")
            await browser.sends("/masuk", {"token": TOKENS["operator"]})
            await browser.opens("/operasi/fakta")
            assert f'href="{where}?act=ask-facts"' in browser.page
            await browser.opens(f"{where}?act=ask-facts")
            chosen = {"act": "ask-facts", "reason": "yearly"}
            assert await browser.sends(where, {**chosen, "lihat": "1"}) == 422
            assert "Pilih layanan yang menjaga fakta tetap sama" in browser.page
            chosen["service"] = "spare"
            await browser.sends(where, {**chosen, "lihat": "1"})
            assert f'name="cursor" value="{first["next"]}"' in browser.page
            assert older not in browser.page
            await browser.sends(where, {**chosen, "cursor": first["next"]})
            assert older in browser.page
            assert newer not in browser.page
            await browser.sends(where, {**chosen, "cursor": "../../x"})
            assert newer in browser.page, "a cursor that is none stands in the way"
        finally:
            await browser.client.close()


async def test_asked_and_not_noted_before_a_restart_it_is_called_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await issued(gateway, "spare"))["case"]
        now, engine = gateway.parts.clock.now(), gateway.parts.engine
        run = BulkStarted(at=now, run="r1", act="ask-facts", actor="op", reason="yearly", cases=[case], steps=[""])
        await engine.register([run])
        path, body = f"/cases/{case}/acts", {"act": "ask-facts", "reason": "yearly (bulk r1)"}
        assert (await call(gateway, "POST", path, body))[0] == 200
        again = parts_of(gateway.parts.settings, tmp_path, journal=gateway.parts.journal, fake=gateway.fake)
        await again.engine.read_register()  # type: ignore[attr-defined]  # the embedded engine's
        await Carrying(again).begin("r1")
        assert [line.word for line in again.engine.directory.bulk_runs["r1"].results] == ["done"]


def test_a_service_cannot_be_asked_about_from_a_terminal(tmp_path: Path) -> None:
    with living(tmp_path / "gateway") as town:
        person, words = Person(tmp_path / "home"), ("--url", town.url, "--token", TOKENS["operator"])
        case, _ = town.given("spare")
        asks = ("facts", "ask", "--reason", "yearly", *words)
        for wrong in ((), (case, "--service", "spare"), (case, "--yes"), (case, "--cursor", "1")):
            assert person.types(*asks, *wrong).code == 2, wrong
        said = person.types(*asks, "--service", "desk")
        assert said.code != 0
        assert "No plan of this service keeps facts in step." in said.told
        assert "ask-facts applies to 1 of 1 cases. Do it with --yes." in person.types(*asks, "--service", "spare").told
        assert "1 done, 0 refused." in person.types(*asks, "--service", "spare", "--yes").told
        assert "ask-facts applies to 0 of 1 cases" in person.types(*asks, "--service", "spare", "--yes").told
