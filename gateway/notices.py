"""Agencies are told when something of an issued output stands no more: their lists, and their taking note."""

from __future__ import annotations

from msgspec import Struct

from contracts.after_issue import NoticePage
from contracts.commands import TakeNotice
from contracts.wire import Evidence
from gateway.attesting import attested
from gateway.bodies import JSON_TYPES, media_type, parse_object, take
from gateway.deciding import officer_of
from gateway.facts import CursorBody
from gateway.hearing import Hearing, Message
from gateway.identity.callers import Caller
from gateway.known import known_case
from gateway.listing import listed_cases
from gateway.parts import Parts
from gateway.problems import NotFound
from workflows.ports import CaseFilter
from workflows.projections.after_issue import notices
from workflows.projections.case_view import TO_BE_NOTED


class Noted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agency's system took note; `notice` is as it was given."""

    notice: str


class Notices:
    """Gives agencies what they are to note, and records that they did."""

    def __init__(self, parts: Parts, hearing: Hearing) -> None:
        """Take the parts to call upon, and who knows an agency by its signature."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._hearing = hearing

    async def listed(self, caller: Caller, cursor: str = "") -> NoticePage:
        """Give a page of what the officer's agency has still to note. Raises ParameterInvalid: no cursor of ours."""
        return await self._page(officer_of(caller).agency, cursor)

    async def fetched(self, message: Message, caller: Caller, agency: str) -> NoticePage:
        """Give the same to an agency's system: a signed call, or one with its token."""
        media_type(message.headers, JSON_TYPES)
        await self._hearing.sender(message, caller, agency)
        return await self._page(agency, take(parse_object(message.body), CursorBody).cursor)

    async def take(self, caller: Caller, notice: str) -> None:
        """Record that an officer's agency took note. Raises NotFound: it has no such notice."""
        officer = officer_of(caller)
        evidence = attested({"notice": notice}, by=officer.actor, at=self._clock.now())
        await self._record(officer.agency, notice, evidence)

    async def hear(self, message: Message, caller: Caller, agency: str) -> None:
        """Record that an agency's system took note: a signed call, or one with its token. Raises as `take` does."""
        media_type(message.headers, JSON_TYPES)
        sender = await self._hearing.sender(message, caller, agency)
        body = take(parse_object(message.body), Noted)
        evidence = sender.evidence(message.body, self._clock.now())
        await self._record(agency, body.notice, evidence)

    async def _record(self, agency: str, notice: str, evidence: Evidence) -> None:
        case, _, number = notice.rpartition(":")
        state = await known_case(self._engine, case)
        if state is None or all(each.notice != notice for each in notices(state, agency, noted=True)):
            raise NotFound("Your agency has no such notice.")
        await self._engine.submit(state.case, TakeNotice(agency=agency, number=int(number), evidence=evidence))

    async def _page(self, agency: str, cursor: str) -> NoticePage:
        wanted = CaseFilter(mark=TO_BE_NOTED)
        states, following = await listed_cases(self._engine, self._journal, wanted, cursor)
        return NoticePage(notices=[view for state in states for view in notices(state, agency)], next=following)
