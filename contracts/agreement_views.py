"""What is shown of agreements: how each stands, and each agency's word on it."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from contracts.agreement import Agreement
from contracts.ids import Instant
from contracts.units import Text
from contracts.views import View

WordState = Literal["signed", "waits", "rejected", "revoked"]
Touches = Literal["parties", "reading", "output", "time", "terms"]
AgreementState = Literal["in_force", "waits", "rejected", "revoked", "not_yet", "ended"]


class WordView(View, frozen=True, kw_only=True):
    """Where one agency stands on an agreement: its latest word, or that it is waited for.

    `name`, `office` and `mandate` are the signatory's: on paper as recorded, else as the agreement names them. `key` is
    the one that signed (empty: on paper). `reason`: why not. `jws` is the signed word itself; of a word on paper, the
    gateway's signed record of it. `file` is the digest of the PDF that came back, `instrument` what it names as its
    own letter, and `found` what was found of the signatures in it, by `signers`.
    Operators recorded it.
    """

    agency: str
    state: WordState
    name: str = ""
    office: str = ""
    mandate: str = ""
    at: Instant | None = None
    reason: str = ""
    key: str = ""
    jws: str = ""
    file: str = ""
    instrument: str = ""
    found: str = ""
    signers: list[str] = field(default_factory=list[str])


class AgreementView(View, frozen=True, kw_only=True):
    """An agreement and where each agency stands.

    `decisions` has the latest word of each agency, `missing` those that do not accept. `title` and `proposed_at` are
    not known to whoever only checks a file.
    """

    digest: str
    service: str
    version: str
    plan: str
    valid_from: Instant
    valid_until: Instant
    decisions: dict[str, str]
    in_force: bool
    missing: list[str]
    state: AgreementState = "waits"
    words: list[WordView] = field(default_factory=list[WordView])
    title: Text | None = None
    proposed_at: Instant | None = None


class AgreementDifference(View, frozen=True, kw_only=True):
    """What differs between two agreements, in one sentence; whose reading it is (empty: everybody's)."""

    about: Touches
    says: Text
    agency: str = ""


class AgreementShown(View, frozen=True, kw_only=True):
    """An agreement, word for word; where each agency stands; what differs from what was signed before.

    `before`: the digest of the newest earlier agreement on the service that every agency once accepted (empty: none).
    `plan_differences`, in English, are what differs in the plans besides.
    """

    agreement: Agreement
    view: AgreementView
    before: str = ""
    differences: list[AgreementDifference] = field(default_factory=list[AgreementDifference])
    plan_differences: list[str] = field(default_factory=list[str])


class AgreementList(View, frozen=True, kw_only=True):
    """Agreements, newest first; those that end, soonest first."""

    agreements: list[AgreementView]
