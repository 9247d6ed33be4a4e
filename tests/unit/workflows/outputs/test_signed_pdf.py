"""A PDF that came back: only one that contains the agreement is taken, and what is signed in it is told as it is."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyhanko is typed, and what it holds of certificates is not.
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import structs
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pypdf import PdfReader, PdfWriter

from tests.unit.workflows.outputs.sample import agreement, agreement_view
from workflows.loading.hashing import agreement_digest
from workflows.outputs.document import agreement_pdf
from workflows.outputs.signed_pdf import (
    NOT_IN_IT,
    OTHER,
    NotThisAgreement,
    Returned,
    attached_agreement,
    look_at,
    read_roots,
)

DIGEST = agreement_digest(agreement())


@cache
def returned() -> bytes:
    """The PDF of the agreement, as it was sent out."""
    view = structs.replace(agreement_view(), digest=DIGEST)
    return agreement_pdf(agreement(), view, agency_titles={})


@cache
def holder() -> tuple[bytes, bytes]:
    """A private key and its certificate, made out to Ani: both PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ani")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)


def sign_pdf(folder: Path, content: bytes) -> bytes:
    """Sign a PDF as an official does, with a certificate of nobody in particular."""
    paths = folder / "key.pem", folder / "certificate.pem"
    for path, pem in zip(paths, holder(), strict=True):
        path.write_bytes(pem)
    signer = signers.SimpleSigner.load(*map(str, paths))  # type: ignore[no-untyped-call]  # as below
    assert signer is not None
    signed = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(content)), signers.PdfSignatureMetadata(field_name="Ani"), signer=signer
    )
    return bytes(signed.getvalue())


def test_a_pdf_that_nobody_signed_is_said_to_be_signed() -> None:
    assert look_at(returned(), DIGEST) == Returned(found="none")
    assert attached_agreement(returned()) == DIGEST


def test_what_is_found_of_a_signature_is_not_so(tmp_path: Path) -> None:
    signed = sign_pdf(tmp_path, returned())
    roots = read_roots(tmp_path / "certificate.pem")
    assert look_at(signed, DIGEST) == Returned(found="unknown", signers=("Common Name: Ani",))
    assert look_at(signed, DIGEST, roots).found == "valid"
    flipped = bytearray(signed)
    flipped[flipped.index(b"%", 1) + 1] ^= 1  # a byte of the comment at the beginning
    assert look_at(bytes(flipped), DIGEST, roots).found == "altered"
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    writer.root["/Added"] = generic.pdf_name("/Afterwards")
    writer.update_root()  # type: ignore[no-untyped-call]  # pyhanko leaves these two without types
    grown = BytesIO()
    writer.write(grown)  # type: ignore[no-untyped-call]
    assert look_at(grown.getvalue(), DIGEST, roots).found == "altered"


def test_the_agreement_is_looked_for_in_its_attachment_alone() -> None:
    writer = PdfWriter()
    for page in PdfReader(BytesIO(returned())).pages:
        writer.add_page(page)
    bare = BytesIO()
    writer.write(bare)
    assert attached_agreement(bare.getvalue()) == ""
    assert look_at(bare.getvalue(), DIGEST).found == "none"
    with pytest.raises(NotThisAgreement, match="neither its document"):
        look_at(bare.getvalue(), "sha256:" + "0" * 64)


def test_a_scan_becomes_one_of_the_agreement_only_with_its_document_attached() -> None:
    def scan(**attached: bytes) -> bytes:
        writer, out = PdfWriter(), BytesIO()
        writer.add_blank_page(200, 200)
        for content in attached.values():
            writer.add_attachment("agreement.json", content)
        writer.write(out)
        return out.getvalue()

    (document,) = [one.content for one in PdfReader(BytesIO(returned())).attachment_list]
    assert look_at(scan(document=document), DIGEST).found == "none"
    for content, why in ((scan(), NOT_IN_IT), (scan(other=b"{}"), OTHER)):
        with pytest.raises(NotThisAgreement) as no:
            look_at(content, DIGEST)
        assert str(no.value) == why


def test_an_agreement_that_names_an_earlier_one_is_a_word_on_that_one_too() -> None:
    bare, out = PdfReader(BytesIO(returned())), BytesIO()
    writer = PdfWriter()
    for page in bare.pages:
        writer.add_page(page)
    writer.add_attachment("agreement.json", b'{"another": 1}')
    writer.write(out)
    assert DIGEST in "".join("".join(page.extract_text().split()) for page in bare.pages).replace("\u200b", "")
    with pytest.raises(NotThisAgreement, match="another agreement"):
        look_at(out.getvalue(), DIGEST)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"no PDF"])
def test_what_is_no_pdf_is_taken(content: bytes) -> None:
    assert attached_agreement(content) == ""
    with pytest.raises(NotThisAgreement, match=r"It cannot be read: .* not encrypted"):
        look_at(content, DIGEST)


def test_a_file_without_certificates_is_taken_for_one_with(tmp_path: Path) -> None:
    for content in (b"nothing", b"", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"):
        (tmp_path / "roots.pem").write_bytes(content)
        with pytest.raises(ValueError, match=r"roots.pem holds no certificates in PEM"):
            read_roots(tmp_path / "roots.pem")
