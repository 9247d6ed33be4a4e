"""Payments from outside: the applicant says that it is paid, or the provider's notice does. Both are reasons to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

from contracts.bills import BillView
from contracts.commands import CheckPayment
from contracts.ids import CaseId, Instant, ItemKey, Place, StepName, parse_ask_key
from contracts.plan import PublishedPlan
from contracts.views import CaseView
from gateway.bodies import JSON_TYPES, media_type, parse_object
from gateway.families import why_not_offered
from gateway.hearing import LONGEST_KEY, Message
from gateway.identity.callers import Caller
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import NotFound, SignatureRefused
from gateway.showing import Showing
from workflows.agencies.payments_http import SIGNATURE, SIGNATURE_LASTS, SIGNED_AT
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.projections.bills import bills

NOTICES: Final = "/v1/payments/notices"
"""Where the provider sends its notices."""

MOST_ALIKE: Final = 5
"""As often one and the same notice is a reason to ask."""

Held = Callable[[Caller, str], Awaitable[CaseState]]
"""Gives a case to whoever holds its secret."""


class Paying:
    """Lets the provider be asked how a bill stands."""

    def __init__(self, parts: Parts, showing: Showing, held: Held) -> None:
        """Take the parts to call upon."""
        self._engine, self._notices = parts.engine, parts.payments
        self._clock, self._nonces, self._journal = parts.clock, parts.nonces, parts.journal
        self._showing, self._held = showing, held

    async def check(self, caller: Caller, case: str, step: str) -> CaseView:
        """Ask how the bill of a step stands, for whoever holds the case; the answer is in the case soon after.

        Raises:
            NotFound: there is no such case of theirs, or no such step in it.
            Rejection: nothing is paid there.

        """
        state = await self._held(caller, case)
        compiled = state.plan.steps.get(StepName(step))
        if compiled is None:
            raise NotFound
        if not compiled.spec.pays:
            raise Rejection("not_now", f"Nothing is paid in step {step!r}.")
        return self._showing.view(await self._check(state.case, Place(compiled.name), "applicant", 0))

    async def bills(self, caller: Caller, view: CaseView) -> list[BillView]:
        """Give the bills of a case that an operator looks at, with every call to the provider, but not how to pay them.

        Raises:
            NotFound: they are no operator.

        """
        if caller.operator is None:
            raise NotFound
        if all(step.payment is None for step in view.steps):
            return []
        state = await known_case(self._engine, view.case)
        if state is None:
            raise NotFound
        incidents = {
            Place(step.step, step.item, step.incident.round): step.incident for step in view.steps if step.incident
        }
        return bills(state, await self._journal.read(view.case), incidents)

    async def noticed(self, message: Message) -> None:
        """Take a notice of the provider: nothing of it counts but the key, and only as a reason to ask.

        Raises:
            SignatureRefused: forged, altered or stale; or nobody takes payments here.
            MediaTypeUnsupported, BodyUnreadable: no JSON object.
            NotFound: nothing is paid under that key.

        """
        signature, signed_at = message.headers.get(SIGNATURE, ""), message.headers.get(SIGNED_AT, "")
        if self._notices is None or not self._notices.is_genuine(
            signature=signature, signed_at=signed_at, path=message.target, body=message.body
        ):
            raise SignatureRefused(
                "This notice is not signed with the secret of the provider of payments, or is too old."
            )
        media_type(message.headers, JSON_TYPES)
        key = parse_object(message.body).get("key")
        if not isinstance(key, str) or len(key) > LONGEST_KEY:
            raise NotFound
        try:
            case, place, _ = parse_ask_key(key)
        except ValueError as error:
            raise NotFound from error
        if await known_case(self._engine, case) is None:
            raise NotFound
        if await self._is_replayed(signature):
            return
        try:
            await self._check(case, place, "provider", place.round)
        except Rejection as rejection:
            raise NotFound from rejection

    async def _is_replayed(self, signature: str) -> bool:
        """Whether this very notice was heard often enough: honest ones are alike only within one second.

        A repeat may tell of something new, so it is not dropped at once; but whoever got hold of one notice does not
        fill a case's journal with it, nor let the provider be asked without end.
        """
        until = self._clock.now() + 2 * SIGNATURE_LASTS
        for number in range(MOST_ALIKE):
            if await self._nonces.first_seen("payments", f"{signature}/{number}", until=until):
                return False
        return True

    async def _check(self, case: CaseId, place: Place, by: Literal["provider", "applicant"], number: int) -> CaseState:
        command = CheckPayment(step=place.step, item=ItemKey(place.item), round=number, by=by)
        return await self._engine.submit(case, command)


class Offers:
    """The services on offer here: those with a payment only where somebody takes payments."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._directory, self._paid_here = parts.engine.directory, parts.payments is not None
        self._agreed: tuple[PublishedPlan, ...] = ()
        self._here: tuple[PublishedPlan, ...] = ()

    def at(self, now: Instant) -> tuple[PublishedPlan, ...]:
        """Give what is on offer at this moment; the same tuple as long as it is the same."""
        agreed = self._directory.offered(now)
        if self._paid_here:
            return agreed
        if agreed is not self._agreed:
            self._agreed, self._here = (
                agreed,
                tuple(plan for plan in agreed if not needs_payments(plan, self._directory.plans)),
            )
        return self._here

    def why_not(self, service: str, now: Instant) -> str:
        """Say why a service that is registered is not on offer."""
        agreed = any(plan.plan.service == service for plan in self._directory.offered(now))
        return _NOBODY_IS_PAID if agreed else why_not_offered(self._directory, service, now)


_NOBODY_IS_PAID: Final = (
    "This service is not offered at the moment: something is paid in it, and this gateway has no provider of payments. "
    "An operator sets payments_url."
)


def is_paid(published: PublishedPlan) -> bool:
    """Whether the applicant of a plan has something to pay in it."""
    return any(step.pays for step in published.plan.steps.values())


def needs_payments(published: PublishedPlan, plans: Mapping[str, PublishedPlan]) -> bool:
    """Whether something is paid in a plan, or in a service that it has as a step; `plans` are all, by digest."""
    within = (plans[inner.digest] for inner in published.services.values())
    return is_paid(published) or any(needs_payments(child, plans) for child in within)
