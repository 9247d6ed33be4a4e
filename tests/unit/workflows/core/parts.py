"""Small plans for plays: a step and its contract in one line."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from contracts.contract import (
    Attempts,
    Connection,
    Contract,
    Deemed,
    DeskConnection,
    Effect,
    Promise,
    Refusal,
    Undoing,
    WireConnection,
)
from contracts.declared import Derived, Value
from contracts.plan import ApplicantTask, Output, Plan, PublishedPlan, ServicePromise, Step, Until
from contracts.units import Text
from workflows.core.compiled import CompiledPlan
from workflows.loading.compiling import compile_plan
from workflows.loading.hashing import contract_digest, plan_digest

TEXT = Text(id="Uji", en="Test")
ASKED: Final[tuple[str, ...]] = ("x", "y", "z")
Part = tuple[Step, Contract]
Timed = tuple[Step, None]
BY_LAW: Final = Deemed(legal_basis="UU 1/2026", counts_from="complete", output={"number": "by-law"})


def part(  # noqa: PLR0913 - each is a line of a contract or a plan
    *reads: str,
    after: tuple[str, ...] = (),
    when: str | None = None,
    otherwise: str | None = None,
    optional: bool = False,
    conditional_on: str | None = None,
    effect: Effect = "reversible",
    desk: bool = False,
    undo_by: str = "",
    undo_within: str | None = None,
    lookup: bool = False,
    promise: str = "2 days",
    on_deadline: str = "escalate",
    needs: tuple[str, ...] = (),
    inputs: dict[str, str | Derived] | None = None,
    each: str | None = None,
    at_once: int = 4,
    partial: bool = False,
) -> Part:
    """Give a step and its contract: it reads `form.x` as its input `x`, and `a.number` as its input `a`.

    With `each`, it is asked for every `row` of a list, named by its `id`.
    It contributes a `number`; it refuses with `no`, or with `fixable` (answers x, y, z that it reads, within 3 days).
    """
    corrected = [name for name in ASKED if {f"form.{name}", f"row.{name}"} & set(reads)]
    corrected += ["rows"] if "form.rows" in reads else []
    named = {path.split(".")[1] if path.startswith(("form.", "row.")) else path.split(".")[0]: path for path in reads}
    spec = Step(
        ask="agency/do@1",
        in_={**named, **(inputs or {})},
        after=list(after),
        when=when,
        otherwise=None if otherwise is None else {"number": Derived(const=otherwise)},
        optional=optional,
        conditional_on=conditional_on,
        legal_basis="UU 1/2026" if conditional_on else None,
        each=each,
        as_=None if each is None else "row",
        key=None if each is None else "row.id",
        at_once=at_once,
        partial=partial,
    )
    connection: Connection = DeskConnection() if desk else WireConnection(url="https://agency.example")
    taken_back_by = undo_by or ("officer" if desk else "system")
    contract = Contract(
        agency="agency",
        contract="do",
        version="1.0.0",
        title=TEXT,
        purpose="testing",
        legal_basis="UU 1/2026",
        basis="public_task",
        retention="1 year",
        reads={},
        onward=["number"],
        input={"type": "object", "required": list(needs)},
        output={"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}},
        effect=effect,
        promise=Promise(within=promise, on_deadline=on_deadline),  # type: ignore[arg-type]
        deemed=BY_LAW if on_deadline == "deemed" else None,
        connection=connection,
        undo=Undoing(by=taken_back_by, within=undo_within) if effect == "reversible" else None,  # type: ignore[arg-type]
        lookup=lookup,
        refusals={"no": Refusal(title=TEXT), "fixable": Refusal(title=TEXT, correct=corrected, within="3 days")},
        attempts=Attempts(first_wait="2 s", factor=2, longest_wait="10 min", give_up_after="1 h"),
    )
    return spec, contract


def waits(
    lasts: str | Until,
    *,
    after: tuple[str, ...] = (),
    when: str | None = None,
    publish: dict[str, Value] | None = None,
    decide_within: str | None = None,
) -> Timed:
    """Give a step that waits; what it publishes is open to objections."""
    return Step(wait=lasts, after=list(after), when=when, publish=publish, decide_within=decide_within), None


def does(
    *reads: str, within: str = "7 days", after: tuple[str, ...] = (), optional: bool = False, when: str | None = None
) -> Timed:
    """Give a step that the applicant does: it reads as `part` does, and answers a `number`."""
    named = {path.split(".")[1] if path.startswith("form.") else path.split(".")[0]: path for path in reads}
    task = ApplicantTask(
        form={"type": "object", "required": ["number"], "properties": {"number": {"type": "string", "minLength": 1}}},
        within=within,
    )
    return Step(applicant=task, in_={**named}, after=list(after), optional=optional, when=when), None


def pays(
    amount: Value,
    *reads: str,
    within: str = "7 days",
    after: tuple[str, ...] = (),
    optional: bool = False,
    when: str | None = None,
) -> Timed:
    """Give a step that the applicant pays: it is given an amount, and what it reads as `part` does."""
    named = {path.split(".")[1] if path.startswith("form.") else path.split(".")[0]: path for path in reads}
    task = ApplicantTask(page="pay", within=within, amount=amount, payee=TEXT, legal_basis="Perda 1/2026")
    return Step(applicant=task, in_={**named}, after=list(after), optional=optional, when=when), None


def plan(**parts: Part | Timed) -> CompiledPlan:
    """Publish and compile a plan of these steps, each of an agency of its own name."""
    contracts = {name: structs.replace(contract, agency=name) for name, (_, contract) in parts.items() if contract}
    made = Plan(
        service="playing",
        version="1.0.0",
        title=TEXT,
        life_event="test/play",
        lead="agency",
        promise=ServicePromise(within="3 days"),
        form={
            "type": "object",
            "required": ["x"],
            "properties": {
                **{name: {"type": "string"} for name in ASKED},
                "needed": {"type": "boolean"},
                "count": {"type": "integer"},
                "rows": {"type": "array", "items": {"type": "object", "properties": {"id": {}, "x": {}}}},
            },
        },
        steps={
            name: structs.replace(spec, ask=f"{name}/do@1") if contract else spec
            for name, (spec, contract) in parts.items()
        },
        output=Output(title=TEXT, holder={"name": "form.x"}, parts={}),
    )
    digests: dict[str, str] = {name: contract_digest(contract) for name, contract in contracts.items()}
    digest = plan_digest(made, digests)
    return compile_plan(PublishedPlan(digest=digest, plan=made, contracts=contracts, contract_digests=digests))
