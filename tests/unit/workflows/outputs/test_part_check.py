from __future__ import annotations

from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey

from contracts.units import Text
from contracts.views import PartView
from tests.unit.workflows.outputs.judging import CREDENTIAL, TRUST, judged, reasons
from tests.unit.workflows.outputs.sample import (
    AGENCY_KEYS,
    CASE,
    CERTIFICATE,
    certificate,
    documented_part,
    sealed,
    signed_part,
)
from workflows.outputs.verify import Verdict


def test_each_part_says_whether_its_agency_signed_it_or_the_gateway_attests_it() -> None:
    signed, attested, refused, skipped = judged(CREDENTIAL).parts
    assert (signed.proof, signed.checked, signed.key_id) == ("agency", True, "oss/oss-2026")
    assert [value.signed for value in signed.values] == [True, True]
    assert (attested.proof, attested.checked, attested.received_from) == ("attestation", False, "officer")
    assert [value.signed for value in attested.values] == [False, False, False]
    assert (refused.word, refused.refusal is not None, skipped.word) == ("refused", True, "skipped")


def forged(part: PartView) -> Verdict:
    return judged(sealed(part))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (signed_part(key=AGENCY_KEYS["djp"]), "no trusted key is called 'djp-2026'"),
        (signed_part(key=ECKey.generate_key("P-256", {"kid": "oss-2026"})), "the signature is not the one"),
        (signed_part(case="PBG-0000-0000"), "not this step of this case"),
        (signed_part(values={"nib": "9120000000018", "risk": "low"}), "did not sign this value of 'nib'"),
        (signed_part(values={"risk": "low"}), "did not sign this value of 'nib'"),
    ],
    ids=["another agency's key", "own key under its name", "another case", "another value", "a value left out"],
)
def test_a_part_that_its_agency_did_not_sign_is_never_valid(part: PartView, said: str) -> None:
    verdict = forged(part)
    assert verdict.word in {"altered", "unknown"}
    assert said in verdict.reasons[0].detail
    assert (verdict.parts[0].checked, verdict.parts[0].problem) == (False, verdict.reasons[0].detail)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ask_key": "nonsense"}, "an ask key reads"),
        ({"ask_key": f"{CASE}/business/undo/1"}, "not this step"),
        ({"ask_key": f"{CASE}/business/ask/2"}, "its ask_key is"),
        ({"contract_digest": "sha256:0"}, "its contract_digest is"),
        ({"fields": {"nib": "owner_nik", "risk": "risk"}}, "did not sign this value of 'nib'"),
        ({"part": ""}, "SD-JWT"),
    ],
)
def test_evidence_that_does_not_fit_its_part_is_altered(changes: dict[str, Any], said: str) -> None:
    genuine = signed_part()
    verdict = forged(msgspec.structs.replace(genuine, evidence={**genuine.evidence, **changes}))
    assert verdict.word == "altered"
    assert said in verdict.reasons[0].detail


def test_one_and_true_are_not_the_same_value() -> None:
    genuine = signed_part()
    assert forged(msgspec.structs.replace(genuine, values={"nib": "9120000000017", "risk": True})).word == "altered"


def test_a_value_beside_a_signature_does_not_pass_for_signed() -> None:
    genuine = signed_part()
    shown = {"nib": "9120000000017", "permit": "granted"}
    evidence = {**genuine.evidence, "fields": {"nib": "nib"}}
    part = forged(msgspec.structs.replace(genuine, values=shown, readings={}, evidence=evidence)).parts[0]
    assert part.checked
    assert [(value.signed, value.signed_as) for value in part.values] == [(True, "nib"), (False, "")]


def test_a_reading_does_not_hide_the_value_that_was_signed() -> None:
    genuine = signed_part()
    part = forged(msgspec.structs.replace(genuine, readings={"risk": Text("Tinggi sekali", "Very high")})).parts[0]
    assert part.values[1].value == Text("Tinggi sekali (low)", "Very high (low)")


def test_without_an_agencys_keys_its_signature_is_said_to_be_unchecked() -> None:
    alone = msgspec.structs.replace(TRUST, agencies={})
    verdict = judged(CREDENTIAL, trust=alone)
    assert (verdict.word, reasons(verdict)) == ("valid", ["part_keys_missing", "status_not_checked"])
    assert (verdict.parts[0].checked, verdict.parts[0].problem) == (False, "no keys")


def test_a_document_is_shown_apart_from_the_values_with_whether_its_agency_signed_its_digest() -> None:
    (part,) = judged(sealed(documented_part(document=certificate(name="3303055203900000.pdf")))).parts
    assert [value.label.id for value in part.values] == ["Nib"]
    (document,) = part.documents
    assert (document.label, document.signed, document.signed_as) == (
        Text("Sertifikat NIB", "NIB certificate"),
        True,
        "certificate",
    )
    assert (document.type, document.size, document.digest) == (
        "application/pdf",
        len(CERTIFICATE),
        certificate()["digest"],
    )
    assert document.name == "3303••••••••0000.pdf", "a name with a person's number says no more than a value"


def test_another_digest_than_the_agency_signed_is_altered() -> None:
    other = {"nib": "9120000000017", "akta": certificate(b"%PDF-1.4 another")}
    assert judged(sealed(documented_part(values=other))).word == "altered"
