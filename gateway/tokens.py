"""The tokens that were issued: who holds one, and taking one back."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

from contracts.events import TokenIssued, TokenRevoked
from contracts.problems import Mistake
from contracts.tokens import TokenState, TokenView
from gateway.bodies import Sentence, written
from gateway.identity.callers import Caller
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from gateway.second_person import review_of

_SHOWN: Final = 16
"""Signs of a digest by which a token is named: 64 bits of it."""


class TokenRevocation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a token is taken back; it is recorded with the operator's name."""

    reason: Sentence = ""


class Tokens:
    """Lists tokens and takes them back."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._clock = parts.engine, parts.clock
        self._turn = asyncio.Lock()

    def listed(self, caller: Caller) -> list[TokenView]:
        """Give every token that was ever issued, newest first."""
        _operator(caller)
        directory = self._engine.directory
        issued = [*directory.tokens.values(), *(each.issued for each in directory.revoked_tokens.values())]
        return [self._view(each) for each in sorted(issued, key=lambda each: each.at, reverse=True)]

    async def revoke(self, caller: Caller, name: str, reason: str) -> TokenView:
        """Take a token back: from now on it opens nothing, also where somebody is signed in with it.

        Said again by the same person in the same words, it is the same answer.

        Raises:
            NotFound: there is no such token.
            FormInvalid: nothing is said.
            NotPossibleNow: it was revoked before, by somebody else or for another reason.

        """
        operator = _operator(caller)
        async with self._turn:
            issued = self._found(name)
            if not written(reason):
                raise FormInvalid("Something is missing.", [Mistake("/reason", "Say why.")])
            known = self._engine.directory.revoked_tokens.get(issued.digest)
            if known is None:
                event = TokenRevoked(at=self._clock.now(), digest=issued.digest, actor=operator, reason=written(reason))
                await self._engine.register([event])
            elif (known.revoked.actor, known.revoked.reason) != (operator, written(reason)):
                was = known.revoked
                message = f"It was revoked on {was.at:%Y-%m-%d} by {was.actor or 'the gateway'}: {was.reason}"
                raise NotPossibleNow(message)
            return self._view(issued)

    def _found(self, name: str) -> TokenIssued:
        directory = self._engine.directory
        issued = [*directory.tokens.values(), *(each.issued for each in directory.revoked_tokens.values())]
        for each in issued:
            if name_of(each.digest) == name:
                return each
        raise NotFound("There is no such token: `gapura token list` names them.")

    def _view(self, issued: TokenIssued) -> TokenView:
        directory, now = self._engine.directory, self._clock.now()
        known, run = directory.revoked_tokens.get(issued.digest), directory.bulk_runs.get(issued.run)
        state: TokenState = "revoked" if known is not None else "valid" if issued.expires_at > now else "past"
        return TokenView(
            token=name_of(issued.digest),
            role=issued.role,
            agency=issued.agency,
            person=issued.person,
            state=state,
            issued_at=issued.at,
            expires_at=issued.expires_at,
            issued_by=issued.actor,
            run=issued.run,
            lead=issued.lead,
            review=review_of(run, now) if run is not None else "",
            revoked_at=known.revoked.at if known is not None else None,
            revoked_by=known.revoked.actor if known is not None else "",
            revoked_why=known.revoked.reason if known is not None else "",
        )


def name_of(digest: str) -> str:
    """Give the name of a token: the first signs of its digest, from which nobody makes the token."""
    return digest.partition(":")[2][:_SHOWN]


def _operator(caller: Caller) -> str:
    if caller.operator is None:
        raise NotAllowed("This is for operators.")
    return caller.operator.actor
