"""Acts of operators that are carried out as runs: on many cases, and on one where a second person is needed.

What can be begun, seen, approved, stopped and reviewed; `gateway.carrying` does what was begun.
"""

from __future__ import annotations

import asyncio
from typing import Final

from contracts.agreement import PaperWord
from contracts.bulk import BulkView
from contracts.events import (
    BulkApproved,
    BulkReviewed,
    BulkStarted,
    BulkStopped,
    NewAgencyKeys,
    NewToken,
    RegisterEvent,
    StepEvent,
    TokenRevoked,
)
from contracts.ids import CaseId
from contracts.problems import Mistake
from contracts.units import same_person
from gateway.acts import ActBody, command_of
from gateway.agency_keys import REPLACE_KEYS, have_changed, taken_back
from gateway.bodies import written
from gateway.carrying import Carrying
from gateway.choosing import BulkBody, Choosing, wrong_for_facts
from gateway.granting import granted, struck
from gateway.identity.callers import Caller, Grant
from gateway.identity.secrets import new_case_id
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from gateway.repeating import LOOKED_AT_FIRST, Repeats, Said, said_of
from gateway.second_person import ISSUE_TOKEN, RECORD_SIGNED, SECOND_PERSON, may_second, rests_on, run_view, state_of
from workflows.core.decide import decide
from workflows.core.state import CaseState
from workflows.loading.agreement_standing import said_of as said_of_word
from workflows.ports import REGISTER, KeyTaken
from workflows.projections.runs import BulkRun

APPROVE: Final = "approve it"


class Bulk:
    """Runs of acts."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._documents = parts.documents
        self._choosing, self.carrying, self._repeats = Choosing(parts), Carrying(parts), Repeats(parts)
        self._turn = asyncio.Lock()  # what is said of a run is on record before anything else is said

    # --- beginning ----------------------------------------------------------------------------------------------

    async def start(self, caller: Caller, body: BulkBody, key: str | None = None) -> BulkView:
        """Show what a run would do (`preview`), or record it for the cases that were `seen`, and carry it out.

        A run that was begun under this `key` in the same words is given as it stands, also to a preview.

        Raises:
            ParameterInvalid, KeyReused: the key is none, or came with other words.
            FormInvalid: the reason, the owner of incidents, the service, or what was seen is missing.

        """
        operator = _operator(caller)
        mistakes = [] if written(body.reason) else [Mistake("/reason", "Say why.")]
        if body.act == "take-incident" and not written(body.owner):
            mistakes.append(Mistake("/owner", "Say who answers for the incidents."))
        if body.act == "ask-facts":
            mistakes += wrong_for_facts(body, self._engine.directory)
        if mistakes:
            raise FormInvalid("Something that the run needs is missing.", mistakes)
        said = said_of(key, operator, "bulk", body)
        if known := await self._repeats.earlier(said, besides=LOOKED_AT_FIRST if body.preview else frozenset()):
            return self._view(self._run(known))
        chosen = await self._choosing.choose(body)
        if body.preview:
            return BulkView(
                run="",
                act=body.act,
                reason=body.reason,
                actor=operator.actor,
                state="preview",
                total=len(chosen.fitting),
                left=len(chosen.fitting),
                more=bool(chosen.next),
                next=chosen.next,
                lines=chosen.lines,
            )
        if not body.seen:
            what = "See first what it would do (preview), and name the lines that fit: they alone are touched."
            raise FormInvalid("Nothing was seen.", [Mistake("/seen", what)])
        seen = {each.case: each.step for each in body.seen}
        return await self._begin(
            BulkStarted(
                at=self._clock.now(),
                run=new_case_id(),
                act=body.act,
                actor=operator.actor,
                by_run=operator.run,
                reason=body.reason,
                step=body.step,
                owner=body.owner,
                cases=[CaseId(case) for case in seen],
                steps=list(seen.values()),
                joined=[line.case for line in chosen.fitting if line.case not in seen],
                waits=body.act in SECOND_PERSON and not body.break_glass,
                broke_glass=body.act in SECOND_PERSON and body.break_glass,
            ),
            said,
        )

    async def single(self, operator: Grant, state: CaseState, body: ActBody, said: Said | None = None) -> BulkView:
        """Record an act on one case that needs a second person; with broken glass, carry it out.

        The same act again in the same words, while it waits, is the same run.

        Raises:
            NotPossibleNow: it waits already, in other words.
            KeyTaken: it was said under the same key.
            Rejection: it is not possible now.

        """
        now = self._clock.now()
        follows = decide(state, command_of(body, actor=operator.actor, now=now), now=now)
        # The very round, which a later one must not stand in for when it is approved.
        about = (body.step, body.item)
        rounds = [each.round for each in follows if isinstance(each, StepEvent) and (each.step, each.item) == about]
        wanted = BulkStarted(
            at=now,
            run=new_case_id(),
            act=body.act,
            actor=operator.actor,
            by_run=operator.run,
            reason=body.reason,
            cases=[state.case],
            step=body.step,
            item=body.item,
            round=body.round or next(iter(rounds), 0),
            evidence=body.evidence,
            legal_basis=body.legal_basis,
            remedy=body.remedy,
            single=True,
            saw=state.status,
            waits=not body.break_glass,
            broke_glass=body.break_glass,
        )
        async with self._turn:
            for known in self._engine.directory.bulk_runs.values():
                if wanted.waits and state_of(known, now) == "waits" and _same_act(known.started, wanted):
                    _in_the_same_words(known.started, wanted)
                    return self._view(known)
            await self._recorded(wanted, said)
        return await self._carried_out(wanted)

    async def token(self, operator: Grant, token: NewToken, reason: str, *, break_glass: bool) -> BulkView:
        """Record that a token is asked for; with broken glass it is valid at once."""
        return await self._on_no_case(operator, ISSUE_TOKEN, reason, break_glass=break_glass, token=token)

    async def agency_keys(self, operator: Grant, asked: NewAgencyKeys, reason: str, *, break_glass: bool) -> BulkView:
        """Record that an agency is to have new keys; with broken glass they stand at once.

        The same again in the same words, while it waits, is the same run.
        """
        async with self._turn:
            now = self._clock.now()
            for known in self._engine.directory.bulk_runs.values():
                said = (known.started.agency_keys, known.started.actor, known.started.reason)
                if not break_glass and state_of(known, now) == "waits" and said == (asked, operator.actor, reason):
                    return self._view(known)
            return await self._on_no_case(operator, REPLACE_KEYS, reason, break_glass=break_glass, agency_keys=asked)

    async def paper(self, operator: Grant, paper: PaperWord, reason: str, *, break_glass: bool) -> BulkView:
        """Record that an agency's word came back as a signed PDF; with broken glass it counts at once.

        The same paper again, while it waits, is the same run. Raises NotPossibleNow: it counts already.
        """
        async with self._turn:
            for known in self._engine.directory.bulk_runs.values():
                if known.started.paper == paper and state_of(known, self._clock.now()) == "waits":
                    return self._view(known)
            if any(said_of_word(word) == paper for word in self._engine.directory.words(paper.agreement)):
                raise NotPossibleNow("This word is on record already.")
            return await self._on_no_case(operator, RECORD_SIGNED, reason, break_glass=break_glass, paper=paper)

    # --- looking ------------------------------------------------------------------------------------------------

    def show(self, caller: Caller, run: str) -> BulkView:
        """Give how far a run is. Raises NotFound."""
        _operator(caller)
        return self._view(self._run(run))

    def known(self, run: str) -> BulkView | None:
        """Give how far a run is, if there is one of this name."""
        found = self._engine.directory.bulk_runs.get(run)
        return None if found is None else self._view(found)

    def runs(self, caller: Caller) -> list[BulkView]:
        """Give every run, newest first."""
        _operator(caller)
        return [self._view(run) for run in reversed(list(self._engine.directory.bulk_runs.values()))]

    def of_case(self, case: CaseId) -> list[BulkView]:
        """Give the runs of this case that wait for a second person, or whose broken glass is to be reviewed."""
        mine = [run for run in self._engine.directory.bulk_runs.values() if case in run.started.cases]
        views = [self._view(run) for run in mine]
        return [view for view in views if view.state == "waits" or view.review in {"due", "overdue"}]

    # --- a second person ----------------------------------------------------------------------------------------

    async def approve(self, caller: Caller, run: str) -> BulkView:
        """Let a run that waits begin, and carry it out. Raises NotPossibleNow: by whoever started it, or too late."""
        async with self._turn:
            operator, known = _operator(caller), self._run(run)
            state = state_of(known, self._clock.now())
            if state == "lapsed":
                raise NotPossibleNow("Nobody approved this in time: begin it anew.")
            if state != "waits":
                raise NotPossibleNow("This run waits for nobody.")
            self._must_be_another(operator, known, APPROVE)
            now, keys = self._clock.now(), known.started.agency_keys
            if keys is not None and have_changed(self._engine.directory, keys):
                raise NotPossibleNow("The agency's keys have changed since: begin it anew.")
            approved = BulkApproved(at=now, run=run, actor=operator.actor)
            await self._engine.register([approved, *granted(known.started, now, self._documents)])
        await self.carrying.begin(run)
        return self._view(self._run(run))

    async def stop(self, caller: Caller, run: str, reason: str) -> BulkView:
        """Refuse or withdraw a run that waits, or end one on its way: what was done stays done.

        Raises:
            FormInvalid: no reason is given.
            NotPossibleNow: it is over.

        """
        async with self._turn:
            operator, known = _operator(caller), self._run(run)
            if not written(reason):
                raise FormInvalid("Something is missing.", [Mistake("/reason", "Say why.")])
            if state_of(known, self._clock.now()) not in {"waits", "running"}:
                raise NotPossibleNow("This run is over.")
            await self._engine.register(
                [BulkStopped(at=self._clock.now(), run=run, actor=operator.actor, reason=reason)]
            )
        return self._view(self._run(run))

    async def review(self, caller: Caller, run: str, *, right: bool, text: str) -> BulkView:
        """Record what somebody else finds of an act behind broken glass; a token that was not right is revoked by it.

        Raises:
            FormInvalid: nothing is said.
            NotPossibleNow: nothing is to be reviewed, or by whoever did it.

        """
        async with self._turn:
            operator, known = _operator(caller), self._run(run)
            if not written(text):
                raise FormInvalid("Something is missing.", [Mistake("/text", "Say what you found.")])
            if not known.started.broke_glass or known.reviewed is not None:
                raise NotPossibleNow("Nothing of this is to be reviewed.")
            self._must_be_another(operator, known, "review it")
            found = BulkReviewed(at=self._clock.now(), run=run, actor=operator.actor, right=right, text=text)
            await self._engine.register([found, *([] if right else self._taken_back(found))])
        return self._view(self._run(run))

    # --- inside -------------------------------------------------------------------------------------------------

    async def _begin(self, started: BulkStarted, said: Said | None) -> BulkView:
        try:
            await self._recorded(started, said)
        except KeyTaken as taken:
            if said is None:
                raise
            return self._view(self._run(self._repeats.same(taken.claim, said)))
        return await self._carried_out(started)

    async def _recorded(self, started: BulkStarted, said: Said | None) -> None:
        await self._engine.register([started], self._repeats.claim(said, started.run, stream=REGISTER))

    async def _on_no_case(
        self, operator: Grant, act: str, reason: str, *, break_glass: bool, **what: NewToken | NewAgencyKeys | PaperWord
    ) -> BulkView:
        """Record a run about no case, by the name of `what` it lets in; with broken glass it is let in at once."""
        started = BulkStarted(
            at=self._clock.now(),
            run=new_case_id(),
            act=act,
            actor=operator.actor,
            by_run=operator.run,
            reason=reason,
            cases=[],
            waits=not break_glass,
            broke_glass=break_glass,
            **what,  # type: ignore[arg-type]  # each under its own name
        )
        given = [] if started.waits else granted(started, started.at, self._documents)
        await self._engine.register([started, *given])
        return self._view(self._run(started.run))

    async def _carried_out(self, started: BulkStarted) -> BulkView:
        if not started.waits:
            await self.carrying.begin(started.run)
        return self._view(self._run(started.run))

    def _taken_back(self, found: BulkReviewed) -> list[RegisterEvent]:
        """Revoke the token that was not right and those that it let in, and stop what was begun under any of them.

        Keys of agencies that came in so go again.
        """
        directory, runs = self._engine.directory, rests_on(self._engine.directory, found.run)
        events: list[RegisterEvent] = [*taken_back(directory, runs, found.actor, found.at)]
        for run in runs:
            token, at, by, why = run.started.token, found.at, found.actor, found.text
            events += struck(run.started, at, by, why)
            if token is not None and token.digest in directory.tokens:
                events.append(TokenRevoked(at=at, digest=token.digest, run=found.run, actor=by, reason=why))
            if state_of(run, found.at) in {"waits", "running"}:
                events.append(BulkStopped(at=at, run=run.started.run, actor=by, reason=why))
        return events

    def _must_be_another(self, operator: Grant, known: BulkRun, what: str) -> None:
        started = known.started
        if same_person(operator.actor, started.actor):
            raise NotPossibleNow(f"You started this run yourself: another operator must {what}.")
        if started.token is not None and same_person(operator.actor, started.token.person):
            raise NotPossibleNow(f"It is about your own token: another operator must {what}.")
        if what == APPROVE and not may_second(self._engine.directory, started.by_run):
            message = "Whoever began it has a token that was issued without a second person: it is found right first."
            raise NotPossibleNow(message)
        if not may_second(self._engine.directory, operator.run):
            message = f"Your token was issued without a second person: until that is found right, others must {what}."
            raise NotPossibleNow(message)

    def _view(self, run: BulkRun) -> BulkView:
        return run_view(run, self._engine.directory, self._clock.now())

    def _run(self, run: str) -> BulkRun:
        known = self._engine.directory.bulk_runs.get(run)
        if known is None:
            raise NotFound("There is no such run.")
        return known


def _same_act(one: BulkStarted, other: BulkStarted) -> bool:
    of = ("act", "actor", "cases", "step", "item", "round", "single")
    return all(getattr(one, name) == getattr(other, name) for name in of)


def _in_the_same_words(one: BulkStarted, other: BulkStarted) -> None:
    """Raise NotPossibleNow where the same act waits in other words: whoever approves it reads those, not these."""
    said = ("reason", "evidence", "legal_basis", "remedy")
    differ = [name for name in said if getattr(one, name) != getattr(other, name)]
    if differ:
        what = f"You began this already as run {one.run}, and {', '.join(differ)} differ now."
        message = f"{what} Withdraw that run first, or let it be approved."
        raise NotPossibleNow(message)


def _operator(caller: Caller) -> Grant:
    if caller.operator is None:
        raise NotAllowed("This is for operators.")
    return caller.operator
