"""Who is calling: what was proved, before anybody asks what it opens."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Role = Literal["officer", "operator", "agency"]
"""What a token or a signature gives. An applicant has no role: the secret of a case opens that case alone."""


class Grant(Struct, frozen=True, kw_only=True):
    """One proved role: by a token (`person` is recorded as the actor), or by an agency's signature (`key_id`).

    `run` is the run by which an operator's token was issued, if it was by one; `lead`: an officer leads the desk.
    """

    role: Role
    agency: str = ""
    person: str = ""
    key_id: str = ""
    run: str = ""
    lead: bool = False

    @property
    def actor(self) -> str:
        """How this one is written into the record."""
        return f"{self.agency}/{self.person}" if self.agency and self.person else self.person or self.agency


class Caller(Struct, frozen=True, kw_only=True):
    """Everything that one request proved. `secrets` are digests of the case secrets that came with it."""

    grants: tuple[Grant, ...] = ()
    secrets: frozenset[str] = frozenset()
    address: str = ""

    def granted(self, role: Role, agency: str = "") -> Grant | None:
        """Give the grant for a role (of one agency, where `agency` is named), or None."""
        for grant in self.grants:
            if grant.role == role and agency in {"", grant.agency}:
                return grant
        return None

    @property
    def officer(self) -> Grant | None:
        """The grant of an officer, if this is one."""
        return self.granted("officer")

    @property
    def operator(self) -> Grant | None:
        """The grant of an operator, if this is one."""
        return self.granted("operator")

    def holds(self, secret_digest: str) -> bool:
        """Say whether the secret of a case came with the request."""
        return bool(secret_digest) and secret_digest in self.secrets


ANYONE = Caller()
"""A request that proved nothing."""
