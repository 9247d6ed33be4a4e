from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from joserfc.jwk import ECKey
from msgspec import structs

from contracts import events as ev
from contracts.contract import JsonSchema
from contracts.declared import Derived
from contracts.ids import CaseId, Place, StepName
from contracts.units import Text
from contracts.views import ClosingRecord, JointOutput, PartView
from contracts.wire import Evidence
from tests.unit.workflows.outputs.sample import NOW
from workflows.core.compiled import CompiledPlan
from workflows.core.evolve import fold
from workflows.core.expressions import compile_value
from workflows.core.state import CaseState, where
from workflows.loading.compiling import compile_plan
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published
from workflows.outputs.compose import compose_closing, compose_output
from workflows.outputs.sdjwt import Bindings, input_digest, issue_part, verify_part
from workflows.outputs.wording import label_text

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga"
CASE = CaseId("PBG-7QK4-M2XT")
FORM: dict[str, Any] = {
    "nik": "3303055203900000",
    "full_name": "Sri Rahayu",
    "kbli": "56103",
    "business": {"name": "Warung Bu Sri", "address": {"street": "Jl. Contoh 12", "village": "33.03.05.1011"}},
    "workers": [{"nik": "3303055203900000", "name": "Ani"}],
}
KEY = ECKey.generate_key("P-256", {"kid": "oss-2026"})
OUTPUTS: dict[str, dict[str, Any]] = {
    "identity": {"match": True},
    "place": {"number": "KKPR-1", "zone": "K-2", "decision": "approved", "officer": "not shown"},
    "business": {"nib": "9120000000017", "risk": "low", "certificate": "OSS-17", "registered_on": "2026-11-24"},
    "regional_tax": {"npwpd": "P.2.0000001.05", "registered_on": "2026-11-24"},
    "taxpayer": {"status": "active", "active_from": "2026-11-24", "office": "KPP"},
    "workers": {"number": "B-1", "programmes": ["JKK", "JKM"], "first_due": "2026-12-15"},
}


def plan() -> CompiledPlan:
    contracts = load_contracts(EXAMPLE / "contracts")
    return compile_plan(load_published(EXAMPLE / "services" / "mulai-usaha.yaml", contracts))


PLAN = plan()


def asked(step: str, round_: int = 1) -> ev.StepAsked:
    return ev.StepAsked(at=NOW, step=StepName(step), round=round_, attempt=1, input={}, give_up_at=NOW)


def evidence(**changes: Any) -> Evidence:
    members: dict[str, Any] = {
        "kind": "agency",
        "received_at": NOW,
        "digest": "sha256:" + "d" * 64,
        "key_id": "oss-2026",
    }
    return Evidence(**{**members, **changes})


def gave(step: str, proof: Evidence | None = None, round_: int = 1) -> list[ev.CaseEvent]:
    contributed = ev.StepContributed(
        at=NOW + timedelta(minutes=1),
        step=StepName(step),
        round=round_,
        output=OUTPUTS[step],
        evidence=proof or evidence(),
    )
    return [asked(step, round_), contributed]


def case(*events: ev.CaseEvent, of: CompiledPlan = PLAN) -> CaseState:
    opened = ev.CaseOpened(at=NOW, case=CASE, service="mulai-usaha", plan=of.published.digest, form=FORM)
    return fold(CaseState.empty(of), [opened, *events])


def skipped(step: str, cause: Literal["when", "hand"] = "when", reason: str = "") -> ev.StepSkipped:
    return ev.StepSkipped(at=NOW, step=StepName(step), cause=cause, reason=reason)


def signed_by_oss() -> Evidence:
    bound = Bindings(
        agency="oss",
        ask_key=f"{CASE}/business/ask/1",
        contract_digest=PLAN.steps[StepName("business")].contract_digest,
        input_digest=input_digest(b"s", {}),
    )
    return evidence(part=issue_part(OUTPUTS["business"], bound, key=KEY, issued_at=NOW))


def whole(*workers: ev.CaseEvent) -> CaseState:
    return case(
        *gave("identity"),
        *gave("place"),
        *gave("business", signed_by_oss()),
        skipped("permit"),
        *gave("regional_tax", evidence(kind="attested", key_id="")),
        *gave("taxpayer", evidence(kind="attested", key_id="", actor="petugas-12")),
        *(workers or gave("workers")),
    )


def output(state: CaseState) -> JointOutput:
    return compose_output(state, agency_titles={"oss": "Sistem OSS"}, issued_at=NOW, agreement="sha256:b")


def part(of: JointOutput | ClosingRecord, step: str) -> PartView:
    return next(entry for entry in of.parts if entry.step == step)


def test_every_step_is_a_part_in_the_authors_order() -> None:
    composed = output(whole())
    assert [entry.step for entry in composed.parts] == [
        "identity",
        "place",
        "business",
        "permit",
        "regional_tax",
        "taxpayer",
        "workers",
    ]
    assert [entry.word for entry in composed.parts] == ["contributed"] * 3 + ["skipped"] + ["contributed"] * 3


def test_the_head_says_whose_it_is_what_it_rests_on_and_who_answers_for_it() -> None:
    composed = output(whole())
    assert composed.holder == {"name": "Sri Rahayu", "business": "Warung Bu Sri"}
    assert composed.holder_labels["name"] == Text("Nama lengkap", "Full name")
    assert (composed.case, composed.plan, composed.agreement) == (CASE, PLAN.published.digest, "sha256:b")
    assert (composed.lead, composed.lead_title, composed.issued_at) == ("dpmptsp", "dpmptsp", NOW)


def test_a_contribution_shows_only_the_fields_of_the_plan() -> None:
    place = part(output(whole()), "place")
    assert place.values == {"number": "KKPR-1", "zone": "K-2", "decision": "approved"}
    assert place.at == NOW + timedelta(minutes=1)


def test_values_come_with_the_words_of_the_contract() -> None:
    business = part(output(whole()), "business")
    assert label_text("registered_on", business.labels) == Text("Terdaftar pada", "Registered on")
    assert business.readings == {"risk": Text("Rendah", "Low")}
    assert business.agency_title == "Sistem OSS"


def test_an_agency_signed_part_discloses_what_is_shown_and_no_more() -> None:
    proof = part(output(whole()), "business").evidence
    bound = Bindings(
        agency="oss", ask_key=proof["ask_key"], contract_digest=proof["contract_digest"], input_digest=None
    )
    disclosed = verify_part(proof["part"], {"keys": [KEY.as_dict(private=False)]}, bound).disclosed
    assert disclosed == OUTPUTS["business"]
    assert (proof["kind"], proof["key_id"], proof["received_at"]) == ("agency", "oss-2026", "2026-11-24T03:00:00Z")

    shown_less = structs.replace(PLAN, parts={StepName("business"): {"number": compile_value("business.nib")}})
    fewer = part(output(structs.replace(whole(), plan=shown_less)), "business")
    assert fewer.values == {"number": "9120000000017"}
    assert fewer.evidence["fields"] == {"number": "nib"}
    assert verify_part(fewer.evidence["part"], {"keys": [KEY.as_dict()]}, bound).disclosed == {"nib": "9120000000017"}


def test_derived_and_partial_values_are_on_the_gateways_word() -> None:
    shown = {
        "nib": compile_value("business.nib"),
        "both": compile_value(Derived(cel="business.nib + '/' + place.number")),
        "zone": compile_value("place.zone"),
        "village": compile_value("form.business.address.village"),
        "gone": compile_value("business.nothing"),
    }
    state = structs.replace(whole(), plan=structs.replace(PLAN, parts={StepName("business"): shown}))
    business = part(output(state), "business")
    assert business.values == {
        "nib": "9120000000017",
        "both": "9120000000017/KKPR-1",
        "zone": "K-2",
        "village": "33.03.05.1011",
    }
    assert business.evidence["fields"] == {"nib": "nib"}


@pytest.mark.parametrize(
    ("step", "proof", "sender"),
    [
        ("taxpayer", evidence(kind="attested", key_id="", actor="petugas-12"), "officer"),
        ("place", evidence(), "system"),
        ("place", evidence(kind="attested", key_id="", actor="operator-1"), "hand"),
        ("place", evidence(kind="attested", key_id=""), "system"),
    ],
    ids=["desk", "signed message without a signed part", "by hand", "unsigned"],
)
def test_an_attestation_says_from_whom_it_was_received(step: str, proof: Evidence, sender: str) -> None:
    found = part(output(case(*gave(step, proof))), step).evidence
    assert (found["kind"], found["received_from"], found["digest"]) == ("attestation", sender, proof.digest)
    assert found.get("actor", "") == proof.actor


def by_law(step: str) -> list[ev.CaseEvent]:
    """Let an agency have an ask, and be silent."""
    silence = Evidence(kind="attested", received_at=NOW, digest="", actor="gateway")
    granted = ev.StepDeemed(
        at=NOW, step=StepName(step), output={"certificate": "X"}, legal_basis="UU 1/2026", evidence=silence
    )
    return [asked(step), ev.StepAccepted(at=NOW, step=StepName(step), evidence=evidence()), granted]


def test_what_the_law_granted_says_so_and_by_which_law_on_the_gateways_word() -> None:
    found = part(output(case(*by_law("permit"))), "permit")
    assert (found.word, found.text, found.at, found.values) == ("deemed", "UU 1/2026", NOW, {"certificate": "X"})
    assert (found.evidence["kind"], found.evidence["received_from"]) == ("attestation", "law")


def test_what_the_law_granted_and_no_agency_takes_back_is_not_said_to_be_contributed() -> None:
    at = where(NOW, Place(StepName("permit")))
    events: list[ev.CaseEvent] = [
        *by_law("permit"),
        ev.UndoStarted(cause="replaced", **at),
        ev.UndoRefused(code="no", **at),
        ev.StepKept(owner="ani", actor="op", reason="stands", **at),
        ev.KeptTaken(actor="op", reason="stands", **at),
    ]
    assert part(output(case(*events)), "permit").word == "deemed"


def refusing(step: str, code: str, text: str = "") -> list[ev.CaseEvent]:
    return [asked(step), ev.StepRefused(at=NOW, step=StepName(step), code=code, evidence=evidence(), text=text)]


def test_a_refused_optional_part_says_why_and_where_to_object() -> None:
    code = next(name for name, kind in PLAN.steps[StepName("workers")].contract.refusals.items() if kind.objection)
    refused = part(output(whole(*refusing("workers", code, "tunggakan"))), "workers")
    assert (refused.word, refused.text, refused.values) == ("refused", "tunggakan", {})
    assert refused.refusal == PLAN.steps[StepName("workers")].contract.refusals[code].title
    assert refused.objection is not None
    assert set(refused.objection) >= {"where", "within"}


def test_a_code_outside_of_the_contract_is_shown_as_it_is() -> None:
    refused = part(output(whole(*refusing("workers", "strange"))), "workers")
    assert (refused.refusal, refused.objection) == (Text("strange", "strange"), None)


def test_an_optional_part_that_never_came_says_so_and_leaks_no_operators_detail() -> None:
    exhausted = ev.StepExhausted(
        at=NOW, step=StepName("workers"), cause="attempts", reason="503 from http://10.0.0.7", owner="Bidang Pelayanan"
    )
    missing = part(output(whole(asked("workers"), exhausted)), "workers")
    assert (missing.word, missing.text, missing.owner) == ("missing", "", "Bidang Pelayanan")
    by_hand = part(output(whole(skipped("workers", "hand", "kantor tutup"))), "workers")
    assert (by_hand.word, by_hand.text, by_hand.evidence) == ("missing", "kantor tutup", {})


def closing(*events: ev.CaseEvent) -> ClosingRecord:
    state = case(*events, ev.CaseClosing(at=NOW, outcome="refused", step=StepName("place")))
    return compose_closing(state, agency_titles={}, closed_at=NOW)


def test_a_closing_record_has_every_parts_last_word() -> None:
    place = StepName("place")
    refusal = next(iter(PLAN.steps[place].contract.refusals))
    record = closing(
        *gave("identity"),
        *refusing("place", refusal),
        ev.StepDropped(at=NOW, step=StepName("business"), cause="closing"),
    )
    assert [(entry.step, entry.word) for entry in record.parts] == [
        ("identity", "contributed"),
        ("place", "refused"),
        ("business", "dropped"),
        ("permit", "missing"),
        ("regional_tax", "missing"),
        ("taxpayer", "missing"),
        ("workers", "missing"),
    ]
    assert (record.outcome, record.lead, record.closed_at) == ("refused", "dpmptsp", NOW)


def test_what_was_taken_back_shows_nothing_of_what_it_was() -> None:
    business = StepName("business")
    record = closing(
        *gave("business", signed_by_oss()),
        ev.UndoStarted(at=NOW, step=business, cause="closing"),
        ev.UndoAsked(at=NOW, step=business),
        ev.StepUndone(at=NOW, step=business, evidence=evidence()),
    )
    undone = part(record, "business")
    assert (undone.word, undone.values, undone.evidence) == ("undone", {}, {})


def kept(step: str) -> list[ev.CaseEvent]:
    name = StepName(step)
    return [
        *gave(step, signed_by_oss()),
        ev.UndoStarted(at=NOW, step=name, cause="closing"),
        ev.UndoAsked(at=NOW, step=name),
        ev.UndoRefused(at=NOW, step=name, code="too_late"),
        ev.StepKept(at=NOW, step=name, owner="Kepala Bidang", actor="operator-1", reason="sudah terbit"),
    ]


def test_a_contribution_that_could_not_be_taken_back_stands_under_its_owner() -> None:
    stands = part(closing(*kept("business")), "business")
    assert (stands.word, stands.owner, stands.text) == ("kept", "Kepala Bidang", "sudah terbit")
    assert (stands.values["nib"], stands.evidence["kind"]) == ("9120000000017", "agency")


def test_an_earlier_round_that_stands_is_a_part_beside_the_current_one() -> None:
    again = ev.RoundOpened(
        at=NOW, step=StepName("business"), round=2, because="correction", origin=StepName("business")
    )
    record = closing(*kept("business"), again)
    rounds = [entry for entry in record.parts if entry.step == "business"]
    assert [(entry.word, entry.values.get("nib")) for entry in rounds] == [("kept", "9120000000017"), ("missing", None)]


def test_a_kept_contribution_that_was_taken_counts_as_contributed() -> None:
    taken = ev.KeptTaken(at=NOW, step=StepName("business"), actor="operator-1", reason="benar")
    business = part(output(case(*kept("business"), taken)), "business")
    assert (business.word, business.values["nib"]) == ("contributed", "9120000000017")


def test_words_that_cannot_be_read_never_stop_an_output() -> None:
    broken = {**PLAN.published.plan.form, "properties": {"full_name": {"x-ui": {"label": 7}}}}
    published = structs.replace(PLAN.published, plan=structs.replace(PLAN.published.plan, form=broken))
    state = structs.replace(whole(), plan=structs.replace(PLAN, published=published))
    assert output(state).holder_labels == {}


DOCUMENT: dict[str, Any] = {
    "type": "application/pdf",
    "name": "OSS-17.pdf",
    "size": 12,
    "digest": "sha256:" + "f" * 64,
}


def with_document(marked: JsonSchema) -> CaseState:
    """Give the whole case, with `certificate` of the business as this field, and what an agency gave for it."""
    business = StepName("business")
    step = PLAN.steps[business]
    properties = {**step.contract.output["properties"], "certificate": marked}
    contract = structs.replace(step.contract, output={**step.contract.output, "properties": properties})
    shown = {**PLAN.parts, business: {"akta": compile_value("business.certificate")}}
    steps = {**PLAN.steps, business: structs.replace(step, contract=contract)}
    given = ev.StepContributed(
        at=NOW, step=business, round=1, output={**OUTPUTS["business"], "certificate": DOCUMENT}, evidence=evidence()
    )
    return case(asked("business"), given, of=structs.replace(PLAN, steps=steps, parts=shown))


def test_a_value_that_is_a_document_of_its_contract_is_named_as_one() -> None:
    marked = with_document({"document": "application/pdf", "x-ui": {"label": {"id": "Akta", "en": "Certificate"}}})
    business = part(output(marked), "business")
    assert (business.documents, business.values) == (["akta"], {"akta": DOCUMENT})
    assert business.labels == {"akta": Text("Akta", "Certificate")}


def test_what_only_looks_like_a_document_is_a_value() -> None:
    assert part(output(with_document({"type": "object"})), "business").documents == []
    assert part(output(whole()), "business").documents == []
