"""What each recorded answer of a French agency means, through the real binding and over real HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts.contract import Contract
from contracts.wire import Contributed, Refused, Unheard
from examples.france.recordings import DOCUMENT, ENDPOINTS, Recording, Recordings
from examples.france.replay import Delay, Fault, Replay
from tests.integration.france_stage import (
    BUYER,
    TENDER,
    WRITTEN,
    class_of,
    contract_of,
    heard_of,
    prepared,
    recorded_in,
    recorded_or_skip,
    told_of,
    write_by_hand,
)
from workflows.loading.api_files import read_api
from workflows.loading.contracts import load_contract
from workflows.loading.first_contract import Wanted, first_contract, name_of

RECORDED: Mapping[str, Mapping[str, str]] = {
    "insee_unites_legales": {
        "association": "contributed",
        "association_regime_alsace_moselle": "contributed",
        "personne_morale": "contributed",
        "personne_morale_etat_cesse": "refused ceased",
        "personne_physique_diffusible": "contributed",
        "personne_physique_non-diffusible": "refused ceased",
    },
    "insee_etablissements": {
        "200": "contributed",
        "404": "refused no_record",
        "association": "contributed",
        "association_regime_alsace_moselle": "contributed",
        "personne_morale": "contributed",
        "personne_morale_etat_cesse": "refused closed",
        "personne_physique_diffusible": "contributed",
        "personne_physique_non-diffusible": "contributed",
    },
    "insee_successions": {
        "200": "contributed",
        "403": "exhausted",
        "404": "refused no_record",
        "502": "failed",
        "504": "failed",
    },
    "dgfip_attestations": {
        "200": "contributed",
        "404": "refused not_issued",
        "attestation_delivree": "contributed",
        "entite_hors_perimetre": "refused not_issued",
    },
    "acoss_attestations": {
        "attestation_delivree": "contributed",
        "attestation_non_delivree": "refused not_issued",
        "entite_hors_perimetre": "refused no_record",
    },
    "infogreffe": {"200": "contributed", "404": "refused no_record"},
    "vies": {"200": "contributed", "404": "refused no_record"},
    "rnm": {"200": "contributed", "404": "refused no_record", "422": "exhausted"},
    "cibtp": {"200": "contributed", "404": "refused no_record", "504": "failed"},
    "probtp": {"200": "contributed", "200_non_conforme": "refused not_compliant", "404": "refused no_record"},
}
"""What every recorded answer means, by a word of its endpoint and its name."""
ROWS = [(word, name, means) for word, names in RECORDED.items() for name, means in names.items()]


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_by_hand(tmp_path_factory.mktemp("by-hand"))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


async def meaning(word: str, name: str, folder: Path, work: Path) -> tuple[str, Recording, Replay]:
    """Ask about the number of an answer, and hold the read to its purpose."""
    recordings = Recordings(recorded_in(folder))
    contracts = prepared(folder, work / folder.name)
    recording = recordings.named(word, name)
    replay = Replay(recordings, live_links=True)
    heard = await heard_of(replay, recording, contract_of(contracts, recording.endpoint))
    if isinstance(heard, Refused) and recording.status == 404:
        assert heard.text, "the agency's words of its no are lost"
    (read,) = replay.reads
    assert (read.number, read.status) == (recording.number, recording.status)
    assert (read.recipient, read.context, read.object) == (BUYER, "tender-eligibility", TENDER)
    return class_of(heard), recording, replay


@pytest.mark.parametrize(
    ("word", "name", "means"), [(row[0], row[1], row[5]) for row in WRITTEN], ids=[f"{r[0]}-{r[1]}" for r in WRITTEN]
)
async def test_an_answer_written_by_hand_means_something_else(
    word: str, name: str, means: str, by_hand: Path, work: Path
) -> None:
    assert (await meaning(word, name, by_hand, work))[0] == means


@pytest.mark.parametrize(("word", "name", "means"), ROWS, ids=[f"{row[0]}-{row[1]}" for row in ROWS])
async def test_an_answer_that_was_recorded_means_something_else(word: str, name: str, means: str, work: Path) -> None:
    assert (await meaning(word, name, recorded_or_skip(), work))[0] == means


def test_an_answer_was_recorded_that_no_row_expects() -> None:
    recorded = {(each.endpoint, each.name) for each in recorded_in(recorded_or_skip())}
    expected = {(next(it for it in ENDPOINTS.values() if word in it), name) for word, name, _ in ROWS}
    assert recorded == expected


async def test_what_an_agency_contributes_lacks_a_value_or_has_one_too_many(by_hand: Path, work: Path) -> None:
    recordings, contracts = Recordings(recorded_in(by_hand)), prepared(by_hand, work / by_hand.name)
    outputs: dict[str, object] = {}
    for word, name in (("unites", "person"), ("etablissements", "open"), ("successions", "known"), ("rnm", "known")):
        recording = recordings.named(word, name)
        heard = await heard_of(Replay(recordings), recording, contract_of(contracts, recording.endpoint))
        assert isinstance(heard, Contributed)
        outputs[word] = heard.output
    assert outputs == {
        "unites": {
            "siren": "100000017",
            "name": "LOU EXEMPLE",
            "legal_form": "SAS",
            "activity": "Menuiserie",
        },
        "etablissements": {
            "siret": "10000000900017",
            "head_office": True,
            "address": "1 RUE EXEMPLE, 75001 PARIS",
        },
        "successions": {"predecessors": [], "successors": ["10000000900033"]},
        "rnm": {"practice": "P", "mobile": False},
    }


@pytest.fixture
def tax(by_hand: Path, work: Path) -> tuple[Recordings, Recording, Contract]:
    recordings = Recordings(recorded_in(by_hand))
    recording = recordings.named("dgfip", "issued")
    return recordings, recording, contract_of(prepared(by_hand, work / by_hand.name), recording.endpoint)


async def test_a_certificate_does_not_come_along(tax: tuple[Recordings, Recording, Contract]) -> None:
    recordings, recording, contract = tax
    told = await told_of(Replay(recordings, live_links=True), recording, contract)
    assert isinstance(told.heard, Contributed)
    (content,) = told.documents
    described = told.heard.output["certificate"]
    assert (described["type"], described["size"]) == ("application/pdf", len(content))
    assert content.startswith(b"%PDF-")


async def test_a_link_that_has_expired_is_a_no_or_the_end(tax: tuple[Recordings, Recording, Contract]) -> None:
    recordings, recording, contract = tax
    heard = await heard_of(Replay(recordings), recording, contract)
    assert isinstance(heard, Unheard)
    assert (heard.final, heard.sent) == (False, True), "another ask gives another link"
    assert heard.reason.startswith("the document's link")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_failure_forgets_when_it_wants_to_be_asked_again(
    tax: tuple[Recordings, Recording, Contract], status: int
) -> None:
    recordings, recording, contract = tax
    heard = await heard_of(Replay(recordings, faults=[Fault(status, 1)], retry_after="7"), recording, contract)
    assert isinstance(heard, Unheard)
    assert (heard.final, heard.retry_after_s, heard.sent) == (False, 7, status != 429)


async def test_an_answer_behind_the_deadline_is_waited_for(tax: tuple[Recordings, Recording, Contract]) -> None:
    recordings, recording, contract = tax
    replay = Replay(recordings, delays=[Delay(30, "dgfip")])
    heard = await heard_of(replay, recording, contract, deadline="1 s")
    assert isinstance(heard, Unheard)
    assert (heard.final, heard.sent) == (False, True)
    assert "1 s" in heard.reason
    assert len(replay.reads) == 1


async def test_a_read_leaves_without_its_token(tax: tuple[Recordings, Recording, Contract]) -> None:
    recordings, recording, contract = tax
    heard = await heard_of(Replay(recordings), recording, contract, auth=[])
    assert isinstance(heard, Unheard)
    assert heard.final
    assert heard.reason.startswith("401")


def test_a_first_contract_of_the_real_document_does_not_load(work: Path) -> None:
    path = recorded_or_skip() / DOCUMENT
    document = read_api(path)
    for endpoint in ENDPOINTS:
        operation = f"GET {endpoint}"
        wanted = Wanted(agency="dinum", contract=name_of(operation), document=str(path), ask=operation)
        (work / "first.yaml").write_text(first_contract(document, wanted), encoding="utf-8")
        contract = load_contract(work / "first.yaml")
        assert (contract.effect, contract.contract[:3]) == ("none", endpoint.split("/")[2][:3])
        assert {"recipient", "context", "object"} <= set(contract.input["required"])
        assert "Cache-Control" not in contract.input["properties"]
