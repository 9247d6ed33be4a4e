"""What travels between the gateway and an agency (`docs/reference/wire.md` is the protocol around it).

Asks, undos and lookups are POSTed to `{url}/asks`, `{url}/undos`, `{url}/lookups`; an answer is the body of
the response, or of the agency's signed callback to `POST /v1/callbacks` after an `accepted`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from contracts.ids import AskKey, Instant
from contracts.payments import Billed, Billing


class Known(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a binding may refer to beside the message itself. It is ours: it never travels as it is.

    `case` has id, service and opened_at; `output` and `ticket` are what the agency contributed, and named, so far.
    Of a payment: the bill that is to be made; whether an unpaid one ends with this look; how much may stay with it.
    """

    case: dict[str, Any] = field(default_factory=dict[str, Any])
    input: dict[str, Any] = field(default_factory=dict[str, Any])
    output: dict[str, Any] = field(default_factory=dict[str, Any])
    ticket: str = ""
    accepted: bool = False
    billing: Billing | None = None
    closes: bool = False
    keep: int = 0


class Ask(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ask: exactly the step's `in`, under a key that every attempt repeats.

    `salt` (base64url) goes into the digest that the agency's signed part carries for its input, so that the
    part tells nobody else what was asked. `deadline` is when this attempt stops waiting.
    """

    key: AskKey
    contract: str
    contract_digest: str
    purpose: str
    legal_basis: str
    input: dict[str, Any]
    salt: str
    deadline: Instant
    callback: str
    attempt: int = 1
    known: Known | None = None


class Undo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Take back what was done under the key `undoes`; an agency that never saw that ask remembers the undo."""

    key: AskKey
    undoes: AskKey
    contract: str
    purpose: str
    reason: str
    deadline: Instant
    callback: str
    attempt: int = 1
    known: Known | None = None


class Lookup(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ask what is held under a key."""

    key: AskKey
    contract: str
    deadline: Instant
    known: Known | None = None


class _Answer(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="outcome"):
    key: AskKey


class Contributed(_Answer, frozen=True, kw_only=True, tag="contributed"):
    """The agency did its part. `part` is its SD-JWT over the output, where it signs."""

    output: dict[str, Any]
    part: str = ""


class Refused(_Answer, frozen=True, kw_only=True, tag="refused"):
    """The agency says no, with a code of the contract's closed list."""

    code: str
    text: str = ""


class Returned(_Answer, frozen=True, kw_only=True, tag="returned"):
    """Sent back for correction: the inputs that must change, and why."""

    inputs: list[str] = field(default_factory=list[str])
    text: str = ""


class Accepted(_Answer, frozen=True, kw_only=True, tag="accepted"):
    """Received and complete; the answer follows."""

    ticket: str = ""


class Undone(_Answer, frozen=True, kw_only=True, tag="undone"):
    """Taken back; also the answer to an ask whose undo came first."""


class UndoRefused(_Answer, frozen=True, kw_only=True, tag="undo_refused"):
    """The agency does not take its contribution back."""

    code: str = ""
    text: str = ""


class NothingHeld(_Answer, frozen=True, kw_only=True, tag="nothing_held"):
    """Only to a lookup: nothing is held under the key *now*; the ask may still be travelling."""


Answer = Contributed | Refused | Returned | Accepted | Undone | UndoRefused | NothingHeld
"""What an agency can say."""


class Unheard(Struct, frozen=True, kw_only=True, tag_field="outcome", tag="unheard"):
    """No answer: what happened instead.

    `sent` is False only when the agency cannot have acted: not one byte of the call left, or a binding's agency turned
    the call away (429); `final` says that repeating cannot help (a 4xx that is no refusal); `retry_after_s` is what the
    agency asked for.
    """

    key: AskKey
    reason: str
    sent: bool = True
    final: bool = False
    retry_after_s: float | None = None


class Unreadable(Struct, frozen=True, kw_only=True, tag_field="outcome", tag="unreadable"):
    """An answer that breaks the contract: kept, and not asked again."""

    key: AskKey
    mistakes: list[str]
    body: str = ""


Heard = Answer | Billed | Unheard | Unreadable
"""Everything that can come of one attempt, silence included."""


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What shows that an answer was given: by whom, when, the digest of what was received, the agency's signature.

    `kind` is `agency` (its HTTP signature verified, `key_id` names the key) or `attested` (the gateway says what it
    received: an officer at a desk, or an operator by hand; `actor` names who).

    `signature` is the RFC 9421 signature base of the answer, an empty line and the signature in base64: it names the
    digests of answer and ask, so whoever has the agency's public key can check what was answered to what.
    """

    kind: str
    received_at: Instant
    digest: str
    key_id: str = ""
    actor: str = ""
    part: str = ""
    sent_digest: str = ""
    signature: str = ""
