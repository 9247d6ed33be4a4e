"""An agreement as people read it, in Indonesian."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.agreement import Agreement, Instrument, Signatory, WatchedFact
from tests.declared import contracts, plan
from workflows.loading.agreement_text import readable
from workflows.loading.agreements import Terms, propose
from workflows.loading.hashing import agreement_digest
from workflows.loading.plans import publish

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def proposed(instrument_digest: str = "") -> Agreement:
    return propose(publish(plan(), contracts()), _terms(instrument_digest))


def _terms(instrument_digest: str = "") -> Terms:
    return Terms(
        instrument=Instrument(kind="SK", number="7/2026", date="2026-11-01", digest=instrument_digest),
        data_rights_contact="ppid@purbalingga.example",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=365),
        signatories=(
            Signatory(agency="oss", name="Ani", office="Kepala", mandate="SK 7/2026"),
            Signatory(agency="djp", name="Budi", office="Direktur"),
        ),
    )


def test_it_says_everything_that_is_signed() -> None:
    agreement = proposed("sha256:abc")
    text = readable(agreement)
    for said in (
        "KESEPAKATAN BERSAMA: Memulai usaha",
        "Dasar           : SK nomor 7/2026, tanggal 2026-11-01",
        "Berkas dasar    : sha256:abc",
        "Berlaku         : 24-11-2026 10:00 WIB sampai 24-11-2027 10:00 WIB",
        "2. oss (business, kontrak oss/register-business@2)",
        "   membaca    : nik (identity), kbli (business), staff (business)",
        "   dasar hukum: PP 28/2025 (tugas pemerintahan)",
        "   menjawab   : dalam 1 working day; bila tidak, diteruskan ke atasan",
        "- business: nib",
        "Bila instansi tidak menjawab, yang menangani: dpmptsp",
        "Kontak hak pemilik data pribadi: ppid@purbalingga.example",
        "- oss: Ani, Kepala, berdasarkan SK 7/2026",
        "- djp: Budi, Direktur\n",
        "- dukcapil: ....",
        f"Yang ditandatangani: {agreement_digest(agreement)}",
        *(reading.contract_digest for reading in agreement.readings),
        agreement.plan_digest,
    ):
        assert said in text


def test_what_is_not_there_is_not_named() -> None:
    agreement = proposed()
    first = structs.replace(agreement.readings[0], fields={})
    text = readable(structs.replace(agreement, readings=[first], parts={"business": []}))
    assert "Berkas dasar" not in text
    assert "membaca    : tidak ada" in text
    assert "- business: tanpa rincian" in text


def test_a_fact_is_watched_that_nobody_signed_for_or_not_said_for_what() -> None:
    fact = {
        "authority": "business",
        "value": "form.nik",
        "holders": ["taxpayer"],
        "purpose": "identity-consistency",
        "legal_basis": "PMK 81/2024",
    }
    agreement = proposed()
    for every, told in (("", "bila diminta"), ("90 days", "setiap 90 days")):
        facts = {"nik": {**fact, **({"every": every} if every else {})}}
        published = publish(plan({"facts": facts}), contracts())
        watched = propose(published, _terms())
        assert agreement_digest(watched) != agreement_digest(agreement)
        assert watched.facts == [
            WatchedFact(
                fact="nik",
                value="form.nik",
                authority="oss",
                holders=["djp"],
                purpose="identity-consistency",
                legal_basis="PMK 81/2024",
                every=every,
            )
        ]
        text = readable(watched)
        for said in ("- nik (form.nik): yang berwenang oss; ditanya djp", "identity-consistency", "PMK 81/2024", told):
            assert said in text
    assert "Fakta" not in readable(agreement)
