"""Whoever takes all that there is of something takes it from themselves: others are served, and keep what is theirs."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from gateway.judging import JUDGED_AT_ONCE
from gateway.limits import DOCUMENTS, SHARE
from tests.e2e.stage import SERVICE, Stage, stage
from tests.eventually import eventually_async
from tests.gateways import FORM, Gateway, bearer, running
from workflows.outputs import pdf

PLACES: Final = 3


@asynccontextmanager
async def watching(gateway: Gateway | Stage, path: str, secret: str, count: int) -> AsyncGenerator[None, None]:
    """Hold so many streams open, each begun, as long as the block lasts."""
    async with aiohttp.ClientSession() as client:
        held = [await client.get(f"{gateway.url}{path}", headers=bearer(secret)) for _ in range(count)]
        for response in held:
            assert response.status == 200
            await response.content.readline()
        yield
        for response in held:
            response.close()


async def test_pages_that_are_open_take_the_places_of_those_who_work(tmp_path: Path) -> None:
    form: dict[str, Any] = {
        "nik": "3303055203900000",
        "full_name": "Sri Rahayu",
        "phone": "081234567890",
        "kbli": "56103",
        "business": {
            "name": "Warung Bu Sri",
            "address": {"street": "Jl. Contoh 12 RT 02 RW 05", "village": "33.03.05.1011"},
        },
        "workers": [],
    }
    async with stage(tmp_path, requests_in_flight=PLACES) as gateway, aiohttp.ClientSession() as client:
        async with client.post(f"{gateway.url}/v1/services/{SERVICE}/cases", json=form) as response:
            receipt = await response.json()
            assert response.status == 202, receipt
        for news in (f"/permohonan/{receipt['case']}/kabar", f"/v1/cases/{receipt['case']}/events"):
            async with watching(gateway, news, receipt["secret"], 2 * PLACES), client.get(gateway.url) as response:
                assert response.status == 200, news


async def test_one_address_takes_every_stream(tmp_path: Path) -> None:
    from_elsewhere = {"X-Forwarded-For": "9.9.9.9"}
    async with running(tmp_path, streams=4 * SHARE, trusted_proxies=("127.0.0.1",)) as gateway:
        receipt = await gateway.apply("desk")
        path = f"/v1/cases/{receipt['case']}/events"
        async with watching(gateway, path, receipt["secret"], 4):
            async with gateway.client.get(gateway.url + path, headers=bearer(receipt["secret"])) as response:
                assert (response.status, response.content_type) == (429, "application/problem+json")
                assert int(response.headers["Retry-After"]) >= 1
            headers = {**bearer(receipt["secret"]), **from_elsewhere}
            async with gateway.client.get(gateway.url + path, headers=headers) as response:
                assert response.status == 200
            assert (await gateway.apply("desk", Prefer="wait=10"))["secret"], "whoever applied is owed the secret"


async def test_one_address_fills_the_gateway_with_bodies_that_arrive_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.bodies.QUICK_S", 0.05)
    async with running(tmp_path, requests_in_flight=8) as gateway:
        host, port = gateway.url.removeprefix("http://").split(":")
        head = f"POST /v1/services/quick/cases HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        answers: list[bytes] = []

        async def dribble() -> None:
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                writer.write(f"{head}Content-Length: 90\r\n\r\n{{".encode())
                answers.append(await reader.readline())
            finally:
                writer.close()

        async def all_but_one_told() -> bool:
            return len(answers) == 5

        async with asyncio.TaskGroup() as group:
            slow = [group.create_task(dribble()) for _ in range(6)]
            await eventually_async(all_but_one_told)
            assert {line.split()[1] for line in answers} == {b"429"}
            assert (await gateway.apply())["secret"]
            for task in slow:
                task.cancel()


async def test_an_applicant_loses_the_secret_where_no_place_to_wait_is_free(tmp_path: Path) -> None:
    async with running(tmp_path, streams=1) as gateway:
        other = await gateway.apply("desk")
        async with watching(gateway, f"/v1/cases/{other['case']}/events", other["secret"], 1):
            receipt = await gateway.apply("desk", Prefer="wait=10")
            assert receipt["secret"]
            assert receipt["view"]["state"] == "open"


async def test_an_applicant_loses_the_secret_because_somebody_at_the_same_address_guesses(tmp_path: Path) -> None:
    async with running(tmp_path, guesses_per_min=2) as gateway:
        url = f"{gateway.url}/v1/cases/{(await gateway.apply('desk'))['case']}"
        answered: list[int] = []
        while 429 not in answered and len(answered) < 10:
            async with gateway.client.get(url, headers=bearer(f"gpc_{len(answered):043}")) as response:
                answered.append(response.status)
        assert answered[-1] == 429
        receipt = await gateway.apply("quick", Prefer="wait=10")
        assert receipt["view"]["state"] == "issued"
        own = f"{gateway.url}/v1/cases/{receipt['case']}"
        async with gateway.client.get(own, headers=bearer(receipt["secret"])) as response:
            assert response.status == 200


# --- files that are small and take for ever --------------------------------------------------------------------


def file_of(content: bytes, pages: int) -> bytes:
    """Give a PDF whose pages all show the same content."""
    packed = zlib.compress(content, 9)
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *[page] * pages,
    ]
    data, places = b"%PDF-1.7\n", list[int]()
    for number, entry in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, entry)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return b"%sxref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        data,
        len(objects) + 1,
        table,
        len(objects) + 1,
        len(data),
    )


COSTLY: Final = {
    "letters one by one on sixty pages": file_of(b"BT /F 1 Tf " + b"(a) Tj " * 60_000 + b"ET", 60),
    "one letter of four megabytes": file_of(b"BT /F 1 Tf <" + b"41" * 3_900_000 + b"> Tj ET", 1),
    "a text of five megabytes": file_of(b"", 1).replace(b"/Size", b"/Info<</Title(" + b"A" * 5_000_000 + b")>>/Size"),
    "ends without an end": b"%PDF-1.7\n" + b"startxref\n" * 100_000,
    "objects without a table": b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 50_000,
}


@pytest.mark.parametrize("what", COSTLY)
def test_no_file_takes_longer_than_it_is_given(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_CPU_S", 0.5)
    begun = time.thread_time()
    with pytest.raises(pdf.PdfUnreadable):
        pdf.read_pdf(COSTLY[what], attachment="joint-output.vc.jwt")
    assert time.thread_time() - begun < 2


async def test_files_that_take_for_ever_keep_others_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf.MOST_CPU_S <= 5
    assert JUDGED_AT_ONCE <= 2
    monkeypatch.setattr(pdf, "MOST_CPU_S", 0.3)
    hostile = COSTLY["letters one by one on sixty pages"]
    async with running(tmp_path) as gateway:

        async def show() -> tuple[int, str]:
            kind = {"Content-Type": "application/pdf"}
            async with gateway.client.post(f"{gateway.url}/v1/verifications", data=hostile, headers=kind) as response:
                said = await response.json()
                return response.status, said.get("word", "")

        async with asyncio.TaskGroup() as group:
            shown = [group.create_task(show()) for _ in range(DOCUMENTS + 2)]
            for _ in range(3):
                assert (await gateway.apply("desk"))["secret"], FORM
        answers = [task.result() for task in shown]
        assert answers.count((200, "unknown")) >= DOCUMENTS
        assert {status for status, _ in answers} <= {200, 503}
