"""An agreement is proposed from a plan, signed by each agency, and checked by anyone without the gateway."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey
from msgspec import structs

from contracts.agreement import Agreement, Decision, Instrument, Publication, Signatory, Signature
from contracts.declared import Derived, Value
from contracts.plan import Step, Until
from tests.declared import contracts, plan
from workflows.loading.agreement_text import readable
from workflows.loading.agreements import (
    CLOCK_TOLERANCE,
    SignatureInvalid,
    Terms,
    check,
    document,
    propose,
    read_agreement,
    read_signature,
    sign,
    verify,
)
from workflows.loading.hashing import agreement_digest, canonical
from workflows.loading.plans import publish

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TERMS = Terms(
    instrument=Instrument(kind="PKS", number="1/PKS/2026", date="2026-11-01", digest="sha256:abc"),
    data_rights_contact="ppid@purbalingga.example",
    valid_from=NOW - timedelta(days=1),
    valid_until=NOW + timedelta(days=365),
    signatories=(Signatory(agency="oss", name="Ani", office="Kepala", mandate="SK 7/2026"),),
)
AGENCIES = ("dpmptsp", "dukcapil", "oss", "djp")


def key_of(agency: str, kid: str = "2026") -> dict[str, Any]:
    key = ECKey.generate_key("P-256", {"kid": f"{agency}-{kid}"}, private=True)
    return dict(key.as_dict(private=True))


PRIVATE = {agency: key_of(agency) for agency in AGENCIES}
KEYS = {
    agency: {"keys": [{name: value for name, value in key.items() if name != "d"}]} for agency, key in PRIVATE.items()
}


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return propose(publish(plan(), contracts()), TERMS)


def word(agreement: Agreement, agency: str, decision: Decision = "accept", *, at: datetime = NOW) -> Signature:
    return sign(agreement_digest(agreement), agency, decision, PRIVATE[agency], now=at)


def everyone(agreement: Agreement) -> list[Signature]:
    return [word(agreement, agency) for agency in AGENCIES]


# --- proposing ----------------------------------------------------------------------------------------------


def test_it_says_who_reads_what_for_what(agreement: Agreement) -> None:
    published = publish(plan(), contracts())
    assert (agreement.plan_digest, agreement.lead, agreement.agencies) == (published.digest, "dpmptsp", list(AGENCIES))
    reading = next(one for one in agreement.readings if one.step == "business")
    assert reading.fields == {"nik": "identity", "kbli": "business", "staff": "business"}
    assert (reading.purpose, reading.legal_basis) == ("business-registration", "PP 28/2025")
    assert (reading.retention, reading.within) == ("10 years", "1 working day")
    assert reading.contract_digest == published.contract_digests["business"]
    assert agreement.parts == {"business": ["nib"], "taxpayer": ["status"]}
    assert agreement.exhausted_owner == "dpmptsp"


def test_what_everybody_is_shown_is_not_signed() -> None:
    published = publish(plan(), contracts())
    values: dict[str, Value] = {
        "street": "form.kbli",
        "kind": Derived(const="well"),
        "size": Derived(cel="size(form.workers)"),
    }
    waits = {
        "heard": Step(wait="2 working days", publish=values),
        "called": Step(wait=Until(until="form.day"), publish={"day": "form.day"}),
        "silent": Step(wait="2 days"),
    }
    announcing = structs.replace(published, plan=structs.replace(published.plan, steps=published.plan.steps | waits))
    agreement = propose(announcing, TERMS)
    shown = {"street": "form.kbli", "kind": '= "well"', "size": "cel: size(form.workers)"}
    assert agreement.publications == [
        Publication(step="heard", lasts="2 working days", values=shown),
        Publication(step="called", lasts="form.day", values={"day": "form.day"}),
    ]
    assert b'"publications":[{"lasts":"2 working days","step":"heard","values":{"kind":' in document(agreement)
    text = readable(agreement)
    assert "Yang diumumkan kepada siapa saja" in text
    assert "   street: form.kbli\n" in text
    assert "Yang diumumkan" not in readable(propose(published, TERMS))
    assert "publications" not in document(propose(published, TERMS)).decode()


def test_another_owner_of_exhausted_steps_may_be_named() -> None:
    terms = structs.replace(TERMS, exhausted_owner="sekda")
    assert propose(publish(plan(), contracts()), terms).exhausted_owner == "sekda"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"valid_until": TERMS.valid_from}, "from a moment to a later one"),
        ({"valid_from": datetime(2026, 1, 1)}, "with their zone"),  # noqa: DTZ001 - the mistake meant here
        ({"valid_until": datetime(2030, 1, 1)}, "with their zone"),  # noqa: DTZ001 - the mistake meant here
        ({"signatories": (Signatory(agency="pln", name="A", office="B"),)}, "pln takes no part in this plan"),
    ],
)
def test_terms_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        propose(publish(plan(), contracts()), structs.replace(TERMS, **changes))


def test_its_document_is_canonical_and_can_be_read_again(agreement: Agreement) -> None:
    data = document(agreement)
    assert data == canonical(json.loads(data))
    assert read_agreement(data) == agreement
    assert agreement_digest(read_agreement(data)) == agreement_digest(agreement)
    with pytest.raises(ValueError, match="missing required field"):
        read_agreement(b"{}")


# --- signing ------------------------------------------------------------------------------------------------


def test_a_word_says_what_it_is_about_and_can_be_read_from_its_text_alone(agreement: Agreement) -> None:
    signature = word(agreement, "oss")
    verify(signature, KEYS["oss"])
    assert read_signature(f"{signature.jws}\n") == signature
    assert (signature.agency, signature.decision, signature.at) == ("oss", "accept", NOW)


@pytest.mark.parametrize("missing", ["kid", "d", "x", "kty"])
def test_only_a_whole_private_key_signs(missing: str, agreement: Agreement) -> None:
    key = {name: value for name, value in PRIVATE["oss"].items() if name != missing}
    with pytest.raises(ValueError, match=r"P-256|JWK"):
        sign(agreement_digest(agreement), "oss", "accept", key, now=NOW)


def forged(signature: Signature, **changes: str) -> Signature:
    """Give a word whose header was changed and which is not signed anew."""
    header, payload, rest = signature.jws.split(".")
    fields = msgspec.json.decode(decoded(header)) | changes
    return structs.replace(signature, jws=f"{encoded(msgspec.json.encode(fields))}.{payload}.{rest}")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_forged_word_is_refused_and_says_why(agreement: Agreement) -> None:
    good = word(agreement, "oss")
    wrong: list[tuple[Signature, str]] = [
        (structs.replace(good, jws="text"), "no compact JWS"),
        (structs.replace(good, jws="é.é.é"), "no compact JWS"),
        (structs.replace(good, jws=""), "no compact JWS"),
        (structs.replace(good, jws=good.jws[:-4] + "AAAA"), "not the one of key"),
        (forged(good, alg="none"), "'none'"),
        (forged(good, alg="HS256"), "'HS256'"),
        (forged(good, typ="JWT"), "signed as 'JWT'"),
        (forged(good, kid="other"), "oss has no registered key 'other'"),
        (forged(good, crit="x"), "no compact JWS"),
        (structs.replace(good, decision="revoke"), "differ"),
        (structs.replace(good, agency="dukcapil"), "dukcapil has no registered key"),
        (structs.replace(good, agreement="sha256:other"), "differ"),
        (structs.replace(good, at=NOW + timedelta(days=1)), "differ"),
    ]
    for signature, message in wrong:
        with pytest.raises(SignatureInvalid, match=message):
            verify(signature, KEYS[signature.agency])


def test_another_agency_s_key_does_not_sign_for_this_one(agreement: Agreement) -> None:
    stolen = sign(agreement_digest(agreement), "dukcapil", "accept", PRIVATE["oss"], now=NOW)
    with pytest.raises(SignatureInvalid, match="no registered key"):
        verify(stolen, KEYS["dukcapil"])
    with pytest.raises(SignatureInvalid, match="no registered key"):
        verify(stolen, {})


def test_a_key_that_cannot_be_read_verifies_nothing(agreement: Agreement) -> None:
    good = word(agreement, "oss")
    kid = PRIVATE["oss"]["kid"]
    for key in ({"kty": "RSA"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "P-256"}):
        with pytest.raises(SignatureInvalid, match="not the one of key"):
            verify(good, {"keys": [{"kid": kid, **key}]})


def test_a_word_of_the_future_does_not_count_yet(agreement: Agreement) -> None:
    ahead = word(agreement, "oss", at=NOW + CLOCK_TOLERANCE + timedelta(seconds=1))
    with pytest.raises(SignatureInvalid, match="still to come"):
        verify(ahead, KEYS["oss"], now=NOW)
    verify(ahead, KEYS["oss"], now=NOW + timedelta(seconds=1))
    verify(word(agreement, "oss", at=NOW + CLOCK_TOLERANCE), KEYS["oss"], now=NOW)


@pytest.mark.parametrize("text", ["", "a.b.c", "é", "eyJhbGciOiJFUzI1NiJ9.e30.AA"])
def test_what_is_no_word_is_refused_unread(text: str) -> None:
    with pytest.raises(SignatureInvalid, match="no compact JWS of an agreement"):
        read_signature(text)


# --- checking -----------------------------------------------------------------------------------------------


def test_it_is_in_force_when_every_agency_accepts(agreement: Agreement) -> None:
    view = check(agreement, everyone(agreement), KEYS, now=NOW)
    assert view.in_force
    assert view.missing == []
    assert view.decisions == dict.fromkeys(AGENCIES, "accept")
    assert view.digest == agreement_digest(agreement)


def test_one_word_missing_is_enough_not_to_be(agreement: Agreement) -> None:
    view = check(agreement, everyone(agreement)[:-1], KEYS, now=NOW)
    assert (view.in_force, view.missing) == (False, ["djp"])


@pytest.mark.parametrize("decision", ["reject", "revoke"])
def test_a_later_no_overrides_an_earlier_yes_in_any_order(decision: Decision, agreement: Agreement) -> None:
    later = word(agreement, "djp", decision, at=NOW + timedelta(minutes=1))
    for signatures in ([*everyone(agreement), later], [later, *everyone(agreement)]):
        view = check(agreement, signatures, KEYS, now=NOW + timedelta(hours=1))
        assert (view.in_force, view.missing, view.decisions["djp"]) == (False, ["djp"], decision)


def test_an_old_yes_sent_again_changes_nothing(agreement: Agreement) -> None:
    revoked = [*everyone(agreement), word(agreement, "djp", "revoke", at=NOW + timedelta(minutes=1))]
    again = [*revoked, word(agreement, "djp")]
    assert not check(agreement, again, KEYS, now=NOW + timedelta(hours=1)).in_force


def test_a_new_yes_after_a_no_counts(agreement: Agreement) -> None:
    words = [
        *everyone(agreement),
        word(agreement, "djp", "revoke", at=NOW + timedelta(minutes=1)),
        word(agreement, "djp", at=NOW + timedelta(minutes=2)),
    ]
    assert check(agreement, words, KEYS, now=NOW + timedelta(hours=1)).in_force


def test_words_that_are_not_valid_do_not_count(agreement: Agreement) -> None:
    good = everyone(agreement)
    stranger = structs.replace(word(agreement, "djp", "revoke"), jws=good[0].jws)
    other = sign("sha256:other", "djp", "revoke", PRIVATE["djp"], now=NOW)
    assert check(agreement, [*good, stranger, other], KEYS, now=NOW).in_force
    assert not check(agreement, good, {}, now=NOW).in_force


def test_a_word_of_nobody_in_it_does_not_count(agreement: Agreement) -> None:
    pln = key_of("pln")
    signature = sign(agreement_digest(agreement), "pln", "reject", pln, now=NOW)
    view = check(agreement, [*everyone(agreement), signature], {**KEYS, "pln": {"keys": [pln]}}, now=NOW)
    assert view.in_force
    assert "pln" not in view.decisions


@pytest.mark.parametrize(
    ("at", "in_force"),
    [
        (TERMS.valid_from - timedelta(seconds=1), False),
        (TERMS.valid_from + timedelta(days=1), True),
        (TERMS.valid_until - timedelta(seconds=1), True),
        (TERMS.valid_until, False),
    ],
)
def test_it_is_in_force_only_while_it_is_valid(at: datetime, in_force: bool, agreement: Agreement) -> None:  # noqa: FBT001 - a column
    words = [word(agreement, agency, at=TERMS.valid_from - timedelta(days=2)) for agency in AGENCIES]
    assert check(agreement, words, KEYS, now=at).in_force is in_force


def test_a_changed_agreement_is_another(agreement: Agreement) -> None:
    changed = structs.replace(agreement, promise="1 day")
    assert not check(changed, everyone(agreement), KEYS, now=NOW).in_force
