"""Every road through a plan that is worth a look, bounded and always the same: each must come to an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from msgspec import Struct, field, structs

from contracts.contract import DeskConnection
from contracts.ids import StepName
from contracts.plan import PublishedPlan
from workflows.core.compiled import CompiledPlan
from workflows.loading.compiling import compile_plan
from workflows.rehearsal import unusual
from workflows.rehearsal.pairs import MOST_PAIRS, pairs
from workflows.rehearsal.play import Play, Road
from workflows.rehearsal.script import SILENT, Applicant, Says, Script, Undoing

MOST_ROADS: Final = 2000
MOST_BASES: Final = 8
"""Roads that lead to other steps; each is tried from end to end."""
MOST_WORDS: Final = 8
APPLICANTS: Final[tuple[Applicant, ...]] = ("corrects", "declines", "lets it expire")


class Tried(Struct, frozen=True):
    """One road in short: what happens on it, with which form, and how the case ended."""

    title: str
    form: str
    end: str


class Report(Struct, frozen=True, kw_only=True):
    """What was tried of a plan, and what came of it.

    `straight` are roads on which every agency contributes, one for each set of steps that is asked. `stranded`
    are roads on which a case comes to no end; `stops` those on which the plan itself lets a step stand still.
    Of `pairs` of faults in one case those that were not tried are named.
    """

    service: str
    version: str
    digest: str
    roads: int
    cut_short: bool
    ends: dict[str, int]
    straight: list[Road]
    stranded: list[Road]
    stops: list[Road]
    tried: list[Tried]
    never_asked: list[str] = field(default_factory=list[str])
    pairs: int = 0
    pairs_left_out: list[str] = field(default_factory=list[str])

    @property
    def good(self) -> bool:
        """Whether every road comes to an end."""
        return not self.stranded


_Kind: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""What makes a road another one: the steps that are asked, and those of them that are asked for several items."""


class _Base(Struct, frozen=True):
    """A road that leads to other steps than those before: what it begins with, and what agencies say on it."""

    road: Road
    form: dict[str, Any]
    script: Script
    items_only: bool = False
    """It asks the same steps as one before, for more items: nothing else of it is looked at."""


def explore(published: PublishedPlan, forms: Mapping[str, dict[str, Any]]) -> Report:
    """Try a plan with each of these forms (by name), then every fault on each road that differs.

    Raises:
        Untried: the plan has something that cannot be tried yet.
        LookupError: a contract has no example that contributes.

    """
    plan = compile_plan(published)
    tried: list[Road] = []
    bases = _bases(plan, forms, tried)
    cut_short = False
    for base in bases.values():
        left = MOST_ROADS - len(tried)
        found = list(islice(_roads(plan, base), left + 1))
        cut_short = cut_short or len(found) > left
        tried += found[:left]
    richest = max(bases.values(), key=lambda base: len(base.road.asked))
    both = pairs(plan, richest.road, min(MOST_PAIRS, MOST_ROADS - len(tried)))
    for title, script in both.tried:
        other = richest.script.but(script)
        tried.append(Play(plan, richest.form, other, title=title, form_name=richest.road.form).run())
    asked = {step for road in tried for step in road.asked}
    return Report(
        service=published.plan.service,
        version=published.plan.version,
        digest=published.digest,
        roads=len(tried),
        cut_short=cut_short,
        ends=dict(sorted(Counter(road.end for road in tried).items())),
        straight=[base.road for base in bases.values() if not base.items_only],
        stranded=[road for road in tried if road.stranded],
        tried=[Tried(road.title, road.form, road.end) for road in tried],
        stops=[road for road in tried if not road.stranded and _stops(road)],
        never_asked=[name for name in plan.order if name not in asked],
        pairs=len(both.tried),
        pairs_left_out=both.left_out,
    )


def _bases(plan: CompiledPlan, forms: Mapping[str, dict[str, Any]], tried: list[Road]) -> dict[_Kind, _Base]:
    """Run every form, and whatever agencies may contribute otherwise; keep one road for each set of steps and items."""
    bases: dict[_Kind, _Base] = {}

    def run(title: str, name: str, form: dict[str, Any], script: Script) -> Road:
        road = Play(plan, form, script, title=title, form_name=name).run()
        tried.append(road)
        steps = tuple(sorted(road.asked))
        several = tuple(sorted(name for name, keys in road.items.items() if len(keys) > 1))
        if len(bases) < MOST_BASES:
            known = any(steps == other for other, _ in bases)
            bases.setdefault((steps, several), _Base(road, form, script, items_only=known))
        return road

    for name, form in forms.items():
        straight = run("every agency contributes", name, form, Script())
        for title, script in list(_contributions(plan, straight)):
            run(title, name, form, script)
    return bases


def _stops(road: Road) -> bool:
    """Whether a step stood still because of what the plan itself says, and no agency's silence."""
    return any(incident.cause in {"plan", "expression"} for incident in road.incidents)


def _roads(plan: CompiledPlan, base: _Base) -> Iterator[Road]:
    """Walk every road beside this one; where an operator is asked, once more for each act that is offered."""
    scripts = [(base.road.title, base.script)]
    looks = (unusual.items,) if base.items_only else LOOKS
    scripts += [(title, base.script.but(script)) for look in looks for title, script in look(plan, base.road)]
    for title, script in scripts:
        road = Play(plan, base.form, script, title=title, form_name=base.road.form).run()
        if script is not base.script:
            yield road
        for step, act in dict.fromkeys((each.step, act) for each in road.incidents for act in each.acts):
            if act != "take-incident":
                other = structs.replace(script, acts={**script.acts, step: act})
                told = f"{title}; the operator does: {act}"
                yield Play(plan, base.form, other, title=told, form_name=base.road.form).run()


# --- what may go otherwise ----------------------------------------------------------------------------------


def _refusals(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """Each agency says no, with each reason of its list; where answers may be corrected, the applicant in each way."""
    for name in unusual.of_agencies(plan, straight):
        for code, refusal in plan.steps[StepName(name)].contract.refusals.items():
            no = Says(word="refuses", code=code)
            for applicant in APPLICANTS if refusal.correct else APPLICANTS[:1]:
                how = f", the applicant {applicant}" if refusal.correct else ""
                yield f"{name} is refused: {code}{how}", Script(asks={name: (no,)}, applicant=applicant)
            if refusal.correct:
                yield f"{name} is refused twice: {code}", Script(asks={name: (no, no, no)})


def _silences(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """Each agency is silent until its time is over."""
    for name in unusual.of_agencies(plan, straight):
        yield f"nobody answers {name}", Script(asks={name: (SILENT,)})


def _returns(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """Each desk, and whoever may say no, sends back what the applicant can change, and what nobody can."""
    for name in unusual.of_agencies(plan, straight):
        step = plan.steps[StepName(name)]
        if step.spec.ask is None or not (
            step.contract.refusals or isinstance(step.contract.connection, DeskConnection)
        ):
            continue
        inputs = tuple(step.form_inputs)[:1]
        for applicant in APPLICANTS if inputs else ():
            back = Says(word="returns", inputs=inputs)
            yield f"{name} is sent back, the applicant {applicant}", Script(asks={name: (back,)}, applicant=applicant)
        yield f"{name} is sent back for nothing", Script(asks={name: (Says(word="returns"),)})


def _contributions(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """Each agency contributes as each of its examples shows, and each other word where its contract lists words."""
    for name in unusual.of_agencies(plan, straight):
        contract = plan.steps[StepName(name)].contract
        granted = [each for each in contract.examples if each.output is not None]
        for index, example in enumerate(granted):
            if index:
                yield f"{name} contributes: {example.title}", Script(asks={name: (Says(example=index),)})
        properties: dict[str, dict[str, Any]] = contract.output.get("properties", {})
        for field_name, schema in properties.items():
            for word in schema.get("enum", [])[:MOST_WORDS]:
                says = Says(instead={field_name: word})
                yield f"{name} contributes {field_name} {word}", Script(asks={name: (says,)})


def _withdrawals(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """The applicant withdraws after each step; each agency takes back, refuses to, or is silent."""
    for name in straight.asked:
        yield f"withdrawn after {name}", Script(withdraws_after=name)
        if plan.steps[StepName(name)].contract.effect == "reversible":
            how: Undoing
            for how in ("refuses", "silent"):
                told = f"withdrawn after {name}, whose undo " + ("is refused" if how == "refuses" else "nobody answers")
                yield told, Script(withdraws_after=name, undos={name: how})


def _objections(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """Others object where a step waits for that, and the lead decides."""
    for name in straight.asked:
        if plan.steps[StepName(name)].spec.publish is not None:
            for upheld in (True, False):
                how = "upheld" if upheld else "dismissed"
                yield f"an objection to {name} is {how}", Script(objections={name: upheld})


def _applicants(plan: CompiledPlan, straight: Road) -> Iterator[tuple[str, Script]]:
    """The applicant does not do what a step asks of them."""
    for name in straight.asked:
        if plan.steps[StepName(name)].spec.applicant is not None:
            yield f"the applicant declines {name}", Script(does={name: "declines"})
            yield f"the applicant lets {name} expire", Script(does={name: "lets it expire"})


LOOKS: Final[tuple[Callable[[CompiledPlan, Road], Iterator[tuple[str, Script]]], ...]] = (
    _refusals,
    _returns,
    _silences,
    _withdrawals,
    _objections,
    _applicants,
    unusual.items,
    unusual.late_answers,
    unusual.second_officers,
    unusual.pauses,
)
"""What is looked at, in this order: a kind of step that may go otherwise in its own way adds its line here."""
