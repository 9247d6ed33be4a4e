"""Kinds of steps: which fields go with which, and what stands in a contract's place where no agency is asked.

A step that no agency carries out has *terms*: a contract of nobody, with no effect, that takes what the step is given
and promises its value. So whatever reads a step's contract reads the same of every kind; no agency signs it, and no
plan's digest covers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import structs

from contracts.connection import WireConnection
from contracts.contract import Attempts, Contract, JsonSchema, Promise, Refusal, Undoing
from contracts.payments import MOST_RUPIAH
from contracts.plan import KIND_TITLES, ApplicantTask, Kind, PublishedPlan, Step, Until
from contracts.units import Text
from workflows.core.graph import AMOUNT, UNTIL
from workflows.core.mistakes import Finding, Place

_ANY_KIND: Final = frozenset({"after", "when", "title"})
_ASKED: Final = frozenset(field.encode_name for field in structs.fields(Step)) - {
    "ask",
    "service",
    "wait",
    "publish",
    "decide_within",
    "applicant",
}
_OF_KIND: Final[Mapping[str, frozenset[str]]] = {
    "ask": _ASKED | {"ask"},
    "service": _ASKED | {"service"},
    "wait": _ANY_KIND | {"wait", "publish", "decide_within"},
    "applicant": _ANY_KIND | {"applicant", "in", "otherwise", "optional"},
}
"""Which fields a step of a kind may have."""


def check_kind(step: Step, name: str) -> Iterator[Finding]:
    """Say when a step is of no kind or of several, or has a field that does not go with its kind."""
    written = _written(step)
    kinds = [kind for kind in _OF_KIND if kind in written]
    place: Place = ("steps", name)
    if len(kinds) != 1:
        what = "of no kind" if not kinds else f"of several kinds ({', '.join(kinds)})"
        yield Finding(place, f"{name} is {what}", f"exactly one of: {', '.join(_OF_KIND)}")
        return
    for field in sorted(written - _OF_KIND[kinds[0]]):
        taken = ", ".join(sorted(_OF_KIND[kinds[0]]))
        yield Finding((*place, field), f"a step of the kind {kinds[0]} has no {field}", f"one of: {taken}")
    if isinstance(step.wait, Until) and UNTIL in (step.publish or {}):
        yield Finding((*place, "publish", UNTIL), "until is what the wait itself is given", "another name")
    if step.decide_within is not None and step.publish is None:
        instead = "publish: and what everybody may see ({}: the case's number alone)"
        yield Finding((*place, "decide_within"), f"{name} publishes nothing, so nobody objects to it", instead)


def _written(step: Step) -> frozenset[str]:
    """Give the fields that differ from what a step has anyway."""
    bare = Step()
    return frozenset(
        field.encode_name for field in structs.fields(Step) if getattr(step, field.name) != getattr(bare, field.name)
    )


def contract_of(published: PublishedPlan, name: str) -> Contract:
    """Give what a step is carried out under: its agency's contract, or the terms of its kind."""
    if name in published.services:
        return published.services[name].terms
    return published.contracts.get(name) or terms(published.plan.steps[name])


def terms(step: Step) -> Contract:
    """Give the terms of a step that no agency carries out."""
    if step.applicant is None:
        return _of_wait(step)
    return _of_payment(step, step.applicant) if step.pays else _of_applicant(step, step.applicant)


def _of_applicant(step: Step, task: ApplicantTask) -> Contract:
    """What the applicant answers is theirs to give on, to every agency."""
    fields: list[str] = list(task.form.get("properties", {}))
    return structs.replace(
        _bare("applicant"),
        onward=["", *fields],
        input={"type": "object", "properties": {name: {} for name in step.in_}, "additionalProperties": False},
        output=task.form,
        promise=Promise(within=task.within),
        refusals={code: Refusal(title=title) for code, title in _NOT_DONE.items()},
    )


def _of_payment(step: Step, task: ApplicantTask) -> Contract:
    """A bill is asked of the provider of payments as anything is asked of an agency, and paid back as it is undone."""
    required = [] if task.amount is None else [AMOUNT]
    inputs: dict[str, Any] = {name: {} for name in step.in_}
    inputs |= dict.fromkeys(required, _RUPIAH)
    bare = _bare("applicant")
    return structs.replace(
        bare,
        contract="pay",
        title=step.title or bare.title,
        legal_basis=task.legal_basis,
        onward=["", *_PAID["properties"]],
        input={"type": "object", "required": required, "properties": inputs, "additionalProperties": False},
        output=_PAID,
        effect="reversible",
        undo=Undoing(by="system"),
        lookup=True,
        promise=Promise(within=task.within),
        attempts=Attempts(first_wait="10 s", longest_wait="10 min", give_up_after="2 days"),
        refusals={code: Refusal(title=title) for code, title in _NOT_DONE.items()},
    )


def _of_wait(step: Step) -> Contract:
    inputs: dict[str, Any] = dict.fromkeys(step.publish or {}, _SHOWN)
    required = [UNTIL] if isinstance(step.wait, Until) else []
    inputs |= dict.fromkeys(required, _MOMENT)
    return structs.replace(
        _bare("wait"),
        input={"type": "object", "required": required, "properties": inputs, "additionalProperties": False},
        refusals={} if step.publish is None else {OBJECTION: Refusal(title=_UPHELD)},
    )


def _bare(kind: Kind) -> Contract:
    return Contract(
        agency="",
        contract=kind,
        version="1.0.0",
        title=KIND_TITLES[kind],
        purpose="",
        legal_basis="",
        basis="public_task",
        retention="0 s",
        reads={},
        input={"type": "object"},
        output={"type": "object", "properties": {}, "additionalProperties": False},
        effect="none",
        promise=Promise(within="0 s"),
        connection=WireConnection(url=""),
    )


PROVIDER: Final = "payments"
"""Who attests what the provider of payments said."""
EXPIRED: Final = "expired"
DECLINED: Final = "declined"
_NOT_DONE: Final = {
    EXPIRED: Text("Tidak dilakukan pemohon sampai batas waktunya", "Not done by the applicant in time"),
    DECLINED: Text("Pemohon memilih tidak melakukannya", "Declined by the applicant"),
}
_RUPIAH: Final[JsonSchema] = {"type": "integer", "minimum": 0, "maximum": MOST_RUPIAH}
_PAID: Final[JsonSchema] = {
    "type": "object",
    "required": [AMOUNT, "paid_at", "receipt"],
    "additionalProperties": False,
    "properties": {
        AMOUNT: _RUPIAH | {"x-ui": {"label": {"id": "Jumlah dalam rupiah", "en": "Amount in rupiah"}}},
        "paid_at": {"type": "string", "x-ui": {"label": {"id": "Dibayar pada", "en": "Paid at"}}},
        "receipt": {"type": "string", "x-ui": {"label": {"id": "Nomor bukti bayar", "en": "Receipt"}}},
        "method": {"type": "string", "x-ui": {"label": {"id": "Cara bayar", "en": "Way of payment"}}},
    },
}
"""The value of a step that is paid."""
OBJECTION: Final = "objection"
"""The code of a wait that ended with an objection that was upheld."""
_UPHELD: Final = Text("Keberatan orang lain diterima", "An objection of somebody else was upheld")
_SHOWN: Final[JsonSchema] = {"type": ["string", "number", "boolean"]}
_MOMENT: Final[JsonSchema] = {
    "type": "string",
    "anyOf": [{"format": "date"}, {"format": "date-time"}],
    # Years that can be counted from, and no leap second, which is no moment of its own.
    "pattern": r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-][0-9:]{5}))?$",
    "description": "A date, or a time with its zone: 2026-12-24 or 2026-12-24T08:00:00+07:00",
}
