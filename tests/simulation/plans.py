"""Random plans that the loader would accept, with their contracts."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any, Final, Literal

from msgspec import structs

from contracts.connection import BoundOperation, ByKey, Repeat
from contracts.contract import (
    Attempts,
    Connection,
    Contract,
    Deemed,
    DeskConnection,
    Effect,
    OpenApiConnection,
    Promise,
    Refusal,
    Undoing,
    WireConnection,
)
from contracts.declared import Derived, Value
from contracts.plan import ApplicantTask, Fact, Output, Plan, PublishedPlan, ServicePromise, Step, Until
from contracts.units import Text
from tests.simulation.themes import LIFE, Theme
from workflows.core.compiled import CompiledPlan
from workflows.loading.compiling import compile_plan
from workflows.loading.hashing import contract_digest, plan_digest
from workflows.loading.outages import with_outages

FIELDS = ("a", "b", "c", "d")
FLAGS = ("needed", "wanted")
LIST = "list"
KEYS = ("k0", "k1", "k2", "k3", "k4")
_ROW = {"id": {"type": "string"}, "v": {"type": "string"}}
DEEMED = Deemed(legal_basis="UU 1/2026", counts_from="complete", output={"number": "by-law"})
_WORDS = Text(id="Uji", en="Test")


def form_of(rng: Random) -> dict[str, Any]:
    """Give a valid form of every random plan."""
    answers = {**{name: f"{name}0" for name in FIELDS}, **{flag: rng.random() < 0.7 for flag in FLAGS}}
    return {**answers, LIST: rows_of(rng)}


def rows_of(rng: Random) -> list[dict[str, str]]:
    """Give a list of items, in any order, perhaps an empty one."""
    return [{"id": key, "v": f"{key}v"} for key in rng.sample(KEYS, rng.randint(0, 4))]


def changed_rows(rng: Random, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give a list with items changed, added, removed and moved."""
    kept = [row if rng.random() < 0.6 else {**row, "v": f"v{rng.randint(1, 99)}"} for row in rows if rng.random() < 0.7]
    new = [row for row in rows_of(rng) if row["id"] not in {other["id"] for other in kept}]
    together = [*kept, *new]
    rng.shuffle(together)
    return together


def contract(  # noqa: PLR0913 - each is a line of a contract
    name: str,
    *,
    effect: Effect = "reversible",
    desk: bool = False,
    second: Literal["refusals", "all"] | None = None,
    on_deadline: str = "escalate",
    undo: Undoing | None = None,
    lookup: bool = True,
    repeat: Repeat | None = None,
) -> Contract:
    """Give a contract whose inputs are the form's fields and other steps' numbers, all of them optional.

    With `repeat` the agency is bound by its own API, and that is the truth about its repeats.
    """
    connection: Connection = (
        DeskConnection(second_officer=second) if desk else WireConnection(url=f"https://{name}.example")
    )
    if repeat is not None:
        call = BoundOperation(operation="do")
        connection = OpenApiConnection(document={}, repeat=repeat, ask=call, undo=call, lookup=call, poll=call)
    inputs = {key: {"type": "string"} for key in (*FIELDS, *(f"n{index}" for index in range(10)))}
    rows = {"type": "array", "items": {"type": "object", "required": ["id"], "properties": _ROW}}
    return Contract(
        agency=name,
        contract="do",
        version="1.0.0",
        title=_WORDS,
        purpose="testing",
        legal_basis="UU 1/2026",
        basis="public_task",
        retention="1 year",
        reads=dict.fromkeys(inputs, "test"),
        onward=["number", "rows"],
        input={"type": "object", "properties": {**inputs, LIST: rows}, "additionalProperties": False},
        output={
            "type": "object",
            "required": ["number"],
            "properties": {"number": {"type": "string"}, "rows": rows},
        },
        effect=effect,
        promise=Promise(within="2 days", on_deadline=on_deadline),  # type: ignore[arg-type]
        deemed=DEEMED if on_deadline == "deemed" else None,
        connection=connection,
        undo=undo,
        lookup=lookup and not desk,
        refusals={"no": Refusal(title=_WORDS), "fixable": Refusal(title=_WORDS)},
        attempts=Attempts(first_wait="2 s", factor=2, longest_wait="10 min", give_up_after="1 h"),
    )


def publish(
    steps: dict[str, Step],
    contracts: dict[str, Contract],
    facts: dict[str, Fact] | None = None,
    valid_for: str | None = None,
) -> CompiledPlan:
    """Resolve and compile a plan of these steps, whose output is valid for so long (None: it has no end)."""
    plan = Plan(
        service="testing",
        version="1.0.0",
        title=_WORDS,
        life_event="test/one",
        lead="s0",
        promise=ServicePromise(within="3 days"),
        form={
            "type": "object",
            "required": list(FIELDS),
            "properties": {
                **{name: {"type": "string"} for name in FIELDS},
                **{flag: {"type": "boolean"} for flag in FLAGS},
                LIST: {"type": "array", "items": {"type": "object", "required": ["id"], "properties": _ROW}},
            },
        },
        steps=steps,
        output=Output(title=_WORDS, holder={"name": "form.a"}, parts={}, valid_for=valid_for),
        facts=facts or {},
    )
    digests: dict[str, str] = {name: contract_digest(entry) for name, entry in contracts.items()}
    published = PublishedPlan(
        digest=plan_digest(plan, digests), plan=plan, contracts=contracts, contract_digests=digests
    )
    return compile_plan(published)


def random_plan(rng: Random, theme: Theme = LIFE) -> CompiledPlan:
    """Draw a plan of some steps.

    At most one step is final: the last, after every required one, as the order of effects demands; optional ones may
    still be out when it is asked.
    """
    count = rng.randint(*theme.steps)
    with_final = rng.random() < 0.5
    steps: dict[str, Step] = {}
    contracts: dict[str, Contract] = {}
    for index in range(count):
        name = f"s{index}"
        last = index == count - 1
        if index and rng.random() < 0.12 * theme.others and not (last and with_final):
            steps[name] = _wait(rng, steps)
            continue
        if index and rng.random() < 0.1 * theme.others and not (last and with_final):
            steps[name] = _applicants(rng, steps)
            continue
        if index and rng.random() < 0.16 * theme.others and not (last and with_final):
            steps[name] = _paid(rng, steps)
            continue
        effect: Effect = "final" if last and with_final else rng.choice(("none", "reversible", "reversible"))
        desk = rng.random() < 0.3
        contracts[name] = contract(
            name,
            effect=effect,
            desk=desk,
            second=rng.choice((None, None, "refusals", "all")),
            on_deadline=rng.choice(("escalate", "exhaust", "deemed")),
            undo=_undo(rng, desk=desk) if effect == "reversible" else None,
            lookup=rng.random() < 0.7,
        )
        if not desk and rng.random() < 0.5:
            contracts[name] = _bound(rng, contracts[name])
        steps[name] = _step(rng, theme, steps, contracts[name])
        contracts[name] = _fitting(rng, contracts[name], steps[name])
    contracts = {name: _of_one_agency(rng, made) for name, made in contracts.items()}
    valid_for = rng.choice((None, "1 day", "60 days", "1 year", "5 years"))
    return _closed_at_night(rng, publish(steps, contracts, _facts(rng, steps), valid_for))


def _of_one_agency(rng: Random, made: Contract) -> Contract:
    """Let one agency have several contracts, now and then."""
    return structs.replace(made, agency="several") if rng.random() < 0.2 else made


def _facts(rng: Random, steps: dict[str, Step]) -> dict[str, Fact]:
    """Let agencies keep an answer of the form in step, now and then: whoever reads it as it is, but the first."""
    answer = f"form.{rng.choice(FIELDS)}"
    asked = [name for name, step in steps.items() if step.ask is not None]
    holders = [name for name in asked[1:] if answer in steps[name].in_.values()]
    if not holders or rng.random() < 0.5:
        return {}
    fact = Fact(authority=asked[0], value=answer, holders=holders, purpose="testing", legal_basis="UU 1/2026")
    return {"answer": fact}


def _closed_at_night(rng: Random, made: CompiledPlan) -> CompiledPlan:
    """Let agencies declare maintenance now and then, from the beginning or later."""
    windows = {name: _MAINTENANCE if rng.random() < 0.3 else () for name in made.published.contract_digests.values()}
    return with_outages(made, (), lambda digest: windows.get(digest, ()))


_MAINTENANCE: Final = (
    (datetime(2026, 11, 1, tzinfo=UTC), ("daily 01:00-04:00 Asia/Jakarta", "Tue 03:00-09:00 Asia/Jakarta")),
    (datetime(2026, 11, 4, tzinfo=UTC), ("daily 22:00-24:00 Asia/Jakarta",)),
)
REPEATS: Final[tuple[Repeat, ...]] = (ByKey(by_key="Idempotency-Key"), "harmless", "lookup_first", "never")


def _bound(rng: Random, made: Contract) -> Contract:
    """Let an agency be bound by its own API; one that is looked up before a repeat can be looked up."""
    repeat = rng.choice(REPEATS)
    lookup = made.lookup or repeat == "lookup_first"
    bound = contract(made.agency, repeat=repeat)
    return structs.replace(made, connection=bound.connection, lookup=lookup)


def _undo(rng: Random, *, desk: bool) -> Undoing:
    by_officer = desk or rng.random() < 0.2
    return Undoing(by="officer" if by_officer else "system", within=rng.choice((None, None, "1 day")))


def _fitting(rng: Random, made: Contract, step: Step) -> Contract:
    """Let a contract ask for corrections of what its step reads from the form.

    It may demand what may be missing: then the step is exhausted, and a person replaces the input.
    """
    asked = [name for name in step.in_ if name in {*FIELDS, LIST} and _of_form(step, name)]
    missing = [name for name in step.in_ if name.startswith("n") and rng.random() < 0.15]
    refusals = {**made.refusals, "fixable": Refusal(title=_WORDS, correct=asked, within="3 days" if asked else None)}
    return structs.replace(made, input={**made.input, "required": missing}, refusals=refusals)


def _of_form(step: Step, name: str) -> bool:
    """Whether an input comes straight from the form: only that can be corrected."""
    return step.in_[name] != "row.v" or step.each == f"form.{LIST}"


def _number_of(other: str, step: Step) -> str | Derived:
    """Refer to another step's number; of a step that has a list of them, to the last."""
    if step.each is None:
        return f"{other}.number"
    return Derived(cel=f"size({other}) > 0 ? {other}[size({other}) - 1].number : 'none'")


def _for_each(rng: Random, step: Step, seen: list[str], before: dict[str, Step], *, final: bool) -> Step:
    """Let a step be asked for each item of a list: of the form, or of what another step gave."""
    givers = [other for other in seen if before[other].each is None]
    source = f"{rng.choice(givers)}.rows" if givers and rng.random() < 0.4 else f"form.{LIST}"
    return structs.replace(
        step,
        each=source,
        as_="row",
        key="row.id",
        at_once=rng.randint(1, 3),
        partial=final or rng.random() < 0.5,
        in_={**step.in_, "b": "row.v"} if rng.random() < 0.8 else step.in_,
        when="has(row.v) && row.v != 'k1v'" if rng.random() < 0.2 else step.when,
    )


def _reads(theme: Theme, other: Step) -> float:
    """Give the chance to be given another step's number: what may be taken back late is read, what is slow is not."""
    return theme.reads_steps if not theme.slow_conditions else 0.7 if other.conditional_on else 0.1


def _fields(rng: Random, theme: Theme, number: int) -> list[str]:
    """Draw what a step reads of the form: of few fields, so that a correction reaches several steps, and not all."""
    if theme.late_corrections and rng.random() < 0.8:
        return [FIELDS[number % 2]]
    return rng.sample(FIELDS[: rng.choice(theme.fields)], rng.choice((0, 1, 1, 2, 2)))


def _step(rng: Random, theme: Theme, before: dict[str, Step], asked: Contract) -> Step:
    final = asked.effect == "final"
    fields = _fields(rng, theme, len(before))
    seen = [other for other in before if rng.random() < _reads(theme, before[other]) and _has_number(before[other])]
    inputs: dict[str, str | Derived] = {field: f"form.{field}" for field in fields}
    inputs |= {f"n{other[1:]}": _number_of(other, before[other]) for other in seen}
    inputs |= {LIST: f"form.{LIST}"} if rng.random() < theme.reads_lists else {}
    after = [other for other in before if other not in seen and rng.random() < theme.after]
    if final:
        after = [
            other for other, step in before.items() if other not in seen and (not step.optional or rng.random() < 0.5)
        ]
    optional = (bool(before) or theme.slow_conditions) and rng.random() < theme.optional
    firm = [
        other
        for other, step in before.items()
        if optional or (step.when is None and not step.optional and step.each is None)
    ]
    beside = [other for other in firm if other not in {*seen, *after}]
    if theme.slow_conditions:  # what is required and refused closes the case: nothing is asked anew then
        beside = [other for other in beside if before[other].optional] or beside
    conditional = asked.effect == "reversible" and bool(firm) and rng.random() < theme.conditional
    step = Step(
        ask=f"s{len(before)}/do@1",
        in_=inputs,
        after=after,
        when=_when(rng, seen, before) if rng.random() < 0.25 and not final else None,
        otherwise={"number": Derived(const="none")} if rng.random() < 0.5 else None,
        optional=optional,
        conditional_on=rng.choice(beside or firm) if conditional else None,
        legal_basis="UU 1/2026" if conditional else None,
    )
    return _for_each(rng, step, seen, before, final=final) if rng.random() < theme.lists else step


def _wait(rng: Random, before: dict[str, Step]) -> Step:
    """Draw a wait: for a while, until a date, or until what is no date, so that a person must see to it."""
    after = [other for other in before if rng.random() < 0.4]
    until = rng.choice((Derived(const="2026-11-05"), Derived(const="2026-11-02T12:00:00+07:00"), "form.a"))
    lasts = rng.choice(("0 s", "2 h", "8 working hours", "1 working day", "3 days", Until(until=until)))
    published: dict[str, Value] | None = {"a": "form.a"} if rng.random() < 0.5 else None
    when = _when(rng, [], before) if rng.random() < 0.25 else None
    decided = rng.choice((None, "1 h", "1 day", "2 working days")) if published is not None else None
    return Step(wait=lasts, publish=published, decide_within=decided, after=after, when=when)


def _applicants(rng: Random, before: dict[str, Step]) -> Step:
    """Draw a step that the applicant does: it shows what it reads, and its answer is a number, as an agency's is."""
    one = [other for other in before if _has_number(before[other]) and not before[other].each]
    seen = {f"n{other[1:]}": f"{other}.number" for other in one if rng.random() < 0.3}
    number = {"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}}
    return Step(
        applicant=ApplicantTask(form=number, within=rng.choice(("1 h", "2 days", "7 days"))),
        in_={**seen, **({"a": "form.a"} if rng.random() < 0.5 else {})},
        after=[other for other in before if rng.random() < 0.2],
        when=_when(rng, [], before) if rng.random() < 0.25 else None,
        optional=rng.random() < 0.3,
    )


def _paid(rng: Random, before: dict[str, Step]) -> Step:
    """Draw a step that is paid: always the same, by a list that may change (or be empty), or by an answer."""
    amount = rng.choice(
        (
            Derived(const=1000),
            Derived(cel=f"size(form.{LIST}) * 500"),
            Derived(cel="form.a == 'a0' || form.b != 'b0' ? 300 : 400"),
        )
    )
    return Step(
        applicant=ApplicantTask(
            page="pay",
            within=rng.choice(("1 h", "2 days", "7 days")),
            amount=amount,
            payee=_WORDS,
            legal_basis="UU 1/2026",
        ),
        in_={"b": "form.b"} if rng.random() < 0.2 else {},
        after=[other for other in before if rng.random() < 0.3],
        when=_when(rng, [], before) if rng.random() < 0.2 else None,
        optional=rng.random() < 0.3,
    )


def _has_number(step: Step) -> bool:
    """Whether a step gives a number that others can be given: a wait gives nothing, and a payment a receipt."""
    return step.wait is None and not step.pays


def _when(rng: Random, seen: list[str], before: dict[str, Step]) -> str:
    """Draw a condition: on the form, on whether another step gave anything, or one that may fail at run time."""
    drawn = rng.random()
    if seen and drawn < 0.4:
        other = rng.choice(seen)
        return f"has({other}.number)" if before[other].each is None else f"size({other}) > 1"
    if drawn < 0.45:
        return f"int(form.{rng.choice(FIELDS)}) >= 0"
    return f"form.{rng.choice(FLAGS)}"
