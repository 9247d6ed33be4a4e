"""Joint outputs, closing records and an agreement to test with. Every person and number is invented."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from joserfc.jwk import ECKey

from contracts.agreement import Agreement, Instrument, Reading, Signatory
from contracts.agreement_views import AgreementView, WordView
from contracts.ids import CaseId, ItemKey, StepName
from contracts.units import Text
from contracts.views import ClosingRecord, JointOutput, PartView
from workflows.loading.hashing import content_digest
from workflows.outputs.keys import SigningKeys
from workflows.outputs.sdjwt import Bindings, input_digest, issue_part, present
from workflows.outputs.seal import LocalSeal

ISSUER = "https://gapura.purbalingga.example"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CASE = CaseId("PBG-7QK4-M2XT")
CONTRACT_DIGEST = "sha256:" + "c" * 64
AGENCY_KEYS = {name: ECKey.generate_key("P-256", {"kid": f"{name}-2026"}) for name in ("dukcapil", "oss", "djp")}

OUTPUT: dict[str, Any] = {
    "nib": "9120000000017",
    "risk": "low",
    "certificate": "OSS-2026-17",
    "owner_nik": "3303055203900000",
}
CERTIFICATE = b"%PDF-1.4\n% the certificate that an agency signed itself\n%%EOF\n"
SHOWN = {"nib": "nib", "risk": "risk"}


def bindings(agency: str, step: str, case: str = CASE) -> Bindings:
    return Bindings(
        agency=agency,
        ask_key=f"{case}/{step}/ask/1",
        contract_digest=CONTRACT_DIGEST,
        input_digest=input_digest(b"0" * 16, {"nik": "3303055203900000"}),
    )


def signed_part(agency: str = "oss", step: str = "business", **changes: Any) -> PartView:
    bound = bindings(agency, step, changes.pop("case", CASE))
    output: dict[str, Any] = changes.pop("output", OUTPUT)
    shown: dict[str, str] = changes.pop("shown", SHOWN)
    part = issue_part(output, bound, key=changes.pop("key", AGENCY_KEYS[agency]), issued_at=NOW)
    evidence = {
        "kind": "agency",
        "received_at": "2026-11-24T03:00:00Z",
        "ask_key": bound.ask_key,
        "contract_digest": CONTRACT_DIGEST,
        "key_id": f"{agency}-2026",
        "fields": shown,
        "part": present(part, shown.values()),
    }
    members: dict[str, Any] = {
        "agency_title": "Sistem OSS (contoh), Kementerian Investasi",
        "title": Text("Pendaftaran NIB", "Business registration number"),
        "word": "contributed",
        "values": {"nib": "9120000000017", "risk": "low"},
        "evidence": evidence,
        "at": NOW,
        "labels": {"nib": Text("NIB", "NIB"), "risk": Text("Tingkat risiko", "Risk")},
        "readings": {"risk": Text("Rendah", "Low")},
        **changes,
    }
    return PartView(step=StepName(step), item=ItemKey(""), agency=agency, **members)


def certificate(content: bytes = CERTIFICATE, name: str = "NIB 9120000000017.pdf") -> dict[str, Any]:
    """Describe a document as an output has it."""
    return {"type": "application/pdf", "name": name, "size": len(content), "digest": content_digest(content)}


def documented_part(content: bytes = CERTIFICATE, **changes: Any) -> PartView:
    """Give a part whose agency signed the description of a document."""
    document = changes.pop("document", None) or certificate(content)
    members: dict[str, Any] = {
        "output": {"nib": "9120000000017", "certificate": document},
        "shown": {"nib": "nib", "akta": "certificate"},
        "values": {"nib": "9120000000017", "akta": document},
        "documents": ["akta"],
        "labels": {"akta": Text("Sertifikat NIB", "NIB certificate")},
        **changes,
    }
    return signed_part(**members)


def attested_part(**changes: Any) -> PartView:
    members: dict[str, Any] = {
        "step": StepName("taxpayer"),
        "item": ItemKey(""),
        "agency": "djp",
        "agency_title": "Kantor Pelayanan Pajak Pratama (contoh)",
        "title": Text("Pengaktifan NIK sebagai NPWP", "Activation of the NIK as tax number"),
        "word": "contributed",
        "values": {"status": "active", "active_from": "2026-11-24", "confirmed": True},
        "evidence": {
            "kind": "attestation",
            "received_at": "2026-11-24T03:00:00Z",
            "received_from": "officer",
            "digest": "sha256:" + "d" * 64,
            "actor": "petugas-12",
        },
        "at": NOW,
        "readings": {"status": Text("Aktif", "Active")},
        **changes,
    }
    return PartView(**members)


def refused_part(**changes: Any) -> PartView:
    members: dict[str, Any] = {
        "step": StepName("workers"),
        "item": ItemKey(""),
        "agency": "bpjs",
        "agency_title": "BPJS Ketenagakerjaan, kantor cabang (contoh)",
        "title": Text("Pendaftaran pemberi kerja", "Enrolment of the employer"),
        "word": "refused",
        "values": {},
        "evidence": {},
        "at": NOW,
        "refusal": Text("Tunggakan iuran belum dilunasi", "Contributions are in arrears"),
        "text": "Tunggakan atas nama badan usaha lama, periode 2024-03 s.d. 2024-11.",
        "objection": {
            "where": {"id": "Kantor cabang BPJS, loket 3", "en": "BPJS branch office, counter 3"},
            "within": "21 working days",
            "legal_basis": "UU 30/2014 Pasal 77",
        },
        **changes,
    }
    return PartView(**members)


def skipped_part(**changes: Any) -> PartView:
    return refused_part(
        **{
            "step": StepName("permit"),
            "agency": "dpmptsp",
            "agency_title": "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
            "title": Text("Verifikasi pemenuhan standar", "Verification of the standard"),
            "word": "skipped",
            "refusal": None,
            "text": "",
            "objection": None,
            **changes,
        }
    )


def joint_output(*parts: PartView, **changes: Any) -> JointOutput:
    members: dict[str, Any] = {
        "case": CASE,
        "service": "mulai-usaha",
        "title": Text("Hasil layanan bersama: memulai usaha", "Joint service output: starting a business"),
        "plan": "sha256:" + "a" * 64,
        "holder": {"name": "Sri Rahayu", "business": "Warung Bu Sri"},
        "parts": list(parts or (signed_part(), attested_part(), refused_part(), skipped_part())),
        "lead": "dpmptsp",
        "issued_at": NOW,
        "agreement": "sha256:" + "b" * 64,
        "lead_title": "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu Kabupaten Purbalingga",
        "holder_labels": {"name": Text("Nama lengkap", "Full name"), "business": Text("Nama usaha", "Business")},
        **changes,
    }
    return JointOutput(**members)


@lru_cache
def signing_keys() -> SigningKeys:
    with TemporaryDirectory() as folder:
        return SigningKeys(Path(folder) / "signing-keys.json")


@lru_cache
def seal() -> LocalSeal:
    return LocalSeal(signing_keys(), issuer=ISSUER)


def sealed(*parts: PartView, status_index: int = 7, by: LocalSeal | None = None, **changes: Any) -> str:
    output = joint_output(*parts, **changes)
    return asyncio.run((by or seal()).seal(output, status_index=status_index)).credential


def closing_record(*parts: PartView) -> ClosingRecord:
    return ClosingRecord(
        case=CASE,
        service="mulai-usaha",
        title=Text("Memulai usaha", "Start a business"),
        plan="sha256:" + "a" * 64,
        outcome="refused",
        closed_at=NOW,
        parts=list(parts or (refused_part(), signed_part(word="undone", evidence={}, values={}), skipped_part())),
        lead="dpmptsp",
        lead_title="Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
    )


def agreement() -> Agreement:
    readings = [
        Reading(
            step=step,
            agency=agency,
            contract=f"{agency}/{contract}@1",
            contract_digest=CONTRACT_DIGEST,
            fields={"nik": "identity", "name": "identity", "address": "location"},
            purpose=contract,
            legal_basis="UU 24/2013; PP 28/2025",
            basis="public_task",
            retention="10 years",
            within="1 working day",
            on_deadline="escalate",
        )
        for step, agency, contract in (
            ("identity", "dukcapil", "match-identity"),
            ("business", "oss", "register-business"),
            ("taxpayer", "djp", "activate-taxpayer"),
        )
    ]
    return Agreement(
        service="mulai-usaha",
        version="1.0.0",
        title=Text("Memulai usaha", "Start a business"),
        plan_digest="sha256:" + "a" * 64,
        lead="dpmptsp",
        agencies=["dpmptsp", "dukcapil", "oss", "djp"],
        readings=readings,
        parts={"business": ["nib", "risk"], "taxpayer": ["status"], "identity": []},
        promise="3 working days",
        exhausted_owner="Kepala Bidang Pelayanan, DPMPTSP Kabupaten Purbalingga (rekaan)",
        data_rights_contact="pelindungan-data@purbalingga.example",
        instrument=Instrument(kind="PKS", number="000/PKS-REKAAN/2026", date="2026-11-02"),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1095),
        signatories=[
            Signatory(
                agency="oss",
                name="Maria Hutapea (rekaan)",
                office="Direktur Sistem Perizinan",
                mandate="Surat tugas 12/2026",
            ),
            Signatory(agency="djp", name="Lukas Simanjuntak (rekaan)", office="Kepala Kantor"),
        ],
    )


def agreement_view() -> AgreementView:
    return AgreementView(
        digest="sha256:" + "e" * 64,
        service="mulai-usaha",
        version="1.0.0",
        plan="sha256:" + "a" * 64,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1095),
        decisions={"oss": "accept", "djp": "revoke"},
        in_force=False,
        missing=["dpmptsp", "dukcapil"],
        words=[
            WordView(agency="dpmptsp", state="waits"),
            WordView(agency="dukcapil", state="waits"),
            WordView(agency="oss", state="signed", name="Maria Hutapea (rekaan)", office="Kepala", at=NOW, key="oss-1"),
            WordView(agency="djp", state="revoked", at=NOW, file="sha256:" + "f" * 64, reason="UU berubah"),
        ],
    )
