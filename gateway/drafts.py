"""Drafts, and forms with documents: what applicants hand in before there is a case.

A document is kept in a stream that has events, so a form with documents begins as a draft too, if only for a moment:
whatever breaks off between is a draft that nobody was told of, and its time is over within the hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct, structs

from contracts.commands import BeginRenewal, OpenCase, SaveDraft
from contracts.contract import JsonSchema
from contracts.documents import document_fields, documents_among
from contracts.draft_views import DraftView
from contracts.ids import CaseId, Instant
from contracts.plan import PublishedPlan
from contracts.problems import Mistake
from gateway.idempotency import Reply, Wish, claim_of, reply_of
from gateway.identity.callers import Caller
from gateway.identity.secrets import digest_of, new_case_id, new_case_secret
from gateway.intake import Intake
from gateway.known import held_draft, known_case, proof
from gateway.limits import Limits
from gateway.parts import Parts
from gateway.problems import Declined, NotFound, NotPossibleNow, Overloaded
from workflows.core.compiled import Check, CompiledPlan
from workflows.core.drafts import check_size, fitted, is_draft, on_newer
from workflows.core.json_kinds import is_fields
from workflows.core.mistakes import pointer
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.loading.hashing import content_digest
from workflows.ports import Claim, KeyTaken

_HANDING_IN: Final = timedelta(hours=1)
"""How long a form with documents may take from its first event to its case."""
_BY_LINK: Final = "Send the document itself, as bytes (base64): before there is a case, links are not fetched."


class Begun(Struct, frozen=True, kw_only=True):
    """A draft that is on record. `secret` opens it, and the case that it becomes: it is told only here.

    `again`: it was on record already, by the same wish.
    """

    draft: CaseId
    secret: str
    view: DraftView
    again: bool = False


class Drafts:
    """Keeps what is filled in until it is sent."""

    def __init__(self, parts: Parts, intake: Intake, limits: Limits, offered: Callable[[str], PublishedPlan]) -> None:
        """Take the parts to call upon, and what gives the plan of a service that is on offer, or raises."""
        self._engine, self._journal, self._clock, self._vault = parts.engine, parts.journal, parts.clock, parts.vault
        self._settings, self._intake, self._limits, self._offered = parts.settings, intake, limits, offered

    async def count(self) -> int:
        """Give how many drafts are kept."""
        return (await self._journal.weigh_drafts())[0]

    # --- whoever fills a form in ------------------------------------------------------------------------------

    async def begin(self, service: str, form: dict[str, Any], *, wish: Wish | None = None, address: str = "") -> Begun:
        """Keep a form as far as it is filled in; the same wish again gives the same draft and secret.

        Raises:
            NotFound, Gone: the service is not on offer.
            Rejection: a document is none that is taken.
            TooManyRequests, Overloaded: too much is kept, of this address or of all.

        """
        published = self._offered(service)
        if wish is not None and (earlier := await self._journal.claimed(wish.scope, wish.key)) is not None:
            return await self._again(reply_of(earlier, wish, self._vault), address)
        values, contents = await self._judged(CaseId(""), form, published.plan.form, _anything)
        await self._make_room(address)
        reply = Reply(case=new_case_id(), secret=new_case_secret())
        digest = digest_of(reply.secret)
        command = SaveDraft(case=CaseId(reply.case), form=values, secret_digest=digest, expires_at=self._expires_at())
        claim = claim_of(wish, reply, self._vault) if wish is not None else None
        try:
            if contents:
                state = await self._hand_in(published.digest, command, contents, claim)
            else:
                state = await self._engine.begin_draft(published.digest, command, claim)
        except KeyTaken as taken:
            if wish is None:
                raise
            return await self._again(reply_of(taken.claim, wish, self._vault), address)
        self._limits.guesses.right(address, proof(reply.case, digest))
        return Begun(draft=state.case, secret=reply.secret, view=await self._view(state))

    async def begun(self, wish: Wish | None) -> Reply | None:
        """Give the draft that a wish has begun (or the case that it became), and its secret; None: it has not."""
        earlier = await self._journal.claimed(wish.scope, wish.key) if wish is not None else None
        return reply_of(earlier, wish, self._vault) if wish is not None and earlier is not None else None

    async def is_draft(self, caller: Caller, case: str) -> bool:
        """Say whether this is a draft of theirs, or a case. Raises NotFound: it is neither."""
        return is_draft(await held_draft(self._engine, self._limits.guesses, caller, case))

    async def _again(self, reply: Reply, address: str) -> Begun:
        caller = Caller(secrets=frozenset({digest_of(reply.secret)}), address=address)
        view = await self.read(caller, reply.case)
        return Begun(draft=view.draft, secret=reply.secret, view=view, again=True)

    async def read(self, caller: Caller, draft: str) -> DraftView:
        """Give a draft to whoever holds its secret. Raises NotFound, and NotPossibleNow once it was sent."""
        return await self._view(await self._held(caller, draft))

    async def service_of(self, caller: Caller, draft: str) -> str:
        """Give the service of a draft, or of the case that it became. Raises NotFound."""
        state = await held_draft(self._engine, self._limits.guesses, caller, draft)
        return state.plan.published.plan.service

    async def schemas(self, caller: Caller, draft: str) -> tuple[JsonSchema, JsonSchema]:
        """Give the form that a draft goes on with, and the one that it was saved under. Raises as `read` does."""
        state = await self._held(caller, draft)
        return self._plan_of(state)[0].published.plan.form, state.plan.published.plan.form

    async def save(self, caller: Caller, draft: str, form: dict[str, Any], *, since: int | None = None) -> DraftView:
        """Keep a draft as it is now filled in: the last save counts. `since` is the version that it began from.

        Raises:
            NotFound, NotPossibleNow: as `read` does.
            Rejection: a document is none that is taken.
            Rejection: it is too large, or was saved too often.
            Overloaded: too many documents are kept.

        """
        state = await self._held(caller, draft)
        plan = self._plan_of(state)[0]
        values, contents = await self._judged(state.case, form, plan.published.plan.form, _anything)
        contents = _new(contents, state)
        if contents:
            check_size(on_newer(state, plan), values)
            await self._make_room(caller.address, new=False)
            await self._keep(state.case, contents)
        command = SaveDraft(
            case=state.case, form=values, secret_digest=state.secret_digest, expires_at=self._expires_at()
        )
        after = await self._engine.go_on(plan.published.digest, command)
        return structs.replace(await self._view(after), overwrote=since is not None and since < state.version)

    async def delete(self, caller: Caller, draft: str) -> None:
        """Delete a draft: nobody can read it any more. Raises as `read` does."""
        await self._engine.end_draft((await self._held(caller, draft)).case)

    async def apply(
        self, caller: Caller, draft: str, form: dict[str, Any] | None = None, *, traceparent: str = ""
    ) -> CaseId:
        """Open a draft as the case of its name, with `form` or as it was saved; sent twice it is one case.

        Raises:
            NotFound: there is none, or it is not theirs.
            Gone: its service is not on offer.
            Rejection: the form has mistakes; all of them.

        """
        state = await held_draft(self._engine, self._limits.guesses, caller, draft)
        if state.opened_at is not None:
            return state.case
        await self._check_renewed(state)
        published = self._offered(state.plan.published.plan.service)
        plan = self._engine.plan(published.digest)
        given = form if form is not None else fitted(state.form, state.plan, plan)[0]
        values, contents = await self._judged(state.case, given, published.plan.form, plan.check_form)
        await self._keep(state.case, _new(contents, state))
        command = OpenCase(
            case=state.case,
            form=values,
            caller="applicant",
            secret_digest=state.secret_digest,
            traceparent=traceparent,
        )
        try:
            await self._engine.go_on(published.digest, command)
        except Rejection as rejection:
            if rejection.code != "already_open":
                raise
        return state.case

    async def renew(self, old: CaseState, instead_of: CaseId, address: str) -> CaseId:
        """Begin to renew a case: a draft with its answers, under its own secret, and with copies of its documents.

        Raises:
            NotFound, Gone: the service is not on offer.
            Rejection: there is nothing to renew (yet).
            TooManyRequests, Overloaded: too much is kept, of this address or of all.

        """
        plan, taken = old.plan.published, document_fields(self._offered(old.plan.published.plan.service).plan.form)
        await self._make_room(address)
        renewal = new_case_id()
        await self._engine.submit(old.case, BeginRenewal(renewal=CaseId(renewal), instead_of=instead_of))
        papers = document_fields(plan.plan.form)
        answers = {name: value for name, value in old.form.items() if name not in papers}
        command = SaveDraft(
            case=CaseId(renewal),
            form=answers,
            secret_digest=old.secret_digest,
            expires_at=self._expires_at(),
            renews=old.case,
        )
        await self._engine.begin_draft(plan.digest, command)
        kept = {name for name in papers if name in taken and await self._copied(old, name, command.case)}
        if kept:
            form = {name: value for name, value in old.form.items() if name in answers or name in kept}
            await self._engine.go_on(plan.digest, structs.replace(command, form=form))
        return command.case

    async def open_whole(self, published: PublishedPlan, command: OpenCase, claim: Claim | None, address: str) -> None:
        """Open a case whose form has documents: they are kept before it is.

        Raises:
            Rejection: the form has mistakes; all of them, and nothing was recorded.
            KeyTaken: the claim was made before.
            TooManyRequests: too many come from there.

        """
        if claim is not None and (earlier := await self._journal.claimed(claim.scope, claim.key)) is not None:
            raise KeyTaken(earlier)
        plan = self._engine.plan(published.digest)
        values, contents = await self._judged(command.case, command.form, published.plan.form, plan.check_form)
        opening = structs.replace(command, form=values)
        if not contents:
            await self._engine.open(published.digest, opening, claim)
            return
        self._limits.begin_draft(address)
        await self._hand_in(published.digest, opening, contents, claim)

    # --- inside -----------------------------------------------------------------------------------------------

    async def _hand_in(
        self, plan: str, command: SaveDraft | OpenCase, contents: Sequence[bytes], claim: Claim | None
    ) -> CaseState:
        """Begin with nothing, for a moment; keep the documents; then record what they belong to."""
        handing_in = SaveDraft(
            case=command.case,
            form={},
            secret_digest=command.secret_digest,
            expires_at=self._clock.now() + _HANDING_IN,
        )
        await self._engine.begin_draft(plan, handing_in)
        try:
            await self._keep(command.case, contents)
            return await self._engine.go_on(plan, command, claim)
        except (KeyTaken, Rejection):
            await self._engine.end_draft(command.case)
            raise

    async def _held(self, caller: Caller, draft: str) -> CaseState:
        state = await held_draft(self._engine, self._limits.guesses, caller, draft)
        if not is_draft(state):
            raise NotPossibleNow("This draft was sent: it is an application now, under the same reference and secret.")
        if state.expires_at is not None and state.expires_at <= self._clock.now():
            raise NotFound  # its timer is about to say so
        return state

    async def _check_renewed(self, draft: CaseState) -> None:
        """Raise NotPossibleNow where what a draft renews was revoked since."""
        old = await known_case(self._engine, draft.renews) if draft.renews else None
        if old is not None and old.status != "issued":
            raise NotPossibleNow("What this renews was revoked. Apply anew, with an application of its own.")

    async def _copied(self, old: CaseState, name: str, renewal: CaseId) -> bool:
        """Keep a document of a case for its renewal too, under the renewal's own key: each is erased by itself."""
        described = documents_among(old.form, [name]).get(name)
        content = None if described is None else await self._journal.document(old.case, described.digest)
        if content is not None:
            await self._journal.keep_document(renewal, content)
        return content is not None

    def _plan_of(self, state: CaseState) -> tuple[CompiledPlan, bool]:
        """Give the plan that a draft goes on with, and whether it is on offer: else it is the one of before."""
        try:
            return self._engine.plan(self._offered(state.plan.published.plan.service).digest), True
        except Declined:
            return state.plan, False

    async def _view(self, state: CaseState) -> DraftView:
        plan, offered = self._plan_of(state)
        form, unfit = fitted(state.form, state.plan, plan)
        if state.saved_at is None or state.expires_at is None:
            raise NotFound
        return DraftView(
            draft=state.case,
            service=plan.published.plan.service,
            title=plan.published.plan.title,
            version=state.version,
            form=form,
            unfit=list(unfit),
            offered=offered,
            saved_at=state.saved_at,
            expires_at=state.expires_at,
            renews=state.renews,
            carried=await self._carried(state, form),
        )

    async def _carried(self, state: CaseState, form: Mapping[str, Any]) -> list[str]:
        """Give the documents of a renewal that are still those of the case that it renews."""
        old = await known_case(self._engine, state.renews) if state.renews else None
        papers = document_fields(state.plan.published.plan.form) if old is not None else ()
        return [pointer((name,)) for name in papers if old is not None and form.get(name, ()) == old.form.get(name)]

    def _expires_at(self) -> Instant:
        return self._clock.now() + timedelta(days=self._settings.drafts_days)

    async def _make_room(self, address: str, *, new: bool = True) -> None:
        count, size = await self._journal.weigh_drafts()
        if (new and count >= self._settings.drafts_most) or size >= self._settings.drafts_mib * 2**20:
            raise Overloaded("As many drafts are kept as can be. Send the application, or save it another day.")
        if new:
            self._limits.begin_draft(address)

    async def _judged(
        self, case: CaseId, form: Mapping[str, Any], schema: JsonSchema, check: Check
    ) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        """Give a form with its documents described, and what is in them; raises a Rejection with every mistake."""
        linked = [Mistake(f"/{name}", _BY_LINK) for name in document_fields(schema) if _is_linked(form.get(name))]
        if linked:
            raise Rejection("form_invalid", "The form has mistakes.", linked)
        values, mistakes, contents = await self._intake.judged(case, form, schema, check)
        if mistakes:
            raise Rejection("form_invalid", "The form has mistakes.", mistakes)
        return values, contents

    async def _keep(self, case: CaseId, contents: Sequence[bytes]) -> None:
        for content in contents:
            await self._journal.keep_document(case, content)


def _anything(form: Mapping[str, Any]) -> list[Mistake]:
    """Find no mistake: what a draft says is judged when it is sent."""
    del form
    return []


def _new(contents: Sequence[bytes], state: CaseState) -> tuple[bytes, ...]:
    """Give the documents that a draft has not kept yet."""
    return tuple(content for content in contents if content_digest(content) not in state.papers)


def _is_linked(value: object) -> bool:
    if is_fields(value):
        return bool(value.get("link"))
    return isinstance(value, str) and value.startswith(("https://", "http://"))
