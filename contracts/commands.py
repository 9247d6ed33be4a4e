"""Asked of us: what applicants, agencies, operators and clocks want of a case. `workflows.core.decide` answers."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import field

from contracts.asked import Act, Command, StepCommand
from contracts.desk_commands import (
    ClaimTask,
    ConfirmDecision,
    ConfirmRevocation,
    DecideTask,
    HandTaskOver,
    ReassignTask,
    RejectDecision,
    RejectRevocation,
    ReleaseTask,
)
from contracts.events import HeldBackBecause
from contracts.facts import StillSo
from contracts.family_commands import RecordReduced, RecordSubCase, RecordTold, TakeBack
from contracts.ids import AskKey, CaseId, Instant, Verb
from contracts.revocation import SealedPart
from contracts.wire import Evidence, Heard


class OpenCase(Command, frozen=True, kw_only=True):
    """Apply. The form has been validated against the plan's schema.

    `parent`: as a sub-case, by that ask of another case; `taken_back`: which has taken it back already.
    """

    case: CaseId
    form: dict[str, Any]
    caller: str = ""
    secret_digest: str = ""
    traceparent: str = ""
    parent: AskKey = AskKey("")
    taken_back: bool = False


class SaveDraft(Command, frozen=True, kw_only=True):
    """Keep a form as far as it is filled in, for `OpenCase` under the same name; until `expires_at`."""

    case: CaseId
    form: dict[str, Any]
    secret_digest: str
    expires_at: Instant
    renews: CaseId = CaseId("")


class BeginRenewal(Command, frozen=True, kw_only=True):
    """Begin to renew an output that ends, as the draft `renewal`; `instead_of` an earlier one that came to nothing."""

    renewal: CaseId
    instead_of: CaseId = CaseId("")


class TakeNotice(Command, frozen=True, kw_only=True):
    """An agency takes note of what was revoked."""

    agency: str
    number: int
    evidence: Evidence


class CloseDraft(Command, frozen=True, kw_only=True):
    """Whoever began the draft does not want it kept."""


class RecordAnswer(StepCommand, frozen=True, kw_only=True):
    """What came of one attempt, silence included. `attempt` 0: by callback, lookup or desk, of no attempt."""

    verb: Verb
    heard: Heard
    evidence: Evidence
    attempt: int = 0


class HoldBack(StepCommand, frozen=True, kw_only=True):
    """This attempt has not left: the agency's protection holds it back. `sent`: before a crash it may have left."""

    verb: Literal["ask", "undo"]
    attempt: int
    because: HeldBackBecause
    sent: bool = False


class LetGo(StepCommand, frozen=True, kw_only=True):
    """The agency's protection lets this attempt go: it leaves as soon as that is recorded."""

    verb: Literal["ask", "undo"]
    attempt: int


class RecordFetch(StepCommand, frozen=True, kw_only=True):
    """A worker of the agency fetches this attempt: it is given out as soon as that is recorded."""

    verb: Literal["ask", "undo"]
    attempt: int
    worker: str
    evidence: Evidence


class RecordReceipt(StepCommand, frozen=True, kw_only=True):
    """A worker of the agency shows that it has what it has fetched: it is still at it, or gives it back."""

    worker: str
    evidence: Evidence


class Wake(Command, frozen=True, kw_only=True):
    """Time has passed: whatever is due is done."""


class Withdraw(Command, frozen=True, kw_only=True):
    """The applicant takes the application back."""

    reason: str = ""


class Correct(Command, frozen=True, kw_only=True):
    """The applicant changes the asked answers: `answers` is merged over the form (validated before)."""

    answers: dict[str, Any]


class DeclineCorrection(StepCommand, frozen=True, kw_only=True):
    """The applicant will not change what was asked: the refusal is final."""


class RecordSeal(Command, frozen=True, kw_only=True):
    """The joint output was sealed."""

    credential: str
    digest: str
    status_index: int
    parts: list[SealedPart] = field(default_factory=list[SealedPart])
    valid_until: Instant | None = None
    attempt: int = 0


class RecordSealFailure(Command, frozen=True, kw_only=True):
    """Sealing was not possible this time."""

    reason: str


class RecordStatus(Command, frozen=True, kw_only=True):
    """The status list says that the output, or a part of it, is revoked."""

    status_index: int


class AskAgain(StepCommand, frozen=True, kw_only=True):
    """Operator: ask an exhausted step again now (same round, same key)."""

    act: Act


class ReplaceInput(StepCommand, frozen=True, kw_only=True):
    """Operator: a new round with this `input` in place of the resolved one."""

    input: dict[str, Any]
    act: Act


class ContributeByHand(StepCommand, frozen=True, kw_only=True):
    """Operator: what the agency contributed, known from elsewhere; the evidence says from where."""

    output: dict[str, Any]
    evidence: Evidence
    act: Act


class NothingWasDone(StepCommand, frozen=True, kw_only=True):
    """Operator: the agency did nothing for an ask whose outcome is unknown, known from elsewhere, with evidence."""

    evidence: Evidence
    act: Act


class SkipStep(StepCommand, frozen=True, kw_only=True):
    """Operator: go on without an optional step."""

    act: Act


class EndCase(Command, frozen=True, kw_only=True):
    """Operator: this case cannot be finished; undo what the plan says and close."""

    act: Act


class PauseCase(Command, frozen=True, kw_only=True):
    """Operator: nothing leaves until resumed."""

    act: Act


class ResumeCase(Command, frozen=True, kw_only=True):
    """Operator: go on."""

    act: Act


class AnswerStep(StepCommand, frozen=True, kw_only=True):
    """The applicant does what a step asks of them; documents in `output` have been kept and are described."""

    output: dict[str, Any]
    evidence: Evidence


class DeclineStep(StepCommand, frozen=True, kw_only=True):
    """The applicant does not do what a step asks of them: it is refused."""


class CheckPayment(StepCommand, frozen=True, kw_only=True):
    """Somebody says that something happened to a bill: the provider is asked. A notice is no more than that."""

    by: Literal["provider", "applicant", "operator"]


class RefundPayment(StepCommand, frozen=True, kw_only=True):
    """By hand: pay back what came too late, twice, or otherwise than it was asked."""

    act: Act


class RaiseObjection(StepCommand, frozen=True, kw_only=True):
    """Anybody: object while the step waits for objections; how to be reached, and why."""

    name: str
    contact: str
    grounds: str


class DecideObjection(StepCommand, frozen=True, kw_only=True):
    """Operator, for the lead agency: uphold an objection, so that the step is refused, or dismiss it."""

    number: int
    upheld: bool
    act: Act


class UndoAgain(StepCommand, frozen=True, kw_only=True):
    """Operator: send a refused or exhausted undo again."""

    act: Act


class UndoneByHand(StepCommand, frozen=True, kw_only=True):
    """Operator: it was taken back, known from elsewhere, with evidence."""

    evidence: Evidence
    act: Act


class KeepContribution(StepCommand, frozen=True, kw_only=True):
    """Operator: the contribution stands; `owner` answers for it."""

    owner: str
    act: Act


class TakeKept(StepCommand, frozen=True, kw_only=True):
    """Operator: take the kept contribution as the step's word."""

    act: Act


class TakeIncident(StepCommand, frozen=True, kw_only=True):
    """Operator: this incident has an owner now."""

    owner: str
    act: Act


class RevokePart(StepCommand, frozen=True, kw_only=True):
    """The agency: our part of an issued output stands no more, on this legal basis; `objection`: where to object.

    `at_desk`: an officer says so, which is a proposal where the contract asks for a second officer.
    """

    act: Act
    legal_basis: str
    objection: str
    evidence: Evidence
    at_desk: bool = False


class AskFacts(Command, frozen=True, kw_only=True):
    """Operator: ask every holder whether the facts of an issued case are still so."""

    act: Act


class AskCorrection(StepCommand, frozen=True, kw_only=True):
    """Operator: ask a holder that differs to correct its register."""

    act: Act


class AnswerFact(StepCommand, frozen=True, kw_only=True):
    """The holder: it is still so, or not, or we do not know; to the question of this `number`."""

    fact: str
    number: int
    answer: StillSo
    evidence: Evidence


class RevokeOutput(Command, frozen=True, kw_only=True):
    """Lead: the joint output is taken back."""

    act: Act


CaseCommand = (
    OpenCase
    | SaveDraft
    | CloseDraft
    | TakeBack
    | RecordTold
    | RecordSubCase
    | RecordReduced
    | RecordAnswer
    | HoldBack
    | LetGo
    | RecordFetch
    | RecordReceipt
    | Wake
    | Withdraw
    | Correct
    | DeclineCorrection
    | RecordSeal
    | RecordSealFailure
    | RecordStatus
    | AskAgain
    | ReplaceInput
    | ContributeByHand
    | NothingWasDone
    | SkipStep
    | EndCase
    | PauseCase
    | ResumeCase
    | AnswerStep
    | DeclineStep
    | CheckPayment
    | RefundPayment
    | RaiseObjection
    | DecideObjection
    | UndoAgain
    | UndoneByHand
    | KeepContribution
    | TakeKept
    | TakeIncident
    | ClaimTask
    | ReleaseTask
    | HandTaskOver
    | DecideTask
    | ConfirmDecision
    | RejectDecision
    | ReassignTask
    | RevokePart
    | ConfirmRevocation
    | RejectRevocation
    | TakeNotice
    | BeginRenewal
    | AskFacts
    | AskCorrection
    | AnswerFact
    | RevokeOutput
)
