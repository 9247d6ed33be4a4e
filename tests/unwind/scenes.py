"""Every shipped plan, as its files say, with an application that makes it ask every one of its steps.

What is expected of a case is read off the plan's own text here, and not off what the core compiled of it: who refers
to whom, which answers of the form a step reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from msgspec import structs

from contracts.contract import Connection, Contract, DeskConnection, WireConnection
from contracts.documents import without_contents
from contracts.ids import NO_ITEM, ItemKey, StepName
from contracts.plan import Kind, Step, Until
from tests.integration.samples import BY_SIMULATED_CLOCK, load_samples
from tests.unwind.other_answers import OTHER_HOME, OTHER_PLACE
from workflows.core.compiled import CompiledPlan
from workflows.core.corrections import merge
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.unknown import bears_repeats
from workflows.loading.compiling import compile_plan
from workflows.loading.contracts import load_contracts
from workflows.loading.hashing import plan_digest
from workflows.loading.plans import load_published

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("purbalingga/services/*.yaml"))
"""Those of france are bound to a document that is not shipped: `tests/integration/test_france_cases.py` plays them."""
SAMPLES = {
    **load_samples(),
    **{name: sample for service in BY_SIMULATED_CLOCK for name, sample in load_samples(service).items()},
}


@dataclass(frozen=True)
class Scene:
    """One shipped plan: what is applied for, what is given where a contract's own example would not do.

    `others`: by JSON Pointer, another valid answer for everything that an agency may let be corrected.
    """

    plan: CompiledPlan
    form: dict[str, Any]
    outputs: dict[str, dict[str, Any]]
    others: dict[str, Any] = field(hash=False)
    items: dict[str, ItemKey] = field(default_factory=dict[str, ItemKey], hash=False)
    """Of a step that is asked for each item of a list: the one that stories tell of."""

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
        return self.plan.steps[StepName(name)].contract

    def kind(self, name: str) -> Kind:
        return self.step(name).kind

    def item(self, name: str) -> ItemKey:
        return self.items.get(name, NO_ITEM)

    def at_desk(self, name: str) -> bool:
        return isinstance(self.contract(name).connection, DeskConnection)

    def by_wire(self, name: str) -> bool:
        return isinstance(self.contract(name).connection, WireConnection)

    def bears_repeats(self, name: str) -> bool:
        """Whether an ask may be sent twice: elsewhere what it did must be known first."""
        return bears_repeats(self.contract(name))

    def output(self, name: str) -> dict[str, Any]:
        """What a step gives: its contract's first example of a contribution, unless the scene says otherwise."""
        given = next(
            (entry.output for entry in self.contract(name).examples if entry.output is not None), dict[str, Any]()
        )
        return {**given, **self.outputs.get(name, {})}

    # --- what the plan's text says --------------------------------------------------------------------------------

    def _texts(self, name: str) -> Iterator[str]:
        step = self.step(name)
        until = {"until": step.wait.until} if isinstance(step.wait, Until) else {}
        amount = (step.applicant and step.applicant.amount) or ""
        for value in (*{**step.in_, **(step.publish or {}), **until}.values(), amount):
            yield value if isinstance(value, str) else (value.cel or "")
        yield step.when or ""
        yield step.each or ""

    def waits_for(self, name: str) -> set[str]:
        """The steps that a step names, to read them or only to come after them."""
        return self._reads[name] | set(self.step(name).after)

    @cached_property
    def _reads(self) -> dict[str, set[str]]:
        """By step: the steps that it reads."""
        return {name: self._words(name) & set(self.names) for name in self.names}

    def _words(self, name: str) -> set[str]:
        return {word for text in self._texts(name) for word in re.findall(r"(?<![\w.'])\w+(?=\.)", text)}

    def form_reads(self, name: str) -> set[str]:
        """The JSON Pointers of the form's answers that a step reads."""
        return self._form_reads[name]

    @cached_property
    def _form_reads(self) -> dict[str, set[str]]:
        return {name: {path.replace(".", "/") for path in self._form_paths(name)} for name in self.names}

    def _form_paths(self, name: str) -> set[str]:
        return {path for text in self._texts(name) for path in re.findall(r"\bform((?:\.\w+\b(?!\())+)", text)}

    def dependants(self, name: str) -> set[str]:
        """Every step that waits for this one, however far down."""
        return self._dependants[name]

    @cached_property
    def _dependants(self) -> dict[str, set[str]]:
        edges = {other: self.waits_for(other) for other in self.names}
        return {name: self._down(name, edges) for name in self.names}

    def _down(self, name: str, edges: dict[Any, set[str]]) -> set[str]:
        found: set[str] = set()
        while more := {other for other, seen in edges.items() if seen & {name, *found}} - found:
            found |= more
        return found

    def reopened(self, pointers: set[str]) -> set[str]:
        """The steps which a change of these answers reaches: those that read one, and all that read those."""
        edges: dict[Any, set[str]] = dict(self._reads)
        readers = {name for name in self.names if overlapping(self.form_reads(name), pointers)}
        return readers.union(*(self._down(name, edges) for name in readers))

    def fall_with(self, name: str) -> set[str]:
        """The steps which stand only with this one, transitively."""
        edges = {other: {self.step(other).conditional_on or ""} for other in self.names}
        return self._down(name, edges)

    def loses(self, name: str) -> set[str]:
        """What falls with this step: what stands only with it or with what waits for it, and what was paid."""
        paid = {other for other in self.names if self.step(other).pays}
        return paid.union(*(self.fall_with(lost) for lost in {name, *self.dependants(name)}))

    def may_say_no(self, name: str) -> bool:
        """Whether this step can end in a no: there are refusals, or officers, who may send back."""
        return bool(self.contract(name).refusals) or self.at_desk(name)

    def last_word(self, name: str) -> str:
        """Give a no that cannot be corrected; nothing where there is none."""
        return next((code for code, refusal in self.contract(name).refusals.items() if not refusal.correct), "")

    @cached_property
    def finals(self) -> list[StepName]:
        return [name for name in self.names if self.contract(name).effect == "final"]

    def locked(self) -> set[str]:
        """The form's answers that a final step rests on: they may not change once it was asked."""
        above = {name for name in self.names if self.dependants(name) & set(self.finals)} | set(self.finals)
        return {pointer for name in above for pointer in self.form_reads(name)}

    def after_a_final(self, name: str) -> bool:
        """Whether this step is asked only when what cannot be undone is done: nobody can withdraw any more."""
        return any(name in self.dependants(final) for final in self.finals)

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
            name, *below = pointer.strip("/").split("/")
            answers = merge(answers, {name: _with(self.form.get(name), below, self.others[pointer])})
        return answers

    def pointers(self, name: str, inputs: list[str]) -> list[str]:
        """Where the form has these inputs of a step."""
        return sorted({self._in_form(name, one).removeprefix("form").replace(".", "/") for one in inputs})

    def _in_form(self, name: str, one: str) -> str:
        """Give the reference of an input, that of an item as one to its place in the form."""
        step, reference = self.step(name), str(self.step(name).in_[one])
        if step.each is None or not reference.startswith(f"{step.as_}."):
            return reference
        return reference.replace(str(step.as_), f"{step.each}.{FIRST}", 1)


FIRST = 0
"""Where the item that stories tell of is in its list."""


def _with(old: object, below: list[str], value: Any) -> Any:  # noqa: ANN401 - anything that stands in a form
    """Give an answer with this value below it: just what leads there, but of a list the whole."""
    if not below:
        return value
    if is_list(old):
        items: list[Any] = list(old)
        items[int(below[0])] = merge(items[int(below[0])], _with(items[int(below[0])], below[1:], value))
        return items
    held = old.get(below[0]) if is_fields(old) else None
    return {below[0]: _with(held, below[1:], value)}


def overlapping(some: set[str], others: set[str]) -> bool:
    """Whether one of these JSON Pointers leads to what one of the others does, to a part of it, or around it."""
    return any(
        f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/") for one in some for other in others
    )


def _mulai_usaha(plan: CompiledPlan) -> Scene:
    """A restaurant, whose risk asks for the verification at the desk, with two workers."""
    workers = SAMPLES["mulai-usaha/02-two-workers"].form["workers"]
    return Scene(
        plan=plan,
        form={**SAMPLES["mulai-usaha/03-restaurant"].form, "workers": workers},
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


def bound(scene: Scene, **connections: Connection) -> Scene:
    """Give the same scene, with some steps' agencies reached in another way: by APIs of their own, at another desk."""
    published = scene.plan.published
    ours = {name: structs.replace(published.contracts[name], connection=way) for name, way in connections.items()}
    changed = structs.replace(published, contracts={**published.contracts, **ours})
    return replace(scene, plan=compile_plan(changed))


def with_steps(scene: Scene, **steps: Step) -> Scene:
    """Give the same scene, whose plan has these steps too, or in place of its own; a new one asks no agency."""
    published = scene.plan.published
    plan = structs.replace(published.plan, steps={**published.plan.steps, **steps})
    digest = plan_digest(plan, published.contract_digests)
    return replace(scene, plan=compile_plan(structs.replace(published, plan=plan, digest=digest)))


def promising(scene: Scene, step: str, **fields: Any) -> Scene:
    """Give the same scene, with another promise of the agency behind a step."""
    published = scene.plan.published
    ours = structs.replace(published.contracts[step], **fields)
    changed = structs.replace(published, contracts={**published.contracts, step: ours})
    return replace(scene, plan=compile_plan(changed))


def _kelahiran(plan: CompiledPlan) -> Scene:
    """Both parents, who want a card for the child."""
    return Scene(
        plan=plan,
        form=SAMPLES["kelahiran/01-both-parents"].form,
        outputs={},
        others={
            "/mother/nik": "3303096010880000",
            "/mother/name": "Nur Aini",
            "/father/nik": "3303090304790000",
            "/father/name": "Slamet Riyadi",
            "/child/name": "Bima Putra Santoso",
            "/child/sex": "female",
            "/child/born_on": "2026-11-19",
            "/child/born_at": "05.10",
            "/child/place": "Banyumas",
            "/child_card": "mall",
            "/notice": "SKL-0002/2026",
            "/family_card": "3303990000000002",
            "/reporter": "father",
        },
    )


def _pindah_domisili(plan: CompiledPlan) -> Scene:
    """A rented house, so that the village is asked, and somebody insured."""
    return Scene(
        plan=plan,
        form=without_contents(SAMPLES["pindah-domisili/16-lease-handed-in"].form, plan.published.plan.form),
        outputs={},
        others=OTHER_HOME,
    )


def _building(plan: CompiledPlan) -> Scene:
    """One house: what comes of a list with more on it is told in `test_items.py`."""
    paper = {"type": "application/pdf", "name": "Berkas.pdf", "size": 912, "digest": f"sha256:{'a' * 64}"}
    form = SAMPLES["persetujuan-bangunan-gedung/01-house"].form
    house = form["buildings"][FIRST]
    return Scene(
        plan=plan,
        form=form,
        outputs={
            "plans": dict.fromkeys(("site_plan", "drawings", "environment"), paper),
            "agreed": {"as_assessed": True},
        },
        others={
            "/nik": "3303055203910000",
            "/full_name": "Sri Lestari",
            "/address": {"street": "Jl. Contoh 102 RT 01 RW 03", "village": "33.03.05.1012"},
            "/address/street": "Jl. Contoh 103 RT 01 RW 03",
            "/buildings": [{**house, "floors": 3}],
            f"/buildings/{FIRST}/function": "business",
            f"/buildings/{FIRST}/floors": 1,
            f"/buildings/{FIRST}/area": 60,
        },
        items={"structure": house["id"]},
    )


def _space(plan: CompiledPlan) -> Scene:
    """A food stall in the trade zone."""
    return Scene(plan=plan, form=SAMPLES["kesesuaian-ruang/01-food-stall"].form, outputs={}, others=OTHER_PLACE)


MAKERS = {
    "kesesuaian-ruang": _space,
    "mulai-usaha": _mulai_usaha,
    "kelahiran": _kelahiran,
    "pindah-domisili": _pindah_domisili,
    "persetujuan-bangunan-gedung": _building,
}
"""By service: a plan that is shipped without an application here fails `test_scenes.py`."""


@cache
def _contracts(folder: Path) -> dict[str, Contract]:
    return load_contracts(folder)


def _load(file: Path) -> CompiledPlan:
    return compile_plan(load_published(file, _contracts(file.parents[1] / "contracts")))


PLANS = {file.stem: _load(file) for file in FILES}
SCENES = {name: MAKERS[name](plan) for name, plan in PLANS.items() if name in MAKERS}


# --- rows of tests ------------------------------------------------------------------------------------------------


Row: TypeAlias = Any
"""What `pytest.param` gives; it has no public type."""


def row(scene: Scene, step: str, words: str, *more: object) -> Row:
    """One case of one step: `mulai-usaha/business/refused[already_registered]`."""
    return pytest.param(scene, step, *more, id=f"{scene.service}/{step}/{words}")


def every_step(*kinds: Kind) -> Iterator[tuple[Scene, StepName]]:
    """Every step of every shipped plan, or every one of these kinds."""
    for scene in SCENES.values():
        for name in scene.names:
            if not kinds or scene.kind(name) in kinds:
                yield scene, name


def every_refusal(*kinds: Kind) -> Iterator[tuple[Scene, StepName, str]]:
    for scene, name in every_step(*kinds):
        for code in scene.contract(name).refusals:
            yield scene, name, code


def every_reversible(*, after_a_final: bool = False) -> Iterator[tuple[Scene, StepName]]:
    """Every ask that a withdrawal takes back; or those that none can, since a final step came before."""
    for scene, name in every_step():
        if (
            not scene.step(name).pays
            and scene.contract(name).effect == "reversible"
            and scene.after_a_final(name) is after_a_final
        ):
            yield scene, name
