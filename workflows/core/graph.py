"""The graph that a plan's references make: who waits for whom, and who reads which answer of the form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct, structs

from contracts.declared import Value
from contracts.plan import Plan, Step, Until
from workflows.core.cel_paths import trimmed
from workflows.core.each import Each, compile_each, grounded
from workflows.core.expressions import Expression, compile_condition, compile_value
from workflows.core.mistakes import pointer

Edges: TypeAlias = Mapping[str, frozenset[str]]
"""From a step to other steps."""


AMOUNT: Final = "amount"
"""The input of a step that is paid, and what was paid in its value; nothing else that it is given is called so."""
UNTIL: Final = "until"
"""The input of a wait that lasts until a moment; nothing that it publishes is called so."""


class StepExpressions(Struct, frozen=True, kw_only=True):
    """Every expression of a step, compiled."""

    inputs: Mapping[str, Expression]
    when: Expression | None
    otherwise: Mapping[str, Expression] | None
    each: Each | None = None

    def all(self) -> Iterator[Expression]:
        """Walk over them in the order in which a plan's author writes them."""
        if self.each is not None:
            yield self.each.items
        yield from self.inputs.values()
        if self.when is not None:
            yield self.when
        if self.otherwise is not None:
            yield from self.otherwise.values()

    def of_items(self, each: Each) -> StepExpressions:
        """Give them as those of a step that is asked for each item of a list."""
        ground = partial(grounded, each=each)
        chooses = self.when is not None and any(told.path[0] == each.name for told in self.when.references)
        return StepExpressions(
            inputs={name: ground(value) for name, value in self.inputs.items()},
            when=None if self.when is None else ground(self.when),
            otherwise=None if self.otherwise is None else {name: ground(at) for name, at in self.otherwise.items()},
            each=structs.replace(each, chooses=chooses),
        )


class Graph(Struct, frozen=True, kw_only=True):
    """What follows from a plan's steps.

    `data` are the steps that a step refers to, `after` those that it only waits for, `conditional` the one without
    which its contribution is taken back. `order` is topological, and the plan's own order where there is a choice.
    `ancestors`, `descendants`, `data_descendants` (through references alone) and `after_descendants` (the other
    descendants) are transitive. `form_reads` are JSON Pointers of every form value that a step reads; `form_inputs`
    maps its inputs to theirs where they are plain references into the form (`[]` stands for an item's place).
    """

    data: Edges
    after: Edges
    conditional: Mapping[str, str]
    order: tuple[str, ...]
    ancestors: Edges
    descendants: Edges
    data_descendants: Edges
    after_descendants: Edges
    form_reads: Mapping[str, frozenset[str]]
    form_inputs: Mapping[str, Mapping[str, str]]


def given_to(step: Step) -> Mapping[str, Value]:
    """Give what a step is given, by the names of its inputs: its `in`, what a wait publishes, its end, what to pay."""
    given = {**step.in_, **(step.publish or {})}
    if step.pays and step.applicant is not None and step.applicant.amount is not None:
        given[AMOUNT] = step.applicant.amount
    return {**given, UNTIL: step.wait.until} if isinstance(step.wait, Until) else given


def compile_step(step: Step) -> StepExpressions:
    """Compile every expression of a step.

    Raises:
        ExpressionMistake: one of them cannot be used.

    """
    otherwise = step.otherwise
    compiled = StepExpressions(
        inputs={name: compile_value(value) for name, value in given_to(step).items()},
        when=None if step.when is None else compile_condition(step.when),
        otherwise=None if otherwise is None else {name: compile_value(value) for name, value in otherwise.items()},
    )
    if step.each is None:
        return compiled
    return compiled.of_items(compile_each(step.each, step.as_ or "", step.key or ""))


def build_graph(plan: Plan, expressions: Mapping[str, StepExpressions]) -> Graph:
    """Build the graph of a plan; names of steps that do not exist are passed over (`plan_check` tells of them).

    Raises:
        ValueError: steps wait for each other in a circle.

    """
    data = {name: _referred(name, expressions[name], plan) for name in plan.steps}
    after = {name: (frozenset(step.after) & plan.steps.keys()) - data[name] for name, step in plan.steps.items()}
    before = {name: data[name] | after[name] for name in plan.steps}
    order = topological_order(before)
    descendants = transitive(inverted(before), reversed(order))
    data_descendants = transitive(inverted(data), reversed(order))
    return Graph(
        data=data,
        after=after,
        conditional={
            name: step.conditional_on
            for name, step in plan.steps.items()
            if step.conditional_on is not None and step.conditional_on in plan.steps
        },
        order=order,
        ancestors=transitive(before, order),
        descendants=descendants,
        data_descendants=data_descendants,
        after_descendants={name: descendants[name] - data_descendants[name] for name in order},
        form_reads={name: _form_reads(expressions[name]) for name in plan.steps},
        form_inputs={name: _form_inputs(expressions[name].inputs) for name in plan.steps},
    )


def _referred(name: str, expressions: StepExpressions, plan: Plan) -> frozenset[str]:
    # A step's `otherwise` is its own value: it cannot refer to what it stands for.
    roots = frozenset(path[0] for expression in expressions.all() for path in expression.paths)
    return (roots & plan.steps.keys()) - {name}


def topological_order(before: Edges) -> tuple[str, ...]:
    """Put every step after those that it waits for, keeping the given order where there is a choice.

    Raises:
        ValueError: there is a circle.

    """
    left = dict(before)
    order: list[str] = []
    placed: set[str] = set()
    while left:
        ready = next((name for name, needed in left.items() if needed <= placed), None)
        if ready is None:
            circle = find_cycle(left)
            message = f"these wait for each other: {' → '.join(circle)}"
            raise ValueError(message)
        del left[ready]
        order.append(ready)
        placed.add(ready)
    return tuple(order)


def find_cycle(edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Give one circle, its first name repeated at its end; empty when there is none."""
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            name, depth = stack.pop()
            del trail[depth:]
            if name in trail:
                return (*trail[trail.index(name) :], name)
            if name in done or name not in edges:
                continue
            trail.append(name)
            stack.extend((following, depth + 1) for following in sorted(edges[name]))
        done.update(_reachable(edges, start))
    return ()


def _reachable(edges: Mapping[str, Iterable[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges.get(name, ()))
    return seen


def transitive(edges: Edges, order: Iterable[str]) -> dict[str, frozenset[str]]:
    """Follow edges to their ends; in `order` every name comes after those that its edges lead to."""
    reached: dict[str, frozenset[str]] = {}
    for name in order:
        reached[name] = edges[name].union(*(reached[following] for following in edges[name]))
    return reached


def inverted(edges: Edges) -> dict[str, frozenset[str]]:
    """Turn every edge round."""
    return {name: frozenset(other for other, leads_to in edges.items() if name in leads_to) for name in edges}


def _form_reads(expressions: StepExpressions) -> frozenset[str]:
    return frozenset(
        pointer(trimmed(path)[1:]) for expression in expressions.all() for path in expression.paths if path[0] == "form"
    )


def _form_inputs(inputs: Mapping[str, Expression]) -> dict[str, str]:
    return {
        name: pointer(expression.paths[0][1:])
        for name, expression in inputs.items()
        if expression.kind == "reference" and expression.paths[0][0] == "form"
    }
