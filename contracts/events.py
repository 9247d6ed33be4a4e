"""Recorded for ever. A class never changes: a new shape is a new class, and the core keeps reading the old one.

Case events make up the journal of one case; register events the journal of the register (agencies, contracts,
plans, agreements, tokens, statuses).
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from contracts.agreement import Agreement, PaperWord, Signature
from contracts.calendar import PublishedCalendar
from contracts.contract import Contract
from contracts.facts import StillSo
from contracts.ids import AskKey, CaseId, Instant, ItemKey, Place, StepName
from contracts.payments import Bill
from contracts.plan import PublishedPlan
from contracts.revocation import RevokedBecause, SealedPart, SubPart
from contracts.wire import Answer, Evidence

ExhaustedCause = Literal["attempts", "answer", "contract", "plan", "expression", "returned", "deadline", "unknown"]
Outcome = Literal["refused", "withdrawn", "expired", "ended"]
HeldBackBecause = Literal["maintenance", "unreachable", "told_to_wait", "queue"]
TakeBackCause = Literal["closing", "replaced", "condition", "withdrawn", "skipped", "ended", "revoked"]
Standing = Literal["open", "waiting", "issued", "reduced", "closed", "undone", "not_undone"]
"""Where a sub-case stands for its parent; `waiting` is for the applicant; `reduced`: parts of its output fell."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event"):
    """Anything recorded; `at` is when it was decided."""

    at: Instant


class StepEvent(Event, frozen=True, kw_only=True):
    """Something recorded of one round of one step."""

    step: StepName
    item: ItemKey = ItemKey("")
    round: int = 1

    @property
    def place(self) -> Place:
        """Where it happened."""
        return Place(self.step, self.item, self.round)


# --- the case -----------------------------------------------------------------------------------------------


class CaseOpened(Event, frozen=True, kw_only=True):
    """An application under one plan.

    `traceparent` is the submission's; `secret_digest` opens the case to its holder. `parent`: it is a sub-case, opened
    by that ask of another case. `renews`: it is the renewal of that one.
    """

    case: CaseId
    service: str
    plan: str
    form: dict[str, Any]
    caller: str = ""
    secret_digest: str = ""
    traceparent: str = ""
    parent: AskKey = AskKey("")
    renews: CaseId = CaseId("")


class DraftSaved(Event, frozen=True, kw_only=True):
    """A form that somebody goes on with later: nothing of it was judged, and no agency has seen it.

    `plan` is the one that was on offer then; after `expires_at` nobody keeps it. `renews` is the case it began from.
    """

    case: CaseId
    service: str
    plan: str
    form: dict[str, Any]
    secret_digest: str
    expires_at: Instant
    renews: CaseId = CaseId("")


class RenewalBegun(Event, frozen=True, kw_only=True):
    """The holder began to renew an output that ends: `renewal` is the draft, and the case that it becomes."""

    renewal: CaseId


class NoticeTaken(Event, frozen=True, kw_only=True):
    """An agency took note of what was revoked; `number` counts what agencies of this case were told."""

    agency: str
    number: int
    evidence: Evidence


class DraftClosed(Event, frozen=True, kw_only=True):
    """A draft became no application: its time was over, or whoever began it deleted it. Its key is destroyed next."""

    outcome: Literal["expired", "withdrawn"]


class CaseWithdrawn(Event, frozen=True, kw_only=True):
    """The applicant took the application back."""

    reason: str = ""


class CaseEndedByHand(Event, frozen=True, kw_only=True):
    """An operator ended a case that cannot be finished."""

    actor: str
    reason: str


class CaseClosing(Event, frozen=True, kw_only=True):
    """The case will not be issued: what must be undone is undone, then it closes with `outcome`."""

    outcome: Outcome
    step: StepName = StepName("")


class CaseClosed(Event, frozen=True, kw_only=True):
    """Closed whole, with a closing record."""

    outcome: Outcome


class CaseIssuing(Event, frozen=True, kw_only=True):
    """Every step has its last word and every required one stands: the joint output may be sealed."""


class OutputSealed(Event, frozen=True, kw_only=True):
    """The one joint output, sealed: `credential` is a compact `vc+jwt`, `status_index` its place in the status list.

    `parts` are the places of its parts there; after `valid_until` it is valid no more (None: it has no end).
    """

    credential: str
    digest: str
    status_index: int
    parts: list[SealedPart] = field(default_factory=list[SealedPart])
    valid_until: Instant | None = None


class SealFailed(Event, frozen=True, kw_only=True):
    """Sealing was not possible; it is tried again at `again_at`."""

    reason: str
    attempt: int
    again_at: Instant


class SealAsked(Event, frozen=True, kw_only=True):
    """Sealing is tried again."""

    attempt: int


class CaseIssued(Event, frozen=True, kw_only=True):
    """The joint output is out."""


class OutputRevoked(Event, frozen=True, kw_only=True):
    """The lead took the joint output back: its status must say so."""

    actor: str
    reason: str


class CaseReopened(Event, frozen=True, kw_only=True):
    """The output is not issued yet: what a sub-case gave stands no more. A seal that is under way counts no more."""


class SealVoided(Event, frozen=True, kw_only=True):
    """A seal came back that counts no more: its place in the status list is to say so."""

    status_index: int


class StatusPublished(Event, frozen=True, kw_only=True):
    """The status list says that the output, or a part of it, is revoked."""

    status_index: int


class CaseRevoked(Event, frozen=True, kw_only=True):
    """The revocation is complete."""


class CasePaused(Event, frozen=True, kw_only=True):
    """Nothing leaves any more; answers are still taken."""

    actor: str
    reason: str


class CaseResumed(Event, frozen=True, kw_only=True):
    """What was held back goes on."""

    actor: str
    reason: str


class SubCaseTakenBack(Event, frozen=True, kw_only=True):
    """The case that this one is part of takes it back: it closes, or what was issued is revoked, and is undone."""


class ParentTold(Event, frozen=True, kw_only=True):
    """The case that this one is part of has been told how it stands, and how many parts of its output fell."""

    word: Standing
    parts: int = 0


# --- a round of a step --------------------------------------------------------------------------------------


class RoundOpened(StepEvent, frozen=True, kw_only=True):
    """A changed input opens this round; what earlier rounds did is taken back before it is asked.

    `input` is given where an operator replaced it; else it is resolved when its turn comes.
    """

    because: Literal["correction", "replaced", "dependency", "revoked"]
    origin: StepName = StepName("")
    input: dict[str, Any] | None = None
    actor: str = ""
    reason: str = ""


class ItemsListed(StepEvent, frozen=True, kw_only=True):
    """The list of an `each` step is known: the keys of its items, in order; those that are new open their next round.

    `item` is empty: the round is the one of the step as a whole, in which its list was waited for.
    """

    items: list[str]
    actor: str = ""
    reason: str = ""


class StepReady(StepEvent, frozen=True, kw_only=True):
    """Could be asked, but the case is paused or an undo must come first."""

    waits_for: Literal["pause", "undo"]


class StepAsked(StepEvent, frozen=True, kw_only=True):
    """An attempt may leave. The first of a round carries the resolved `input`; later ones repeat it."""

    attempt: int = 1
    input: dict[str, Any] | None = None
    give_up_at: Instant | None = None
    actor: str = ""
    reason: str = ""


class StepBegun(StepEvent, frozen=True, kw_only=True):
    """A step that no agency carries out has begun, with the resolved `input`; at `until` its time is over."""

    until: Instant
    input: dict[str, Any]
    actor: str = ""
    reason: str = ""


class ApplicantAnswered(StepEvent, frozen=True, kw_only=True):
    """The applicant did what the step asks; `output` is the answers. `again`: of an earlier round, asked the same."""

    output: dict[str, Any]
    evidence: Evidence
    again: bool = False


class SubCaseWaits(StepEvent, frozen=True, kw_only=True):
    """The sub-case that the step opened waits for the applicant: the step's clock stands still."""


class SubCaseGoesOn(StepEvent, frozen=True, kw_only=True):
    """The sub-case waits for the applicant no more: the step's clock goes on."""


class SubCaseFell(StepEvent, frozen=True, kw_only=True):
    """What a sub-case gave stands no more, before the joint output is issued: an incident with an owner.

    `output` is what is left of it where only `parts` of it fell (None: nothing).
    """

    output: dict[str, Any] | None
    parts: list[SubPart] = field(default_factory=list[SubPart])
    evidence: Evidence


class RestTaken(StepEvent, frozen=True, kw_only=True):
    """What is left of a sub-case's output is the step's contribution from now on, by an operator's act."""

    actor: str
    reason: str


class SubCaseReduced(StepEvent, frozen=True, kw_only=True):
    """Parts of what a sub-case gave stand no more, after the joint output was issued; `output` is what is left.

    `shown`: the joint output shows something of them; `resting` are the steps that were given it, by way of others too.
    """

    output: dict[str, Any]
    parts: list[SubPart]
    shown: bool
    resting: list[StepName]
    evidence: Evidence


class BillMade(StepEvent, frozen=True, kw_only=True):
    """The provider of payments has the bill: now it is the applicant's turn, until `bill.until`."""

    bill: Bill
    evidence: Evidence
    lookup_at: Instant


class BillCheckAsked(StepEvent, frozen=True, kw_only=True):
    """The provider is asked how the bill stands, because somebody says that something happened, or its time is over.

    `closes`: unless it is paid, it ends with this look; `declined`: because the applicant does not pay.
    """

    attempt: int
    by: Literal["provider", "applicant", "operator", "gateway"]
    closes: bool = False
    declined: bool = False


class PaymentDoubted(StepEvent, frozen=True, kw_only=True):
    """What the amount rests on is asked anew: whether the payment stands is not known before that."""


class PaymentStands(StepEvent, frozen=True, kw_only=True):
    """The same is to be paid as before: what was paid stands."""


class RefundAsked(StepEvent, frozen=True, kw_only=True):
    """Somebody pays back money that nobody asked for: at most `keep` rupiah are to stand."""

    attempt: int
    keep: int
    actor: str
    reason: str


class RefundMade(StepEvent, frozen=True, kw_only=True):
    """The provider paid it back."""

    evidence: Evidence


class RefundFailed(StepEvent, frozen=True, kw_only=True):
    """It was not paid back, or nobody knows: whoever asked for it looks again."""

    reason: str


class ObjectionRaised(StepEvent, frozen=True, kw_only=True):
    """Somebody else objects while the step waits; `number` counts the objections at this step."""

    number: int
    name: str
    contact: str
    grounds: str


class ObjectionDecided(StepEvent, frozen=True, kw_only=True):
    """An objection was upheld, so that the step is refused, or dismissed."""

    number: int
    upheld: bool
    actor: str
    reason: str


class ObjectionOverdue(StepEvent, frozen=True, kw_only=True):
    """The lead has not decided this objection in time: a person must look. Nothing is decided by itself."""

    number: int


class StepHeldBack(StepEvent, frozen=True, kw_only=True):
    """The attempt has not left: the agency's protection holds it back, and no clock runs. `sent`: it may have, before.

    `because`: a maintenance window; nobody is heard there at the moment; the agency asked us to wait; others are first.
    """

    verb: Literal["ask", "undo"]
    attempt: int
    because: HeldBackBecause
    sent: bool = False


class StepLetGo(StepEvent, frozen=True, kw_only=True):
    """The attempt that was held back may leave now."""

    verb: Literal["ask", "undo"]
    attempt: int


class StepFetched(StepEvent, frozen=True, kw_only=True):
    """This attempt is given out to the agency's own worker; that it arrived, its next word shows.

    `evidence` shows who fetched: the signature of the call, or the token's holder; `sent_digest` is of what was given.
    """

    verb: Literal["ask", "undo"]
    attempt: int
    worker: str
    evidence: Evidence


class StepReceived(StepEvent, frozen=True, kw_only=True):
    """The agency provably has the ask, complete: a worker of it that fetched it has said so since."""

    worker: str
    evidence: Evidence


class StepAccepted(StepEvent, frozen=True, kw_only=True):
    """The agency has the complete ask; its answer follows. At `lookup_at` we ask what it holds, where it can say."""

    evidence: Evidence
    ticket: str = ""
    lookup_at: Instant | None = None


class StepFailed(StepEvent, frozen=True, kw_only=True):
    """The attempt was not heard; it is repeated at `again_at`. `sent`: it may have worked all the same."""

    attempt: int
    reason: str
    sent: bool
    again_at: Instant


class StepContributed(StepEvent, frozen=True, kw_only=True):
    """The agency's part, or one contributed by hand with evidence."""

    output: dict[str, Any]
    evidence: Evidence
    actor: str = ""
    reason: str = ""


class StepRefused(StepEvent, frozen=True, kw_only=True):
    """The agency's no. With `correctable`, the applicant may change those form inputs until `correct_until`."""

    code: str
    evidence: Evidence
    text: str = ""
    correctable: list[str] = field(default_factory=list[str])
    correct_until: Instant | None = None


class StepReturned(StepEvent, frozen=True, kw_only=True):
    """Sent back: the applicant may change those form inputs until `correct_until`."""

    evidence: Evidence
    correctable: list[str]
    correct_until: Instant
    text: str = ""


class StepExhausted(StepEvent, frozen=True, kw_only=True):
    """Waiting is spent: an incident with an owner. A late answer still decides."""

    cause: ExhaustedCause
    reason: str
    owner: str
    sent: bool = False
    evidence: Evidence | None = None


class StepOverdue(StepEvent, frozen=True, kw_only=True):
    """The promise was not kept and the contract escalates: a person must look, while the agency is still waited for."""


class StepDeemed(StepEvent, frozen=True, kw_only=True):
    """Granted by law: the agency provably had a complete ask, and was silent until its time was over."""

    output: dict[str, Any]
    legal_basis: str
    evidence: Evidence


class LookupAsked(StepEvent, frozen=True, kw_only=True):
    """An accepted ask has been silent for long, or an outcome is unknown: the agency is asked what it holds."""

    attempt: int


class LookupUnanswered(StepEvent, frozen=True, kw_only=True):
    """The lookup told nothing new; the next is made at `again_at` (None: nothing more is looked for)."""

    attempt: int
    reason: str
    again_at: Instant | None = None


class StepSkipped(StepEvent, frozen=True, kw_only=True):
    """Not needed (`when` is false), or skipped by hand (optional)."""

    cause: Literal["when", "hand", "promise"]
    actor: str = ""
    reason: str = ""


class StepDropped(StepEvent, frozen=True, kw_only=True):
    """Not wanted any more, and nothing to take back."""

    cause: TakeBackCause


class RefusalFinal(StepEvent, frozen=True, kw_only=True):
    """A refusal that could have been corrected is final: the time is up, or the applicant declined.

    `locked`: a final step was asked meanwhile with the answers that could have been changed.
    """

    cause: Literal["declined", "expired", "closing", "locked"]


class NothingDone(StepEvent, frozen=True, kw_only=True):
    """A person found out that the agency did nothing for the attempts so far: their outcome is known."""

    evidence: Evidence
    actor: str
    reason: str


# --- undo ---------------------------------------------------------------------------------------------------


class UndoStarted(StepEvent, frozen=True, kw_only=True):
    """What this round did, or may have done, is to be taken back; with `actor`, by an operator's act (a skip)."""

    cause: TakeBackCause
    actor: str = ""
    reason: str = ""


class SettlingFailed(StepEvent, frozen=True, kw_only=True):
    """An ask that is to be taken back was not heard: whether there is anything to undo is found out at `again_at`."""

    attempt: int
    reason: str
    sent: bool
    again_at: Instant


class UndoAsked(StepEvent, frozen=True, kw_only=True):
    """An attempt of the undo may leave."""

    attempt: int = 1
    give_up_at: Instant | None = None
    actor: str = ""
    reason: str = ""


class UndoAccepted(StepEvent, frozen=True, kw_only=True):
    """The agency has the undo; its answer follows. At `again_at` it is asked again, unless people decide it."""

    evidence: Evidence
    ticket: str = ""
    again_at: Instant | None = None


class UndoFailed(StepEvent, frozen=True, kw_only=True):
    """The undo was not heard; repeated at `again_at`."""

    attempt: int
    reason: str
    again_at: Instant


class StepUndone(StepEvent, frozen=True, kw_only=True):
    """Taken back: the agency's answer, or a person's word with evidence."""

    evidence: Evidence
    actor: str = ""
    reason: str = ""


class UndoRefused(StepEvent, frozen=True, kw_only=True):
    """The agency does not take it back (or the time for it is past: code `too_late`)."""

    code: str
    text: str = ""
    evidence: Evidence | None = None
    owner: str = ""


class UndoExhausted(StepEvent, frozen=True, kw_only=True):
    """The undo was never heard."""

    reason: str
    owner: str


class StepKept(StepEvent, frozen=True, kw_only=True):
    """The contribution stands although it should have been undone; `owner` answers for it."""

    owner: str
    actor: str
    reason: str


class KeptTaken(StepEvent, frozen=True, kw_only=True):
    """The operator takes the kept contribution as the step's word."""

    actor: str
    reason: str


class PartRevoked(StepEvent, frozen=True, kw_only=True):
    """A part of an issued output stands no more: its agency says so, or it was `undone` with another part.

    `evidence` shows who says so; `objection` is where and until when the applicant may object.
    """

    because: RevokedBecause
    legal_basis: str
    objection: str
    evidence: Evidence
    actor: str = ""
    reason: str = ""


class RevocationProposed(StepEvent, frozen=True, kw_only=True):
    """An officer takes a part of an issued output back; it counts once a second officer confirms it."""

    officer: str
    reason: str
    legal_basis: str
    objection: str
    evidence: Evidence


class RevocationConfirmed(StepEvent, frozen=True, kw_only=True):
    """A second officer confirmed it; the revocation of the part follows."""

    officer: str
    proposed_by: str
    digest: str


class RevocationRejected(StepEvent, frozen=True, kw_only=True):
    """A second officer did not confirm it: the part stands."""

    officer: str
    proposed_by: str
    digest: str
    text: str


class FactAsked(StepEvent, frozen=True, kw_only=True):
    """A holder is asked whether a fact is still so: by an operator, or because its time has come (no `actor`).

    `value` is X as the holder was given it; `number` counts the questions; `correct`: it is to correct its register.
    """

    fact: str
    number: int
    value: Any
    correct: bool = False
    actor: str = ""
    reason: str = ""


class FactAnswered(StepEvent, frozen=True, kw_only=True):
    """The holder's answer to the question of this `number`: never what it has instead."""

    fact: str
    number: int
    answer: StillSo
    evidence: Evidence


class AnswerRecorded(StepEvent, frozen=True, kw_only=True):
    """An answer that moves nothing: late, doubled, or during an undo. With `incident`, somebody must look at it."""

    verb: Literal["ask", "undo", "lookup"]
    answer: Answer
    evidence: Evidence
    incident: str = ""
    owner: str = ""


# --- corrections --------------------------------------------------------------------------------------------


class FormCorrected(Event, frozen=True, kw_only=True):
    """The applicant changed the asked answers; `form` is the whole form as it now stands."""

    form: dict[str, Any]
    changed: list[str]


class IncidentTaken(StepEvent, frozen=True, kw_only=True):
    """A person owns this incident now."""

    owner: str
    actor: str
    reason: str


# --- an officer's desk ----------------------------------------------------------------------------------------


class TaskEvent(StepEvent, frozen=True, kw_only=True):
    """Something recorded of a task on a desk; `officer` is who acts, written as `agency/person`."""

    verb: Literal["ask", "undo"]
    officer: str


class TaskClaimed(TaskEvent, frozen=True, kw_only=True):
    """The officer has this task now."""


class TaskReleased(TaskEvent, frozen=True, kw_only=True):
    """Nobody has this task any more."""


class TaskHandedOver(TaskEvent, frozen=True, kw_only=True):
    """The colleague `to` has this task now; `by_operator`: reassigned, and nobody has it where `to` is empty."""

    to: str
    reason: str
    by_operator: bool = False


class DecisionProposed(TaskEvent, frozen=True, kw_only=True):
    """What an officer decided; it counts once a second officer confirms it."""

    answer: Answer
    evidence: Evidence


class ConfirmationUrged(StepEvent, frozen=True, kw_only=True):
    """Silence is about to grant although a decision is proposed: unless it is confirmed first, it is none."""


class DecisionConfirmed(TaskEvent, frozen=True, kw_only=True):
    """A second officer confirmed what was proposed; the agency's answer follows."""

    proposed_by: str
    digest: str


class DecisionRejected(TaskEvent, frozen=True, kw_only=True):
    """A second officer did not confirm what was proposed: whoever proposed it decides again."""

    proposed_by: str
    digest: str
    text: str


CaseEvent = (
    CaseOpened
    | DraftSaved
    | DraftClosed
    | CaseWithdrawn
    | CaseEndedByHand
    | CaseClosing
    | CaseClosed
    | CaseIssuing
    | OutputSealed
    | SealFailed
    | SealAsked
    | CaseIssued
    | OutputRevoked
    | StatusPublished
    | CaseReopened
    | SealVoided
    | CaseRevoked
    | CasePaused
    | CaseResumed
    | SubCaseTakenBack
    | ParentTold
    | RoundOpened
    | ItemsListed
    | StepReady
    | StepAsked
    | StepBegun
    | ApplicantAnswered
    | SubCaseWaits
    | SubCaseGoesOn
    | SubCaseFell
    | RestTaken
    | SubCaseReduced
    | BillMade
    | BillCheckAsked
    | PaymentDoubted
    | PaymentStands
    | RefundAsked
    | RefundMade
    | RefundFailed
    | ObjectionRaised
    | ObjectionDecided
    | ObjectionOverdue
    | StepHeldBack
    | StepLetGo
    | StepFetched
    | StepReceived
    | StepAccepted
    | StepFailed
    | StepContributed
    | StepRefused
    | StepReturned
    | StepExhausted
    | StepOverdue
    | StepDeemed
    | LookupAsked
    | LookupUnanswered
    | NothingDone
    | StepSkipped
    | StepDropped
    | RefusalFinal
    | UndoStarted
    | SettlingFailed
    | UndoAsked
    | UndoAccepted
    | UndoFailed
    | StepUndone
    | UndoRefused
    | UndoExhausted
    | StepKept
    | KeptTaken
    | PartRevoked
    | RevocationProposed
    | RevocationConfirmed
    | RevocationRejected
    | NoticeTaken
    | RenewalBegun
    | FactAsked
    | FactAnswered
    | AnswerRecorded
    | FormCorrected
    | IncidentTaken
    | TaskClaimed
    | TaskReleased
    | TaskHandedOver
    | DecisionProposed
    | ConfirmationUrged
    | DecisionConfirmed
    | DecisionRejected
)


# --- the register -------------------------------------------------------------------------------------------


class AgencyRegistered(Event, frozen=True, kw_only=True):
    """An agency, its name for people, and its public keys as a JWK Set (each key with `kid`)."""

    agency: str
    title: str
    keys: dict[str, Any]
    contact: str = ""
    actor: str = ""
    run: str = ""


class ContractRegistered(Event, frozen=True, kw_only=True):
    """A contract or a new operational record of one."""

    contract: Contract
    digest: str
    source: str
    actor: str


class CalendarRegistered(Event, frozen=True, kw_only=True):
    """A calendar, or what has changed in one: working days are counted by it from now on, in open cases too."""

    published: PublishedCalendar
    digest: str
    actor: str


class GatewayWasAway(Event, frozen=True, kw_only=True):
    """From `since` on the gateway heard nobody; it came back at `at`, and by `until` agencies had told again.

    What the law counts stood still from `since` to `until`.
    """

    since: Instant
    until: Instant


class PlanPublished(Event, frozen=True, kw_only=True):
    """A plan, resolved and stored for ever."""

    published: PublishedPlan
    actor: str


class AgreementProposed(Event, frozen=True, kw_only=True):
    """An agreement that the agencies may sign."""

    agreement: Agreement
    digest: str
    actor: str


class AgreementSigned(Event, frozen=True, kw_only=True):
    """One agency's accept, reject or revoke."""

    signature: Signature


class AgreementPaperRecorded(Event, frozen=True, kw_only=True):
    """One agency's word that came back as a signed PDF: it counts from now on.

    `run` is where a second operator approved it, or the broken glass is reviewed; `jws` is the gateway's signed record.
    """

    word: PaperWord
    run: str
    jws: str


class AgreementPaperStruck(Event, frozen=True, kw_only=True):
    """A review found that a word on paper was not to be recorded: it counts no more."""

    agreement: str
    run: str
    actor: str
    reason: str


class TokenIssued(Event, frozen=True, kw_only=True):
    """A token for an officer, operator or machine until login comes; only its digest is kept.

    `actor` issued it; `run` is where a second operator approved it, or the broken glass is reviewed. `lead`: an officer
    who leads the desk, and may give a colleague's task to another.
    """

    digest: str
    role: Literal["officer", "operator", "agency"]
    agency: str
    person: str
    expires_at: Instant
    actor: str = ""
    run: str = ""
    lead: bool = False


class TokenRevoked(Event, frozen=True, kw_only=True):
    """The token opens nothing any more: `actor` took it back, and why; `run`: what was found not right."""

    digest: str
    actor: str = ""
    reason: str = ""
    run: str = ""


class StatusSet(Event, frozen=True, kw_only=True):
    """A bit in the status list: a joint output, or with `step` a part of one, is revoked; by which law, where known."""

    status_index: int
    case: CaseId
    step: str = ""
    legal_basis: str = ""


class ErasureDecided(Event, frozen=True, kw_only=True):
    """These cases are to be erased: one, and then all that are part of it. Their keys are destroyed after this."""

    cases: list[CaseId]
    actor: str
    reason: str


class CasesErased(Event, frozen=True, kw_only=True):
    """A case and all that were part of it are erased."""

    case: CaseId


class NewToken(Struct, frozen=True, kw_only=True):
    """A token that is asked for: it opens nothing before a second operator approved it."""

    digest: str
    person: str
    expires_at: Instant
    role: Literal["officer", "operator", "agency"] = "operator"
    agency: str = ""
    lead: bool = False


class NewAgencyKeys(Struct, frozen=True, kw_only=True):
    """An agency's registration that adds keys: nobody signs with them before a second operator approved it.

    `before` are the keys that stood when it was asked for.
    """

    agency: str
    title: str
    keys: dict[str, Any]
    before: dict[str, Any]
    contact: str = ""


class BulkStarted(Event, frozen=True, kw_only=True):
    """An operator's act on many cases, on one (`single`) or on none (`token`, `agency_keys`, `paper`).

    `waits`: a second operator must approve it, unless somebody `broke_glass`. `by_run`: the run by which the token of
    whoever began it was issued. `steps` are what was seen of each case, in the order of `cases`; `joined` cases came
    under the filter after it was seen, and are left alone. `saw` is the state in which a single case was.
    """

    run: str
    act: str
    actor: str
    reason: str
    cases: list[CaseId]
    by_run: str = ""
    step: str = ""
    item: str = ""
    round: int = 0
    owner: str = ""
    evidence: str = ""
    legal_basis: str = ""
    remedy: str = ""
    steps: list[str] = field(default_factory=list[str])
    joined: list[CaseId] = field(default_factory=list[CaseId])
    single: bool = False
    saw: str = ""
    token: NewToken | None = None
    agency_keys: NewAgencyKeys | None = None
    paper: PaperWord | None = None
    waits: bool = False
    broke_glass: bool = False


class BulkApproved(Event, frozen=True, kw_only=True):
    """A second operator approved a run that cannot be taken back."""

    run: str
    actor: str


class BulkStopped(Event, frozen=True, kw_only=True):
    """A run does not begin, or goes no further: refused by a second person, withdrawn, or stopped on its way."""

    run: str
    actor: str
    reason: str


class BulkReviewed(Event, frozen=True, kw_only=True):
    """Somebody else has looked at what was done behind broken glass, and found it right or not."""

    run: str
    actor: str
    right: bool
    text: str


class BulkResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one case (one step of it) in a run: `done`, or `refused` and why (`code`: the core's word)."""

    case: CaseId
    step: str
    word: Literal["done", "refused"]
    detail: str = ""
    code: str = ""


class BulkDone(Event, frozen=True, kw_only=True):
    """A piece of a run is carried out."""

    run: str
    results: list[BulkResult]


class HookRegistered(Event, frozen=True, kw_only=True):
    """An address is told of what happens from now on; of all of it where `agency` is empty. Its secret is derived."""

    hook: str
    agency: str
    url: str
    kinds: list[str]
    actor: str


class HookRotated(Event, frozen=True, kw_only=True):
    """A hook has a new secret; until `old_until` the one before signs too."""

    hook: str
    old_until: Instant
    actor: str


class HookDisabled(Event, frozen=True, kw_only=True):
    """Nothing is sent to a hook any more: its receiver says that it is `gone`, or the last attempt is `spent`."""

    hook: str
    because: Literal["gone", "spent"]


class HookEnabled(Event, frozen=True, kw_only=True):
    """A hook is told again of what happens from now on."""

    hook: str
    actor: str


class HookRemoved(Event, frozen=True, kw_only=True):
    """A hook is no more."""

    hook: str
    actor: str


RegisterEvent = (
    AgencyRegistered
    | ContractRegistered
    | CalendarRegistered
    | GatewayWasAway
    | PlanPublished
    | AgreementProposed
    | AgreementSigned
    | AgreementPaperRecorded
    | AgreementPaperStruck
    | TokenIssued
    | TokenRevoked
    | StatusSet
    | ErasureDecided
    | CasesErased
    | BulkStarted
    | BulkApproved
    | BulkStopped
    | BulkReviewed
    | BulkDone
    | HookRegistered
    | HookRotated
    | HookDisabled
    | HookEnabled
    | HookRemoved
)
