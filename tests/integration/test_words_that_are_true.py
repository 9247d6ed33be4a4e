"""Pages say what is so: what is asked later, what is waited for, when a task is due, and who has just done what."""

from __future__ import annotations

from pathlib import Path

from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, running

HEADERS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


async def page(gateway: Gateway, path: str, cookies: str = "") -> str:
    headers = {**HEADERS, **({"Cookie": cookies} if cookies else {})}
    async with gateway.client.get(f"{gateway.url}{path}", headers=headers) as response:
        return await response.text()


async def test_a_service_that_asks_more_later_says_that_one_answers_once(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        for path in ("/layanan/signed", "/layanan/signed/formulir"):
            assert "Anda menjawab satu kali" not in await page(gateway, path)
        for path in ("/layanan/quick", "/layanan/quick/formulir"):
            assert "Anda menjawab satu kali" in await page(gateway, path)
        signed, heard = await page(gateway, "/layanan/signed"), await page(gateway, "/layanan/heard")
        assert "Diminta dari Anda kemudian" in signed
        assert "waktu Anda 7 hari" in signed
        assert "Permohonan menunggu 2 hari." in heard
        assert "mengajukan keberatan" in heard
        assert "Yang perlu disiapkan" not in heard, "nothing is to be had ready"


async def test_a_link_says_that_something_was_done_to_whoever_opens_it(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        officer = f"gapura-role-officer={TOKENS['officer']}"
        assert "Tercatat." not in await page(gateway, "/petugas?selesai=contribute", officer)
        assert "Tercatat." not in await page(gateway, "/petugas?selesai=contribute", f"{officer}; gapura-done=refuse")
        assert "Tercatat." in await page(gateway, "/petugas?selesai=contribute", f"{officer}; gapura-done=contribute")


async def test_a_desk_hides_how_long_is_left_or_an_operator_whose_task_can_be_given_away(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        case = (await gateway.apply("desk"))["case"]
        officer = f"gapura-role-officer={TOKENS['officer']}"

        async def waits() -> bool:
            return case in await page(gateway, "/petugas", officer)

        await eventually_async(waits)
        assert "hari lagi)" in await page(gateway, "/petugas", officer)
        shown = await page(gateway, f"/operasi/permohonan/{case}", f"gapura-role-operator={TOKENS['operator']}")
        assert f"/operasi/permohonan/{case}/tindakan/reassign-task?step=beta" in shown


async def test_a_task_cannot_be_copied_from_or_printed_as_a_slip(tmp_path: Path) -> None:
    async with running(tmp_path, pages=pages()) as gateway:
        case = (await gateway.apply("desk"))["case"]
        officer = f"gapura-role-officer={TOKENS['officer']}"

        async def shown() -> bool:
            return "data-copy=" in await page(gateway, f"/petugas/tugas/{case}/beta/ask/1", officer)

        await eventually_async(shown)
        task = await page(gateway, f"/petugas/tugas/{case}/beta/ask/1", officer)
        assert task.index('class="slip"') < task.index('class="on-screen"'), "the decision's form is printed too"
