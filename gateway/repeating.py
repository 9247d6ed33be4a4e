"""An act of an operator that is said again: the same words under the same key are the same act, others are refused.

The key is claimed in the append that records the act, so of two at once one is carried out. What came with it is kept
as a fingerprint of each member, sealed: so the refusal can name what differs, and nothing else of it is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from gateway.idempotency import Reply, Wish, claim_of, reply_of, wish_of
from gateway.identity.callers import Grant
from gateway.parts import Parts
from gateway.problems import KeyReused
from workflows.ports import Claim

KEY: Final = "16 to 200 characters, best a UUID: the same act again under its key, in the same words, is one act."
"""What the API's document says of the header."""
LOOKED_AT_FIRST: Final = frozenset({"preview", "seen"})
"""Members of a run that a preview has not yet: it asks only whether the run was begun."""
_in_order = msgspec.json.Encoder(order="deterministic")


class Said(Struct, frozen=True, kw_only=True):
    """An act as somebody says it under a key: the wish, and a fingerprint of each member."""

    wish: Wish
    members: Mapping[str, str]


class Repeats:
    """Knows what was said before."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._journal, self._vault = parts.journal, parts.vault

    async def earlier(self, said: Said | None, *, besides: frozenset[str] = frozenset()) -> str:
        """Give the case or run that the same act was answered with; nothing where it was not said before.

        Raises:
            KeyReused: the key came with something else, `besides` left out.

        """
        claim = await self._journal.claimed(said.wish.scope, said.wish.key) if said is not None else None
        return "" if said is None or claim is None else self.same(claim, said, besides=besides)

    def same(self, claim: Claim, said: Said, *, besides: frozenset[str] = frozenset()) -> str:
        """Give what an earlier claim was answered with. Raises as `earlier` does."""
        kept = reply_of(claim, structs.replace(said.wish, body_digest=claim.body_digest), self._vault)
        before = msgspec.json.decode(kept.secret, type=dict[str, str])
        names = sorted(before.keys() | said.members.keys())
        differ = [name for name in names if name not in besides and before.get(name) != said.members.get(name)]
        if differ:
            what = f"This key came before, and {', '.join(differ)} differ now."
            message = f"{what} Nothing was done. Say it as before, or send a new key."
            raise KeyReused(message)
        return kept.case

    def claim(self, said: Said | None, answer: str, *, stream: str) -> Claim | None:
        """Give the claim that goes into the append of the act; `answer` is the case or run that it is answered with."""
        if said is None:
            return None
        reply = Reply(case=answer, secret=msgspec.json.encode(said.members).decode())
        return structs.replace(claim_of(said.wish, reply, self._vault), stream=stream)


def said_of(key: str | None, operator: Grant, about: str, body: Struct) -> Said | None:
    """Give an act as it is said under a key; None where none came.

    Raises:
        ParameterInvalid: the key is none.

    """
    given: dict[str, Any] = msgspec.to_builtins(body)
    wish = wish_of(key, caller=f"operator {operator.actor}", route=about, body=given)
    if wish is None:
        return None
    members = {name: hashlib.sha256(_in_order.encode(value)).hexdigest() for name, value in given.items()}
    return Said(wish=wish, members={name: mark for name, mark in members.items() if name != "preview"})
