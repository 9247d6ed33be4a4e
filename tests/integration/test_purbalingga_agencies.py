"""The example's agencies by wire, each a real process, asked over real HTTP with real signatures."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import sqlite3
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import aiohttp
import jsonschema_rs
import msgspec
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey
from pypdf import PdfReader

from contracts.documents import described, without_contents
from contracts.wire import Accepted, Contributed, NothingHeld, Refused, Undone, UndoRefused
from examples.purbalingga.start import BY_WIRE, Running, start_all, stop_all
from tests.eventually import eventually_async
from tests.integration.asking import (
    CONTRACT_DIGEST,
    SALT,
    TRACE,
    AskingGateway,
    asking_gateway,
    make_gateway_key,
    publish_key,
)
from tests.integration.purbalingga_stage import TRADE_ZONE, WORKER, Stage, contributed, wishes
from workflows.agencies.signing import Request
from workflows.loading.contracts import load_contracts
from workflows.outputs.sdjwt import Bindings, input_digest, verify_part

CONTRACTS = load_contracts(Path(__file__).parents[2] / "examples" / "purbalingga" / "contracts")
WISHES = tuple(wishes(0))


class Neighbourhood(NamedTuple):
    """The agencies, started once for all tests of this file, and the key of the gateway that they trust."""

    agencies: dict[str, Running]
    key: ECKey
    keys_file: str
    numbers: Iterator[int]


@pytest.fixture(scope="module")
def neighbourhood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbourhood]:
    folder, key = tmp_path_factory.mktemp("agencies"), make_gateway_key()
    keys_file = publish_key(key, folder)
    slow: dict[str, tuple[str, ...]] = dict.fromkeys(("bpjs", "bpjs-kesehatan"), ("--answer-after", "0.05"))
    agencies = start_all(folder, keys_file, slow, BY_WIRE)
    yield Neighbourhood(agencies, key, keys_file, itertools.count(100))
    stop_all(agencies.values())


@pytest_asyncio.fixture
async def gateway(neighbourhood: Neighbourhood) -> AsyncIterator[AskingGateway]:
    async with asking_gateway(neighbourhood.key) as gateway:
        yield gateway


@pytest_asyncio.fixture
async def stage(gateway: AskingGateway, neighbourhood: Neighbourhood) -> Stage:
    for agency in neighbourhood.agencies.values():
        await gateway.know(agency)
    return Stage(gateway, neighbourhood.agencies, next(neighbourhood.numbers))


@pytest.fixture
def one(request: pytest.FixtureRequest, neighbourhood: Neighbourhood, tmp_path: Path) -> Iterator[Running]:
    """One more agency by `(name, *options)`, not yet started."""
    name, *options = request.param
    agency = Running(name, tmp_path, neighbourhood.keys_file, options)
    yield agency
    agency.stop()


async def staged(gateway: AskingGateway, agency: Running) -> Stage:
    await asyncio.to_thread(agency.start)
    await gateway.know(agency)
    return Stage(gateway, {agency.agency: agency}, 1)


async def restarted(agency: Running) -> None:
    await asyncio.to_thread(agency.start)


# --- what every agency does -----------------------------------------------------------------------------------


async def test_a_contribution_does_not_fit_the_contract_or_its_signed_part_does_not_verify(stage: Stage) -> None:
    for name in WISHES:
        answer = await stage.final_answer(name)
        wish = wishes(stage.number)[name]
        schema = CONTRACTS[wish.contract].output
        output = without_contents(contributed(answer), schema)
        jsonschema_rs.validator_for(described(schema)).validate(output)
        assert isinstance(answer, Contributed)
        bound = Bindings(
            agency=wish.agency,
            ask_key=stage.key(name),
            contract_digest=CONTRACT_DIGEST,
            input_digest=input_digest(b"sixteen bytes ok", wish.given),
        )
        keys = await stage.gateway.know(stage.agencies[wish.agency])
        assert verify_part(answer.part, keys, bound).disclosed == output


async def test_a_document_is_another_than_its_agency_signed_or_no_pdf(stage: Stage) -> None:
    sent = contributed(await stage.final_answer("oss"))["nib_document"]
    content = b64decode(sent["bytes"])
    assert (sent["digest"], sent["size"]) == (f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))
    (page,) = PdfReader(BytesIO(content), strict=True).pages
    assert f"Pemilik: {wishes(stage.number)['oss'].given['name']}" in page.extract_text()


async def test_an_ask_that_comes_twice_is_done_twice_or_answered_otherwise(stage: Stage) -> None:
    for name in WISHES:
        first = await stage.final_answer(name)
        assert await stage.ask(name) == first
        assert await stage.effects(name) == (1, 1)


async def test_an_undo_leaves_something_standing_or_the_ask_comes_back_to_life(stage: Stage) -> None:
    for name in (name for name, wish in wishes(0).items() if CONTRACTS[wish.contract].effect == "reversible"):
        contributed(await stage.final_answer(name))
        assert isinstance(await stage.undo(name), Undone)
        assert isinstance(await stage.undo(name, 2), Undone)
        assert isinstance(await stage.ask(name), Undone)
        assert isinstance(await stage.lookup(name), Undone)
        assert await stage.effects(name) == (1, 0)


async def test_an_undo_that_overtakes_its_ask_is_forgotten(stage: Stage) -> None:
    for name in WISHES:
        assert isinstance(await stage.undo(name), Undone)
        assert isinstance(await stage.ask(name), Undone)
        assert await stage.effects(name) == (0, 0)


async def test_a_lookup_changes_something_or_says_another_thing_than_the_answer(stage: Stage) -> None:
    assert isinstance(await stage.lookup("oss"), NothingHeld)
    answer = await stage.ask("oss")
    assert await stage.lookup("oss") == answer
    assert (await stage.register("oss"))["asks"][stage.key("oss")]["attempts"] == 1


async def test_what_the_gateway_did_not_sign_for_this_agency_and_this_moment_is_heard(stage: Stage) -> None:
    oss, dpupr, key = stage.agencies["oss"], stage.agencies["dpupr"], stage.key("oss")
    wish = wishes(stage.number)["oss"]
    body = msgspec.json.encode(
        {"key": key, "contract": wish.contract, "contract_digest": CONTRACT_DIGEST, "input": wish.given, "salt": SALT}
    )
    good = stage.gateway.signed(f"{oss.url}/asks", key, body)
    headers = dict(good.headers.items())
    unsigned = {name: value for name, value in headers.items() if not name.startswith("Signature")}
    forged = {
        "altered": Request("POST", good.url, headers, body.replace(b"56103", b"56102")),
        "unsigned": Request("POST", good.url, unsigned, body),
        "for another agency": Request("POST", f"{dpupr.url}/asks", headers, body),
        "for another key": Request("POST", good.url, headers | {"Idempotency-Key": "other"}, body),
        "for another route": Request("POST", f"{oss.url}/undos", headers, body),
    }
    for what, request in forged.items():
        assert (await stage.gateway.send(request)).status == 401, what
    assert key not in (await stage.register("oss"))["asks"]
    assert (await stage.gateway.send(good)).status == 200
    assert (await stage.gateway.send(good)).status == 401, "a replay"


async def test_a_known_key_with_another_wish_or_an_input_that_is_none_is_taken(stage: Stage) -> None:
    wish, oss = wishes(stage.number)["oss"], stage.agencies["oss"]
    contributed(await stage.ask("oss"))
    changed = await stage.gateway.ask(oss, stage.key("oss"), wish.contract, wish.given | {"kbli": "56102"})
    incomplete = await stage.gateway.ask(oss, stage.key("oss", "b"), wish.contract, {"nik": "1"})
    other = await stage.gateway.ask(oss, stage.key("oss", "c"), "oss/other@1", wish.given)
    assert (changed.status, incomplete.status, other.status) == (422, 422, 422)
    held = (await stage.register("oss"))["asks"]
    assert stage.key("oss", "b") not in held
    assert stage.key("oss", "c") not in held


# --- each agency's own law ------------------------------------------------------------------------------------

PROTECTED = {"street": "Jl. Contoh 3 RT 01 RW 01", "village": "33.03.10.2001"}
UNCLEAR = {"street": "dekat masjid", "village": TRADE_ZONE}
LESTARI = {
    "nik": "3303064507800000",
    "kbli": "47112",
    "address": {"street": "JL. Contoh 7  RT 01 RW 02", "village": "33.03.06.1013"},
}
NUR_AINI = "3303096010880000"
PUTRI = {"mother_nik": "3303055203900000", "born_on": "2026-11-01", "family_card": "3303990000000005"}
WULAN = {"nik": "3302275511850000", "family_card": "3302990000000004"}
REFUSALS: list[tuple[str, dict[str, object], str]] = [
    ("dukcapil", {"name": "Budi Santoso"}, "not_matched"),
    ("dukcapil", {"nik": "3303051111110000"}, "not_matched"),
    ("dukcapil", {"nik": "3303061010500000", "name": "Karto Wiryo"}, "deceased"),
    ("dukcapil", {"nik": "3303095505820000", "name": "Siti Aminah"}, "moved_away"),
    ("dpupr", {"address": PROTECTED}, "outside_spatial_plan"),
    ("dpupr", {"address": UNCLEAR}, "address_unclear"),
    ("oss", {**LESTARI}, "already_registered"),
    ("oss", {"nik": "3303054101850000"}, "not_a_resident"),
    ("oss", {"kbli": "01461"}, "activity_not_open"),
    ("bpjs", {"nik": "3303012003760000"}, "contributions_in_arrears"),
    ("bpjs", {"workers": [WORKER | {"nik": "3303051508180000"}]}, "worker_under_age"),
    ("dinkes", {"born_on": "2026-11-19"}, "notice_unknown"),
    ("dinkes", {"notice": "SKL-0006/2026", "mother_nik": NUR_AINI, "born_on": "2026-11-10"}, "notice_withdrawn"),
    ("check-birth", {"child_name": "Bima"}, "name_not_accepted"),
    ("check-birth", {"child_name": "Bima Santoso 2"}, "name_not_accepted"),
    ("check-birth", {"child_name": f"Bima {'a' * 56}"}, "name_not_accepted"),
    ("check-birth", {"mother_nik": NUR_AINI}, "family_card_differs"),
    ("check-birth", {**PUTRI, "child_name": "PUTRI  Rahayu Lestari"}, "already_registered"),
    ("issue-child-card", {"collect_at": "karangreja"}, "cards_out_of_stock"),
    ("bpjs-kesehatan", {"mother_nik": "3303155408910000"}, "mother_not_a_member"),
    ("capil-banyumas", {"family_card": "3302990000000002"}, "family_card_differs"),
    ("capil-banyumas", {"members": [{"nik": "3302250101880000", "name": "Teguh Wibowo"}]}, "family_card_differs"),
    ("capil-banyumas", {**WULAN, "members": []}, "released_before"),
    ("register-arrival", {"address": UNCLEAR}, "address_unclear"),
    ("register-arrival", {"nik": "3302250101880000"}, "registered_elsewhere"),
    ("change-facility", {"nik": "3302240607920000"}, "not_a_member"),
]


async def test_a_refusal_of_the_contracts_never_comes_or_does_something_all_the_same(stage: Stage) -> None:
    for number, (name, changes, code) in enumerate(REFUSALS):
        answer = await stage.final_answer(name, str(number), **changes)
        assert isinstance(answer, Refused), (name, changes, answer)
        assert (answer.code, await stage.effects(name, str(number))) == (code, (0, 0))
    seen = {(wishes(0)[name].contract, code) for name, _, code in REFUSALS}
    assert seen == {(w.contract, code) for w in wishes(0).values() for code in CONTRACTS[w.contract].refusals}


async def test_the_same_business_is_registered_twice_under_two_keys(stage: Stage) -> None:
    first = contributed(await stage.ask("oss"))
    assert isinstance(await stage.ask("oss", "b"), Refused)
    await stage.undo("oss")
    again = contributed(await stage.ask("oss", "c"))
    assert again["nib"] != first["nib"], "a NIB that was taken back is not given again"


async def test_a_zone_that_sets_a_condition_does_not_say_it(stage: Stage) -> None:
    output = contributed(await stage.ask("dpupr", kbli="10710"))
    assert output["decision"] == "conditional"
    assert output["conditions"] == ["Tempat pengolahan terpisah dari tempat penjualan"]


# --- crashes, faults and answers that come later ------------------------------------------------------------------


@pytest.mark.parametrize("one", [("oss",)], indirect=True)
async def test_a_restart_loses_the_register_or_the_key(gateway: AskingGateway, one: Running) -> None:
    stage = await staged(gateway, one)
    first = await stage.ask("oss")
    keys, port = await gateway.know(one), one.ready.port
    one.stop()
    await restarted(one)
    assert (await gateway.know(one), one.ready.port) == (keys, port)
    assert await stage.ask("oss") == first
    assert await stage.effects("oss") == (1, 1)
    assert (one.data / "signing-key.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("one", [("oss", "--lose-answer-once")], indirect=True)
async def test_a_lost_answer_is_done_again(gateway: AskingGateway, one: Running) -> None:
    stage = await staged(gateway, one)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await stage.ask("oss")
    assert await stage.effects("oss") == (1, 1)
    contributed(await stage.ask("oss"))
    assert await stage.effects("oss") == (1, 1)


@pytest.mark.parametrize("one", [("oss", "--delay", "60")], indirect=True)
async def test_killed_between_work_and_answer_it_does_the_repeat_again(gateway: AskingGateway, one: Running) -> None:
    stage = await staged(gateway, one)

    async def done() -> bool:
        return stage.key("oss") in (await stage.register("oss"))["asks"]

    async def kill_when_done() -> None:
        await eventually_async(done)
        one.kill()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(kill_when_done())
        with pytest.raises(aiohttp.ClientError):
            await stage.ask("oss")
    one.options = ()
    await restarted(one)
    contributed(await stage.ask("oss"))
    assert await stage.effects("oss") == (1, 1)


@pytest.mark.parametrize("one", [("oss", "--fail-first", "2")], indirect=True)
async def test_it_fails_more_or_less_often_than_it_is_told(gateway: AskingGateway, one: Running) -> None:
    stage, wish = await staged(gateway, one), wishes(1)["oss"]
    seen = [await gateway.ask(one, stage.key("oss"), wish.contract, wish.given) for _ in range(3)]
    assert [(heard.status, heard.retry_after) for heard in seen] == [(503, "1"), (503, "1"), (200, "")]
    assert await stage.effects("oss") == (1, 1)


async def test_an_undo_after_thirty_days_takes_a_contribution_back(stage: Stage) -> None:
    contributed(await stage.ask("oss"))
    file, aged = stage.agencies["oss"].data / "register.sqlite", (31 * 86400, stage.key("oss"))
    with closing(sqlite3.connect(file)) as register, register:
        register.execute("UPDATE gapura_held SET done_at = done_at - ? WHERE key = ?", aged)
    answer = await stage.undo("oss")
    assert isinstance(answer, UndoRefused)
    assert answer.code == "too_late"
    assert await stage.effects("oss") == (1, 1)
    contributed(await stage.ask("oss"))


async def test_a_callback_that_was_not_taken_is_lost_or_sent_with_an_old_signature(stage: Stage) -> None:
    stage.gateway.statuses = [503]
    assert isinstance(await stage.ask("bpjs"), Accepted)
    assert isinstance(await stage.ask("bpjs"), Accepted), "work that goes on is not done a second time"
    first, second = await stage.gateway.next_call(), await stage.gateway.next_call()
    assert first.answer == second.answer
    assert first.nonce != second.nonce
    assert first.idempotency_key == stage.key("bpjs")
    assert first.traceparent.split("-")[1] == TRACE, "a callback carries on the trace of its ask"
    assert await stage.ask("bpjs") == first.answer

    async def nothing_is_owed() -> bool:
        return bool((await stage.register("bpjs"))["callbacks_owed"] == 0)

    await eventually_async(nothing_is_owed)
    assert await stage.effects("bpjs") == (1, 1)


@pytest.mark.parametrize("one", [("bpjs", "--answer-after", "0.6")], indirect=True)
async def test_accepted_work_is_lost_in_a_kill(gateway: AskingGateway, one: Running) -> None:
    stage = await staged(gateway, one)
    assert isinstance(await stage.ask("bpjs"), Accepted)
    one.kill()
    await restarted(one)
    contributed((await gateway.next_call()).answer)
    assert await stage.effects("bpjs") == (1, 1)


@pytest.mark.parametrize("one", [("bpjs", "--answer-after", "0.3")], indirect=True)
async def test_work_that_was_undone_while_it_went_on_is_called_back(gateway: AskingGateway, one: Running) -> None:
    stage = await staged(gateway, one)
    assert isinstance(await stage.ask("bpjs"), Accepted)
    assert isinstance(await stage.undo("bpjs"), Undone)
    assert isinstance(await stage.ask("bpjs", "b"), Accepted)
    assert (await gateway.next_call()).idempotency_key == stage.key("bpjs", "b")
    assert await stage.effects("bpjs") == (0, 0)


# --- its surroundings -----------------------------------------------------------------------------------------------


async def test_an_agency_that_is_given_an_address_for_the_keys_hears_nothing(
    gateway: AskingGateway, tmp_path: Path
) -> None:
    agency = Running("dukcapil", tmp_path, f"{gateway.url}/v1/keys")
    try:
        stage = await staged(gateway, agency)
        contributed(await stage.ask("dukcapil"))
    finally:
        agency.stop()


async def test_an_agency_whose_keys_cannot_be_read_blames_the_signature(gateway: AskingGateway, tmp_path: Path) -> None:
    agency = Running("dukcapil", tmp_path, str(tmp_path / "nowhere.json"))
    try:
        stage, wish = await staged(gateway, agency), wishes(1)["dukcapil"]
        heard = await gateway.ask(agency, stage.key("dukcapil"), wish.contract, wish.given)
        assert (heard.status, heard.retry_after) == (503, "1")
    finally:
        agency.stop()


async def test_an_agencys_own_work_is_missing_in_the_trace_of_the_gateways_attempt(
    gateway: AskingGateway, neighbourhood: Neighbourhood, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gateway.url)
    agency = Running("bpjs", tmp_path, neighbourhood.keys_file, ("--answer-after", "0.05"))
    stage = await staged(gateway, agency)
    assert isinstance(await stage.ask("bpjs"), Accepted)
    called = await gateway.next_call()
    await asyncio.to_thread(agency.stop)
    asked, decided = sorted(gateway.spans, key=lambda span: span.start_time_unix_nano)
    assert [asked.name, decided.name] == ["bpjs ask", "bpjs decides"]
    assert {span.trace_id.hex() for span in gateway.spans} == {TRACE}
    assert asked.parent_span_id.hex() == "b7ad6b7169203331"
    assert decided.parent_span_id == asked.span_id
    assert called.traceparent.split("-")[2] == decided.span_id.hex()
