"""What differs between two agreements on a service, in sentences: what an agency that signed one reads of the next.

Said from the two documents alone, so anybody who has them can say it; what differs in the plans besides (order,
conditions, the form) `differences.compare` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from contracts.agreement import Agreement, Instrument, Reading, Signatory
from contracts.agreement_views import AgreementDifference, Touches
from contracts.units import Text


def compare_agreements(before: Agreement, after: Agreement) -> list[AgreementDifference]:
    """Say what differs: who takes part, who reads what, what comes out, the times, the terms."""
    return [found for look in _LOOKS for found in look(before, after)]


def _parties(before: Agreement, after: Agreement) -> Iterator[AgreementDifference]:
    for agency in _only(after.agencies, before.agencies):
        yield _said("parties", f"{agency} kini ikut serta.", f"{agency} takes part now.")
    for agency in _only(before.agencies, after.agencies):
        yield _said("parties", f"{agency} tidak ikut serta lagi.", f"{agency} takes no part any more.")
    yield from _value("parties", ("Penanggung jawab", "The lead"), before.lead, after.lead)


def _readings(before: Agreement, after: Agreement) -> Iterator[AgreementDifference]:
    old, new = _by_step(before), _by_step(after)
    for step, reading in new.items():
        earlier = old.get(step)
        if earlier is None or earlier.agency != reading.agency:
            yield _read(reading, reading.fields)
            continue
        same_end = (earlier.purpose, earlier.legal_basis) == (reading.purpose, reading.legal_basis)
        yield from _terms_of_reading(earlier, reading)
        fresh = {name: kind for name, kind in reading.fields.items() if name not in earlier.fields}
        if fresh and same_end:
            yield _read(reading, fresh)
        for name in _only(earlier.fields, reading.fields):
            yield _said(
                "reading",
                f"{reading.agency} tidak lagi membaca {name} ({step}).",
                f"{reading.agency} no longer reads {name} ({step}).",
                reading.agency,
            )
    for step in _only(old, new):
        agency = old[step].agency
        yield _said(
            "reading",
            f"{agency} tidak lagi membaca apa pun untuk {step}.",
            f"{agency} no longer reads anything for {step}.",
            agency,
        )


def _terms_of_reading(old: Reading, new: Reading) -> Iterator[AgreementDifference]:
    of = (f"{new.agency} ({new.step}):", f"{new.agency} ({new.step}):")
    values: list[tuple[Touches, tuple[str, str], str, str]] = [
        ("reading", ("tujuan", "the purpose"), old.purpose, new.purpose),
        ("reading", ("dasar hukum", "the legal basis"), old.legal_basis, new.legal_basis),
        ("reading", ("dasar pemrosesan", "the ground"), old.basis, new.basis),
        ("reading", ("lama penyimpanan", "how long it is kept"), old.retention, new.retention),
        ("time", ("batas menjawab", "the time to answer"), old.within, new.within),
        ("time", ("akibat bila lewat waktu", "what follows silence"), old.on_deadline, new.on_deadline),
        ("terms", ("kontrak", "the contract"), old.contract, new.contract),
    ]
    told = False
    for about, (id_, en), one, other in values:
        if one != other:
            told = True
            yield from _value(about, (f"{of[0]} {id_}", f"{of[1]} {en}"), one, other, new.agency)
    kinds = {name: kind for name, kind in new.fields.items() if old.fields.get(name, kind) != kind}
    for name, kind in kinds.items():
        yield from _value(
            "reading", (f"{of[0]} golongan {name}", f"{of[1]} the kind of {name}"), old.fields[name], kind, new.agency
        )
    if old.contract_digest != new.contract_digest and not told and old.fields == new.fields:
        yield _said(
            "terms",
            f"{of[0]} kontrak {new.contract} menjanjikan hal lain daripada dahulu.",
            f"{of[1]} the contract {new.contract} promises something else than before.",
            new.agency,
        )


def _output(before: Agreement, after: Agreement) -> Iterator[AgreementDifference]:
    for step, shown in after.parts.items():
        if step not in before.parts:
            listed = ", ".join(shown) or "-"
            yield _said(
                "output",
                f"Hasil bersama kini memuat bagian {step}: {listed}.",
                f"The joint output now has the part {step}: {listed}.",
            )
            continue
        for name in _only(shown, before.parts[step]):
            yield _said(
                "output",
                f"Bagian {step} kini menampilkan {name}.",
                f"The part {step} now shows {name}.",
            )
        for name in _only(before.parts[step], shown):
            yield _said(
                "output",
                f"Bagian {step} tidak lagi menampilkan {name}.",
                f"The part {step} no longer shows {name}.",
            )
    for step in _only(before.parts, after.parts):
        yield _said(
            "output",
            f"Hasil bersama tidak lagi memuat bagian {step}.",
            f"The joint output no longer has the part {step}.",
        )
    for what, id_, en in (
        ("facts", "Fakta yang dijaga tetap sama sesudah terbit", "The facts that are kept in step after issue"),
        ("publications", "Yang diumumkan selama masa keberatan", "What everybody is shown while others may object"),
        ("services", "Layanan bersama yang menjadi langkah", "The joint services that are steps"),
    ):
        if getattr(before, what) != getattr(after, what):
            yield _said("output", f"{id_} berubah.", f"{en} changed.")


def _terms(before: Agreement, after: Agreement) -> Iterator[AgreementDifference]:
    values: list[tuple[Touches, tuple[str, str], str, str]] = [
        ("time", ("Janji layanan", "What applicants are promised"), before.promise, after.promise),
        ("time", ("Mulai berlaku", "The beginning"), f"{before.valid_from:%Y-%m-%d}", f"{after.valid_from:%Y-%m-%d}"),
        ("time", ("Akhir masa berlaku", "The end"), f"{before.valid_until:%Y-%m-%d}", f"{after.valid_until:%Y-%m-%d}"),
        ("terms", ("Dasar", "The instrument"), _instrument(before.instrument), _instrument(after.instrument)),
        (
            "terms",
            ("Yang menangani langkah yang belum terjawab", "Who answers when an agency does not"),
            before.exhausted_owner,
            after.exhausted_owner,
        ),
        (
            "terms",
            ("Kontak hak pemilik data", "The contact for people's data rights"),
            before.data_rights_contact,
            after.data_rights_contact,
        ),
    ]
    for about, what, one, other in values:
        yield from _value(about, what, one, other)
    old, new = ({one.agency: _signatory(one) for one in each.signatories} for each in (before, after))
    for agency in dict.fromkeys([*old, *new]):
        what = (f"Penanda tangan {agency}", f"The signatory of {agency}")
        yield from _value("terms", what, old.get(agency, ""), new.get(agency, ""), agency)


_LOOKS: Final[tuple[Callable[[Agreement, Agreement], Iterator[AgreementDifference]], ...]] = (
    _parties,
    _readings,
    _output,
    _terms,
)


def _read(reading: Reading, fields: Mapping[str, str]) -> AgreementDifference:
    listed = ", ".join(f"{name} ({kind})" for name, kind in fields.items()) or "-"
    return _said(
        "reading",
        f"{reading.agency} kini membaca {listed} untuk {reading.purpose}, atas dasar {reading.legal_basis}; "
        f"disimpan {reading.retention}.",
        f"{reading.agency} newly reads {listed} for {reading.purpose}, on the basis of {reading.legal_basis}; "
        f"kept for {reading.retention}.",
        reading.agency,
    )


def _value(
    about: Touches, what: tuple[str, str], old: str, new: str, agency: str = ""
) -> Iterator[AgreementDifference]:
    if old == new:
        return
    if not old:
        yield _said(about, f"{what[0]} baru: {new}.", f"{what[1]} is new: {new}.", agency)
    elif not new:
        yield _said(about, f"{what[0]} tidak ada lagi (dahulu {old}).", f"{what[1]} is gone (was {old}).", agency)
    else:
        yield _said(about, f"{what[0]} dahulu {old}, kini {new}.", f"{what[1]} was {old}, and is {new}.", agency)


def _said(about: Touches, id_: str, en: str, agency: str = "") -> AgreementDifference:
    return AgreementDifference(about=about, says=Text(id_, en), agency=agency)


def _by_step(agreement: Agreement) -> dict[str, Reading]:
    return {reading.step: reading for reading in agreement.readings}


def _instrument(instrument: Instrument) -> str:
    return f"{instrument.kind} {instrument.number} ({instrument.date}) {instrument.digest}".rstrip()


def _signatory(one: Signatory) -> str:
    return ", ".join(word for word in (one.name, one.office, one.mandate) if word)


def _only(these: Iterable[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [name for name in these if name not in known]
