"""Which cases an act on many is about: chosen by a filter, each with the steps to which it applies now, or why not."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from contracts.asked import Act
from contracts.bulk import BulkLine
from contracts.commands import AskFacts
from contracts.ids import Instant
from contracts.problems import Mistake
from contracts.views import CaseLine, CaseView, StepView
from gateway.bodies import Sentence
from gateway.known import known_case
from gateway.parts import Parts
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.core.watching import ask
from workflows.ports import CaseFilter
from workflows.projections.case_view import case_view
from workflows.projections.directory import Directory

ON_CASES: Final = frozenset({"pause", "resume", "end", "ask-facts"})
"""Acts on a whole case; the others are on its steps."""
MOST_CASES: Final = 1000
"""Cases of one run."""
MOST_LOOKED_AT: Final = 20_000
"""Cases that the filter passes over for one run."""
_PAGE: Final = 200


class Seen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case of a preview to which the act applied, with its steps as its line had them."""

    case: Annotated[str, Meta(max_length=80)]
    step: Sentence = ""


class BulkBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act on all cases that a filter gives: what, and why.

    The filter: `state`, `mark`, `service`; `step`, `agency`, `error` (in what a step last said, or its cause) and
    `overdue` hold of one and the same step; `attempts` is the least number of them. `owner` is who answers for the
    incidents (take-incident). `seen`: the lines that fit in the `preview`; nothing else is touched. `break_glass`: do
    not wait for a second person. `cursor` is `next` of the run before, where the filter gives more than one takes.
    ask-facts is about the issued cases of one `service`.
    """

    act: Literal["ask-again", "pause", "resume", "take-incident", "skip", "end", "ask-facts"]
    reason: Sentence
    state: str = ""
    mark: str = ""
    service: str = ""
    step: str = ""
    agency: str = ""
    error: Sentence = ""
    attempts: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    overdue: bool = False
    owner: Sentence = ""
    preview: bool = False
    seen: Annotated[list[Seen], Meta(max_length=MOST_CASES)] = field(default_factory=list[Seen])
    break_glass: bool = False
    cursor: Annotated[str, Meta(pattern=r"^[0-9]{0,15}$")] = ""


class Chosen(Struct, frozen=True):
    """What a filter gives: a line for each case, and where it goes on if it gives more than one run takes."""

    lines: list[BulkLine]
    next: str = ""

    @property
    def fitting(self) -> list[BulkLine]:
        """The cases to which the act applies."""
        return [line for line in self.lines if line.word == "fits"]


class Choosing:
    """Looks through the cases. Who may see them has been judged before."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock

    async def choose(self, body: BulkBody) -> Chosen:
        """Give what a filter gives at this moment, newest first."""
        lines: list[BulkLine] = []
        before, looked_at = int(body.cursor) if body.cursor else None, 0
        state = "issued" if body.act == "ask-facts" else body.state
        while True:
            most = min(_PAGE, MOST_CASES - len(lines))  # what comes after them is where the next run begins
            page = await self._journal.list_cases(
                CaseFilter(state=state, mark=body.mark, service=body.service, before=before, limit=most)
            )
            for found in page.cases:
                line = await self._line(body, found)
                if line is not None:
                    lines.append(line)
            before, looked_at = page.next_before, looked_at + len(page.cases)
            if before is None or len(lines) >= MOST_CASES or looked_at >= MOST_LOOKED_AT:
                return Chosen(lines, next="" if before is None else str(before))

    async def _line(self, body: BulkBody, found: CaseLine) -> BulkLine | None:
        """Give a case as a line; None where the filter leaves it out."""
        if found.attempts < body.attempts:
            return None
        state = await known_case(self._engine, found.case)
        if state is None:
            return None if _asks_of_steps(body) else BulkLine(case=found.case, step="", word="refused", detail=ERASED)
        view = case_view(state)
        wanted = [step for step in view.steps if _is_wanted(step, body, self._clock.now())]
        if _asks_of_steps(body) and not wanted:
            return None
        steps, why = _targets(body.act, view, wanted)
        if body.act == "ask-facts" and (why := nobody_to_ask(state, self._clock.now())):
            steps = []
        word = "refused" if why else "fits"
        return BulkLine(case=found.case, step=", ".join(steps), word=word, detail=why)


ERASED: Final = "There is no such case, or it is erased."


def nobody_to_ask(state: CaseState, now: Instant) -> str:
    """Say why no holder of a case's facts would be asked now; blank: some are."""
    try:
        ask(state, AskFacts(act=Act(actor="", reason="")), now)
    except Rejection as no:
        return str(no)
    return ""


def targets(act: str, state: CaseState, seen: str) -> tuple[list[str], str]:
    """Give the steps of a case to which an act applies now, of those that were `seen`; or why to none."""
    view = case_view(state)
    named = set(seen.split(", "))
    return _targets(act, view, [step for step in view.steps if name_of(step) in named])


def wrong_for_facts(body: BulkBody, directory: Directory) -> list[Mistake]:
    """Give what is wrong with asking about the facts of these cases: those of one service are, that keeps any."""
    plans = [each.plan for each in directory.plans.values() if each.plan.service == body.service]
    mistakes: list[Mistake] = []
    if not body.service:
        mistakes.append(Mistake("/service", "Name the service whose joint outputs are asked about."))
    elif not plans:
        mistakes.append(Mistake("/service", "There is no such service."))
    elif not any(plan.facts for plan in plans):
        mistakes.append(Mistake("/service", "No plan of this service keeps facts in step."))
    if body.state not in {"", "issued"}:
        mistakes.append(Mistake("/state", "Only issued cases are asked about: leave this out."))
    return mistakes


def name_of(step: StepView) -> str:
    """Name a step, or an item of one."""
    return step.step + (f"/{step.item}" if step.item else "")


def _targets(act: str, view: CaseView, steps: list[StepView]) -> tuple[list[str], str]:
    if act in ON_CASES:
        why = _whole(act, view)
        return ([] if why else [""]), why
    fitting = [name_of(step) for step in steps if _applies(act, step)]
    return fitting, "" if fitting else "No step of it allows this now."


def _asks_of_steps(body: BulkBody) -> bool:
    return bool(body.step or body.agency or body.error or body.overdue)


def _is_wanted(step: StepView, body: BulkBody, now: Instant) -> bool:
    error = body.error.casefold()
    said = (step.reason, step.code, *((step.incident.cause, step.incident.reason) if step.incident else ()))
    late = step.promised_by is not None and step.promised_by <= now
    return (
        body.step in {"", step.step}
        and body.agency in {"", step.agency}
        and any(error in each.casefold() for each in said)
        and (late or not body.overdue)
    )


def _whole(act: str, view: CaseView) -> str:
    paused = "paused" in view.marks
    match act:
        case "pause" if paused:
            return "It is paused already."
        case "resume" if not paused:
            return "It is not paused."
        case "ask-facts":
            return ""  # each holder is looked at by itself, when it is asked
        case "end" if view.state not in {"open", "issuing"}:
            return f"It is {view.state}."
        case _ if view.state not in {"open", "issuing", "closing", "revoking"}:
            return f"It is {view.state}."
        case _:
            return ""


def _applies(act: str, step: StepView) -> bool:
    offered = step.incident is not None and act in step.incident.acts
    return offered or (act == "ask-again" and step.state == "failed" and not step.being_checked)
