"""The state of a case that somebody names: whatever is no case, or is erased, is not there."""

from __future__ import annotations

import re
from typing import Final

from contracts.ids import CaseId
from gateway.parts import Engine
from workflows.core.state import CaseState
from workflows.ports import REGISTER, Erased

_CASE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,79}")


async def known_case(engine: Engine, case: str) -> CaseState | None:
    """Give a case as it stands; None where there is none of this name (any more), the register's own included."""
    if case == REGISTER or _CASE_ID.fullmatch(case) is None:
        return None
    try:
        return await engine.state(CaseId(case))
    except Erased:
        return None
