"""Whose each route is, as data. A route without a line here does not start (`gateway.app.create_app`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias

from gateway.identity.callers import Caller
from gateway.problems import NotAllowed, NotAuthenticated


class Owner(Enum):
    """Who may call a route at all. Whether the object is theirs is judged by the call: a foreign one is 404."""

    ANYONE = "anyone"
    HOLDER = "whoever holds the secret of the case"
    AGENCY = "the agency itself: a signed message, or its token"
    OFFICER = "an officer of the agency that was asked"
    OPERATOR = "an operator"


Owners: TypeAlias = Mapping[tuple[str, str], Owner]
"""(method, path template) to owner."""

API_OWNERS: Final[Owners] = {
    ("GET", "/v1/services"): Owner.ANYONE,
    ("GET", "/v1/services/{service}"): Owner.ANYONE,
    ("POST", "/v1/services/{service}/cases"): Owner.ANYONE,
    ("POST", "/v1/services/{service}/drafts"): Owner.ANYONE,
    ("GET", "/v1/services/{service}/drafts/{draft}"): Owner.HOLDER,
    ("PUT", "/v1/services/{service}/drafts/{draft}"): Owner.HOLDER,
    ("DELETE", "/v1/services/{service}/drafts/{draft}"): Owner.HOLDER,
    ("POST", "/v1/services/{service}/drafts/{draft}/case"): Owner.HOLDER,
    ("GET", "/v1/services/{service}/announcements"): Owner.ANYONE,
    ("POST", "/v1/services/{service}/announcements/{case}/{step}/objections"): Owner.ANYONE,
    ("GET", "/v1/cases/{case}"): Owner.HOLDER,
    ("GET", "/v1/cases/{case}/form"): Owner.HOLDER,
    ("GET", "/v1/cases/{case}/events"): Owner.HOLDER,
    ("GET", "/v1/cases/{case}/output"): Owner.HOLDER,
    ("GET", "/v1/cases/{case}/documents/{digest}"): Owner.HOLDER,
    ("POST", "/v1/cases/{case}/withdrawal"): Owner.HOLDER,
    ("POST", "/v1/cases/{case}/corrections"): Owner.HOLDER,
    ("POST", "/v1/cases/{case}/steps/{step}/answer"): Owner.HOLDER,
    ("POST", "/v1/cases/{case}/steps/{step}/payment-check"): Owner.HOLDER,
    ("POST", "/v1/payments/notices"): Owner.AGENCY,
    ("POST", "/v1/callbacks"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/leases"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/leases/{lease}/heartbeat"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/leases/{lease}/answer"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/leases/{lease}/release"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/revocations"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/questions"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/confirmations"): Owner.AGENCY,
    ("GET", "/v1/questions"): Owner.OFFICER,
    ("GET", "/v1/notices"): Owner.OFFICER,
    ("POST", "/v1/notices/{notice}/taking"): Owner.OFFICER,
    ("POST", "/v1/agencies/{agency}/notices"): Owner.AGENCY,
    ("POST", "/v1/agencies/{agency}/noted"): Owner.AGENCY,
    ("POST", "/v1/cases/{case}/renewal"): Owner.HOLDER,
    ("POST", "/v1/questions/{question}/answer"): Owner.OFFICER,
    ("GET", "/v1/operations/facts"): Owner.OPERATOR,
    ("GET", "/v1/directory"): Owner.ANYONE,
    ("GET", "/v1/calendars"): Owner.ANYONE,
    ("GET", "/v1/calendars/{calendar}"): Owner.ANYONE,
    ("PUT", "/v1/calendars/{calendar}"): Owner.OPERATOR,
    ("GET", "/v1/keys"): Owner.ANYONE,
    ("GET", "/v1/status-lists/{number}"): Owner.ANYONE,
    ("POST", "/v1/verifications"): Owner.ANYONE,
    ("PUT", "/v1/agencies/{agency}"): Owner.OPERATOR,
    ("PUT", "/v1/agencies/{agency}/contracts/{contract}/{version}"): Owner.AGENCY,
    ("GET", "/v1/agencies/{agency}/contracts/{contract}/{version}"): Owner.ANYONE,
    ("POST", "/v1/plans"): Owner.OPERATOR,
    ("POST", "/v1/agreements"): Owner.OPERATOR,
    ("GET", "/v1/agreements"): Owner.ANYONE,
    ("GET", "/v1/agreements/{agreement}"): Owner.ANYONE,
    ("POST", "/v1/agreements/{agreement}/signatures"): Owner.ANYONE,
    ("POST", "/v1/agreements/{agreement}/papers"): Owner.OPERATOR,
    ("GET", "/v1/agreements/{agreement}/papers/{digest}"): Owner.OPERATOR,
    ("GET", "/v1/tasks"): Owner.OFFICER,
    ("GET", "/v1/tasks/{task}"): Owner.OFFICER,
    ("GET", "/v1/tasks/{task}/documents/{digest}"): Owner.OFFICER,
    ("POST", "/v1/tasks/{task}/claim"): Owner.OFFICER,
    ("POST", "/v1/tasks/{task}/release"): Owner.OFFICER,
    ("POST", "/v1/tasks/{task}/handover"): Owner.OFFICER,
    ("POST", "/v1/tasks/{task}/confirmation"): Owner.OFFICER,
    ("POST", "/v1/tasks/{task}/decision"): Owner.OFFICER,
    ("GET", "/v1/objections"): Owner.OFFICER,
    ("POST", "/v1/objections/{case}/{step}"): Owner.OFFICER,
    ("GET", "/v1/sheets/{step}"): Owner.OFFICER,
    ("POST", "/v1/sheets/{step}"): Owner.OFFICER,
    ("GET", "/v1/contributions"): Owner.OFFICER,
    ("POST", "/v1/contributions/{contribution}/revocation"): Owner.OFFICER,
    ("POST", "/v1/contributions/{contribution}/confirmation"): Owner.OFFICER,
    ("POST", "/v1/tokens"): Owner.OPERATOR,
    ("GET", "/v1/tokens"): Owner.OPERATOR,
    ("POST", "/v1/tokens/{token}/revocation"): Owner.OPERATOR,
    ("GET", "/v1/operations/cases"): Owner.OPERATOR,
    ("POST", "/v1/operations/bulk"): Owner.OPERATOR,
    ("GET", "/v1/operations/bulk/{run}"): Owner.OPERATOR,
    ("GET", "/v1/operations/bulk"): Owner.OPERATOR,
    ("POST", "/v1/operations/bulk/{run}/approval"): Owner.OPERATOR,
    ("POST", "/v1/operations/bulk/{run}/stop"): Owner.OPERATOR,
    ("POST", "/v1/operations/bulk/{run}/review"): Owner.OPERATOR,
    ("GET", "/v1/operations/cases/{case}"): Owner.OPERATOR,
    ("GET", "/v1/operations/cases/{case}/clocks"): Owner.OPERATOR,
    ("GET", "/v1/operations/promises"): Owner.OPERATOR,
    ("POST", "/v1/operations/cases/{case}/acts"): Owner.OPERATOR,
    ("GET", "/v1/operations/leases"): Owner.OPERATOR,
    ("POST", "/v1/hooks"): Owner.AGENCY,
    ("GET", "/v1/hooks"): Owner.AGENCY,
    ("GET", "/v1/hooks/{hook}"): Owner.AGENCY,
    ("DELETE", "/v1/hooks/{hook}"): Owner.AGENCY,
    ("POST", "/v1/hooks/{hook}/rotation"): Owner.AGENCY,
    ("POST", "/v1/hooks/{hook}/enabling"): Owner.AGENCY,
    ("GET", "/v1/hooks/{hook}/deliveries"): Owner.AGENCY,
    ("POST", "/v1/hooks/{hook}/resending"): Owner.AGENCY,
    ("GET", "/v1/openapi.json"): Owner.ANYONE,
    ("GET", "/v1/reference"): Owner.ANYONE,
    ("GET", "/v1/reference/{file}"): Owner.ANYONE,
    ("GET", "/problems"): Owner.ANYONE,
    ("GET", "/problems/{slug}"): Owner.ANYONE,
    ("GET", "/health/live"): Owner.ANYONE,
    ("GET", "/health/ready"): Owner.ANYONE,
    ("GET", "/metrics"): Owner.ANYONE,
}
"""The API's routes. A signature under an agreement is anyone's to hand in: the JWS itself says whose word it is."""


def admit(owner: Owner, caller: Caller) -> None:
    """Let a caller through to a route, or raise.

    Raises:
        NotAuthenticated: nothing came that could be the owner's.
        NotAllowed: the caller is somebody else.

    """
    match owner:
        case Owner.ANYONE | Owner.AGENCY:  # a signature covers the body: it is judged once that has been read
            return
        case Owner.HOLDER:
            if not caller.secrets:
                _refuse(caller, "Send the secret of the case, as you got it once: Authorization: Bearer <secret>.")
        case Owner.OFFICER:
            if caller.officer is None:
                _refuse(caller, "Send an officer's token: Authorization: Bearer <token>.")
        case Owner.OPERATOR:
            if caller.operator is None:
                _refuse(caller, "Send an operator's token: Authorization: Bearer <token>.")


def _refuse(caller: Caller, how: str) -> None:
    if caller.grants or caller.secrets:
        raise NotAllowed(f"This is not yours to do with what you sent. {how}")
    raise NotAuthenticated(how)
