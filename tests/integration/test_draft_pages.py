"""Drafts and files of the first form on the pages, as a browser without scripts sends them."""

# pyright: reportPrivateUsage=false
# It gives an agency's answers in the way of the fake.
from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from msgspec import structs

from contracts.contract import Refusal
from contracts.events import PlanPublished
from contracts.wire import Answer, Ask, Contributed, Refused
from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, PAPER, TOKENS, WORDS, Gateway, agreed, plan_of, running
from workflows.loading.plans import publish
from workflows.ports import CaseFilter

FORM = "/layanan/{}/formulir"
SAVED = {"_save": "1"}
PDF = ("Denah rumah.pdf", PAPER, "application/pdf")
File = tuple[str, bytes, str]


class Browser:
    """One browser: its cookies, and the page that it shows."""

    def __init__(self, gateway: Gateway) -> None:
        """Begin without cookies."""
        self.client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Accept": "text/html"})
        self._url = gateway.url
        self.path = self.page = ""

    async def opens(self, path: str) -> int:
        """Open a page, and follow where it leads."""
        async with self.client.get(f"{self._url}{path}") as response:
            self.path, self.page = response.url.path_qs, await response.text()
            return response.status

    async def sends(self, path: str, answers: Mapping[str, str], files: Mapping[str, File] | None = None) -> int:
        """Send the form of the page that is shown, with what its hidden fields say; give the last status."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page)
        data = aiohttp.FormData(quote_fields=False, default_to_multipart=files is not None)
        for name, value in {**dict(hidden), **answers}.items():
            data.add_field(name, value)
        for name, (filename, content, kind) in (files or {}).items():
            data.add_field(name, content, filename=filename, content_type=kind)
        own = {"Sec-Fetch-Site": "same-origin"}
        async with self.client.post(f"{self._url}{path}", data=data, headers=own) as response:
            self.path, self.page = response.url.path_qs, await response.text()
            return response.status

    def code(self) -> str:
        """Give the access code that is shown."""
        found = re.search(r"gpc_[A-Za-z0-9_-]+", self.page)
        assert found is not None
        return found[0]

    def value(self, pointer: str) -> str:
        """Give what a question of one line shows."""
        found = re.search(rf'name="{pointer}" type="text" value="([^"]*)"', self.page)
        assert found is not None, pointer
        return found[1]


@asynccontextmanager
async def browsing(folder: Path) -> AsyncGenerator[tuple[Gateway, Browser, Browser], None]:
    """Give a gateway with pages, and two browsers."""
    async with running(folder, pages=pages()) as gateway:
        one, other = Browser(gateway), Browser(gateway)
        try:
            yield gateway, one, other
        finally:
            await one.client.close()
            await other.client.close()


async def may_ask_for_a_clearer_one(gateway: Gateway) -> None:
    """Let the agency that reads the form's document refuse it as unclear, which the applicant may correct."""
    unclear = Refusal(title=WORDS, correct=["paper"], within="3 days")
    contract = structs.replace(CONTRACTS["keeper"], version="2.0.0", refusals={"unclear": unclear})
    plan, now = plan_of("handed"), gateway.parts.clock.now()
    step = structs.replace(plan.steps["keeper"], ask="keeper/do@2")
    newer = publish(structs.replace(plan, version="2.0.0", steps={"keeper": step}), {contract.name: contract})
    published = PlanPublished(at=now, published=newer, actor="test")
    await gateway.parts.engine.register([published, *agreed(newer, gateway.keys, now)])


async def test_a_draft_is_gone_on_with_on_another_device_and_sent(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (gateway, phone, computer):
        await phone.opens(FORM.format("quick"))
        assert await phone.sends(FORM.format("quick"), {"/name": "S", **SAVED}) == 200
        draft = phone.path.rpartition("/")[2]
        assert "Draf Anda tersimpan" in phone.page
        assert draft in phone.page
        code = phone.code()
        await computer.opens("/permohonan")
        assert await computer.sends("/permohonan", {"/case": draft.upper(), "/code": code}) == 200
        assert computer.path == f"/draf/{draft}"
        await computer.opens(f"/draf/{draft}/formulir")
        assert computer.value("/name") == "S"
        assert await computer.sends(f"/draf/{draft}/formulir", {"/name": "S"}) == 422
        assert await computer.sends(f"/draf/{draft}/formulir", {"/name": "Siti Contoh"}) == 200
        assert computer.path == f"/permohonan/{draft}"
        # The phone still shows the draft: sending it again is the same case, and there is one.
        for path in (f"/draf/{draft}", f"/draf/{draft}/formulir"):
            await phone.opens(path)
            assert phone.path == f"/permohonan/{draft}"
        assert await phone.sends(f"/draf/{draft}/formulir", {"/name": "Budi Contoh"}) == 200
        lines = (await gateway.parts.journal.list_cases(CaseFilter())).cases
        assert [line.case for line in lines] == [draft]


async def test_saving_and_sending_one_form_twice_is_one_draft_and_one_case(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (gateway, browser, _):
        await browser.opens(FORM.format("quick"))
        form = browser.page
        await browser.sends(FORM.format("quick"), {"/name": "Siti", **SAVED})
        first = browser.path
        browser.page = form  # back
        await browser.sends(FORM.format("quick"), {"/name": "Siti Contoh", **SAVED})
        assert browser.path == first
        await browser.opens(f"{first}/formulir")
        assert browser.value("/name") == "Siti Contoh"
        browser.page = form  # back again, and sent from there
        await browser.sends(FORM.format("quick"), {"/name": "Siti Contoh"})
        assert browser.path == first.replace("/draf/", "/permohonan/")
        # What is begun now is another one.
        await browser.opens(FORM.format("quick"))
        await browser.sends(FORM.format("quick"), {"/name": "Other", **SAVED})
        assert browser.path not in {first, first.replace("/draf/", "/permohonan/")}
        assert len((await gateway.parts.journal.list_cases(CaseFilter())).cases) == 1


async def test_what_one_has_is_listed_by_codes_that_say_nothing(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (_, browser, _other):
        await browser.opens(FORM.format("quick"))
        await browser.sends(FORM.format("quick"), {"/name": "Siti Contoh"})
        await browser.opens(FORM.format("quick") + "?baru=1")
        await browser.sends(FORM.format("quick"), {"/name": "Siti", **SAVED})
        draft = browser.path.rpartition("/")[2]
        await browser.opens("/permohonan")
        _, _, listed = browser.page.partition("Dibuka di perangkat ini")
        first, second = listed.partition("</ul>")[0].split("</li>")[:2]
        assert draft in first, "the last one is not first"
        assert "Draf" in first
        assert "Uji" in first
        assert "Draf" not in second
        assert "Uji" in second


async def test_of_two_windows_the_later_save_says_that_it_replaced_the_other(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (_, browser, _other):
        await browser.opens(FORM.format("quick"))
        await browser.sends(FORM.format("quick"), {"/name": "Siti", **SAVED})
        draft = browser.path
        await browser.opens(f"{draft}/formulir")
        window = browser.page
        await browser.sends(f"{draft}/formulir", {"/name": "one window", **SAVED})
        assert browser.path == draft
        browser.page = window
        await browser.sends(f"{draft}/formulir", {"/name": "other window", **SAVED})
        assert browser.path == f"{draft}?diganti=1"
        assert "jendela lain" in browser.page
        await browser.sends(f"{draft}/formulir", {"/name": "other window", "_language": "en"})
        assert browser.value("/name") == "other window"


async def test_a_draft_that_is_deleted_or_forgotten_is_not_there(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (gateway, browser, stranger):
        await browser.opens(FORM.format("quick"))
        await browser.sends(FORM.format("quick"), {"/name": "Siti", **SAVED})
        draft, code = browser.path, browser.code()
        assert await stranger.opens(draft) in {401, 404}
        await browser.sends(f"/permohonan/{draft.rpartition('/')[2]}/tutup", {})
        assert await browser.opens(draft) in {401, 404}
        await browser.opens("/permohonan")
        await browser.sends("/permohonan", {"/case": draft.rpartition("/")[2], "/code": code})
        assert browser.path == draft
        await stranger.opens("/permohonan")
        await stranger.sends("/permohonan", {"/case": draft.rpartition("/")[2], "/code": code})
        await browser.sends(f"{draft}/hapus", {})
        assert browser.path == "/permohonan"
        await stranger.opens("/permohonan")
        assert "Tidak ada lagi" in stranger.page, "on another device it is a code that leads nowhere"
        assert await browser.opens(draft) in {401, 404}
        assert await gateway.calls.drafts.count() == 0


async def test_operators_see_how_many_drafts_there_are_and_nothing_of_them(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (_, browser, operator):
        await browser.opens(FORM.format("quick"))
        await browser.sends(FORM.format("quick"), {"/name": "Siti Rahasia", **SAVED})
        draft = browser.path.rpartition("/")[2]
        await operator.opens("/masuk")
        await operator.sends("/masuk", {"token": TOKENS["operator"], "tujuan": "/operasi"})
        assert "Draf yang belum dikirim: 1." in operator.page
        assert "Siti Rahasia" not in operator.page
        assert draft not in operator.page
        assert await operator.opens(f"/operasi/permohonan/{draft}") == 404


async def test_a_file_is_handed_in_with_the_form_kept_in_a_draft_and_replaced_in_a_correction(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (gateway, browser, _):
        refused: list[str] = []

        def decides(ask: Ask, _: object) -> Answer:
            if not refused:
                refused.append(ask.input["paper"]["digest"])
                return Refused(key=ask.key, code="unclear")
            return Contributed(key=ask.key, output={"number": ask.input["paper"]["digest"]})

        gateway.fake._decide = decides
        await may_ask_for_a_clearer_one(gateway)
        form = FORM.format("handed")
        await browser.opens(form)
        assert 'enctype="multipart/form-data"' in browser.page
        wrong = ("x.pdf", b"GIF89a", "application/pdf")
        assert await browser.sends(form, {"/name": "Siti Contoh", **SAVED}, {"/paper": wrong}) == 422
        assert "bukan PDF" in browser.page
        assert await browser.sends(form, {"/name": "Si", **SAVED}, {"/paper": PDF}) == 200
        draft = browser.path
        await browser.opens(f"{draft}/formulir")
        assert "Denah rumah.pdf" in browser.page
        assert await browser.sends(f"{draft}/formulir", {"/name": "Si"}, {}) == 422
        assert "Denah rumah.pdf" in browser.page
        assert await browser.sends(f"{draft}/formulir", {"/name": "Siti Contoh"}, {}) == 200
        case = browser.path
        assert "Denah rumah.pdf" in browser.page

        async def asked() -> bool:
            await browser.opens(case)
            return "Perbaiki jawaban" in browser.page

        await eventually_async(asked)
        await browser.opens(f"{case}/perbaikan")
        assert "Denah rumah.pdf" in browser.page
        assert await browser.sends(f"{case}/perbaikan", {}, {}) == 422
        clearer = ("Denah jelas.pdf", PAPER + b"clearer", "application/pdf")
        assert await browser.sends(f"{case}/perbaikan", {}, {"/paper": wrong}) == 422
        assert await browser.sends(f"{case}/perbaikan", {}, {"/paper": clearer}) == 200
        assert "Denah jelas.pdf" in browser.page


async def test_a_form_of_a_thousand_fields_or_of_doubled_files_breaks_a_page(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (_, browser, _other):
        form = FORM.format("handed")
        await browser.opens(form)
        many = {f"/extra/{number}": "x" for number in range(1000)}
        assert await browser.sends(form, {"/name": "Siti Contoh", **many}, {"/paper": PDF}) == 200
        await browser.opens(f"{form}?baru=1")
        more = {f"/extra/{number}": "x" for number in range(2100)}
        assert await browser.sends(form, {"/name": "Siti Contoh", **more}, {"/paper": PDF}) == 400
        path = ("../../etc/passwd", PAPER, "application/pdf")
        await browser.opens(f"{form}?baru=1")
        assert await browser.sends(form, {"/name": "Siti Contoh"}, {"/paper": path, "/nothing": PDF}) == 200
        assert "etc/passwd" not in browser.page
