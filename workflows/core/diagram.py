"""A plan as a Mermaid flowchart: the same plan always gives the same text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.plan import PublishedPlan, Step
from contracts.units import Text
from workflows.core.graph import Graph, build_graph, compile_step
from workflows.core.step_words import words_of

_SHAPES: Final = {
    "none": ("(", ")"),
    "reversible": ("[", "]"),
    "final": ("[[", "]]"),
    "wait": ("{{", "}}"),
    "applicant": ("[/", "/]"),
}
"""Rounded: only looks; a box: can be undone; a double box: cannot be taken back; a hexagon: time passes;
a slanted box: the applicant does it. What is asked for each item of a list has a thick line.
"""

_ESCAPES: Final = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;"}
_FORM: Final = Text("Formulir", "Form")
_CONDITIONAL: Final = Text("hanya bila", "only if")


def draw(published: PublishedPlan, language: str = "id") -> str:
    """Give the flowchart of a plan, worded in `language` ("id" or "en").

    An arrow is data that is passed on, a dotted arrow a step that only waits, a thick one a condition.
    """
    plan = published.plan
    graph = build_graph(plan, {name: compile_step(step) for name, step in plan.steps.items()})
    lines = ["flowchart LR", f'  form(["{_escape(_FORM.into(language))}"])']
    for name, step in plan.steps.items():
        lines.append(f"  {_node(name, step, published, language)}")
    lines.append(f'  output(["{_escape(plan.output.title.into(language))}"])')
    for name in plan.steps:
        lines.extend(f"  {edge}" for edge in _edges(name, graph, language))
    lines.extend(f"  {_id(name)} --> output" for name in plan.steps if name in plan.output.parts)
    several = [_id(name) for name, step in plan.steps.items() if step.each is not None]
    if several:
        lines += ["  classDef several stroke-width: 4px", f"  class {','.join(several)} several"]
    optional = [_id(name) for name, step in plan.steps.items() if step.optional or step.when is not None]
    if optional:
        lines += ["  classDef maybe stroke-dasharray: 4 4", f"  class {','.join(optional)} maybe"]
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    # `end` and the like are words of Mermaid's own.
    return f"step_{name}"


def _node(name: str, step: Step, published: PublishedPlan, language: str) -> str:
    contract = published.asked_under(name)
    left, right = _SHAPES[contract.effect if contract else step.kind]
    words = [published.title_of(name).into(language)]
    words += words_of(step, contract, language)
    label = "<br/>".join(_escape(word) for word in words)
    return f'{_id(name)}{left}"{label}"{right}'


def _edges(name: str, graph: Graph, language: str) -> Iterator[str]:
    for before in graph.order:
        if before in graph.data[name]:
            yield f"{_id(before)} --> {_id(name)}"
        elif before in graph.after[name]:
            yield f"{_id(before)} -.-> {_id(name)}"
    if not graph.data[name] and not graph.after[name]:
        yield f"form --> {_id(name)}"
    if name in graph.conditional:
        yield f'{_id(name)} == "{_escape(_CONDITIONAL.into(language))}" ==> {_id(graph.conditional[name])}'


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)
