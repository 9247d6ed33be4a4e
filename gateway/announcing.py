"""Cases that wait for objections, as everybody sees them; and taking what somebody objects."""

from __future__ import annotations

import time
from typing import Annotated, Final

from msgspec import Meta, Struct

from contracts.commands import RaiseObjection
from contracts.ids import ItemKey, StepName
from contracts.problems import Mistake
from contracts.views import AnnouncementView
from gateway.known import known_case
from gateway.limits import Buckets, Monotonic
from gateway.listing import listed_cases
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotFound, TooManyRequests
from workflows.ports import CaseFilter
from workflows.projections.announcements import announcements
from workflows.projections.case_view import ANNOUNCED

"""Cases of a service that are looked at for one page of its list."""
OBJECTIONS_PER_HOUR: Final = 12
AT_ONCE: Final = 4


class ObjectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An objection: who objects, how to be reached, and why. The applicant reads the grounds, not whose they are."""

    name: Annotated[str, Meta(min_length=2, max_length=200)]
    contact: Annotated[str, Meta(min_length=3, max_length=200)]
    grounds: Annotated[str, Meta(min_length=10, max_length=2000)]


class Announced(Struct, frozen=True, kw_only=True):
    """What a service publishes now: one page of it; `next` is the cursor of the following one, or empty."""

    announcements: list[AnnouncementView]
    next: str = ""


class Objected(Struct, frozen=True, kw_only=True):
    """An objection is on record, under its number."""

    case: str
    step: str
    number: int


class Announcing:
    """Gives what is published, to anybody, and takes objections: a few from one address."""

    def __init__(self, parts: Parts, monotonic: Monotonic = time.monotonic) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._objections = Buckets(OBJECTIONS_PER_HOUR / 3600, AT_ONCE, monotonic)

    async def listed(self, service: str, cursor: str = "") -> Announced:
        """Give a page of what a service publishes now, the newest first.

        Raises:
            NotFound: there never was such a service.
            ParameterInvalid: the cursor is none of ours.

        """
        if not any(known.plan.service == service for known in self._engine.directory.plans.values()):
            raise NotFound
        wanted = CaseFilter(service=service, mark=ANNOUNCED, state="open")
        states, following = await listed_cases(self._engine, self._journal, wanted, cursor)
        now = self._clock.now()
        shown = [view for state in states for view in announcements(state, now)]
        return Announced(announcements=shown, next=following)

    async def announcement(self, service: str, case: str, step: str) -> AnnouncementView:
        """Give what a case publishes, however many came after it. Raises NotFound: nothing of this is (any more)."""
        state = await known_case(self._engine, case)
        if state is None or state.plan.published.plan.service != service:
            raise NotFound
        found = (each for each in announcements(state, self._clock.now()) if each.step == step)
        if (one := next(found, None)) is None:
            raise NotFound
        return one

    async def raise_objection(
        self, service: str, case: str, step: str, body: ObjectionBody, *, address: str
    ) -> Objected:
        """Record an objection; it is durable when this returns.

        Raises:
            NotFound: nothing of this is published (any more).
            FormInvalid: it says nothing that can be read.
            TooManyRequests: this address has objected too often.

        """
        one = await self.announcement(service, case, step)
        check_words(body)
        wait_s = self._objections.wait_s(address)
        if wait_s > 0:
            raise TooManyRequests("Too many objections come from your address.", wait_s)
        self._objections.take(address)  # nothing is awaited in between: what comes at the same time is counted
        command = RaiseObjection(
            step=StepName(step), item=ItemKey(one.item), name=body.name, contact=body.contact, grounds=body.grounds
        )
        state = await self._engine.submit(one.case, command)
        return Objected(case=case, step=step, number=len(state.current((one.step, one.item)).objections))


def check_words(body: ObjectionBody) -> None:
    """Raise FormInvalid where nothing is written, or only what nobody sees: a person has to decide about it."""
    mistakes = [
        Mistake(f"/{name}", "Write it in letters that can be read.")
        for name in body.__struct_fields__
        if not any(letter.isalnum() for letter in getattr(body, name))
    ]
    if mistakes:
        raise FormInvalid("The objection has mistakes.", mistakes)
