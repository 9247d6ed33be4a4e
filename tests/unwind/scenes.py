"""Every shipped plan, as its files say, with an application that makes it ask every one of its steps.

What is expected of a case is read off the plan's own text here, and not off what the core compiled of it: who refers
to whom, which answers of the form a step reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from msgspec import structs

from contracts.contract import Contract, DeskConnection, OpenApiConnection, WireConnection
from contracts.ids import StepName
from contracts.plan import Step
from tests.integration.samples import load_samples
from workflows.core.corrections import merge
from workflows.core.state import CompiledPlan
from workflows.core.unknown import bears_repeats
from workflows.loading.compiling import compile_plan
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*/services/*.yaml"))
SAMPLES = load_samples()


@dataclass(frozen=True)
class Scene:
    """One shipped plan: what is applied for, what is given where a contract's own example would not do.

    `others`: by JSON Pointer, another valid answer for everything that an agency may let be corrected.
    """

    plan: CompiledPlan
    form: dict[str, Any]
    outputs: dict[str, dict[str, Any]]
    others: dict[str, Any] = field(hash=False)

    @property
    def service(self) -> str:
        return self.plan.published.plan.service

    @property
    def names(self) -> list[StepName]:
        """The steps, as their author wrote them."""
        return [StepName(name) for name in self.plan.published.plan.steps]

    def step(self, name: str) -> Step:
        return self.plan.published.plan.steps[name]

    def contract(self, name: str) -> Contract:
        return self.plan.published.contracts[name]

    def at_desk(self, name: str) -> bool:
        return isinstance(self.contract(name).connection, DeskConnection)

    def by_wire(self, name: str) -> bool:
        return isinstance(self.contract(name).connection, WireConnection)

    def bears_repeats(self, name: str) -> bool:
        """Whether an ask may be sent twice: elsewhere what it did must be known first."""
        return bears_repeats(self.contract(name))

    def output(self, name: str) -> dict[str, Any]:
        """What the agency gives: its contract's first example of a contribution, unless the scene says otherwise."""
        given = next(entry.output for entry in self.contract(name).examples if entry.output is not None)
        return {**given, **self.outputs.get(name, {})}

    # --- what the plan's text says --------------------------------------------------------------------------------

    def _texts(self, name: str) -> Iterator[str]:
        step = self.step(name)
        for value in step.in_.values():
            yield value if isinstance(value, str) else (value.cel or "")
        yield step.when or ""

    def waits_for(self, name: str) -> set[str]:
        """The steps that a step names, to read them or only to come after them."""
        return self._reads(name) | set(self.step(name).after)

    def _reads(self, name: str) -> set[str]:
        words = {word for text in self._texts(name) for word in re.findall(r"(?<![\w.'])\w+(?=\.)", text)}
        return words & set(self.names)

    def form_reads(self, name: str) -> set[str]:
        """The JSON Pointers of the form's answers that a step reads."""
        found = {path for text in self._texts(name) for path in re.findall(r"\bform((?:\.\w+\b(?!\())+)", text)}
        return {path.replace(".", "/") for path in found}

    def dependants(self, name: str) -> set[str]:
        """Every step that waits for this one, however far down."""
        return self._down(name, {other: self.waits_for(other) for other in self.names})

    def _down(self, name: str, edges: dict[Any, set[str]]) -> set[str]:
        found: set[str] = set()
        while more := {other for other, seen in edges.items() if seen & {name, *found}} - found:
            found |= more
        return found

    def reopened(self, pointers: set[str]) -> set[str]:
        """The steps which a change of these answers reaches: those that read one, and all that read those."""
        edges = {other: self._reads(other) for other in self.names}
        readers = {name for name in self.names if self.form_reads(name) & pointers}
        return readers.union(*(self._down(name, edges) for name in readers))

    def fall_with(self, name: str) -> set[str]:
        """The steps which stand only with this one, transitively."""
        edges = {other: {self.step(other).conditional_on or ""} for other in self.names}
        return self._down(name, edges)

    @cached_property
    def finals(self) -> list[StepName]:
        return [name for name in self.names if self.contract(name).effect == "final"]

    def locked(self) -> set[str]:
        """The form's answers that a final step rests on: they may not change once it was asked."""
        above = {name for name in self.names if self.dependants(name) & set(self.finals)} | set(self.finals)
        return {pointer for name in above for pointer in self.form_reads(name)}

    def beside(self, name: str) -> set[str]:
        """The steps that neither wait for this one nor are waited for by it."""
        return {
            other
            for other in self.names
            if other != name and other not in self.dependants(name) and name not in self.dependants(other)
        }

    def correction(self, pointers: list[str]) -> dict[str, Any]:
        """Other answers at these pointers, as an applicant sends them."""
        answers: dict[str, Any] = {}
        for pointer in pointers:
            value = self.others[pointer]
            for word in reversed(pointer.strip("/").split("/")):
                value = {word: value}
            answers = merge(answers, value)
        return answers

    def pointers(self, name: str, inputs: list[str]) -> list[str]:
        """Where the form has these inputs of a step."""
        return sorted({str(self.step(name).in_[one]).removeprefix("form").replace(".", "/") for one in inputs})


def _mulai_usaha(plan: CompiledPlan) -> Scene:
    """A restaurant, whose risk asks for the verification at the desk, with two workers."""
    workers = SAMPLES["02-two-workers"].form["workers"]
    return Scene(
        plan=plan,
        form={**SAMPLES["03-restaurant"].form, "workers": workers},
        outputs={"business": {"risk": "medium-high"}},
        others={
            "/nik": "3303055203900000",
            "/full_name": "Sri Rahayu",
            "/kbli": "56103",
            "/business/name": "Rumah Makan Rahayu",
            "/business/address": {"street": "Jl. Contoh 51 RT 01 RW 07", "village": "33.03.06.1013"},
            "/workers": workers[:1],
        },
    )


def bound(scene: Scene, **connections: OpenApiConnection) -> Scene:
    """Give the same scene, with some steps' agencies reached by APIs of their own."""
    published = scene.plan.published
    ours = {name: structs.replace(published.contracts[name], connection=way) for name, way in connections.items()}
    changed = structs.replace(published, contracts={**published.contracts, **ours})
    return replace(scene, plan=compile_plan(changed))


MAKERS = {"mulai-usaha": _mulai_usaha}
"""By service: a plan that is shipped without an application here fails `test_scenes.py`."""


def _load(file: Path) -> CompiledPlan:
    return compile_plan(load_published(file, load_contracts(file.parents[1] / "contracts")))


PLANS = {file.stem: _load(file) for file in FILES}
SCENES = {name: MAKERS[name](plan) for name, plan in PLANS.items() if name in MAKERS}


# --- rows of tests ------------------------------------------------------------------------------------------------


Row: TypeAlias = Any
"""What `pytest.param` gives; it has no public type."""


def row(scene: Scene, step: str, words: str, *more: object) -> Row:
    """One case of one step: `mulai-usaha/business/refused[already_registered]`."""
    return pytest.param(scene, step, *more, id=f"{scene.service}/{step}/{words}")


def every_step() -> Iterator[tuple[Scene, StepName]]:
    for scene in SCENES.values():
        for name in scene.names:
            yield scene, name


def every_refusal() -> Iterator[tuple[Scene, StepName, str]]:
    for scene, name in every_step():
        for code in scene.contract(name).refusals:
            yield scene, name, code


def every_reversible() -> Iterator[tuple[Scene, StepName]]:
    for scene, name in every_step():
        if scene.contract(name).effect == "reversible":
            yield scene, name
