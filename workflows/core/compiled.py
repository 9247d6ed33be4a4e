"""A published plan, ready to run: its expressions and validators compiled once, its relations made transitive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct, field

from contracts.contract import Contract
from contracts.ids import StepName
from contracts.plan import PublishedPlan, Step
from contracts.problems import Mistake
from contracts.units import Text
from workflows.core.each import Each
from workflows.core.expressions import Expression
from workflows.core.outages import Maintenance
from workflows.core.working_time import Stop, WorkingTime

Check: TypeAlias = Callable[[Mapping[str, Any]], list[Mistake]]


class CompiledStep(Struct, frozen=True, kw_only=True):
    """A step of a published plan, ready to run: expressions and validators compiled once.

    `data` are the steps it refers to, `after` those it only waits for. `form_reads` are JSON Pointers of every form
    value that it reads; `form_inputs` maps an input to its pointer where it is a plain reference into the form.
    `each`: it is asked once for every item of a list.
    """

    name: StepName
    title: Text
    spec: Step
    contract: Contract
    contract_digest: str
    inputs: Mapping[str, Expression]
    when: Expression | None
    otherwise: Mapping[str, Expression] | None
    data: frozenset[StepName]
    after: frozenset[StepName]
    form_reads: frozenset[str]
    form_inputs: Mapping[str, str]
    check_input: Check
    check_output: Check
    calendar: WorkingTime | None = None
    each: Each | None = None
    maintenance: tuple[Maintenance, ...] = ()
    """Of the agency's system, as it was registered from when on."""


class CompiledPlan(Struct, frozen=True, kw_only=True):
    """A published plan, ready to run. The relations are transitive; `order` is topological and stable."""

    published: PublishedPlan
    steps: Mapping[StepName, CompiledStep]
    order: tuple[StepName, ...]
    paid: tuple[StepName, ...] = ()
    """The steps in which the applicant pays."""
    ancestors: Mapping[StepName, frozenset[StepName]]
    after_descendants: Mapping[StepName, frozenset[StepName]]
    data_descendants: Mapping[StepName, frozenset[StepName]]
    descendants: Mapping[StepName, frozenset[StepName]]
    holder: Mapping[str, Expression]
    parts: Mapping[StepName, Mapping[str, Expression]]
    check_form: Check
    calendar: WorkingTime | None = None
    facts: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    """The value of each fact that agencies keep in step."""
    absences: tuple[Stop, ...] = ()
    """When the gateway heard nobody, in order."""
