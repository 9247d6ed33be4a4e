"""Objections as the lead agency decides them: its officers see those of its services, uphold or dismiss each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from contracts.asked import Act
from contracts.commands import DecideObjection
from contracts.ids import ItemKey, StepName
from contracts.objections import OpenObjection
from contracts.plan import Until
from contracts.problems import Mistake
from gateway.bodies import Sentence, written
from gateway.deciding import officer_of
from gateway.identity.callers import Caller
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotFound
from workflows.core.graph import UNTIL
from workflows.core.objections import decide_by
from workflows.core.state import CaseState
from workflows.ports import CaseFilter
from workflows.projections.case_view import ANNOUNCED
from workflows.projections.input_labels import input_labels

MOST_CASES: Final = 1000
"""Cases of a service that are looked at for the list, the newest first."""
HELD: Final = "held"
"""The mark of a case that somebody must look at: an objection that is not decided gives it."""
_PAGE: Final = 200


class ObjectionWord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the lead agency says of one objection, by its number: whether it is upheld, and why."""

    number: int
    upheld: bool
    reason: Sentence
    item: str = ""


class Objecting:
    """The lead agencies' word on objections."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal = parts.engine, parts.journal

    async def undecided(self, caller: Caller) -> list[OpenObjection]:
        """Give what the officer's agency is to decide as the lead of its services, the longest waiting first."""
        agency = officer_of(caller).agency
        plans = self._engine.directory.plans.values()
        found: list[OpenObjection] = []
        for service in sorted({each.plan.service for each in plans if each.plan.lead == agency}):
            before, looked_at = None, 0
            while looked_at < MOST_CASES:
                wanted = CaseFilter(service=service, mark=HELD, state="open", before=before, limit=_PAGE)
                page = await self._journal.list_cases(wanted)
                for line in page.cases:
                    state = await known_case(self._engine, line.case) if ANNOUNCED in line.marks else None
                    if state is not None and _lead_of(state) == agency:
                        found += _undecided(state)
                before, looked_at = page.next_before, looked_at + len(page.cases)
                if before is None:
                    break
        return sorted(found, key=lambda each: each.raised.at)

    async def decide(self, caller: Caller, case: str, step: str, word: ObjectionWord) -> None:
        """Record the lead agency's word; the officer is its actor.

        Raises:
            NotFound: there is no such case of a service that the officer's agency leads.
            FormInvalid: no reason is given.
            Rejection: there is no such objection to decide.

        """
        officer = officer_of(caller)
        state = await known_case(self._engine, case)
        if state is None or _lead_of(state) != officer.agency:
            raise NotFound("There is no such case of a service that your agency leads.")
        if not written(word.reason):
            raise FormInvalid("Something is missing.", [Mistake("/reason", "Say why.")])
        act = Act(actor=officer.actor, reason=word.reason)
        decision = DecideObjection(
            step=StepName(step), item=ItemKey(word.item), number=word.number, upheld=word.upheld, act=act
        )
        await self._engine.submit(state.case, decision)


def _lead_of(state: CaseState) -> str:
    return state.plan.published.plan.lead


def _undecided(state: CaseState) -> Iterator[OpenObjection]:
    plan = state.plan.published.plan
    for step, place, entry in state.currents():
        if entry.state != "accepted":
            continue
        published = dict(entry.input or {})
        if isinstance(step.spec.wait, Until):
            published.pop(UNTIL, None)
        for raised in entry.objections:
            if not raised.decided:
                yield OpenObjection(
                    case=state.case,
                    service=plan.service,
                    service_title=plan.title,
                    step=step.name,
                    item=place.item,
                    title=step.title,
                    until=entry.give_up_at,
                    decide_by=decide_by(step, raised),
                    published=published,
                    labels=input_labels(step, state.plan, published),
                    raised=raised,
                )
