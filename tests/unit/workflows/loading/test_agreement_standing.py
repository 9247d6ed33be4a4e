"""Where an agreement stands is said by the latest word of each agency and by the day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from contracts.agreement import Agreement, Decision, PaperWord, Signature
from contracts.agreement_views import AgreementState
from tests.unit.workflows.loading.test_agreements import (
    AGENCIES,
    NOW,
    PRIVATE,
    TERMS,
    agreement,  # noqa: F401  # pyright: ignore[reportUnusedImport]  # a fixture
    everyone,
    word,
)
from workflows.loading.agreement_standing import Recorded, Word, days_left, soon, standing
from workflows.loading.agreements import sign
from workflows.loading.hashing import agreement_digest

LATER = NOW + timedelta(minutes=1)


def paper(agreement: Agreement, agency: str, decision: Decision = "accept") -> Recorded:  # noqa: F811 - not the fixture
    said = PaperWord(
        agreement=agreement_digest(agreement),
        agency=agency,
        decision=decision,
        at=LATER,
        file="sha256:f",
        name="Budi",
        office="Kepala Dinas",
        mandate="SK 9/2026",
        number="12/2026",
        date="2026-11-24",
        reason="" if decision == "accept" else "The law changed.",
        found="unknown",
    )
    return Recorded(said, "the.signed.record")


@pytest.mark.parametrize(
    ("decision", "days", "state"),
    [
        ("accept", 0, "in_force"),
        ("accept", -2, "not_yet"),
        ("accept", 365, "ended"),
        ("reject", 0, "rejected"),
        ("revoke", 0, "revoked"),
        ("revoke", 365, "ended"),
    ],
)
def test_an_agreement_is_said_to_stand_where_it_does_not(
    agreement: Agreement,  # noqa: F811 - the fixture
    decision: Decision,
    days: int,
    state: AgreementState,
) -> None:
    words = [*everyone(agreement), word(agreement, "djp", decision, at=LATER)]
    view = standing(agreement, agreement_digest(agreement), words, now=NOW + timedelta(days=days))
    assert view.state == state
    assert view.in_force is (state == "in_force")


def test_whose_word_it_is_and_how_it_came_is_not_told(agreement: Agreement) -> None:  # noqa: F811 - the fixture
    no = sign(agreement_digest(agreement), "oss", "reject", PRIVATE["oss"], now=NOW, reason="Pasal 3 belum jelas.")
    view = standing(agreement, agreement_digest(agreement), [no, paper(agreement, "djp")], now=LATER)
    told = {said.agency: said for said in view.words}
    assert list(told) == list(AGENCIES)
    assert view.state == "rejected"
    oss, djp, waits = told["oss"], told["djp"], told["dukcapil"]
    assert (oss.state, oss.key, oss.reason) == ("rejected", PRIVATE["oss"]["kid"], "Pasal 3 belum jelas.")
    assert (oss.name, oss.office, oss.mandate, oss.jws) == ("Ani", "Kepala", "SK 7/2026", no.jws)
    assert (djp.state, djp.name, djp.office, djp.mandate) == ("signed", "Budi", "Kepala Dinas", "SK 9/2026")
    assert (djp.file, djp.instrument, djp.found) == ("sha256:f", "12/2026, 2026-11-24", "unknown")
    assert (djp.key, djp.jws, waits.state, waits.at) == ("", "the.signed.record", "waits", None)


def test_a_word_on_paper_does_not_count_like_a_signed_one(agreement: Agreement) -> None:  # noqa: F811 - the fixture
    words: list[Word] = [*everyone(agreement), paper(agreement, "djp", "revoke")]
    for order in (words, words[::-1]):
        view = standing(agreement, agreement_digest(agreement), order, now=LATER)
        assert (view.state, view.missing) == ("revoked", ["djp"])


def test_a_word_that_cannot_be_taken_apart_has_a_key(agreement: Agreement) -> None:  # noqa: F811 - the fixture
    odd = Signature(agreement="x", agency="oss", decision="accept", jws="é", at=NOW)
    told = standing(agreement, "x", [odd, structs.replace(odd, agency="djp", jws="a.b.c")], now=NOW).words
    assert [said.key for said in told if said.state == "signed"] == ["", ""]


@pytest.mark.parametrize(("days", "within"), [(0, None), (276, 90), (335, 30), (358, 7), (365, None)])
def test_an_end_that_comes_soon_is_not_told(agreement: Agreement, days: int, within: int | None) -> None:  # noqa: F811
    now = NOW + timedelta(days=days)
    view = standing(agreement, agreement_digest(agreement), everyone(agreement), now=now)
    assert soon(view, now) == within
    assert days_left(view, now) == (TERMS.valid_until - now).days
    waiting = standing(agreement, agreement_digest(agreement), [], now=now)
    assert soon(waiting, now) is None
