"""What an agency that signed one agreement reads of the next: a sentence for each difference, in two languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec import structs

from contracts.agreement import Agreement, Instrument, Publication, Signatory
from tests.declared import contracts, plan
from tests.unit.workflows.loading.test_agreements import TERMS
from workflows.loading.agreement_differences import compare_agreements
from workflows.loading.agreements import propose
from workflows.loading.plans import publish

SIGNED = propose(publish(plan(), contracts()), TERMS)


def reading(name: str, **changes: object) -> Callable[[Agreement], Agreement]:
    def changed(agreement: Agreement) -> Agreement:
        readings = [structs.replace(one, **changes) if one.step == name else one for one in agreement.readings]
        return structs.replace(agreement, readings=readings)

    return changed


def top(**changes: object) -> Callable[[Agreement], Agreement]:
    return lambda agreement: structs.replace(agreement, **changes)


BUSINESS = next(one for one in SIGNED.readings if one.step == "business")
FIELDS = "nik (identity), kbli (business), staff (business)"
CHANGES: list[tuple[Callable[[Agreement], Agreement], str, list[str]]] = [
    (top(agencies=[*SIGNED.agencies, "bpjs"]), "parties", ["bpjs takes part now."]),
    (top(agencies=SIGNED.agencies[:-1]), "parties", ["djp takes no part any more."]),
    (top(lead="oss"), "parties", ["The lead was dpmptsp, and is oss."]),
    (
        reading("business", fields={**BUSINESS.fields, "phone": "contact"}),
        "reading",
        ["oss newly reads phone (contact) for business-registration, on the basis of PP 28/2025; kept for 10 years."],
    ),
    (
        reading("business", fields={"nik": "identity", "kbli": "business"}),
        "reading",
        ["oss no longer reads staff (business)."],
    ),
    (
        reading("business", fields={**BUSINESS.fields, "nik": "tax"}),
        "reading",
        ["oss (business): the kind of nik was identity, and is tax."],
    ),
    (
        reading("business", purpose="statistics"),
        "reading",
        ["oss (business): the purpose was business-registration, and is statistics."],
    ),
    (
        reading("business", retention="20 years"),
        "reading",
        ["oss (business): how long it is kept was 10 years, and is 20 years."],
    ),
    (
        reading("business", within="3 working days"),
        "time",
        ["oss (business): the time to answer was 1 working day, and is 3 working days."],
    ),
    (
        reading("business", contract_digest="sha256:other"),
        "terms",
        [f"oss (business): the contract {BUSINESS.contract} promises something else than before."],
    ),
    (
        top(readings=[one for one in SIGNED.readings if one.step != "business"]),
        "reading",
        ["oss no longer reads anything for business."],
    ),
    (
        reading("business", agency="djp"),
        "reading",
        [f"djp newly reads {FIELDS} for business-registration, on the basis of PP 28/2025; kept for 10 years."],
    ),
    (
        top(parts={"business": ["nib", "risk"], "site": ["address"]}),
        "output",
        [
            "The part business now shows risk.",
            "The joint output now has the part site: address.",
            "The joint output no longer has the part taxpayer.",
        ],
    ),
    (top(parts={**SIGNED.parts, "business": []}), "output", ["The part business no longer shows nib."]),
    (top(services={"s": "sha256:x"}), "output", ["The joint services that are steps changed."]),
    (
        top(publications=[Publication(step="wait", lasts="1 day", values={})]),
        "output",
        ["What everybody is shown while others may object changed."],
    ),
    (top(promise="9 days"), "time", [f"What applicants are promised was {SIGNED.promise}, and is 9 days."]),
    (
        top(valid_until=SIGNED.valid_until + timedelta(days=365)),
        "time",
        ["The end was 2027-11-24, and is 2028-11-23."],
    ),
    (
        top(instrument=Instrument(kind="SK", number="2", date="2027-01-01")),
        "terms",
        ["The instrument was PKS 1/PKS/2026 (2026-11-01) sha256:abc, and is SK 2 (2027-01-01)."],
    ),
    (
        top(data_rights_contact="x@y.example"),
        "terms",
        ["The contact for people's data rights was ppid@purbalingga.example, and is x@y.example."],
    ),
    (top(exhausted_owner="sekda"), "terms", ["Who answers when an agency does not was dpmptsp, and is sekda."]),
    (
        top(signatories=[Signatory(agency="djp", name="Budi", office="Kepala")]),
        "terms",
        [
            "The signatory of oss is gone (was Ani, Kepala, SK 7/2026).",
            "The signatory of djp is new: Budi, Kepala.",
        ],
    ),
]


@pytest.mark.parametrize(("change", "about", "says"), CHANGES, ids=[says[0] for _, _, says in CHANGES])
def test_a_difference_is_not_told_or_another_is(
    change: Callable[[Agreement], Agreement], about: str, says: list[str]
) -> None:
    told = compare_agreements(SIGNED, change(SIGNED))
    assert [each.says.en for each in told] == says or {each.says.en for each in told} == set(says)
    assert {each.about for each in told} == {about}
    assert all(each.says.id != each.says.en for each in told)


def test_the_same_agreement_differs_from_itself() -> None:
    assert compare_agreements(SIGNED, SIGNED) == []


def test_whose_reading_changes_is_not_said() -> None:
    told = compare_agreements(SIGNED, reading("business", retention="20 years")(SIGNED))
    assert [each.agency for each in told] == ["oss"]
