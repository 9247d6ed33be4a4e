"""A parent and its sub-case for plays: a small plan, and another that has it as its step `s`."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import structs

from contracts import commands as cm
from contracts import effects as ef
from contracts import family_commands as fm
from contracts.ids import AskKey, CaseId, parse_ask_key
from contracts.plan import Step, SubService
from tests.unit.workflows.core.parts import Part, Timed, plan
from tests.unit.workflows.core.playbook import FORM, PROOF, Happening, Playbook, contributes
from workflows.core.compiled import CompiledPlan
from workflows.core.pending import pending
from workflows.core.service_terms import service_terms
from workflows.core.sub_cases import answer_of, sub_case_id, to_parent
from workflows.loading.compiling import compile_plan
from workflows.loading.hashing import plan_digest

PARENT = CaseId("play")
KEY = AskKey("play/s/ask/1")
CHILD = sub_case_id(KEY)


def branch(**parts: Part | Timed) -> CompiledPlan:
    """Give a service `branch@1`, whose output shows the number of every step that asks."""
    published = plan(**parts).published
    shown: dict[str, dict[str, Any]] = {
        name: {"number": f"{name}.number"} for name, step in published.plan.steps.items() if step.ask
    }
    output = structs.replace(published.plan.output, parts=shown)
    made = structs.replace(published.plan, service="branch", output=output, lead="branch-office")
    digest = plan_digest(made, published.contract_digests)
    return compile_plan(structs.replace(published, plan=made, digest=digest))


def parent(child: CompiledPlan, *, spec: dict[str, Any] | None = None, **parts: Part | Timed) -> CompiledPlan:
    """Give a plan whose step `s` is a sub-case under `child`, before or beside the other steps."""
    published = plan(**parts).published
    step = structs.replace(Step(service="branch@1", in_={"x": "form.x"}), **(spec or {}))
    made = structs.replace(published.plan, steps={"s": step, **published.plan.steps})
    services = {"s": SubService(digest=child.published.digest, terms=service_terms(child.published))}
    digest = plan_digest(made, published.contract_digests, {"s": child.published.digest})
    return compile_plan(structs.replace(published, plan=made, digest=digest, services=services))


def opened(child: CompiledPlan, *, taken_back: bool = False, key: AskKey = KEY) -> Playbook:
    """Give the sub-case, opened by its parent's ask."""
    form = {name: FORM[name] for name in ("x", "y")}
    command = cm.OpenCase(case=sub_case_id(key), form=form, parent=key, taken_back=taken_back)
    return Playbook(child) >> command


def says(child: Playbook) -> Happening:
    """What the sub-case owes its parent reaches it, and the sub-case learns that it did."""
    (owed,) = [effect for effect in pending(child.state) if isinstance(effect, ef.TellParent)]
    command = to_parent(child.state, owed, child.now)
    _ = child >> fm.RecordTold(word=owed.word, telling=owed.telling, parts=owed.parts) << "parent told"
    return lambda _: command


def hears_of(child: Playbook, verb: Literal["ask", "undo"]) -> Happening:
    """What the sub-case answers at once to its ask, or to the undo of that."""
    key = parse_ask_key(child.state.parent)[1]
    at: Any = {"step": key.step, "item": key.item, "round": key.round}
    heard = answer_of(child.state, child.state.parent, verb)
    return lambda _: cm.RecordAnswer(verb=verb, heard=heard, evidence=PROOF, attempt=1, **at)


SEALS = cm.RecordSeal(credential="sealed", digest="sha256:1", status_index=7)


def issued(child: Playbook, *steps: str) -> Playbook:
    """Let the agencies of these steps contribute, and the output be sealed."""
    for step in steps:
        child = child >> contributes(step, f"{step}1") << ...
    return child >> SEALS << ...
