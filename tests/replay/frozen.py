"""What is frozen of a case, and reading it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast, get_args

import msgspec

from contracts import events as ev
from workflows.core.compiled import CompiledPlan
from workflows.core.evolve import fold
from workflows.core.pending import owed, wake_at
from workflows.core.state import CaseState
from workflows.journal.codec import decode
from workflows.loading.compiling import compile_plan
from workflows.outputs.compose import compose_closing, compose_output
from workflows.projections.case_view import case_view

FOLDER: Final = Path(__file__).parent
PLAN: Final = "plan.json"
BOUND_PLAN: Final = "plan-bound.json"
WAITING_PLAN: Final = "plan-waiting.json"
LISTED_PLAN: Final = "plan-listed.json"
WHOLE_PLAN: Final = "plan-whole.json"
WITHIN_PLAN: Final = "plan-within.json"
PAID_PLAN: Final = "plan-paid.json"
FIELDS: Final = "fields.json"
EVENTS: Final[dict[str, type[ev.Event]]] = {kind.__name__: kind for kind in get_args(ev.CaseEvent)}
"""Every class that can be in the journal of a case."""


def fields_of(kind: type[ev.Event]) -> dict[str, str]:
    """The fields of an event class, its parents' included, and what each may hold."""
    said: dict[str, str] = {}
    for parent in reversed(kind.__mro__):
        said |= {name: str(annotation) for name, annotation in vars(parent).get("__annotations__", {}).items()}
    return {name: said[name] for name in kind.__struct_fields__}


def seen(state: CaseState) -> dict[str, Any]:
    """What must come of a case for ever: as JSON has it."""
    at = state.updated_at
    assert at is not None
    parts: list[Any] = []
    if state.status == "issued":
        parts = compose_output(state, agency_titles={}, issued_at=at).parts
    elif state.closed_at is not None:
        parts = compose_closing(state, agency_titles={}, closed_at=at).parts
    found = {
        "view": case_view(state) if state.opened_at is not None else state.status,
        "rounds": {"/".join(filter(None, track)): rounds for track, rounds in state.tracks.items()},
        "incidents": state.incidents,
        "owed": list(owed(state)),
        "wakes_at": wake_at(state),
        "parts": parts,
    }
    builtins: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return builtins


def versions() -> list[Path]:
    return sorted(path.parent for path in FOLDER.glob(f"*/{PLAN}"))


def journals(version: Path) -> list[Path]:
    return sorted(path for path in version.glob("*.json") if not path.name.startswith("plan") and path.name != FIELDS)


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def plan_of(path: Path) -> CompiledPlan:
    """The plan of a frozen case as it was recorded then, made ready to run by today's code."""
    plan = read(path)["plan"]
    event = decode((path.parent / plan).read_bytes(), what=plan)
    assert isinstance(event, ev.PlanPublished)
    return compile_plan(event.published)


def events_of(path: Path) -> list[ev.CaseEvent]:
    """The events of a frozen case, read as a journal's payloads are."""
    written = read(path)["events"]
    return [_case_event(decode(json.dumps(event).encode(), what=path.name)) for event in written]


def _case_event(event: object) -> ev.CaseEvent:
    assert isinstance(event, ev.CaseEvent), "an event of the register in the journal of a case"
    return event


def folded(path: Path) -> CaseState:
    return fold(CaseState.empty(plan_of(path)), events_of(path))


def differences(frozen: object, now: object, where: str = "") -> Iterator[str]:
    """Name what is not as it was; a field that is new now is none."""
    if isinstance(frozen, dict) and isinstance(now, dict):
        there = cast("dict[str, object]", now)
        for name, value in cast("dict[str, object]", frozen).items():
            if name not in there:
                yield f"{where}/{name} is gone"
            else:
                yield from differences(value, there[name], f"{where}/{name}")
        return
    if isinstance(frozen, list) and isinstance(now, list):
        then, new = cast("list[object]", frozen), cast("list[object]", now)
        if len(then) == len(new):
            for number, (one, other) in enumerate(zip(then, new, strict=True)):
                yield from differences(one, other, f"{where}/{number}")
            return
    if frozen != now:
        yield f"{where}: {now!r} now, {frozen!r} then"
