"""An agreement as people read it: plain Indonesian text of the same document, for a screen, a letter or a print-out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Final

from contracts.agreement import Agreement, Reading, Signatory
from workflows.loading.hashing import agreement_digest

_WIB: Final = timezone(timedelta(hours=7), "WIB")
_BASES: Final = {
    "public_task": "tugas pemerintahan",
    "legal_obligation": "kewajiban hukum",
    "contract": "perjanjian",
    "consent": "persetujuan pemohon",
}
_SILENCE: Final = {
    "escalate": "diteruskan ke atasan",
    "exhaust": "menjadi tugas penanggung jawab langkah",
    "deemed": "dianggap dikabulkan menurut hukum (fiktif positif)",
}


def readable(agreement: Agreement) -> str:
    """Give the Indonesian text of an agreement, with the digest that is signed."""
    return "\n".join(_lines(agreement)) + "\n"


def _lines(agreement: Agreement) -> Iterator[str]:
    heading = f"KESEPAKATAN BERSAMA: {agreement.title.id}"
    yield from (heading, "=" * len(heading), "")
    yield f"Layanan bersama : {agreement.service} versi {agreement.version}"
    yield f"Penanggung jawab: {agreement.lead}"
    yield f"Instansi        : {', '.join(agreement.agencies)}"
    instrument = agreement.instrument
    yield f"Dasar           : {instrument.kind} nomor {instrument.number}, tanggal {instrument.date}"
    if instrument.digest:
        yield f"Berkas dasar    : {instrument.digest}"
    yield f"Berlaku         : {_moment(agreement.valid_from)} sampai {_moment(agreement.valid_until)}"
    yield f"Janji layanan   : {agreement.promise}"
    yield f"Rencana         : {agreement.plan_digest}"
    yield from ("", "Siapa membaca data apa, untuk apa, atas dasar apa", "")
    for number, reading in enumerate(agreement.readings, 1):
        yield from _reading(number, reading)
    if agreement.publications:
        yield from ("", "Yang diumumkan kepada siapa saja selama masa keberatan", "")
    for publication in agreement.publications:
        yield f"- {publication.step}, selama atau sampai {publication.lasts}:"
        yield from (f"   {label}: {value}" for label, value in publication.values.items())
    if agreement.services:
        yield from (
            "",
            "Langkah yang menjadi layanan bersama tersendiri, menurut kesepakatannya sendiri",
            "",
        )
        yield from (f"- {step}: rencana {digest}" for step, digest in agreement.services.items())
    yield from ("", "Isi hasil layanan bersama", "")
    for step, fields in agreement.parts.items():
        yield f"- {step}: {', '.join(fields) or 'tanpa rincian'}"
    if agreement.facts:
        yield from ("", "Fakta yang dijaga tetap sama sesudah terbit (hanya ditanya: apakah masih ...?)", "")
        for fact in agreement.facts:
            yield f"- {fact.fact} ({fact.value}): yang berwenang {fact.authority}; ditanya {', '.join(fact.holders)}"
            yield f"   tujuan     : {fact.purpose}"
            yield f"   dasar hukum: {fact.legal_basis}"
            yield f"   ditanya    : {f'setiap {fact.every}' if fact.every else 'bila diminta'}"
    yield from ("", f"Bila instansi tidak menjawab, yang menangani: {agreement.exhausted_owner}")
    yield f"Kontak hak pemilik data pribadi: {agreement.data_rights_contact}"
    yield from ("", "Penanda tangan", "")
    known = {signatory.agency: signatory for signatory in agreement.signatories}
    yield from (_signatory(agency, known.get(agency)) for agency in agreement.agencies)
    yield from ("", f"Yang ditandatangani: {agreement_digest(agreement)}")


def _reading(number: int, reading: Reading) -> Iterator[str]:
    yield f"{number}. {reading.agency} ({reading.step}, kontrak {reading.contract})"
    yield f"   membaca    : {', '.join(f'{name} ({kind})' for name, kind in reading.fields.items()) or 'tidak ada'}"
    yield f"   tujuan     : {reading.purpose}"
    yield f"   dasar hukum: {reading.legal_basis} ({_BASES[reading.basis]})"
    yield f"   disimpan   : {reading.retention}"
    yield f"   menjawab   : dalam {reading.within}; bila tidak, {_SILENCE[reading.on_deadline]}"
    yield f"   kontrak    : {reading.contract_digest}"


def _signatory(agency: str, signatory: Signatory | None) -> str:
    if signatory is None:
        return f"- {agency}: ........................................"
    mandate = f", berdasarkan {signatory.mandate}" if signatory.mandate else ""
    return f"- {agency}: {signatory.name}, {signatory.office}{mandate}"


def _moment(at: datetime) -> str:
    return at.astimezone(_WIB).strftime("%d-%m-%Y %H:%M WIB")
