from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText

from contracts.trust import AgencyKeys, TrustFile
from contracts.views import PartView
from tests.unit.workflows.outputs.sample import (
    AGENCY_KEYS,
    CASE,
    ISSUER,
    NOW,
    attested_part,
    seal,
    sealed,
    signed_part,
    signing_keys,
)
from workflows.outputs.credential import CREDENTIAL_TYPE
from workflows.outputs.document import ATTACHMENT, output_pdf
from workflows.outputs.jws import peek_jws, sign_jws
from workflows.outputs.keys import SigningKeys
from workflows.outputs.pdf import MAX_BYTES
from workflows.outputs.seal import LocalSeal
from workflows.outputs.verify import Verdict, verify

TRUST = TrustFile(
    issuer=ISSUER,
    keys=seal().public_keys()["keys"],
    agencies={
        name: AgencyKeys(title=name, keys=[dict(key.as_dict(private=False))]) for name, key in AGENCY_KEYS.items()
    },
)
CREDENTIAL = sealed()
LINK = seal().qr_link(CREDENTIAL)
CODE = LINK.partition("#")[2]
PDF = output_pdf(CREDENTIAL, LINK)


def judged(presented: bytes | str, **options: Any) -> Verdict:
    return verify(presented, options.pop("trust", TRUST), now=options.pop("now", NOW), **options)


def reasons(verdict: Verdict) -> list[str]:
    return [entry.code for entry in verdict.reasons]


def altered_claims(**changes: Any) -> str:
    """Seal other claims with the gateway's own key: what only the gateway itself could do."""
    claims = msgspec.json.decode(peek_jws(CREDENTIAL, typ=CREDENTIAL_TYPE).payload)
    return sign_jws(msgspec.json.encode({**claims, **changes}), typ=CREDENTIAL_TYPE, key=signing_keys().current)


def stranger(tmp_path: Path, issuer: str = ISSUER) -> LocalSeal:
    return LocalSeal(SigningKeys(tmp_path / "stranger.json"), issuer=issuer)


# --- what is genuine ----------------------------------------------------------------------------------------


def test_a_genuine_credential_is_valid_and_says_that_revocation_was_not_checked() -> None:
    verdict = judged(CREDENTIAL)
    assert (verdict.word, reasons(verdict), verdict.status_checked) == ("valid", ["status_not_checked"], False)
    assert (verdict.case, verdict.issuer, verdict.presented, verdict.issued_at) == (CASE, ISSUER, "credential", NOW)


def test_each_part_says_whether_its_agency_signed_it_or_the_gateway_attests_it() -> None:
    signed, attested, refused, skipped = judged(CREDENTIAL).parts
    assert (signed.proof, signed.checked, signed.key_id) == ("agency", True, "oss/oss-2026")
    assert [value.signed for value in signed.values] == [True, True]
    assert (attested.proof, attested.checked, attested.received_from) == ("attestation", False, "officer")
    assert [value.signed for value in attested.values] == [False, False, False]
    assert (refused.word, refused.refusal is not None, skipped.word) == ("refused", True, "skipped")


def test_nothing_personal_is_told_beyond_initials() -> None:
    credential = sealed(
        signed_part(),
        attested_part(values={"npwp": "3303055203900000"}, readings={}),
        holder={"name": "Sri Rahayu", "nik": "3303055203900000"},
    )
    told = msgspec.json.encode(judged(credential)).decode()
    assert "3303055203900000" not in told
    assert "Rahayu" not in told
    assert judged(credential).holder == {"name": "S••• R•••", "nik": "3303••••••••0000"}


def test_the_word_of_a_current_status_list_is_taken() -> None:
    good = seal().status_list([3], number=1, now=NOW)
    assert (judged(CREDENTIAL, status_list=good).word, judged(CREDENTIAL, status_list=good).status_checked) == (
        "valid",
        True,
    )
    revoking = seal().status_list([7], number=1, now=NOW)
    for presented in (CREDENTIAL, PDF, LINK):
        verdict = judged(presented, status_list=revoking)
        assert (verdict.word, verdict.status_checked, "revoked" in reasons(verdict)) == ("revoked", True, True)


def test_an_old_or_foreign_status_list_is_not_taken_for_a_good_one(tmp_path: Path) -> None:
    for status_list in (
        seal().status_list([], number=1, now=NOW - timedelta(days=3)),
        seal().status_list([], number=2, now=NOW),
        stranger(tmp_path).status_list([], number=1, now=NOW),
        "nonsense",
    ):
        verdict = judged(CREDENTIAL, status_list=status_list)
        assert (verdict.word, verdict.status_checked, reasons(verdict)) == ("valid", False, ["status_not_checked"])


ENVELOPED = {
    "@context": "https://www.w3.org/ns/credentials/v2",
    "type": "EnvelopedVerifiableCredential",
    "id": f"data:application/vc+jwt,{CREDENTIAL}",
}


@pytest.mark.parametrize(
    "presented",
    [f"  {CREDENTIAL}\n", json.dumps({"credential": CREDENTIAL, "output": {}}), json.dumps(ENVELOPED)],
    ids=["white space", "the API's JSON", "enveloped"],
)
def test_a_credential_is_found_in_what_is_around_it(presented: str) -> None:
    assert judged(presented).word == "valid"


def test_the_code_of_the_paper_is_valid_by_itself_and_names_the_credential() -> None:
    for presented in (LINK, CODE, f" {LINK}\n".encode()):
        verdict = judged(presented)
        assert (verdict.word, verdict.presented, verdict.case) == ("valid", "code", CASE)
        assert verdict.digest == judged(CREDENTIAL).digest


def test_a_pdf_as_issued_is_valid() -> None:
    verdict = judged(PDF)
    assert (verdict.word, verdict.presented, verdict.page) == ("valid", "pdf", "as issued")


# --- what was changed ---------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(position=st.integers(0, len(CREDENTIAL) - 1), character=st.characters())
def test_one_changed_character_of_the_credential_is_altered(position: int, character: str) -> None:
    changed = CREDENTIAL[:position] + character + CREDENTIAL[position + 1 :]
    if changed != CREDENTIAL:
        assert judged(changed).word == "altered"


@settings(max_examples=150)
@given(position=st.integers(0, len(CODE) - 1), character=st.characters())
def test_one_changed_character_of_the_code_is_altered(position: int, character: str) -> None:
    changed = CODE[:position] + character + CODE[position + 1 :]
    if changed != CODE:
        assert judged(changed).word == "altered"


@settings(max_examples=100)
@given(position=st.integers(0, len(CREDENTIAL) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_of_the_credential_is_altered(position: int, bit: int) -> None:
    changed = bytearray(CREDENTIAL.encode())
    changed[position] ^= 1 << bit
    assert judged(bytes(changed)).word == "altered"


@pytest.mark.parametrize("seed", range(5))
def test_one_flipped_bit_anywhere_in_the_pdf_is_altered(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # which bits to flip is no secret
    for _ in range(3):
        changed = bytearray(PDF)
        changed[chance.randrange(16, len(PDF))] ^= 1 << chance.randrange(8)
        verdict = judged(bytes(changed))
        assert verdict.word == "altered"
        assert verdict.page != "as issued"


def test_every_flipped_bit_in_the_attached_credential_is_altered() -> None:
    packed = next(
        stream for stream in PDF.split(b"stream\n") if _inflated(stream).startswith(CREDENTIAL[:100].encode())
    )
    start = PDF.index(packed)
    for position in range(start + 2, start + len(zlib.compress(CREDENTIAL.encode())) - 200, 700):
        changed = bytearray(PDF)
        changed[position] ^= 0x10
        assert judged(bytes(changed)).word == "altered"


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def rewritten(change: Callable[[PdfWriter], None] | None = None) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(PDF)))
    writer.add_metadata({"/Producer": "Another program"})
    if change is not None:
        change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_that_another_program_saved_again_is_valid_with_a_warning() -> None:
    verdict = judged(rewritten())
    assert (verdict.word, verdict.page) == ("valid", "same words")
    assert "page_saved_again" in reasons(verdict)


def test_a_page_that_says_something_else_than_its_credential_is_altered() -> None:
    other = sealed(signed_part(values={"nib": "9999999999999", "risk": "low"}, evidence={}))

    def swap(writer: PdfWriter) -> None:
        writer.pages[0].replace_contents(PdfReader(BytesIO(output_pdf(other, LINK))).pages[0].get_contents())

    verdict = judged(rewritten(swap))
    assert (verdict.word, verdict.page) == ("altered", "differs")
    assert [part.values[0].value.id for part in verdict.parts[:1]] == ["9120000000017"]


def test_a_note_laid_over_the_page_is_altered() -> None:
    def cover(writer: PdfWriter) -> None:
        writer.add_annotation(0, FreeText(text="NIB: 9999999999999", rect=(50, 400, 300, 450)))

    verdict = judged(rewritten(cover))
    assert (verdict.word, verdict.page, verdict.reasons[-1].detail) == (
        "altered",
        "differs",
        "the pages carry pictures or annotations",
    )


def test_the_code_of_another_output_on_the_page_is_altered() -> None:
    other = sealed(attested_part(), status_index=8)
    verdict = judged(output_pdf(CREDENTIAL, seal().qr_link(other)))
    assert (verdict.word, "page_other_code" in reasons(verdict)) == ("altered", True)


def test_a_pdf_with_two_credentials_is_altered() -> None:
    def add(writer: PdfWriter) -> None:
        writer.add_attachment(ATTACHMENT, CREDENTIAL.encode())

    assert reasons(judged(rewritten(add))) == ["several_credentials"]


# --- what is forged -----------------------------------------------------------------------------------------


def test_a_credential_by_a_stranger_who_claims_to_be_the_issuer_is_altered(tmp_path: Path) -> None:
    verdict = judged(sealed(by=stranger(tmp_path)))
    assert (verdict.word, reasons(verdict)) == ("altered", ["forged_key"])


def test_a_credential_of_an_unknown_issuer_is_unknown(tmp_path: Path) -> None:
    foreign = stranger(tmp_path, issuer="https://elsewhere.example")
    credential = sealed(by=foreign)
    assert reasons(judged(credential)) == ["unknown_issuer"]
    assert judged(credential).word == "unknown"
    pdf = judged(output_pdf(credential, foreign.qr_link(credential)))
    assert (pdf.word, pdf.page, pdf.parts) == ("unknown", "", [])
    trusting_key = msgspec.structs.replace(TRUST, keys=foreign.public_keys()["keys"])
    assert judged(credential, trust=trusting_key).word == "unknown"


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


def test_without_an_agencys_keys_its_signature_is_said_to_be_unchecked() -> None:
    alone = msgspec.structs.replace(TRUST, agencies={})
    verdict = judged(CREDENTIAL, trust=alone)
    assert (verdict.word, reasons(verdict)) == ("valid", ["part_keys_missing", "status_not_checked"])
    assert (verdict.parts[0].checked, verdict.parts[0].problem) == (False, "no keys")


def test_what_is_not_in_force_is_not_valid() -> None:
    early = judged(CREDENTIAL, now=NOW - timedelta(minutes=6))
    assert (early.word, reasons(early)) == ("unknown", ["not_yet_valid", "status_not_checked"])
    assert judged(CREDENTIAL, now=NOW - timedelta(minutes=4)).word == "valid"
    expired = judged(altered_claims(validUntil="2026-11-24T02:00:00Z"))
    assert (expired.word, reasons(expired)[0]) == ("unknown", "expired")


def test_another_credential_of_the_same_key_is_no_joint_output() -> None:
    for presented in (altered_claims(type=["VerifiableCredential"]), seal().status_list([], number=1, now=NOW)):
        assert reasons(judged(presented)) == ["not_a_joint_output"]
    odd = sign_jws(b'{"c":"x","d":"!","k":"x","s":"y"}', typ="qr+jwt", key=signing_keys().current)
    assert reasons(judged(odd)) == ["not_a_joint_output"]


# --- what is hostile ----------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "replace"))))
def test_nothing_whatever_makes_it_crash(presented: bytes) -> None:
    assert judged(presented).word == "unknown"
    assert judged(b"%PDF-1.7\n" + presented).word == "unknown"
    assert judged(b'{"credential": ' + presented).word == "unknown"


def bomb() -> bytes:
    """A PDF whose attached credential unpacks to 200 MiB."""
    packed = zlib.compress(bytes(200 * 1024 * 1024), 9)
    name = ATTACHMENT.encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(" + name + b") 4 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        b"<</Type/Filespec/F(" + name + b")/UF(" + name + b")/EF<</F 5 0 R>>>>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed),
    ]
    return pdf_of(objects)


def deep() -> bytes:
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 100_000 + b"]" * 100_000 + b">>", b"<<>>"])


def looping() -> bytes:
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


def pdf_of(objects: list[bytes]) -> bytes:
    out, offsets = b"%PDF-1.7\n", list[int]()
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


@pytest.mark.parametrize(
    ("presented", "said"),
    [
        (b"x" * (MAX_BYTES + 1), "too_large"),
        (b"%PDF-1.7" + b"x" * MAX_BYTES, "too_large"),
        (b"%PDF-1.7\n%%EOF", "unreadable"),
        (PDF[: len(PDF) // 2], "unreadable"),
        (bomb(), "damaged"),
        (deep(), "unreadable"),
        (looping(), "unreadable"),
        (b"[" * 1_000_000, "no_credential"),
        (b'{"credential": ' + b"[" * 1_000_000, "no_credential"),
        (b"\xff\xfe\x00", "no_credential"),
        (b"", "no_credential"),
    ],
    ids=[
        "huge",
        "huge PDF",
        "empty PDF",
        "half",
        "zip bomb",
        "deep",
        "loop",
        "deep JSON",
        "deep member",
        "bytes",
        "empty",
    ],
)
def test_hostile_files_get_a_reason(presented: bytes, said: str) -> None:
    verdict = judged(presented)
    assert (verdict.word in {"unknown", "altered"}, reasons(verdict)) == (True, [said])


def test_an_encrypted_pdf_is_not_read() -> None:
    def lock(writer: PdfWriter) -> None:
        writer.encrypt("secret", algorithm="RC4-128")

    assert judged(rewritten(lock)).reasons[0].detail == "the PDF is encrypted; no joint output is"


def test_a_pdf_of_somebody_else_is_unknown() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    out = BytesIO()
    writer.write(out)
    assert (judged(out.getvalue()).word, reasons(judged(out.getvalue()))) == ("unknown", ["no_credential"])


def test_a_trust_file_that_cannot_be_read_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        judged(CREDENTIAL, trust=msgspec.structs.replace(TRUST, keys=[{"kty": "EC", "crv": "P-256"}]))
