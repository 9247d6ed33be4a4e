"""The few calls that the API and the pages both make. Each takes who is calling, and raises what `problems` maps.

Whatever a caller may not see does not exist for them: `NotFound`. `Declined` and the core's `Rejection` are the
caller's to change, an `Outage` passes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any, Final, cast

from msgspec import Struct

from contracts.commands import CaseCommand, Correct, DeclineCorrection, OpenCase, Withdraw
from contracts.contract import Contract
from contracts.documents import document_fields
from contracts.ids import AskKey, CaseId, Instant, ItemKey, StepName
from contracts.plan import PublishedPlan
from contracts.task_views import TaskView
from contracts.views import AgencyLine, CaseHistoryView, CaseLine, CaseView, ErrandView, ServiceView
from gateway.acting import Acting
from gateway.agreeing import Agreements
from gateway.announcing import Announcing
from gateway.answering import Answering
from gateway.bulk import Bulk
from gateway.calendars import Calendars
from gateway.catalogue import Catalogue, service_view
from gateway.contributions import Contributions
from gateway.deciding import Decision, Desks
from gateway.drafts import Drafts
from gateway.facts import Facts
from gateway.families import live_within
from gateway.fetching import Fetching
from gateway.hearing import Hearing
from gateway.hooks import Hooks
from gateway.idempotency import Reply, Wish, claim_of, reply_of
from gateway.identity.authentication import TokenRecord
from gateway.identity.callers import Caller, Grant
from gateway.identity.secrets import digest_of, new_case_id, new_case_secret
from gateway.intake import Intake
from gateway.judging import Judge
from gateway.known import held_case, known_case, proof
from gateway.limits import Limits
from gateway.notices import Notices
from gateway.objecting import Objecting
from gateway.outputs import File, Issued, Outputs
from gateway.parts import Parts
from gateway.paying import Offers, Paying
from gateway.problems import Declined, Gone, KeyReused, NotAllowed, NotFound, Overloaded, TooManyRequests
from gateway.promises import Promises
from gateway.recording import Recording
from gateway.registering import Register
from gateway.renewing import Renewing
from gateway.sheet_work import Sheets
from gateway.showing import Showing, Shown
from gateway.standing import lines_as_of_now
from gateway.waiting import first, unless, until
from workflows.core.allowed_moves import CLOSED
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.ports import CaseFilter, CasePage, KeyTaken, Outage
from workflows.projections.announcements import with_objectors
from workflows.projections.case_view import case_line, masked
from workflows.projections.history import case_history

__all__ = ["Applied", "Calls", "Decision", "Issued"]

LONGEST_WAIT_S: Final = 30
"""How long a request waits for an output at most."""
_AT_REST: Final = CLOSED | {"issued", "revoked"}


class Applied(Struct, frozen=True, kw_only=True):
    """An application that is on record. `secret` opens the case and is told only here."""

    case: CaseId
    secret: str


class Calls:
    """Everything that can be asked of the gateway, by whoever may."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._vault, self._clock = parts.engine, parts.journal, parts.vault, parts.clock
        self.settings, self.base_url, self._metrics = parts.settings, parts.settings.base_url, parts.metrics
        self.limits, self.register = Limits.of(parts.settings), Register(parts)
        self.announcing, self.objecting, self.calendars = Announcing(parts), Objecting(parts), Calendars(parts)
        self.hearing, self.judge = Hearing(parts), Judge(parts, self.limits)
        self.agreements = Agreements(parts)
        self.promises, self.bulk, self.facts = Promises(parts), Bulk(parts), Facts(parts, self.hearing)
        self.recording = Recording(parts, self.bulk)
        self.contributions, self.notices = Contributions(parts, self.hearing), Notices(parts, self.hearing)
        self.hooks = Hooks(parts, self.hearing)
        self._outputs, self._intake = Outputs(parts, self.limits), Intake(parts)
        self.desks = Desks(parts.engine, parts.clock, self._intake)
        self.sheets = Sheets(self.desks, parts.engine)
        self._catalogue, self._showing = Catalogue(), Showing(parts.engine.held_back)
        self.acting = Acting(parts, self.bulk, self.desks, self._intake, self._showing)
        self.answering = Answering(parts, self._intake, self._showing, self._held)
        self.paying, self._offers = Paying(parts, self._showing, self._held), Offers(parts)
        self._draining = asyncio.Event()
        self.drafts = Drafts(parts, self._intake, self.limits, self._offered)
        self.renewing = Renewing(parts, self.drafts, self._held)
        self.fetching = Fetching(parts, self.hearing, self.limits, self._draining)
        self.starting = False
        """Whether what was owed at the last stop is still being taken up."""

    # --- the gateway itself -------------------------------------------------------------------------------------

    def now(self) -> Instant:
        """Give the present moment."""
        return self._clock.now()

    @property
    def tokens(self) -> Mapping[str, TokenRecord]:
        """Give the register's tokens, by digest."""
        return cast("Mapping[str, TokenRecord]", self._engine.directory.tokens)

    @property
    def release(self) -> str:
        """Give the version of this product."""
        return version("gapura")

    async def readiness(self) -> dict[str, str]:
        """Give a word on each part that must work: `ok`, or what is wrong."""
        try:
            await self._journal.next_wake()
            journal = "ok" if self._journal.healthy else "cannot be trusted to record any more: restart the gateway"
        except Outage as outage:
            journal = str(outage)
        gateway = "stopping" if self.draining else "starting" if self.starting else "ok"
        return {"journal": journal, "gateway": gateway}

    def metrics(self) -> bytes:
        """Give the metrics as Prometheus text."""
        return self._metrics()

    @property
    def draining(self) -> bool:
        """Whether the gateway is about to stop: streams end, waits are over."""
        return self._draining.is_set()

    def drain(self) -> None:
        """End every stream and wait; nothing that was recorded is touched."""
        self._draining.set()
        self.fetching.close()

    # --- anyone -------------------------------------------------------------------------------------------------

    async def catalogue(self) -> list[ServiceView]:
        """Give the services whose agreement is in force now; without their forms."""
        return self._catalogue.services(self._offers.at(self.now()))

    async def catalogue_json(self) -> bytes:
        """Give the same as JSON."""
        return self._catalogue.encoded(self._offers.at(self.now()))

    async def service(self, service: str) -> ServiceView:
        """Give one offered service with its form (JSON Schema with `x-ui`). Raises NotFound, or Gone once offered."""
        return service_view(self._offered(service), with_form=True)

    async def directory(self) -> list[AgencyLine]:
        """Give the agencies, their contracts and which services use them."""
        return lines_as_of_now(self._engine.directory, self._engine.held_back)

    async def apply(
        self, service: str, form: dict[str, Any], *, wish: Wish | None = None, traceparent: str = "", address: str = ""
    ) -> Applied:
        """Open a case; the same wish again gives the same case and secret.

        The secret counts as proved from `address`: whoever guesses behind the same one keeps nobody from what they got.

        Raises:
            Rejection: the form has mistakes; all of them are in it.
            NotFound: there is no such service.
            Gone: it is not offered at the moment.
            KeyReused: the wish's key came with another body.

        """
        reply = await self._opened(service, form, wish, traceparent, address)
        self.limits.guesses.right(address, proof(reply.case, digest_of(reply.secret)))
        return Applied(case=CaseId(reply.case), secret=reply.secret)

    async def _opened(
        self, service: str, form: dict[str, Any], wish: Wish | None, traceparent: str, address: str
    ) -> Reply:
        try:
            return await self._open(service, form, wish, traceparent, address)
        except (Declined, Rejection) as refusal:
            # What cannot be opened any more may have been before: the same wish is answered as it was then.
            earlier = await self._journal.claimed(wish.scope, wish.key) if wish is not None else None
            if wish is None or earlier is None or isinstance(refusal, KeyReused):
                raise
            return reply_of(earlier, wish, self._vault)

    async def _open(
        self, service: str, form: dict[str, Any], wish: Wish | None, traceparent: str, address: str
    ) -> Reply:
        published = self._offered(service)
        reply = Reply(case=new_case_id(), secret=new_case_secret())
        command = OpenCase(
            case=CaseId(reply.case),
            form=form,
            caller="applicant",
            secret_digest=digest_of(reply.secret),
            traceparent=traceparent,
        )
        claim = claim_of(wish, reply, self._vault) if wish is not None else None
        try:
            if document_fields(published.plan.form):
                await self.drafts.open_whole(published, command, claim, address)
            else:
                await self._engine.open(published.digest, command, claim)
        except KeyTaken as taken:
            if wish is None:
                raise
            return reply_of(taken.claim, wish, self._vault)
        return reply

    # --- the applicant ------------------------------------------------------------------------------------------

    async def read_case(self, caller: Caller, case: str) -> CaseView:
        """Give a case to whoever holds its secret."""
        return self._showing.view(await self._held(caller, case))

    async def show_case(self, caller: Caller, case: str) -> Shown:
        """Give the same with its JSON, kept for whoever looks again."""
        return self._showing.show(await self._held(caller, case))

    async def form_of(self, caller: Caller, case: str) -> dict[str, Any]:
        """Give the applicant's own answers as they now stand."""
        return dict((await self._held(caller, case)).form)

    async def plan_of(self, caller: Caller, case: str) -> PublishedPlan:
        """Give the plan that a case runs on, its form's schema included."""
        return (await self._held(caller, case)).plan.published

    async def watch_case(self, caller: Caller, case: str, *, after: int = 0) -> AsyncIterator[CaseView]:
        """Yield the case whenever it has grown beyond version `after`; ends at shutdown. Raises at the first step."""
        held = (await self._held(caller, case)).case
        with self.limits.streams.one(caller.address):
            while not self.draining:
                version = await self._grown(held, after, LONGEST_WAIT_S)
                if version is not None:
                    view = self._showing.view(await self._state(held))
                    after = view.version
                    yield view

    async def events(
        self, caller: Caller, case: str, *, after: int = 0, beat_s: float = 15
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield the case's events above version `after` as they come, without payloads; an empty list is a heartbeat.

        The first is one, at once: until then it raises what a reply can still tell (NotFound, no place).
        """
        held = (await self._held(caller, case)).case
        with self.limits.streams.one(caller.address):
            yield []
            while not self.draining:
                await self._grown(held, after, beat_s)
                rows = await self._journal.read(held, after=after)
                after = rows[-1].version if rows else after
                yield case_history(rows).events

    async def wait_for_output(self, caller: Caller, case: str, seconds: float) -> CaseView:
        """Give the case once it is issued or closed, or as it stands after so many seconds (or at shutdown).

        Where no place to wait is free, that is at once: whoever has just applied is owed their secret, not a refusal.
        """
        state = await self._held(caller, case)
        if state.status not in _AT_REST and not self.draining:
            with suppress(Overloaded, TooManyRequests), self.limits.streams.one(caller.address):
                rested = until(self._engine.watch(state.case), lambda: self._rests(state.case))
                await unless(self._draining, rested, min(seconds, LONGEST_WAIT_S))
            state = await self._state(state.case)
        return self._showing.view(state)

    async def _rests(self, case: CaseId) -> bool:
        return (await self._state(case)).status in _AT_REST

    async def withdraw(self, caller: Caller, case: str, reason: str = "") -> CaseView:
        """Take the application back."""
        return await self._submit((await self._held(caller, case)).case, Withdraw(reason=reason))

    async def correct(self, caller: Caller, case: str, answers: dict[str, Any]) -> CaseView:
        """Change the asked answers: `answers` is merged over the form. Raises a Rejection with every mistake."""
        state = await self._held(caller, case)
        return await self._submit(state.case, Correct(answers=await self._intake.corrected(state, answers)))

    async def decline(self, caller: Caller, case: str, step: str, item: str = "") -> CaseView:
        """Leave the asked answers as they are: the refusal is final."""
        command = DeclineCorrection(step=StepName(step), item=ItemKey(item))
        return await self._submit((await self._held(caller, case)).case, command)

    async def output(self, caller: Caller, case: str) -> Issued:
        """Give the joint output or the closing record. Raises NotPossibleNow while the case is open."""
        return self._outputs.issued(await self._held(caller, case))

    async def output_pdf(self, caller: Caller, case: str) -> bytes:
        """Give the same as a PDF, the credential and the documents attached."""
        return await self._outputs.pdf(await self._held(caller, case))

    async def document(self, caller: Caller, case: str, digest: str) -> File:
        """Give a document that an agency gave. Raises NotFound: there is none."""
        return await self._outputs.document(await self._held(caller, case), digest)

    # --- the officer --------------------------------------------------------------------------------------------

    async def tasks(self, caller: Caller) -> list[TaskView]:
        """Give the open tasks of the officer's agency, longest waiting first."""
        return await self.desks.tasks(_granted(caller.officer).agency)

    async def task(self, caller: Caller, key: str) -> TaskView:
        """Give one open task of the officer's agency, by its ask key."""
        return await self.desks.task(_granted(caller.officer).agency, AskKey(key))

    async def task_document(self, caller: Caller, key: str, digest: str) -> File:
        """Give a document that a task of the officer's agency shows. Raises NotFound: there is none."""
        task = await self.task(caller, key)
        return await self._outputs.task_document(task.case, task, digest)

    async def decide_task(self, caller: Caller, key: str, decision: Decision) -> bool:
        """Decide a task, and say whether a second officer must confirm it first. Raises as `Desks.decide` does."""
        return await self.desks.decide(_granted(caller.officer), AskKey(key), decision)

    # --- the operator -------------------------------------------------------------------------------------------

    async def list_cases(self, caller: Caller, wanted: CaseFilter) -> CasePage:
        """Give a page of all cases, newest first; no personal data."""
        _granted(caller.operator)
        return await self._journal.list_cases(wanted)

    async def inspect(self, caller: Caller, case: str) -> CaseView:
        """Give any case, payloads masked."""
        _granted(caller.operator)
        state = await self._state(case)
        return with_objectors(masked(self._showing.view(state)), state)

    async def within(self, caller: Caller, case: str) -> list[CaseLine]:
        """Give the sub-cases of any case that are not at an end, and theirs."""
        _granted(caller.operator)
        return [case_line(child) for child in await live_within(self._engine, await self._state(case))]

    async def contract_under(self, caller: Caller, case: str, step: str) -> Contract:
        """Give the contract under which a step of any case asks: what its input and its output are like."""
        _granted(caller.operator)
        compiled = (await self._state(case)).plan.steps.get(StepName(step))
        if compiled is None:
            raise NotFound
        return compiled.contract

    async def history(self, caller: Caller, case: str) -> CaseHistoryView:
        """Give attempts, acts and events of any case, without payloads."""
        _granted(caller.operator)
        return case_history(await self._journal.read((await self._state(case)).case))

    def errands(self, caller: Caller) -> list[ErrandView]:
        """Give what waits for agencies that fetch, and which worker has fetched what; no payloads."""
        _granted(caller.operator)
        return self.fetching.errands()

    # --- inside -------------------------------------------------------------------------------------------------

    def _offered(self, service: str) -> PublishedPlan:
        for published in self._offers.at(self.now()):
            if published.plan.service == service:
                return published
        if any(known.plan.service == service for known in self._engine.directory.plans.values()):
            raise Gone(self._offers.why_not(service, self.now()))
        raise NotFound("There is no such service. GET /v1/services lists those on offer.")

    async def _held(self, caller: Caller, case: str) -> CaseState:
        """Give a case to whoever holds its secret: of anybody else it does not exist, and guessing is slowed."""
        return await held_case(self._engine, self.limits.guesses, caller, case)

    async def _state(self, case: str) -> CaseState:
        if (state := await known_case(self._engine, case)) is None:
            raise NotFound
        return state

    async def _submit(self, case: CaseId, command: CaseCommand) -> CaseView:
        return self._showing.view(await self._engine.submit(case, command))

    async def _grown(self, case: CaseId, after: int, seconds: float) -> int | None:
        """Give the case's version once it is above `after`; None when the time is up, or the gateway stops."""
        return await unless(self._draining, first(self._engine.watch(case, after=after)), seconds)


def _granted(grant: Grant | None) -> Grant:
    if grant is None:
        raise NotAllowed("This is not yours to do with what you sent.")
    return grant
