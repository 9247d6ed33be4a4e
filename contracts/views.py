"""What is shown: derived from events, never stored as truth."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from contracts.after_issue import AfterIssue
from contracts.documents import Document
from contracts.events import HeldBackBecause
from contracts.facts import FactLine
from contracts.ids import CaseId, Instant, ItemKey, StepName
from contracts.objections import RaisedObjection
from contracts.payments import ChargeView, PaymentState
from contracts.plan import Kind
from contracts.revocation import PartRevocation
from contracts.units import Text
from contracts.waits import AgencyWait


class View(Struct, frozen=True, kw_only=True):
    """Anything shown."""


class IncidentView(View, frozen=True, kw_only=True):
    """Somebody must look at this: what, since when, who owns it, which acts apply.

    `answers` is the agency whose it is: the one that was asked; of an objection the lead, which decides it by `due_at`.
    """

    cause: str
    reason: str
    owner: str
    since: Instant
    answers: str = ""
    due_at: Instant | None = None
    acts: list[str] = field(default_factory=list[str])
    round: int = 1


class HeldBackView(View, frozen=True, kw_only=True):
    """Nothing is sent to the agency at the moment: why, and until when, where that is known.

    `maintenance`: of its system; `unreachable`: nobody is heard; `told_to_wait`: it asked for that; `queue`: others go.
    """

    because: HeldBackBecause
    until: Instant | None = None


class ErrandView(View, frozen=True, kw_only=True):
    """Something that an agency is to fetch, or that a worker of it has fetched (then `worker` has its name).

    `until` is when the lease ends, or how long it is offered; `attempt` is 0 for a lookup.
    """

    agency: str
    contract: str
    case: CaseId
    step: StepName
    item: ItemKey
    round: int
    verb: Literal["ask", "undo", "lookup"]
    attempt: int
    since: Instant
    until: Instant
    worker: str = ""
    fetched_at: Instant | None = None


class DocumentView(View, frozen=True, kw_only=True):
    """A document of a case: the field of an output, or of the form, that it is of; its name for people; what it is."""

    field: str
    label: Text
    document: Document


class PaymentView(View, frozen=True, kw_only=True):
    """What is to be paid in a step, and how it stands; amounts in whole rupiah.

    `code` (what it is, `code_for` says) and `url` are how it is paid, while it can be. `again_at` is when the provider
    is asked again by itself. `refund` is of money that nobody asked for, which is paid back by hand.
    """

    amount: int
    payee: Text
    legal_basis: str
    state: PaymentState
    until: Instant | None = None
    number: str = ""
    code: str = ""
    code_for: str = ""
    url: str = ""
    receipt: str = ""
    paid_at: str = ""
    method: str = ""
    again_at: Instant | None = None
    reason: str = ""
    refund: Literal["", "asked", "made", "failed"] = ""


class StepView(View, frozen=True, kw_only=True):
    """One step (one item of it) of a case, as its current round stands.

    `state` is a word of the step table (`workflows.core.state`). `being_checked`: an attempt was sent and not heard,
    so it may have worked. `held_back`: it has not left, and no clock runs. `signed` is `agency`, `attested` or empty.
    `kind` says who carries it out; where that is no agency, `agency`, `contract` and `connection` are empty, and
    `until` is when its time is over. `objections` are those of others; only operations see whose they are.
    `revoked`: its part of the issued output stands no more. `service` is the joint service that a sub-case is of,
    `sub_case` its id once it has been opened: the same secret opens it.
    """

    step: StepName
    item: ItemKey
    round: int
    agency: str
    contract: str
    title: Text
    connection: str
    state: str
    optional: bool
    kind: Kind = "ask"
    until: Instant | None = None
    since: Instant | None = None
    promised_by: Instant | None = None
    deemed_at: Instant | None = None
    attempt: int = 0
    again_at: Instant | None = None
    being_checked: bool = False
    held_back: HeldBackView | None = None
    code: str = ""
    refusal: Text | None = None
    text: str = ""
    reason: str = ""
    objection: dict[str, Any] | None = None
    signed: str = ""
    output: dict[str, Any] | None = None
    documents: list[DocumentView] = field(default_factory=list[DocumentView])
    objections: list[RaisedObjection] = field(default_factory=list[RaisedObjection])
    service: str = ""
    sub_case: str = ""
    undoing_rounds: list[int] = field(default_factory=list[int])
    payment: PaymentView | None = None
    incident: IncidentView | None = None
    revoked: PartRevocation | None = None


class AnnouncementView(View, frozen=True, kw_only=True):
    """What everybody may see of a case that waits for objections: what its plan publishes, and until when."""

    case: CaseId
    step: StepName
    item: ItemKey
    title: Text
    until: Instant
    decided_within: str = ""
    published: dict[str, Any]
    labels: dict[str, Text] = field(default_factory=dict[str, Text])


class CorrectionView(View, frozen=True, kw_only=True):
    """What the applicant is asked to change: JSON Pointers into the form, why, until when."""

    step: StepName
    item: ItemKey
    round: int
    agency: str
    pointers: list[str]
    refusal: Text | None
    text: str
    until: Instant | None


class ActionView(View, frozen=True, kw_only=True):
    """What a step asks of the applicant: a form, what it is about (`given`), and until when."""

    step: StepName
    item: ItemKey
    title: Text
    page: Literal["questions", "confirm", "upload", "pay"]
    form: dict[str, Any]
    given: dict[str, Any]
    labels: dict[str, Text]
    until: Instant
    optional: bool


class CaseView(View, frozen=True, kw_only=True):
    """One case: its state, marks (`waiting`, `held`, `paused`) and steps. `version` counts its events.

    `documents` came with the form. `facts` (`keeps_facts`: any) stand so. `parent`: it is `parent_step` of that case.
    """

    case: CaseId
    service: str
    title: Text
    plan: str
    plan_version: str
    version: int
    state: str
    marks: list[str]
    opened_at: Instant
    updated_at: Instant
    promised_within: str
    outcome: str = ""
    steps: list[StepView] = field(default_factory=list[StepView])
    documents: list[DocumentView] = field(default_factory=list[DocumentView])
    corrections: list[CorrectionView] = field(default_factory=list[CorrectionView])
    actions: list[ActionView] = field(default_factory=list[ActionView])
    can_withdraw: bool = False
    parent: str = ""
    parent_step: str = ""
    trace_id: str = ""
    output: str = ""
    closing_record: str = ""
    keeps_facts: bool = False
    facts: list[FactLine] = field(default_factory=list[FactLine])
    after_issue: AfterIssue | None = None


class AttemptView(View, frozen=True, kw_only=True):
    """One attempt: a bar of the waterfall."""

    step: StepName
    item: ItemKey
    round: int
    verb: Literal["ask", "undo"]
    attempt: int
    started_at: Instant
    ended_at: Instant | None
    result: str
    reason: str = ""


class ActView(View, frozen=True, kw_only=True):
    """Something done by hand: by whom, why, when. `step` is empty for the whole case, and `step/item` for an item."""

    at: Instant
    act: str
    step: str
    actor: str
    reason: str


class CaseHistoryView(View, frozen=True, kw_only=True):
    """What operations see of a case beside its view: attempts (for the waterfall), acts, the names of all events."""

    attempts: list[AttemptView]
    acts: list[ActView]
    events: list[dict[str, Any]]


class CaseLine(View, frozen=True, kw_only=True):
    """A case in a list, from clear headers alone. `waits`: whom an open case waits for, each with its clock."""

    case: CaseId
    service: str
    state: str
    marks: list[str]
    opened_at: Instant
    updated_at: Instant
    version: int
    attempts: int = 0
    last_error: str = ""
    waits: list[AgencyWait] = field(default_factory=list[AgencyWait])


class ContractLine(View, frozen=True, kw_only=True):
    """A contract in the directory."""

    name: str
    version: str
    digest: str
    title: Text
    effect: str
    connection: str
    purpose: str
    registered_at: Instant
    used_by: list[str]
    held_back: HeldBackView | None = None


class AgencyLine(View, frozen=True, kw_only=True):
    """An agency in the directory."""

    agency: str
    title: str
    contact: str
    contracts: list[ContractLine]


class OtherStep(View, frozen=True, kw_only=True):
    """A step that no agency is asked for: what the applicant does later, a wait, a case of another service.

    `within`: how long the applicant has, or it waits (empty: the case says). `announces`: others see it and may object.
    """

    step: str
    title: Text
    kind: Kind
    within: str = ""
    announces: bool = False


class ServiceView(View, frozen=True, kw_only=True):
    """A joint service in the catalogue; only services whose agreement is in force are shown."""

    service: str
    version: str
    plan: str
    title: Text
    description: Text | None
    life_event: str
    lead: str
    agencies: list[str]
    promise: str
    fee: str
    readings: list[dict[str, Any]]
    calendar: str = ""
    counter: dict[str, Any] | None = None
    announces: bool = False
    others: list[OtherStep] = field(default_factory=list[OtherStep])
    services: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    charges: list[ChargeView] = field(default_factory=list[ChargeView])
    form: dict[str, Any] | None = None


class PartView(View, frozen=True, kw_only=True):
    """One part of a joint output or a closing record: what a step gave, or why it gave nothing.

    `documents` names the values that are documents: each is the description (`contracts.documents.Document`).
    `status_index`: the place in the status list that says whether its agency revoked it, and `revoked` why.
    """

    step: StepName
    item: ItemKey
    agency: str
    agency_title: str
    title: Text
    word: str
    values: dict[str, Any]
    evidence: dict[str, Any]
    at: Instant | None = None
    refusal: Text | None = None
    text: str = ""
    objection: dict[str, Any] | None = None
    owner: str = ""
    labels: dict[str, Text] = field(default_factory=dict[str, Text])
    readings: dict[str, Text] = field(default_factory=dict[str, Text])
    documents: list[str] = field(default_factory=list[str])
    status_index: int | None = None
    revoked: PartRevocation | None = None


class JointOutput(View, frozen=True, kw_only=True):
    """What is sealed: every part, in plan order."""

    case: CaseId
    service: str
    title: Text
    plan: str
    holder: dict[str, Any]
    parts: list[PartView]
    lead: str
    issued_at: Instant
    agreement: str = ""
    lead_title: str = ""
    holder_labels: dict[str, Text] = field(default_factory=dict[str, Text])
    valid_until: Instant | None = None


class ClosingRecord(View, frozen=True, kw_only=True):
    """How a case ended that was not issued (surat penutupan): no joint output and no credential."""

    case: CaseId
    service: str
    title: Text
    plan: str
    outcome: str
    closed_at: Instant
    parts: list[PartView]
    reason: str = ""
    lead: str = ""
    lead_title: str = ""
