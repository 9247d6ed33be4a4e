"""An officer's form with a file, as a browser sends it: what is wrong is told, the rest is kept, the file arrives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from msgspec import Struct

from gateway.pages import pages
from tests.eventually import eventually_async
from tests.gateways import PAPER, TOKENS, bearer, running

LETTER = b"%PDF-1.4\n% the letter of the desk\n%%EOF\n"
OWN = {"Sec-Fetch-Site": "same-origin"}


class Officer(Struct, frozen=True):
    """A browser in which an officer has signed in, and the task that is open."""

    url: str
    client: aiohttp.ClientSession
    case: str
    secret: str

    async def page(self, path: str) -> str:
        async with self.client.get(self.url + path) as response:
            return await response.text()

    async def token(self, path: str) -> str:
        found = re.search(r'name="_token" value="([0-9a-f]{64})"', await self.page(path))
        assert found is not None
        return found[1]

    @property
    def task(self) -> str:
        return f"/petugas/tugas/{self.case}/beta/ask/1"

    async def sends(self, number: str, name: str, content: bytes) -> tuple[int, str]:
        """Send the form with a file; give the status, and the page or where it leads."""
        form = aiohttp.FormData({"_token": await self.token(self.task), "decision": "contribute", "/number": number})
        form.add_field("/paper", content, filename=name, content_type="application/pdf")
        async with self.client.post(self.url + self.task, data=form, headers=OWN, allow_redirects=False) as response:
            return response.status, response.headers.get("Location") or await response.text()


@asynccontextmanager
async def officer(folder: Path) -> AsyncGenerator[Officer, None]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        running(folder, pages=pages()) as gateway,
        aiohttp.ClientSession(cookie_jar=jar, headers={"Accept": "text/html"}) as client,
    ):
        receipt = await gateway.apply("papers")
        person = Officer(gateway.url, client, receipt["case"], receipt["secret"])
        signing_in = {"_token": await person.token("/masuk"), "token": TOKENS["officer"]}
        async with client.post(f"{gateway.url}/masuk", data=signing_in, headers=OWN) as response:
            assert response.status == 200

        async def waits() -> bool:
            return person.case in await person.page("/petugas")

        await eventually_async(waits)
        yield person


async def test_a_wrong_file_is_told_with_every_other_mistake_and_the_rest_is_kept(tmp_path: Path) -> None:
    async with officer(tmp_path) as person:
        status, page = await person.sends("", "surat.pdf", b"<html>no letter</html>")
        assert status == 422
        assert "Surat keterangan: isi berkas ini bukan PDF" in page
        assert "Isi number" in page
        status, page = await person.sends("B-12", "surat.pdf", b"")
        assert "Surat keterangan: berkas ini kosong" in page
        assert 'value="B-12"' in page


async def test_what_the_officer_sends_is_what_the_applicant_gets(tmp_path: Path) -> None:
    async with officer(tmp_path) as person:
        page = await person.page(person.task)
        assert 'type="file" accept="application/pdf"' in page
        given = re.search(r'href="(/petugas/dokumen/[^"]+)"', page)
        assert given is not None
        async with person.client.get(person.url + given[1]) as response:
            assert await response.read() == PAPER, "the paper that the agency before gave"
        assert await person.sends("B-12", "Surat-12.pdf", LETTER) == (303, "/petugas?selesai=contribute")
        digest = f"sha256:{hashlib.sha256(LETTER).hexdigest()}"
        path = f"{person.url}/v1/cases/{person.case}/documents/{digest}"
        async with aiohttp.ClientSession() as client, client.get(path, headers=bearer(person.secret)) as response:
            assert (response.status, await response.read()) == (200, LETTER)
            assert response.headers["Content-Disposition"] == f'attachment; filename="{person.case}-paper.pdf"'
