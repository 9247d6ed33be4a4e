"""What a second operator sees in a browser without scripts: what waits, what is to be reviewed, what became of it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

from contracts.events import TokenIssued
from gateway.identity.secrets import digest_of
from tests.abuse.test_page_owners import Person, people
from tests.e2e.stage import Stage

SECOND = "gpt_second-operator-of-the-tests-0123456789012"


async def second_operator(stage: Stage) -> Person:
    now = stage.parts.clock.now()
    issued = TokenIssued(
        at=now, digest=digest_of(SECOND), role="operator", agency="", person="Sari", expires_at=now + timedelta(days=1)
    )
    await stage.parts.engine.register([issued])
    person = Person(stage)
    assert (await person.post("/masuk", {"token": SECOND}))[0] == 303
    return person


async def test_an_act_of_one_case_is_not_shown_approved_or_reviewed(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, case):
        first, second = persons["operator"], await second_operator(stage)
        form = {"/reason": "Pemohon menarik diri lewat surat"}
        status, run = await first.post(f"/operasi/permohonan/{case}/tindakan/end", form)
        assert (status, run.startswith("/operasi/massal/")) == (303, True)
        assert await first.sees(f"/operasi/permohonan/{case}", "menunggu persetujuan operator kedua")
        assert await second.sees("/operasi/persetujuan", run)
        assert (await first.post(run, {"setujui": "1"}))[0] == 409
        assert (await second.post(run, {"hentikan": "1"}))[0] == 422
        assert (await second.post(run, {"setujui": "1"}))[0] == 303
        assert await second.sees(run, "Dikerjakan")
        status, place = await first.post(f"/operasi/permohonan/{case}/tindakan/pause", form)
        assert (status, place.startswith(f"/operasi/permohonan/{case}")) == (303, True)
        await second.client.close()


async def test_broken_glass_is_not_shown_until_it_is_reviewed(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, case):
        first, second = persons["operator"], await second_operator(stage)
        form = {"/reason": "Pemohon meninggal", "darurat": "1"}
        _, place = await first.post(f"/operasi/permohonan/{case}/tindakan/end", form)
        assert place.startswith(f"/operasi/permohonan/{case}")
        page = (await second.get("/operasi/persetujuan"))[1]
        assert "Perlu diperiksa operator lain" in page
        found = re.search(r"/operasi/massal/[0-9a-z-]+", page)
        assert found is not None
        assert (await second.post(found[0], {"keliru": "1", "alasan": "dapat menunggu"}))[0] == 303
        assert await second.sees(found[0], "Diperiksa: tidak tepat")
        assert not await second.sees(f"/operasi/permohonan/{case}", found[0])
        await second.client.close()


async def test_a_run_begun_on_the_page_touches_what_the_page_did_not_show(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, case):
        operator = persons["operator"]
        chosen = {"act": "pause", "reason": "banjir", "attempts": "1", "agency": "djp"}
        preview = await _preview(operator, stage, chosen)
        seen = html.unescape(_hidden(preview, "dilihat"))
        assert case in seen
        later = await persons["anyone"].apply()
        form = {**chosen, "mulai": "1", "terlihat": _hidden(preview, "terlihat"), "dilihat": seen}
        status, run = await operator.post("/operasi/massal", {**form, "agency": ""})
        assert (status, run) == (200, ""), "another filter than was shown is carried out"
        status, run = await operator.post("/operasi/massal", form)
        assert status == 303
        page = (await operator.get(run))[1]
        assert case in page
        assert later not in page


async def test_a_filter_that_is_no_number_filters_nothing_and_says_nothing(tmp_path: Path) -> None:
    async with people(tmp_path) as (stage, persons, case):
        operator = persons["operator"]
        for wrong in ("tiga", "-1", "9999999"):
            page = await _preview(operator, stage, {"act": "pause", "reason": "", "attempts": wrong})
            assert "Tulis jumlah percobaan sebagai angka bulat" in page, wrong
            assert "Sebutkan alasannya" in page, "all mistakes come at once"
            assert case not in page
        assert "Tulis jumlah" not in await _preview(operator, stage, {"act": "pause", "reason": "x", "attempts": "30"})


async def _preview(operator: Person, stage: Stage, chosen: dict[str, str]) -> str:
    page = (await operator.get("/operasi/massal"))[1]
    token = re.search(r'name="_token" value="([0-9a-f]{64})"', page)
    assert token is not None
    form = {"_token": token[1], "lihat": "1", **chosen}
    async with operator.client.post(
        f"{stage.url}/operasi/massal", data=form, headers={"Sec-Fetch-Site": "same-origin"}
    ) as response:
        return await response.text()


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])
