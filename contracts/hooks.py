"""What hooks are told (`docs/reference/hooks.md`): the kinds, the body, and what is shown of hooks and deliveries."""

from __future__ import annotations

from typing import Final, Literal, get_args

from msgspec import Struct, field

from contracts.ids import Instant
from contracts.views import View

HookKind = Literal[
    "case.changed", "output.issued", "output.revoked", "part.revoked", "correction.asked", "contract.deprecated"
]
KINDS: Final[tuple[HookKind, ...]] = get_args(HookKind)
HookState = Literal["on", "gone", "spent"]
"""`gone`: the receiver answered 410; `spent`: it was not heard until the last attempt, and nothing else got through."""
DeliveryState = Literal["waiting", "delivered", "undelivered"]


class ToldOf(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened, and nothing about a person: `word` says what became of the case, or of its `step`."""

    word: str
    at: Instant
    link: str
    case: str = ""
    service: str = ""
    step: str = ""


class HookMessage(Struct, frozen=True, kw_only=True):
    """What is sent: CloudEvents 1.0 in structured JSON; `id` is the header `webhook-id` too."""

    id: str
    source: str
    type: str
    subject: str
    time: Instant
    data: ToldOf
    specversion: str = "1.0"
    datacontenttype: str = "application/json"


class HookView(View, frozen=True, kw_only=True):
    """An address that is told, and how that stands: so many wait for their next attempt, so many were given up.

    `agency` is whose it is (empty: the gateway's own, told of everything). Until `old_until` the secret before the
    last rotation signs too. `off_at`: since when nothing is sent there, unless `state` is `on`.
    """

    hook: str
    agency: str
    url: str
    kinds: list[HookKind]
    state: HookState
    made_at: Instant
    made_by: str
    waiting: int = 0
    undelivered: int = 0
    old_until: Instant | None = None
    off_at: Instant | None = None


class HookSecret(View, frozen=True, kw_only=True):
    """The secret that signs from now on, told once; until `old_until` the one before it signs too."""

    hook: str
    secret: str
    old_until: Instant | None = None


class AttemptView(View, frozen=True, kw_only=True):
    """One attempt: when, what the receiver answered (0: nothing, and `error` says why), and how long it took."""

    at: Instant
    status: int
    took_ms: int
    error: str = ""


class DeliveryView(View, frozen=True, kw_only=True):
    """One thing that one hook is told; `delivery` is its `webhook-id`. `next_at`: when it is tried again."""

    delivery: str
    kind: HookKind
    case: str
    made_at: Instant
    state: DeliveryState
    next_at: Instant | None = None
    attempts: list[AttemptView] = field(default_factory=list[AttemptView])


class DeliveryPage(View, frozen=True, kw_only=True):
    """Deliveries of a hook, newest first; `next` goes into `cursor` for older ones (empty: there are none)."""

    deliveries: list[DeliveryView]
    next: str = ""


class Resent(View, frozen=True, kw_only=True):
    """How many deliveries are sent again."""

    deliveries: int
