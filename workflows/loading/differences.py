"""What differs between two versions of a plan, in sentences: for those who must sign the newer one.

A case stays on its plan for ever, so no difference breaks an open one. Whatever changes the plan's digest needs another
agreement; words alone do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from contracts.contract import Contract
from contracts.plan import ApplicantTask, PublishedPlan
from contracts.units import Text
from workflows.core.graph import Graph, build_graph, compile_step
from workflows.core.json_kinds import is_fields, is_list
from workflows.loading.payment_differences import payment_told

About: TypeAlias = Literal[
    "service", "step", "payment", "contract", "reading", "order", "condition", "output", "form", "words"
]


class Difference(Struct, frozen=True, kw_only=True):
    """One difference: what it is about, of which step (or none), and a sentence."""

    about: About
    says: str
    step: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """Two plans compared. `must_sign` are the agencies of the newer one, `joining` those that the older has not."""

    before: str
    after: str
    before_digest: str
    after_digest: str
    new_agreement: bool
    must_sign: list[str]
    joining: list[str]
    leaving: list[str]
    differences: list[Difference]
    open_cases: Literal["stay on the version that they began under"] = "stay on the version that they began under"


def compare(before: PublishedPlan, after: PublishedPlan) -> Comparison:
    """Say what differs, the service first, then each step in the newer plan's order."""
    changed = before.digest != after.digest
    return Comparison(
        before=f"{before.plan.service} {before.plan.version}",
        after=f"{after.plan.service} {after.plan.version}",
        before_digest=before.digest,
        after_digest=after.digest,
        new_agreement=changed,
        must_sign=list(after.agencies) if changed else [],
        joining=[name for name in after.agencies if name not in before.agencies],
        leaving=[name for name in before.agencies if name not in after.agencies],
        differences=[found for look in _LOOKS for found in look(before, after)],
    )


# --- the service --------------------------------------------------------------------------------------------


def _service(before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    one, other = before.plan, after.plan
    values = {
        "The service": (one.service, other.service),
        "The agency that answers for the whole": (one.lead, other.lead),
        "The time that applicants are promised": (one.promise.within, other.promise.within),
        "The fee": (one.promise.fee, other.promise.fee),
        "The time to correct an answer": (one.correction_within, other.correction_within),
        "The calendar": (one.calendar, other.calendar),
        "The legal basis": (one.legal_basis, other.legal_basis),
        "The life event": (one.life_event, other.life_event),
        "The time for which the output is valid": (one.output.valid_for or "", other.output.valid_for or ""),
        "Whom the output is for": (_written(one.output.holder), _written(other.output.holder)),
        "What it replaces": (_written(one.counter), _written(other.counter)),
    }
    for what, (old, new) in values.items():
        if old != new:
            yield Difference(about="service", says=f"{what} {_changed(old, new)}.")
    for name in _sorted(one.facts.keys() | other.facts.keys()):
        old, new = (_written(plan.facts.get(name)) for plan in (one, other))
        if old != new:
            yield Difference(about="service", says=f"The fact {name} that agencies keep in step {_changed(old, new)}.")


def _form(before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    for says in _asks("The form", before.plan.form, after.plan.form):
        yield Difference(about="form", says=says)


def _applicant(name: str, old: ApplicantTask, new: ApplicantTask) -> Iterator[Difference]:
    told = {"What the applicant does in": (old.page, new.page), "The time to do it in": (old.within, new.within)}
    for what, (one, other) in told.items():
        if one != other:
            yield Difference(about="step", step=name, says=f"{what} {name} {_changed(one, other)}.")
    for says in _asks(f"The step {name}", old.form, new.form, of=f" of {name}"):
        yield Difference(about="form", step=name, says=says)


def _asks(what: str, before: object, after: object, *, of: str = "") -> Iterator[str]:
    """Say what a form newly asks, no longer asks, or asks otherwise."""
    old, new = dict(_questions(before)), dict(_questions(after))
    for pointer, (changed, must_after) in new.items():
        if pointer not in old:
            must = "must be answered" if must_after else "may be left out"
            yield f"{what} newly asks {pointer}, which {must}."
        else:
            schema, must_before = old[pointer]
            if must_before != must_after:
                now = "must be answered now" if must_after else "may be left out now"
                yield f"The question {pointer}{of} {now}."
            if schema != changed:
                yield f"The question {pointer}{of} takes other answers than before."
    for pointer in [pointer for pointer in old if pointer not in new]:
        yield f"{what} no longer asks {pointer}."


_WORDS_ALONE: Final = frozenset({"x-ui", "title", "description", "examples"})
_WITHIN: Final = frozenset({"properties", "required"})


def _questions(schema: object, pointer: str = "", *, must: bool = True) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Give each question of a form, with what may be answered and whether it must be."""
    if not is_fields(schema):
        return
    below = schema.get("properties")
    if pointer:
        rules = {name: value for name, value in schema.items() if name not in _WORDS_ALONE | _WITHIN}
        yield pointer, (_written(_without_words(rules)), must)
    if is_fields(below):
        listed = schema.get("required")
        required = listed if is_list(listed) else []
        for name, field in below.items():
            yield from _questions(field, f"{pointer}/{name}", must=must and name in required)


def _without_words(value: object) -> object:
    if is_fields(value):
        return {name: _without_words(inner) for name, inner in value.items() if name not in _WORDS_ALONE}
    return [_without_words(inner) for inner in value] if is_list(value) else value


# --- steps --------------------------------------------------------------------------------------------------


def _steps(before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    graphs = _graph(before), _graph(after)
    for name in before.plan.steps:
        if name not in after.plan.steps:
            who = _asked_of(before.asked_under(name))
            yield Difference(about="step", step=name, says=f"The step {name}{who} is gone.")
            yield from _paid(name, before, after)
    for name in after.plan.steps:
        if name not in before.plan.steps:
            who = _asked_of(after.asked_under(name))
            yield Difference(about="step", step=name, says=f"The step {name}{who} is new.")
        else:
            yield from _one_step(name, before, after)
        yield from _paid(name, before, after)
        yield from _readings(name, before, after)
        if name in before.plan.steps:
            yield from _order(name, *graphs)


def _paid(name: str, before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    for says in payment_told(name, before.plan.steps.get(name), after.plan.steps.get(name)):
        yield Difference(about="payment", step=name, says=says)


def _asked_of(contract: Contract | None) -> str:
    return f" ({contract.agency}, under {contract.name})" if contract is not None else ""


def _one_step(name: str, before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    old, new = before.plan.steps[name], after.plan.steps[name]
    if old.kind != new.kind:
        says = f"The step {name} is carried out in another way: {old.kind} before, {new.kind} now."
        yield Difference(about="step", step=name, says=says)
        return
    for field in new.__struct_fields__:
        one, other = getattr(old, field), getattr(new, field)
        if field == "applicant" and (old.pays or new.pays):
            continue  # told as a payment
        if field == "applicant" and one is not None and other is not None:
            yield from _applicant(name, one, other)
            continue
        if field == "optional" and one != other:
            says = f"The output can {'now' if other else 'no longer'} be issued without {name}."
            yield Difference(about="condition", step=name, says=says)
            continue
        about, what = _FIELDS.get(field, ("step", f"{field} of the step {{name}}"))
        if one != other and what:
            yield Difference(about=about, step=name, says=f"{what.format(name=name)} {_changed(one, other)}.")
    one_contract, other_contract = before.asked_under(name), after.asked_under(name)
    same = before.contract_digests.get(name) == after.contract_digests.get(name)
    one_service, other_service = before.services.get(name), after.services.get(name)
    if one_service is not None and other_service is not None:
        same = one_service.digest == other_service.digest
    if one_contract is not None and other_contract is not None and not same:
        yield from _contract(name, one_contract, other_contract)


_FIELDS: Final[Mapping[str, tuple[About, str]]] = {
    "service": ("step", "The service that {name} is a case of"),
    "ask": ("contract", "The contract under which {name} is asked"),
    "in_": ("reading", ""),  # told field by field
    "wait": ("order", "How long {name} waits"),
    "publish": ("reading", "What {name} announces to everybody"),
    "decide_within": ("step", "The time in which objections to {name} are decided"),
    "after": ("order", ""),  # told by the graph, references included
    "when": ("condition", "The condition of {name}"),
    "otherwise": ("condition", "What stands in for {name} where it gives nothing"),
    "conditional_on": ("condition", "The step without which {name} is taken back"),
    "legal_basis": ("condition", "The legal basis of that, for {name},"),
    "title": ("words", "The title of {name}"),
    "each": ("step", "The list for whose items {name} is asked"),
    "as_": ("words", "The word for an item of {name}"),
    "key": ("step", "What names an item of {name}"),
    "at_once": ("step", "The number of items of {name} that are asked at the same time"),
    "partial": ("condition", "That {name} goes on without an item that was refused"),
}
"""How a field of a step is spoken of: with no words it is told elsewhere; one that is not here is told by its name."""


def _contract(name: str, old: Contract, new: Contract) -> Iterator[Difference]:
    if old.name == new.name:
        says = f"{new.agency} promises something else under {new.name}: {old.version} before, {new.version} now."
        yield Difference(about="contract", step=name, says=says)
    values = {
        "answers within": (old.promise.within, new.promise.within),
        "when that time is over": (old.promise.on_deadline, new.promise.on_deadline),
        "effect": (old.effect, new.effect),
        "undo": (_written(old.undo), _written(new.undo)),
        "purpose": (old.purpose, new.purpose),
        "basis": (old.basis, new.basis),
        "legal basis": (old.legal_basis, new.legal_basis),
        "keeps what it read": (old.retention, new.retention),
        "what silence grants": (_written(old.deemed), _written(new.deemed)),
        "fields that may be passed on": (_listed(old.onward), _listed(new.onward)),
        "reasons for a no": (_listed(old.refusals), _listed(new.refusals)),
    }
    for what, (one, other) in values.items():
        if one != other:
            says = f"Of {name}, asked of {new.agency}: {what} {_changed(one, other)}."
            yield Difference(about="contract", step=name, says=says)


def _readings(name: str, before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    """Say who newly reads which field for which purpose: what every agency looks for first."""
    contract = after.contracts.get(name)
    if contract is None:
        return
    earlier = before.contracts.get(name)
    same_reader = earlier is not None and (earlier.agency, earlier.purpose) == (contract.agency, contract.purpose)
    old: Mapping[str, Any] = getattr(before.plan.steps.get(name), "in_", {}) if same_reader else {}
    new: Mapping[str, Any] = getattr(after.plan.steps[name], "in_", {})
    for field, value in new.items():
        kind = contract.reads.get(field, "unknown")
        if field not in old:
            basis = f"on the basis of {contract.legal_basis} ({contract.basis})"
            says = f"{contract.agency} newly reads {field} ({kind}) for {contract.purpose}, {basis}."
            yield Difference(about="reading", step=name, says=f"{says} It comes from {_source(value)}.")
        elif old[field] != value:
            says = f"{field} that {contract.agency} reads in {name} comes from {_source(value)}"
            yield Difference(about="reading", step=name, says=f"{says}, no longer from {_source(old[field])}.")
    for field in [field for field in old if field not in new]:
        yield Difference(about="reading", step=name, says=f"{contract.agency} no longer reads {field} in {name}.")


def _order(name: str, before: Graph, after: Graph) -> Iterator[Difference]:
    old, new = before.data[name] | before.after[name], after.data[name] | after.after[name]
    for other in _sorted(new - old):
        yield Difference(about="order", step=name, says=f"{name} now waits for {other}.")
    for other in _sorted(old - new):
        yield Difference(about="order", step=name, says=f"{name} no longer waits for {other}.")


# --- what comes out -----------------------------------------------------------------------------------------


def _output(before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    old, new = before.plan.output.parts, after.plan.output.parts
    for part in [*new, *(name for name in old if name not in new)]:
        if part not in old:
            yield Difference(about="output", step=part, says=f"The output has a part of {part}: {_listed(new[part])}.")
        elif part not in new:
            yield Difference(about="output", step=part, says=f"The output has no part of {part} any more.")
        else:
            yield from _part(part, old[part], new[part])


def _part(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for label in [*new, *(name for name in old if name not in new)]:
        if label not in old:
            says = f"The part of {part} newly shows {label}."
        elif label not in new:
            says = f"The part of {part} no longer shows {label}."
        elif old[label] != new[label]:
            says = f"{label} in the part of {part} is {_source(new[label])}, no longer {_source(old[label])}."
        else:
            continue
        yield Difference(about="output", step=part, says=says)


def _words(before: PublishedPlan, after: PublishedPlan) -> Iterator[Difference]:
    if (before.plan.title, before.plan.description) != (after.plan.title, after.plan.description):
        yield Difference(about="words", says="The service is described in other words.")
    if before.plan.output.title != after.plan.output.title:
        yield Difference(about="words", says="The output has another title.")


_LOOKS: Final[tuple[Callable[[PublishedPlan, PublishedPlan], Iterator[Difference]], ...]] = (
    _service,
    _steps,
    _output,
    _form,
    _words,
)


# --- words --------------------------------------------------------------------------------------------------


def _graph(published: PublishedPlan) -> Graph:
    steps = published.plan.steps
    return build_graph(published.plan, {name: compile_step(step) for name, step in steps.items()})


def _changed(old: Any, new: Any) -> str:  # noqa: ANN401 - any declared value
    one, other = _written(old), _written(new)
    if not one:
        return f"is new: {other}"
    return f"is gone: {one}" if not other else f"was {one}, and is {other}"


def _written(value: Any) -> str:  # noqa: ANN401 - any declared value
    """Write a declared value as its file has it, in one line; nothing where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Text):
        return f"{value.id} / {value.en}"
    if isinstance(value, bool):
        return "so" if value else "not so"
    return msgspec.json.encode(value, order="deterministic").decode()


def _source(value: Any) -> str:  # noqa: ANN401 - any declared value
    return _written(value) or "nothing"


def _listed(names: Any) -> str:  # noqa: ANN401 - any collection of names
    return ", ".join(names) or "nothing"


def _sorted(names: Any) -> list[str]:  # noqa: ANN401 - any collection of names
    return sorted(names)
