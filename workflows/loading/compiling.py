"""Make a published plan ready to run: expressions and validators compiled, the graph followed to its ends, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import structs

from contracts.contract import JsonSchema
from contracts.documents import described
from contracts.ids import StepName
from contracts.plan import PublishedPlan
from workflows.core.compiled import Check, CompiledPlan, CompiledStep
from workflows.core.each import Each, list_mistakes
from workflows.core.expressions import compile_value
from workflows.core.graph import Edges, Graph, StepExpressions, build_graph, compile_step
from workflows.core.step_kinds import contract_of
from workflows.loading.validation import compile_schema


class _ByDigest:
    """A published plan that is the same as another when its digest is."""

    def __init__(self, published: PublishedPlan) -> None:
        self.published = published

    def __hash__(self) -> int:
        return hash(self.published.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and self.published.digest == other.published.digest


class _ByIdentity(_ByDigest):
    """A published plan that is only the same as itself: operational records are no part of the digest."""

    __hash__ = _ByDigest.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.published is other.published


def compile_plan(published: PublishedPlan) -> CompiledPlan:
    """Give the plan ready to run; plans of one digest are compiled once, whatever their titles and records.

    A plan that `workflows.loading.plans.publish` gave raises nothing.

    Raises:
        ExpressionMistake: an expression cannot be used.
        SchemaInvalid: a schema cannot be used.
        ValueError: steps wait for each other in a circle.

    """
    return _with_records(_ByIdentity(published))


@lru_cache(maxsize=256)
def _with_records(key: _ByIdentity) -> CompiledPlan:
    compiled = _compile(_ByDigest(key.published))
    published, plan = key.published, key.published.plan
    steps = {
        name: structs.replace(
            step,
            title=published.title_of(name),
            spec=plan.steps[name],
            contract=contract_of(published, name),
        )
        for name, step in compiled.steps.items()
    }
    return structs.replace(compiled, published=published, steps=steps)


@lru_cache(maxsize=256)
def _compile(key: _ByDigest) -> CompiledPlan:
    published = key.published
    plan = published.plan
    expressions = {name: compile_step(step) for name, step in plan.steps.items()}
    graph = build_graph(plan, expressions)
    return CompiledPlan(
        published=published,
        steps={StepName(name): _compile_step(name, published, expressions[name], graph) for name in graph.order},
        order=tuple(StepName(name) for name in graph.order),
        paid=tuple(StepName(name) for name in graph.order if plan.steps[name].pays),
        ancestors=_named(graph.ancestors),
        after_descendants=_named(graph.after_descendants),
        data_descendants=_named(graph.data_descendants),
        descendants=_named(graph.descendants),
        holder={name: compile_value(value) for name, value in plan.output.holder.items()},
        parts={
            StepName(name): {shown: compile_value(value) for shown, value in part.items()}
            for name, part in plan.output.parts.items()
        },
        facts={name: compile_value(fact.value) for name, fact in plan.facts.items()},
        check_form=_form_check(
            described(plan.form), [step.each for step in expressions.values() if step.each is not None]
        ),
    )


def _compile_step(name: str, published: PublishedPlan, expressions: StepExpressions, graph: Graph) -> CompiledStep:
    contract = contract_of(published, name)
    return CompiledStep(
        name=StepName(name),
        title=published.title_of(name),
        spec=published.plan.steps[name],
        contract=contract,
        contract_digest=published.contract_digests.get(name, ""),
        inputs=expressions.inputs,
        when=expressions.when,
        otherwise=expressions.otherwise,
        data=_names(graph.data[name]),
        after=_names(graph.after[name]),
        form_reads=graph.form_reads[name],
        form_inputs=graph.form_inputs[name],
        check_input=compile_schema(described(contract.input)),
        check_output=compile_schema(described(contract.output)),
        each=expressions.each,
    )


def _form_check(schema: JsonSchema, lists: Sequence[Each]) -> Check:
    """Judge a form by its schema, and then the lists in it: an item that has no name of its own cannot be asked for."""
    by_schema = compile_schema(schema)
    if not lists:
        return by_schema
    return lambda form: by_schema(form) or list_mistakes(lists, form)


def _names(steps: frozenset[str]) -> frozenset[StepName]:
    return frozenset(StepName(step) for step in steps)


def _named(edges: Edges) -> Mapping[StepName, frozenset[StepName]]:
    return {StepName(name): _names(steps) for name, steps in edges.items()}
