"""Renewing a joint output that ends: by the holder of its case, as a new case in full."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from msgspec import Struct

from contracts.after_issue import Ending, RenewalWord
from contracts.draft_views import DraftView
from contracts.ids import CaseId, Instant
from contracts.views import CaseLine
from gateway.drafts import Drafts
from gateway.ending import ending_of, endings
from gateway.identity.callers import Caller
from gateway.parts import Parts
from gateway.problems import NotPossibleNow
from workflows.core.drafts import is_draft, is_over
from workflows.core.renewing import last_renewal
from workflows.core.state import CaseState
from workflows.ports import Erased

Held = Callable[[Caller, str], Awaitable[CaseState]]
_UNDER_WAY: Final = frozenset({"open", "issuing"})


class Renewal(Struct, frozen=True, kw_only=True):
    """How a case stands to its end: until when it is valid, whether it can be renewed now, and by which case it is.

    `word` says how that case stands; `closed` came to nothing, and can be begun again.
    """

    until: Instant
    past: bool
    possible: bool
    since: Instant | None
    by: CaseId = CaseId("")
    word: RenewalWord = "closed"


class Renewing:
    """Begins renewals, and says how they stand."""

    def __init__(self, parts: Parts, drafts: Drafts, held: Held) -> None:
        """Take the parts to call upon, what keeps drafts, and what gives a case to whoever holds its secret."""
        self._engine, self._clock, self._drafts, self._held = parts.engine, parts.clock, drafts, held

    async def begin(self, caller: Caller, case: str) -> DraftView:
        """Begin to renew a case, or give the draft of its renewal that is there already.

        Raises:
            NotFound: there is no such case, or it is not theirs.
            NotPossibleNow: it is being renewed, or was.
            Gone: its service is not on offer.
            Rejection: there is nothing to renew (yet).
            TooManyRequests, Overloaded: too many drafts are kept.

        """
        state = await self._held(caller, case)
        last = last_renewal(state)
        word = await self._word(last)
        if word == "open":
            raise NotPossibleNow(f"It is being renewed: follow {last}, which opens with the same secret.")
        if word == "issued":
            raise NotPossibleNow(f"It was renewed: {last} has the newer output, and is the one to renew.")
        if word != "draft":
            last = await self._drafts.renew(state, last, caller.address)
        return await self._drafts.read(caller, last)

    async def standing(self, caller: Caller, case: str) -> Renewal | None:
        """Say how a case stands to its end; None: it has none, or does not stand. Raises NotFound."""
        state = await self._held(caller, case)
        ending = ending_of(state)
        if ending is None:
            return None
        since, until = ending.renewable_from, ending.valid_until
        last, now = last_renewal(state), self._clock.now()
        word = await self._word(last)
        return Renewal(
            until=until,
            past=now >= until,
            possible=now >= since and word in {"draft", "closed"},
            since=since,
            by=last if word != "closed" else CaseId(""),
            word=word,
        )

    async def endings(self, lines: Iterable[CaseLine]) -> dict[CaseId, Ending]:
        """Give when the outputs of a list of cases end; who may see the list has been judged before."""
        return await endings(self._engine, lines)

    async def _word(self, renewal: CaseId) -> RenewalWord:
        try:
            state = await self._engine.state(renewal) if renewal else None
        except Erased:
            state = None
        if state is None or is_over(state):
            return "closed"
        if is_draft(state):
            return "draft"
        if state.status in _UNDER_WAY:
            return "open"
        return "issued" if state.status == "issued" else "closed"
