"""The state of a case that somebody names: whatever is no case, or is erased, is not there."""

from __future__ import annotations

import re
from typing import Final

from contracts.ids import CaseId
from gateway.identity.callers import Caller
from gateway.limits import Guesses
from gateway.parts import Engine
from gateway.problems import NotFound
from workflows.core.drafts import is_over
from workflows.core.state import CaseState
from workflows.ports import REGISTER, Erased

_CASE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,79}")


async def known_case(engine: Engine, case: str) -> CaseState | None:
    """Give a case as it stands; None where there is none of this name (any more), the register's own included.

    A draft is no case.
    """
    state = await _known(engine, case)
    return state if state is not None and state.opened_at is not None else None


async def _known(engine: Engine, case: str) -> CaseState | None:
    if case == REGISTER or _CASE_ID.fullmatch(case) is None:
        return None
    try:
        return await engine.state(CaseId(case))
    except Erased:
        return None


async def held_case(engine: Engine, guesses: Guesses, caller: Caller, case: str) -> CaseState:
    """Give a case to whoever holds its secret: of anybody else it does not exist, and guessing is slowed.

    Raises:
        NotFound: there is none, or it is not theirs.
        TooManyRequests: too many wrong secrets came from there.

    """
    guesses.check(caller.address, *(proof(case, digest) for digest in caller.secrets))
    return _held(guesses, caller, case, await known_case(engine, case))


async def held_draft(engine: Engine, guesses: Guesses, caller: Caller, draft: str) -> CaseState:
    """Give a draft, or the case that it became, to whoever holds its secret. Raises as `held_case` does."""
    guesses.check(caller.address, *(proof(draft, digest) for digest in caller.secrets))
    state = await _known(engine, draft)
    return _held(guesses, caller, draft, None if state is None or is_over(state) else state)


def _held(guesses: Guesses, caller: Caller, case: str, state: CaseState | None) -> CaseState:
    if state is None or not caller.holds(state.secret_digest):
        guesses.wrong(caller.address)
        raise NotFound
    guesses.right(caller.address, proof(case, state.secret_digest))
    return state


def proof(case: str, secret_digest: str) -> str:
    """Name what somebody proves by a case's secret."""
    return f"{case} {secret_digest}"
