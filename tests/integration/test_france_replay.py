"""The replay server alone: byte by byte what was recorded, what the real API demands, and the faults asked for."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from pypdf import PdfReader

from examples.france.recordings import DOCUMENT, ENDPOINTS, NoRecordings, Recordings, recorded_folder
from examples.france.replay import Delay, Fault, Replay, read_delay, read_fault, serving
from tests.integration.france_stage import recorded_in, recorded_or_skip, write_by_hand
from tests.tidy import tree

PURPOSE = {"recipient": "13002526500013", "context": "tender-eligibility", "object": "2026-LOT-01"}
PATH_OF = {endpoint: path for path, endpoint in ENDPOINTS.items()}
TAX = PATH_OF["api_entreprise_v4_dgfip_attestations_fiscales"].replace("{siren}", "100000009")
VAT = PATH_OF["api_entreprise_v3_european_commission_vies"].replace("{siren}", "100000009")


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_by_hand(tmp_path_factory.mktemp("by-hand"))


class Reply:
    """What came back."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


class Caller:
    """Reads with a token and a purpose, or without."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self.url = session, url

    async def read(self, path: str, *, bearer: bool = True, lacking: str = "") -> Reply:
        headers = {"Authorization": "Bearer t"} if bearer else {}
        params = {name: value for name, value in PURPOSE.items() if name != lacking}
        async with self._session.get(self.url + path, params=params, headers=headers) as response:
            return Reply(response.status, response.headers, await response.read())


@asynccontextmanager
async def calling(folder: Path, **more: Any) -> AsyncGenerator[Caller]:
    replay = Replay(Recordings(recorded_in(folder)), **more)
    async with serving(replay) as url, aiohttp.ClientSession() as session:
        yield Caller(session, url)


def recorded_by(folder: Path) -> dict[tuple[str, str], tuple[int, bytes]]:
    """Give what the files say, read without the example: path and number, status and payload."""
    found: dict[tuple[str, str], tuple[int, bytes]] = {}
    for endpoint, path in PATH_OF.items():
        for file in (folder / "answers" / endpoint).glob("*.yaml"):
            told = yaml.safe_load(file.read_text(encoding="utf-8"))
            (number,) = told["params"].values()
            found[path, number] = told["status"], told["payload"].encode()
    return found


async def assert_as_recorded(folder: Path) -> None:
    recorded = recorded_by(folder)
    assert recorded
    async with calling(folder) as caller:
        for (path, number), (status, payload) in recorded.items():
            reply = await caller.read(path.replace("{siren}", number).replace("{siret}", number))
            assert (reply.status, reply.body) == (status, payload), f"{path} of {number} is not as it was recorded"


async def test_an_answer_written_by_hand_is_altered(by_hand: Path) -> None:
    await assert_as_recorded(by_hand)


async def test_a_recorded_answer_is_altered() -> None:
    await assert_as_recorded(recorded_or_skip())


@pytest.mark.parametrize(("lacking", "code"), [("context", "00201"), ("object", "00202"), ("recipient", "00203")])
async def test_a_read_without_its_purpose_is_answered(by_hand: Path, lacking: str, code: str) -> None:
    async with calling(by_hand) as caller:
        reply = await caller.read(TAX, lacking=lacking)
    assert reply.status == 422
    (error,) = yaml.safe_load(reply.body)["errors"]
    assert (error["code"], error["source"]) == (code, {"parameter": lacking})
    assert error["detail"] == f"Le paramètre {lacking} est obligatoire"


async def test_a_read_without_a_token_is_answered(by_hand: Path) -> None:
    async with calling(by_hand) as caller:
        assert (await caller.read(TAX, bearer=False)).status == 401


async def test_a_number_of_which_nothing_was_recorded_is_known(by_hand: Path) -> None:
    async with calling(by_hand) as caller:
        reply = await caller.read(TAX.replace("100000009", "999999999"))
    assert reply.status == 404
    assert yaml.safe_load(reply.body)["errors"]


async def test_a_fault_hits_others_or_more_often_than_it_should(by_hand: Path) -> None:
    faults = [Fault(429, 2, "dgfip"), Fault(504, 1, "dgfip")]
    async with calling(by_hand, faults=faults, retry_after="3") as caller:
        replies = [await caller.read(path) for path in (VAT, TAX, TAX, TAX, TAX)]
    assert [reply.status for reply in replies] == [200, 429, 429, 504, 200]
    assert [reply.headers.get("Retry-After") for reply in replies] == [None, "3", "3", "3", None]
    assert yaml.safe_load(replies[1].body)["errors"][0]["code"] == "01003", "an answer was recorded with this status"
    assert yaml.safe_load(replies[3].body)["errors"][0]["code"] == "01002", "the document has words for this status"


async def test_a_delay_holds_up_others(by_hand: Path) -> None:
    async with calling(by_hand, delays=[Delay(60, "dgfip")]) as caller:
        assert (await caller.read(VAT)).status == 200
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(caller.read(TAX), 0.1)


async def test_a_link_leads_to_no_document(by_hand: Path) -> None:
    async with calling(by_hand, live_links=True) as caller:
        link = yaml.safe_load((await caller.read(TAX)).body)["data"]["document_url"]
        assert link.startswith(caller.url)
        document = await caller.read(link.removeprefix(caller.url))
    assert document.headers["Content-Type"] == "application/pdf"
    page = PdfReader(BytesIO(document.body), strict=True).pages[0].extract_text()
    assert page.splitlines() == ["Specimen, made for an example", "v4_dgfip_attestations_fiscales", "100000009"]


def test_a_stand_in_speaks_where_a_number_has_an_answer_of_its_own(by_hand: Path) -> None:
    recorded = recorded_in(by_hand)
    stand_ins = {"100000009": {"dgfip": "unknown", "rnm": "invalid"}, "777": {"vies": "slow"}}
    recordings = Recordings(recorded, stand_ins)
    about = {(each.endpoint, number) for each in recorded for number in ("100000009", "777")}
    found = {place: it.name for place in about if (it := recordings.about(*place))}
    assert {name for (_, number), name in found.items() if number == "777"} == {"slow"}
    assert "unknown" not in found.values()
    assert "invalid" not in found.values()
    with pytest.raises(NoRecordings, match="nothing was recorded as gone"):
        Recordings(recorded, {"1": {"vies": "gone"}})


def test_faults_and_delays_are_read_otherwise_than_they_are_written() -> None:
    assert read_fault("502:2:dgfip") == Fault(502, 2, "dgfip")
    assert read_fault("429:1") == Fault(429, 1)
    assert (read_delay("0.5"), read_delay("2:vies")) == (Delay(0.5), Delay(2, "vies"))
    with pytest.raises(ValueError, match="not enough values"):
        read_fault("429")


def test_a_folder_that_has_no_answers_is_taken(tmp_path: Path, by_hand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAPURA_RECORDED_ANSWERS", raising=False)
    with pytest.raises(NoRecordings, match="GAPURA_RECORDED_ANSWERS names their folder"):
        recorded_folder()
    monkeypatch.setenv("GAPURA_RECORDED_ANSWERS", str(tmp_path))
    with pytest.raises(NoRecordings, match=f"has no {DOCUMENT}"):
        recorded_folder()
    assert recorded_folder(by_hand) == by_hand


async def test_the_process_does_not_say_where_it_is_or_does_not_end(by_hand: Path) -> None:
    command = [sys.executable, "-m", "examples.france.replay", "--data", str(by_hand), "--fault", "503:1"]
    process = await asyncio.create_subprocess_exec(*command, cwd=tree.ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            statuses = [(await Caller(session, url).read(TAX)).status for _ in range(2)]
            async with session.get(f"{url}/reads") as response:
                reads = await response.json()
    finally:
        process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert statuses == [503, 200]
    assert [(read["number"], read["object"], read["status"]) for read in reads] == [
        ("100000009", "2026-LOT-01", 503),
        ("100000009", "2026-LOT-01", 200),
    ]
