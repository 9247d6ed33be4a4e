"""What the PDF of an agreement shows, as its template takes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from contracts.agreement import Agreement, Reading
from contracts.agreement_views import AgreementView, WordState, WordView
from contracts.units import Text
from workflows.outputs.wording import (
    FACT_KEPT,
    Tone,
    basis_text,
    duration_text,
    moment_date,
    publication_row,
    same,
    value_text,
    watched_text,
)

Fact: TypeAlias = dict[str, Any]

_STATES: Final[Mapping[WordState, tuple[Text, Tone]]] = {
    "signed": (Text("Setuju", "Accepts"), "good"),
    "waits": (Text("Belum menandatangani", "Has not signed"), "none"),
    "rejected": (Text("Menolak", "Rejects"), "bad"),
    "revoked": (Text("Mencabut persetujuan", "Revoked"), "bad"),
}


def agreement_rows(agreement: Agreement, view: AgreementView, titles: Mapping[str, str]) -> dict[str, Any]:
    """Give what the template of an agreement shows; `titles` are the agencies' names for people."""
    return {
        "title": Text(f"Kesepakatan bersama: {agreement.title.id}", f"Agreement: {agreement.title.en}"),
        "author": titles.get(agreement.lead, agreement.lead),
        "keywords": [view.digest],
        "footer": Text(f"Kesepakatan bersama {agreement.service} {agreement.version}", "Agreement"),
        "facts": _agreement_facts(agreement, view, titles),
        "readings": [_reading(reading, titles) for reading in agreement.readings],
        "publications": [publication_row(each) for each in agreement.publications],
        "parts": [{"step": step, "fields": ", ".join(fields) or "-"} for step, fields in agreement.parts.items()],
        "signatories": [_signatory(word, titles) for word in view.words],
        "digest": view.digest,
    }


def _agreement_facts(agreement: Agreement, view: AgreementView, titles: Mapping[str, str]) -> list[Fact]:
    instrument = agreement.instrument
    start, end = moment_date(agreement.valid_from), moment_date(agreement.valid_until)
    force = Text("Berlaku", "In force") if view.in_force else Text("Belum berlaku", "Not in force")
    facts: list[tuple[Text, Text]] = [
        (Text("Layanan bersama", "Joint service"), same(f"{agreement.service} {agreement.version}")),
        (Text("Penanggung jawab", "Lead"), same(titles.get(agreement.lead, agreement.lead))),
        (
            Text("Dasar", "Instrument"),
            same(f"{instrument.kind} {instrument.number}, {value_text(instrument.date).id}"),
        ),
        (Text("Masa berlaku", "Validity"), Text(f"{start.id} s.d. {end.id}", f"{start.en} to {end.en}")),
        (Text("Keadaan", "State"), force),
        (Text("Janji layanan", "Promised within"), duration_text(agreement.promise)),
        (Text("Bila instansi tidak menjawab", "When an agency does not answer"), same(agreement.exhausted_owner)),
        (Text("Hak atas data pribadi", "Contact for personal data rights"), same(agreement.data_rights_contact)),
    ]
    facts += [(FACT_KEPT, watched_text(fact, titles)) for fact in agreement.facts]
    rows: list[Fact] = [{"label": label, "value": value} for label, value in facts]
    rows.append(
        {"label": Text("Sidik rencana", "Digest of the plan"), "value": same(agreement.plan_digest), "code": True}
    )
    if instrument.digest:
        rows.append(
            {
                "label": Text("Sidik berkas dasar", "Digest of the instrument's file"),
                "value": same(instrument.digest),
                "code": True,
            }
        )
    return rows


def _reading(reading: Reading, titles: Mapping[str, str]) -> dict[str, Any]:
    fields = ", ".join(f"{name} ({kind})" for name, kind in reading.fields.items()) or "-"
    deadlines: Mapping[str, Text] = {
        "escalate": Text("diteruskan kepada penanggung jawab", "escalated"),
        "exhaust": Text("dicatat belum terjawab", "recorded as unanswered"),
        "deemed": Text("dianggap dikabulkan", "deemed granted"),
    }
    within, basis = duration_text(reading.within), basis_text(reading.basis)
    after = deadlines.get(reading.on_deadline) or same(reading.on_deadline)
    facts: list[tuple[Text, Text]] = [
        (Text("Data yang dibaca", "Reads"), same(fields)),
        (Text("Tujuan", "Purpose"), same(reading.purpose)),
        (
            Text("Dasar hukum", "Legal basis"),
            Text(*(f"{reading.legal_basis} ({words})" for words in (basis.id, basis.en))),
        ),
        (Text("Disimpan selama", "Kept for"), duration_text(reading.retention)),
        (Text("Batas waktu", "Time limit"), Text(f"{within.id}, lalu {after.id}", f"{within.en}, then {after.en}")),
    ]
    return {
        "agency": titles.get(reading.agency, reading.agency),
        "contract": f"{reading.step}: {reading.contract}",
        "facts": [{"label": label, "value": value} for label, value in facts],
    }


def _signatory(word: WordView, titles: Mapping[str, str]) -> dict[str, Any]:
    words, tone = _STATES[word.state]
    if word.at is not None:
        day = moment_date(word.at)
        words = Text(f"{words.id}, {day.id}", f"{words.en}, {day.en}")
    told = [part for part in (word.name, word.office, word.mandate) if part] or ["-"]
    how = [f"kunci {word.key}"] if word.key else [f"PDF {word.file}"] if word.file else []
    return {
        "agency": titles.get(word.agency, word.agency),
        "words": [*told, *how, *([word.reason] if word.reason else [])],
        "decision": words,
        "tone": tone,
    }
