"""From a case to what is issued or recorded of it: the joint output, or the closing record. Pure.

Every step of the plan is a part, in the plan's order: a reader sees what each agency gave, and where one gave nothing,
why, and where to object. A contribution shows only the fields of the plan's `output.parts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from contracts.contract import DeskConnection
from contracts.documents import document_fields, documents_among
from contracts.ids import Instant, Place, ask_key
from contracts.units import Text
from contracts.views import ClosingRecord, JointOutput, PartView
from contracts.wire import Evidence
from workflows.core.allowed_moves import StepState
from workflows.core.compiled import CompiledStep
from workflows.core.expressions import resolve
from workflows.core.items import title_of
from workflows.core.state import CaseState, Round
from workflows.core.step_kinds import PROVIDER
from workflows.core.validity import valid_until
from workflows.core.values import referred, scope
from workflows.outputs.sdjwt import present

PartWord = Literal["contributed", "deemed", "refused", "skipped", "missing", "undone", "kept", "dropped"]
"""A part's last word: `skipped` was not needed; `missing` was wanted and never came."""

_ANSWERED_FOR: Final = frozenset({"exhausted", "kept"})
"""Where the owner of an incident answers for a part; one who only took it up until the agency answered does not."""
_WORDS: Mapping[StepState, PartWord] = {
    "contributed": "contributed",
    "deemed": "deemed",
    "refused": "refused",
    "dropped": "dropped",
    "undone": "undone",
    "kept": "kept",
}


class _Words(Struct, frozen=True):
    """What `x-ui` of a property says in words (docs/reference/forms.md)."""

    label: Text | None = None
    options: dict[str, Text] = field(default_factory=dict[str, Text])


def compose_output(
    state: CaseState, *, agency_titles: Mapping[str, str], issued_at: Instant, agreement: str = ""
) -> JointOutput:
    """Compose the joint output of a case whose every step has its last word.

    Raises:
        ExpressionError: a value of `holder` or `parts` cannot be evaluated.

    """
    plan = state.plan.published.plan
    holder = resolve(state.plan.holder, scope(state, referred(state.plan.holder, state)))
    return JointOutput(
        case=state.case,
        service=plan.service,
        title=plan.output.title,
        plan=state.plan.published.digest,
        holder=holder,
        parts=[_part(state, place, entry, agency_titles) for place, entry in _counting(state, gone={"kept"})],
        lead=plan.lead,
        issued_at=issued_at,
        agreement=agreement,
        lead_title=agency_titles.get(plan.lead, plan.lead),
        holder_labels=_holder_labels(state),
        valid_until=valid_until(state, issued_at),
    )


def compose_closing(state: CaseState, *, agency_titles: Mapping[str, str], closed_at: Instant) -> ClosingRecord:
    """Compose the closing record (surat penutupan): no joint output, and no credential.

    A contribution of an earlier round that stands although it should have been undone is a part of its own.

    Raises:
        ExpressionError: a value of `parts` cannot be evaluated.

    """
    plan = state.plan.published.plan
    parts: list[PartView] = []
    for place, entry in _counting(state, gone={"kept", "undone"}):
        rounds = state.rounds((place.step, place.item))
        kept = [earlier for earlier in rounds if earlier.state == "kept" and earlier.number != entry.number]
        parts.extend(
            _part(state, Place(place.step, place.item, earlier.number), earlier, agency_titles) for earlier in kept
        )
        parts.append(_part(state, place, entry, agency_titles))
    return ClosingRecord(
        case=state.case,
        service=plan.service,
        title=plan.title,
        plan=state.plan.published.digest,
        outcome=state.outcome,
        closed_at=closed_at,
        parts=parts,
        reason=state.reason,
        lead=plan.lead,
        lead_title=agency_titles.get(plan.lead, plan.lead),
    )


def _counting(state: CaseState, gone: Collection[str]) -> Iterator[tuple[Place, Round]]:
    """Walk over the round that counts of every track, in the order in which the plan's author wrote the steps.

    A part is an agency's, or what was paid: of other steps only their no is told. Of items that are no more on their
    list, those whose last round is in one of the states `gone`.
    """
    for name, spec in state.plan.published.plan.steps.items():
        for step, item in state.tracks:
            if step == name:
                entry = state.current((step, item))
                counts = state.counts(step, item) or (item and entry.state in gone)
                if counts and (spec.sends or entry.state == "refused"):
                    yield Place(step, item, entry.number), entry


def _part(state: CaseState, place: Place, entry: Round, agency_titles: Mapping[str, str]) -> PartView:
    step = state.step(place.step)
    agency = step.contract.agency or state.plan.published.plan.lead
    stands = entry.granted or entry.state == "kept"
    values = _shown(state, step, entry) if stands else {}
    labels, readings = _part_words(state, step, values)
    refusal = step.contract.refusals.get(entry.code) if entry.state == "refused" else None
    return PartView(
        step=place.step,
        item=place.item,
        agency=agency,
        agency_title=agency_titles.get(agency, agency),
        title=title_of(step, place.item),
        word=_word(step, entry),
        values=values,
        evidence=_evidence(state, step, place, entry, values) if stands or entry.state == "refused" else {},
        at=entry.contributed_at if stands else entry.since,
        refusal=_refusal_title(entry, refusal.title if refusal else None),
        text=_text(entry),
        objection=msgspec.to_builtins(refusal.objection) if refusal and refusal.objection else None,
        owner=entry.owner if entry.state in _ANSWERED_FOR else "",
        labels=labels,
        readings=readings,
        documents=_documents(state, step, values),
    )


def _word(step: CompiledStep, entry: Round) -> PartWord:
    if entry.granted and entry.state == "kept":
        return "deemed" if _by_law(step, entry.evidence) else "contributed"
    if entry.state == "skipped" and entry.cause == "when":
        return "skipped"
    return _WORDS.get(entry.state, "missing")


def _refusal_title(entry: Round, title: Text | None) -> Text | None:
    """Give the refusal in words; a code that the contract does not list stands as it is."""
    if entry.state != "refused":
        return None
    return title or (Text(id=entry.code, en=entry.code) if entry.code else None)


def _text(entry: Round) -> str:
    """Give what a person wrote, or the law that granted it; why a call was not heard is for operators only."""
    if entry.state == "refused":
        return entry.text
    return entry.reason if entry.state in {"skipped", "kept", "deemed"} else ""


def _shown(state: CaseState, step: CompiledStep, entry: Round) -> dict[str, Any]:
    """Give what the plan shows of this round's contribution, also of one that stands although it does not count."""
    shown = state.plan.parts.get(step.name, {})
    return resolve(shown, {**scope(state, referred(shown, state)), step.name: entry.output or {}})


def _part_words(
    state: CaseState, step: CompiledStep, values: Mapping[str, Any]
) -> tuple[dict[str, Text], dict[str, Text]]:
    """Give the values' labels, and those values that the contract has words for, from the `x-ui` of its output."""
    shown = state.plan.parts.get(step.name, {})
    labels: dict[str, Text] = {}
    readings: dict[str, Text] = {}
    for label, value in values.items():
        path = shown[label].paths[0] if shown[label].kind == "reference" else ()
        if not path or path[0] != step.name:
            continue
        words = _schema_words(step.contract.output, path[1:])
        if words.label is not None:
            labels[label] = words.label
        if isinstance(value, str) and value in words.options:
            readings[label] = words.options[value]
    return labels, readings


def _holder_labels(state: CaseState) -> dict[str, Text]:
    labels: dict[str, Text] = {}
    for name, expression in state.plan.holder.items():
        path = expression.paths[0] if expression.kind == "reference" else ()
        if path and path[0] == "form":
            words = _schema_words(state.plan.published.plan.form, path[1:])
            if words.label is not None:
                labels[name] = words.label
    return labels


def _schema_words(schema: Mapping[str, Any], path: Sequence[str]) -> _Words:
    """Give the words of the property at `path`; none where the schema has none, or none that can be read."""
    here: Any = schema
    for name in path:
        here = here.get("properties", {}).get(name, {})
    try:
        return msgspec.convert(here.get("x-ui", {}), type=_Words)
    except msgspec.ValidationError:
        return _Words()


def _evidence(
    state: CaseState, step: CompiledStep, place: Place, entry: Round, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what shows that the agency gave this: its own signature, or the gateway's word on what it received."""
    evidence = entry.evidence
    if evidence is None:
        return {}
    if evidence.part and entry.output is not None and entry.state != "refused":
        fields = _whole_fields(state, step, values)
        return {
            "kind": "agency",
            "received_at": _moment(evidence.received_at),
            "ask_key": str(ask_key(state.case, place)),
            "contract_digest": step.contract_digest,
            "key_id": evidence.key_id,
            "fields": fields,
            "part": present(evidence.part, fields.values()),
        }
    attested = {
        "kind": "attestation",
        "received_at": _moment(evidence.received_at),
        "received_from": _sender(step, evidence),
        "digest": evidence.digest,
        "actor": evidence.actor,
        "key_id": evidence.key_id,
    }
    return {name: value for name, value in attested.items() if value}


def _documents(state: CaseState, step: CompiledStep, values: Mapping[str, Any]) -> list[str]:
    """Name the shown values that are documents of this step."""
    marked = document_fields(step.contract.output)
    shown = [label for label, name in _whole_fields(state, step, values).items() if name in marked]
    return list(documents_among(values, shown))


def _whole_fields(state: CaseState, step: CompiledStep, values: Mapping[str, Any]) -> dict[str, str]:
    """Give, for each shown value that is one whole output field, that field: of a signed part only these are disclosed.

    A value derived from fields, or a piece of one, is shown on the gateway's word: disclosing a whole field for a
    piece of it would tell more than the agencies agreed.
    """
    shown = state.plan.parts.get(step.name, {})
    return {
        label: expression.paths[0][1]
        for label, expression in shown.items()
        if label in values
        and expression.kind == "reference"
        and expression.paths[0][0] == step.name
        and len(expression.paths[0]) == 2  # noqa: PLR2004  # step.field
    }


def _sender(
    step: CompiledStep, evidence: Evidence
) -> Literal["officer", "hand", "system", "law", "sub_case", "payments"]:
    """Say who gave it: an officer at a desk, a person by hand, a system, the law, a sub-case, or who takes payments."""
    if step.spec.service is not None:
        return "sub_case"
    if _by_law(step, evidence):
        return "law"
    if step.spec.pays and evidence.actor == PROVIDER:
        return "payments"
    if evidence.kind == "agency":
        return "system"
    if isinstance(step.contract.connection, DeskConnection):
        return "officer"
    return "hand" if evidence.actor else "system"


def _by_law(step: CompiledStep, evidence: Evidence | None) -> bool:
    """Whether no agency gave it: its silence did, which the gateway attests."""
    return step.contract.deemed is not None and evidence is not None and evidence.actor == "gateway"


def _moment(at: Instant) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
