"""What a function returns is judged on the agency's own side, and named."""

from __future__ import annotations

import base64
import re

import pytest

from gapura_agency import Document
from gapura_agency.testing import Wrong
from tests.unit.sdk.python.gapura_agency.small_office import PDF, REGISTER, TRADER, Office, refuse, send_back

NIB = {"nib": "9120000000001"}


@pytest.mark.parametrize(
    ("says", "said"),
    [
        ({}, '"nib" is a required property'),
        ({"nib": "12"}, "nib: "),
        ({**NIB, "registered_on": "yesterday"}, "registered_on: "),
        ({**NIB, "more": 1}, "'more' was unexpected"),
        ({**NIB, "more": object()}, "the output is no JSON"),
        ({**NIB, "paper": "a path"}, "paper: "),
        ({**NIB, "paper": Document("a.pdf", b"no PDF at all")}, "paper/type: "),
        ({**NIB, "paper": Document("", PDF)}, "paper/name: "),
        ({"nib": Document("a.pdf", PDF)}, "nib: the contract marks no document there"),
        ({**NIB, "paper": Document("a.pdf", PDF + b" " * 4_000_000)}, "give its documents by link"),
        (None, "the function returned NoneType; return a dict, refuse()"),
        ("9120000000001", "the function returned str"),
        (refuse("unknown"), r"refuse\('unknown'\): the contract's refusals are: already_registered"),
        (refuse("already_registered", "x" * 4001), "more than 4000 characters"),
        (send_back(["name"], "?"), r"send_back\(\['name'\]\): name inputs of the contract: kbli, lease, nik"),
        (send_back([], "?"), "name inputs of the contract"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_named_and_not_sent(
    office: Office, caplog: pytest.LogCaptureFixture, says: object, said: str
) -> None:
    office.says["decide"] = says
    with pytest.raises(Wrong, match=r"500.*breaks its contract"):
        office.gateway.ask(office.agency, REGISTER, TRADER, key="k")
    assert re.search(said, caplog.text)
    office.says["decide"] = NIB
    assert office.gateway.ask(office.agency, REGISTER, TRADER, key="k").outcome == "contributed"


def test_a_value_does_not_get_into_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.says["decide"] = {"nib": "330305SECRET"}
    with pytest.raises(Wrong):
        office.gateway.ask(office.agency, REGISTER, TRADER)
    assert "SECRET" not in caplog.text


def test_a_document_travels_beside_its_description(office: Office) -> None:
    office.says["decide"] = {**NIB, "paper": Document("NIB.pdf", PDF)}
    paper = office.gateway.ask(office.agency, REGISTER, TRADER).output["paper"]
    assert base64.b64decode(paper["bytes"]) == PDF
    assert (paper["type"], paper["name"], paper["size"]) == ("application/pdf", "NIB.pdf", len(PDF))


def test_a_document_by_link_has_no_bytes(office: Office) -> None:
    office.says["decide"] = {**NIB, "paper": Document("NIB.pdf", PDF, link="https://store.example/x?signed")}
    paper = office.gateway.ask(office.agency, REGISTER, TRADER).output["paper"]
    assert paper["link"] == "https://store.example/x?signed"
    assert "bytes" not in paper


def test_a_document_among_the_input_is_read_and_left_out_of_the_digest(office: Office) -> None:
    lease = Document("lease.pdf", PDF).sent()
    heard = office.gateway.ask(office.agency, REGISTER, {**TRADER, "lease": lease})
    assert heard.part, "the stand-in verified its digest"
    assert office.asked[0].document("lease") == PDF
    with pytest.raises(ValueError, match="no document"):
        office.asked[0].document("nik")


def test_sending_back_names_inputs(office: Office) -> None:
    office.says["decide"] = send_back(["kbli"], "Kode tidak dikenal.")
    heard = office.gateway.ask(office.agency, REGISTER, TRADER)
    assert (heard.outcome, heard.inputs, heard.text) == ("returned", ["kbli"], "Kode tidak dikenal.")
