"""What documents say, in Indonesian and English: the words of parts, evidence, dates, durations and values. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from contracts.agreement import Publication, WatchedFact
from contracts.documents import ENDINGS, Document, documents_among
from contracts.units import Text, legible
from workflows.outputs.credential import CredentialPart, PartEvidence, Remedy

Tone: TypeAlias = Literal["good", "bad", "none"]

ZONE = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time. It has no summer time, so no database of zones is needed."""

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_UNITS: Mapping[str, str] = {
    "ms": "milidetik",
    "s": "detik",
    "min": "menit",
    "h": "jam",
    "day": "hari",
    "week": "minggu",
    "month": "bulan",
    "year": "tahun",
    "working day": "hari kerja",
    "working hour": "jam kerja",
}
_BASES: Mapping[str, Text] = {
    "public_task": Text("tugas pemerintahan", "public task"),
    "legal_obligation": Text("kewajiban hukum", "legal obligation"),
    "contract": Text("perjanjian", "contract"),
    "consent": Text("persetujuan", "consent"),
}
_WORDS: Mapping[str, tuple[Text, Tone]] = {
    "contributed": (Text("Diberikan", "Contributed"), "good"),
    "deemed": (Text("Dianggap dikabulkan; instansi belum menjawab", "Granted by law; agency has not answered"), "good"),
    "refused": (Text("Ditolak", "Refused"), "bad"),
    "skipped": (Text("Tidak diperlukan", "Not needed"), "none"),
    "missing": (Text("Belum ada", "Missing"), "bad"),
    "undone": (Text("Dibatalkan", "Taken back"), "none"),
    "kept": (Text("Tetap berlaku", "Stands"), "good"),
    "dropped": (Text("Tidak diminta lagi", "Not asked any more"), "none"),
}
ATTESTED = Text("dinyatakan oleh gerbang layanan", "attested by the gateway")
"""What a contribution is that its agency has not signed: the glossary's word, on pages and in documents alike."""
_SENDERS: Mapping[str, Text] = {
    "system": Text("Diterima dari sistem instansi", "Received from the agency's system"),
    "officer": Text("Diterima dari petugas instansi", "Received from an officer of the agency"),
    "hand": Text("Dicatat dengan tangan oleh operator", "Recorded by hand by the operator"),
    "sub_case": Text(
        "Hasil permohonan bagian, dengan kredensial sendiri", "The output of a sub-case, a credential itself"
    ),
    "payments": Text("Diterima dari penyelenggara pembayaran", "Received from the provider of payments"),
    "law": Text("Instansi tidak menjawab pada waktunya", "The agency was silent for its time"),
}
_CARRIED = Text("terlampir pada berkas ini", "attached to this file")
_NOT_CARRIED = Text("tidak dilampirkan; unduh dari permohonan", "not attached; download it from the application")
_KILOBYTES = 999_000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{9,}")
_PERSON_NUMBER = re.compile(r"(?<![0-9])[0-9]{15,16}(?![0-9])")
_LONG_ROW = 3000
"""Bytes of a row's data from which it might not fit on one page."""
_LONG_WORD = re.compile(r"\S{31,}")
_WORD_PIECE = 20
_ZERO_WIDTH_SPACE = "\u200b"


def same(words: str) -> Text:
    """Give a text that reads the same in both languages."""
    return Text(words, words)


def printable(words: str) -> str:
    """Give text for one line of a document: legible, and long words may wrap."""
    return _LONG_WORD.sub(_breakable, legible(words).replace("\n", " ").replace("\t", " "))


def date_text(day: date) -> Text:
    """Give a date in words, in both languages."""
    return Text(*(f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}" for language in ("id", "en")))


def moment_date(at: datetime) -> Text:
    """Give the date of a moment, as calendars in western Indonesia show it."""
    return date_text(at.astimezone(ZONE).date())


def moment_text(at: datetime) -> Text:
    """Give a moment with date, time and zone."""
    local = at.astimezone(ZONE)
    day = date_text(local.date())
    return Text(f"{day.id}, pukul {local:%H.%M} WIB", f"{day.en}, {local:%H:%M} WIB (UTC+7)")


def by_law(at: datetime) -> Text:
    """Say that silence granted it, and when."""
    day = moment_date(at)
    return Text(
        f"Dikabulkan menurut hukum pada {day.id}; instansi belum menjawab",
        f"Granted by law on {day.en}; agency has not answered",
    )


def duration_text(duration: str) -> Text:
    """Give a duration such as `21 working days` in both languages; what is no duration stays as it is."""
    amount, _, unit = duration.partition(" ")
    singular = unit.removesuffix("s") if unit not in _UNITS else unit
    return Text(f"{amount} {_UNITS[singular]}", duration) if singular in _UNITS else same(duration)


def basis_text(basis: str) -> Text:
    """Give the ground on which personal data is read (UU 27/2022, article 20) in both languages."""
    return _BASES.get(basis) or same(basis)


def label_text(name: str, labels: Mapping[str, Text]) -> Text:
    """Give a value's label: the contract's, else the field's own name."""
    return labels.get(name) or same(name.replace("_", " ").capitalize())


def masked(value: object) -> str:
    """Give just enough of a value to recognise it: initials of words, the ends of a number."""
    words = value_text(value).id.split()
    return " ".join(
        f"{word[:4]}{'•' * (len(word) - 8)}{word[-4:]}" if _NUMBER.fullmatch(word) else f"{word[0]}•••"
        for word in words
    )


def masked_numbers(words: str) -> str:
    """Hide the middle of every number of 15 or 16 digits: a NIK or NPWP is nobody's business but its owner's."""
    return _PERSON_NUMBER.sub(lambda match: masked(match.group()), words)


def value_text(value: object) -> Text:
    """Say a JSON value in words."""
    if isinstance(value, bool):
        return Text("Ya", "Yes") if value else Text("Tidak", "No")
    if isinstance(value, str):
        return _string_text(value)
    if isinstance(value, list):
        items = [value_text(item) for item in cast("list[object]", value)]
        return Text(", ".join(item.id for item in items) or "-", ", ".join(item.en for item in items) or "-")
    if isinstance(value, dict):
        members = {name: value_text(item) for name, item in cast("dict[str, object]", value).items()}
        return Text(
            "; ".join(f"{name}: {item.id}" for name, item in members.items()) or "-",
            "; ".join(f"{name}: {item.en}" for name, item in members.items()) or "-",
        )
    return same("-" if value is None else str(value))


def word_text(word: str) -> tuple[Text, Tone]:
    """Give a part's last word, and whether it is good news."""
    return _WORDS.get(word) or (same(word), "none")


def proof_text(evidence: PartEvidence | None) -> Text | None:
    """Say what shows that an agency gave a part, or that its silence did."""
    if evidence is None:
        return None
    if evidence.kind == "agency":
        return Text(
            f"Ditandatangani oleh instansi, kunci {evidence.key_id}", f"Signed by the agency, key {evidence.key_id}"
        )
    sender, by = _SENDERS[evidence.received_from or "system"], f" ({evidence.actor})" if evidence.actor else ""
    if evidence.received_from == "sub_case":
        by = f" ({evidence.actor}, {evidence.digest})"
    return Text(f"{sender.id}; {ATTESTED.id}{by}", f"{sender.en}; {ATTESTED.en}{by}")


def part_notes(part: CredentialPart) -> list[Text]:
    """Give the reasons and remedies of a part: why nothing was given, where to object, who answers for it."""
    notes: list[Text] = [part.refusal] if part.refusal else []
    if part.text:
        notes.append(same(part.text))
    if part.word == "refused":
        notes.append(_objection_text(part.objection))
    if part.owner:
        notes.append(Text(f"Penanggung jawab: {part.owner}", f"Answered for by: {part.owner}"))
    return notes


def size_text(size: int) -> Text:
    """Give a number of bytes in kilobytes or megabytes, rounded up: `35 kB`, `1,2 MB`."""
    if size <= _KILOBYTES:
        return same(f"{-(-size // 1000)} kB")
    tenths = -(-size // 100_000)
    whole, tenth = divmod(tenths, 10)
    return Text(f"{whole},{tenth} MB", f"{whole}.{tenth} MB")


def document_about(kind: str, size: int) -> Text:
    """Say of which type a document is, and how large: `PDF, 35 kB`."""
    said, large = ENDINGS.get(kind, kind).removeprefix(".").upper(), size_text(size)
    return Text(f"{said}, {large.id}", f"{said}, {large.en}")


def part_row(part: CredentialPart, *, closing: bool = False, carried: Container[str] | None = None) -> dict[str, Any]:
    """Give one row of a document's table of parts; a closing record says that a contribution stands.

    `carried` are the digests of the documents that the file carries (None: it carries none, and says nothing of it).
    """
    word, tone = word_text(part.word)
    if part.word == "deemed" and part.at:
        word = by_law(part.at)
    if closing and part.word in {"contributed", "deemed"}:
        word = Text(f"{word.id}, tetap berlaku", f"{word.en}, stands")
    documents = documents_among(part.values, part.documents)
    row: dict[str, Any] = {
        "agency": part.agency_title,
        "step": part.title,
        "word": word,
        "tone": tone,
        "values": [
            {"label": label_text(name, part.labels), "value": _value_text(part, name)}
            for name in part.values
            if name not in documents
        ],
        "notes": part_notes(part),
        "proof": proof_text(part.evidence),
        "date": moment_date(part.at) if part.at else same("-"),
    }
    if documents:
        row["documents"] = [_document_row(part, name, entry, carried) for name, entry in documents.items()]
    return {**row, "long": len(msgspec.json.encode(row)) > _LONG_ROW}


def _document_row(
    part: CredentialPart, name: str, document: Document, carried: Container[str] | None
) -> dict[str, Any]:
    about = document_about(document.type, document.size)
    if carried is not None:
        word = _CARRIED if document.digest in carried else _NOT_CARRIED
        about = Text(f"{about.id}; {word.id}", f"{about.en}; {word.en}")
    return {
        "label": _unsigned(part, name, label_text(name, part.labels)),
        "name": document.name,
        "about": about,
        "digest": document.digest,
    }


def _value_text(part: CredentialPart, name: str) -> Text:
    return _unsigned(part, name, part.readings.get(name) or value_text(part.values[name]))


def _unsigned(part: CredentialPart, name: str, words: Text) -> Text:
    """Say beside an agency's signature that it does not cover this."""
    if part.evidence is None or part.evidence.kind != "agency" or name in part.evidence.fields:
        return words
    return Text(f"{words.id} ({ATTESTED.id})", f"{words.en} ({ATTESTED.en})")


def _string_text(value: str) -> Text:
    if _DATE.fullmatch(value):
        try:
            return date_text(date.fromisoformat(value))
        except ValueError:
            return same(value)
    return same(value)


def _objection_text(objection: Remedy | None) -> Text:
    if objection is None:
        return Text("Keberatan: tanyakan kepada instansi ini", "Objections: ask this agency")
    within = duration_text(objection.within)
    basis = f" ({objection.legal_basis})" if objection.legal_basis else ""
    return Text(
        f"Keberatan: {objection.where.id}, dalam {within.id}{basis}",
        f"Objections: {objection.where.en}, within {within.en}{basis}",
    )


def _breakable(match: re.Match[str]) -> str:
    word = match.group()
    pieces = [word[start : start + _WORD_PIECE] for start in range(0, len(word), _WORD_PIECE)]
    return _ZERO_WIDTH_SPACE.join(pieces)


def publication_row(publication: Publication) -> dict[str, Any]:
    """Give what a step shows to everybody as a row of an agreement: the step, how long or until when, what."""
    return {
        "step": publication.step,
        "lasts": duration_text(publication.lasts),
        "values": [f"{label}: {value}" for label, value in publication.values.items()],
    }


VALID_UNTIL: Final = Text("Berlaku sampai", "Valid until")
FACT_KEPT: Final = Text("Fakta yang dijaga tetap sama", "Fact kept in step")


def watched_text(fact: WatchedFact, titles: Mapping[str, str]) -> Text:
    """Say whose word counts of a fact, who is asked whether it is still so, what for, by which law, and how often."""
    authority, holders = titles.get(fact.authority, fact.authority), [titles.get(name, name) for name in fact.holders]
    often = duration_text(fact.every) if fact.every else None
    return Text(
        f"{fact.fact} ({fact.value}): yang berwenang {authority}; ditanya {', '.join(holders)}, "
        f"{'setiap ' + often.id if often else 'bila diminta'}; {fact.purpose}, {fact.legal_basis}",
        f"{fact.fact} ({fact.value}): decided by {authority}; asked of {', '.join(holders)}, "
        f"{'every ' + often.en if often else 'on demand'}; {fact.purpose}, {fact.legal_basis}",
    )
