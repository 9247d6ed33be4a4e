"""What is shown of tokens: never one itself, only whose it is and how it stands."""

from __future__ import annotations

from typing import Literal

from contracts.ids import Instant
from contracts.views import View

TokenState = Literal["valid", "past", "revoked"]


class TokenView(View, frozen=True, kw_only=True):
    """A token that was issued: `token` names it (it opens nothing), `run` is by which run a second person let it in.

    `past`: its time is over; `revoked`: `revoked_by` took it back, and why. `review`: of broken glass.
    """

    token: str
    role: str
    agency: str
    person: str
    state: TokenState
    issued_at: Instant
    expires_at: Instant
    issued_by: str = ""
    run: str = ""
    lead: bool = False
    review: str = ""
    revoked_at: Instant | None = None
    revoked_by: str = ""
    revoked_why: str = ""
