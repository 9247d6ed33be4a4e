"""How an agency's system, or its desk, is reached: one kind of connection each, and what a binding is made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from contracts.declared import Closed, Value
from contracts.units import Duration

SecretName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z][A-Z0-9_]{0,127}$",
        description="Begins with the agency's name and two underscores: BAKEUDA__API_KEY",
    ),
]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="A day: 2027-03-31")]


class Secret(Closed, frozen=True, kw_only=True):
    """A value that stands in no file: the operator keeps it under this name. `expires` is watched."""

    secret: SecretName
    expires: Date | None = None


class ApiKeyAuth(Closed, frozen=True, kw_only=True, tag_field="kind", tag="api_key"):
    """A key in a header, in the query or in a cookie."""

    place: Literal["header", "query", "cookie"] = field(name="in")
    name: str
    key: Secret


class BasicAuth(Closed, frozen=True, kw_only=True, tag_field="kind", tag="basic"):
    """A user and a password."""

    user: Secret
    password: Secret


class BearerAuth(Closed, frozen=True, kw_only=True, tag_field="kind", tag="bearer"):
    """A token that does not change."""

    token: Secret


class ClientCredentials(Closed, frozen=True, kw_only=True, tag_field="kind", tag="oauth2"):
    """A token fetched with client credentials, and kept until it expires."""

    token_url: str
    client_id: Secret
    client_secret: Secret
    scopes: list[str] = field(default_factory=list[str])
    audience: str = ""
    client_in: Literal["header", "body"] = "header"


Auth = ApiKeyAuth | BasicAuth | BearerAuth | ClientCredentials


class Tls(Closed, frozen=True, kw_only=True):
    """Certificates in PEM: the client's own with its key, and whom to trust in place of the machine's list."""

    certificate: Secret | None = None
    key: Secret | None = None
    ca: Secret | None = None


class ByKey(Closed, frozen=True, kw_only=True):
    """Our key in this header makes a repeat the same wish: the agency does it once."""

    by_key: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$", description="A header: Idempotency-Key")]


Repeat = Literal["harmless", "lookup_first", "never"] | ByKey
"""The truth about an ask that arrives twice."""


class BoundOutcome(Closed, frozen=True, kw_only=True):
    """What an answer means: `when` it is such (left out: any 2xx), exactly one meaning, and a `text` with it."""

    when: str | None = None
    contribute: Any = None
    refuse: str | None = None
    return_: list[str] | None = field(default=None, name="return")
    accepted: Value | None = None
    undone: bool = False
    nothing_held: bool = False
    fail: bool = False
    exhaust: bool = False
    text: Value | None = None


class BoundOperation(Closed, frozen=True, kw_only=True):
    """One operation of the document, what is sent with it, and what its answers mean, the first that fits."""

    operation: Annotated[
        str, Meta(description="An operationId of the document, or a method and a path: POST /outlets/{id}")
    ]
    parameters: dict[str, Value] = field(default_factory=dict[str, Value])
    headers: dict[str, Value] = field(default_factory=dict[str, Value])
    body: Any = None
    outcomes: list[BoundOutcome] = field(default_factory=list[BoundOutcome])


class WireConnection(Closed, frozen=True, kw_only=True, tag_field="kind", tag="wire"):
    """The agency runs a system that speaks the wire protocol at `url`; `deadline` bounds one attempt."""

    url: str
    deadline: Duration = "10 s"


class OpenApiConnection(Closed, frozen=True, kw_only=True, tag_field="kind", tag="openapi"):
    """The agency has its own REST API and its document; the binding maps, and nothing changes on its side.

    In a file `document` is a path beside it; once loaded, the part of the document that the binding uses.
    """

    document: str | dict[str, Any]
    repeat: Repeat
    ask: BoundOperation
    url: str | None = None
    undo: BoundOperation | None = None
    lookup: BoundOperation | None = None
    poll: BoundOperation | None = None
    auth: list[Auth] = field(default_factory=list[Auth])
    tls: Tls | None = None
    proxy: Secret | None = None
    deadline: Duration = "10 s"


class PullConnection(Closed, frozen=True, kw_only=True, tag_field="kind", tag="pull"):
    """The agency's system can only call out: it fetches what is asked, says that it is still at it, and answers.

    `lease` bounds how long it may be silent about what it has fetched; `deadline` one attempt: until it is fetched, and
    from then on until it is answered.
    """

    lease: Duration = "1 min"
    deadline: Duration = "1 h"


class DeskConnection(Closed, frozen=True, kw_only=True, tag_field="kind", tag="desk"):
    """The agency has people and no system: officers answer in the browser.

    `second_officer`: which decisions another officer confirms before they count.
    """

    second_officer: Literal["refusals", "all"] | None = None


Connection = WireConnection | OpenApiConnection | PullConnection | DeskConnection
