"""What a case recorded, and what it owes, in a few words."""

from __future__ import annotations

from contracts import effects as ef
from contracts import events as ev
from contracts.ids import Place, parse_ask_key


def owing(effect: ef.CaseEffect) -> str:
    """Give an effect in short: `ask a/1 #2`."""
    if isinstance(effect, ef.SealOutput):
        return f"seal #{effect.attempt}"
    if isinstance(effect, ef.TellParent):
        return f"tell {effect.word} #{effect.telling}"
    if isinstance(effect, ef.PublishStatus):
        return f"publish {effect.status_index}"
    _, at, verb = parse_ask_key(effect.key)
    verb = "lookup" if isinstance(effect, ef.SendLookup) else verb
    return f"{verb} {at.step}{f':{at.item}' if at.item else ''}/{at.round} #{effect.attempt}"


def _at(place: Place) -> str:
    track = f"{place.step}:{place.item}" if place.item else place.step
    return track if place.round == 1 else f"{track}/{place.round}"


_CASE_WORDS: dict[type[ev.Event], str] = {
    ev.CaseOpened: "opened",
    ev.CaseWithdrawn: "withdrawn",
    ev.CaseEndedByHand: "ended by hand",
    ev.CaseClosing: "closing: {e.outcome}",
    ev.CaseClosed: "closed: {e.outcome}",
    ev.CaseIssuing: "issuing",
    ev.OutputSealed: "sealed",
    ev.SealFailed: "seal failed",
    ev.SealAsked: "seal again",
    ev.CaseIssued: "issued",
    ev.OutputRevoked: "revoking",
    ev.StatusPublished: "status published",
    ev.CaseRevoked: "revoked",
    ev.CasePaused: "paused",
    ev.CaseResumed: "resumed",
    ev.SubCaseTakenBack: "taken back",
    ev.CaseReopened: "reopened",
    ev.SealVoided: "seal voided",
    ev.ParentTold: "parent told",
    ev.FormCorrected: "corrected: {e.changed}",
    ev.RenewalBegun: "renewal {e.renewal} begun",
    ev.NoticeTaken: "{e.agency} notes {e.number}",
}
_STEP_WORDS: dict[type[ev.Event], str] = {
    ev.RoundOpened: "{at} opens: {e.because}",
    ev.ItemsListed: "{at} lists {e.items}",
    ev.StepReady: "{at} ready: {e.waits_for}",
    ev.StepAsked: "{at} asked{again}",
    ev.StepBegun: "{at} begun",
    ev.ApplicantAnswered: "{at} answered",
    ev.SubCaseWaits: "{at} waits for the applicant",
    ev.SubCaseGoesOn: "{at} goes on",
    ev.SubCaseFell: "{at} fell",
    ev.RestTaken: "{at} rest taken",
    ev.SubCaseReduced: "{at} reduced",
    ev.BillMade: "{at} billed",
    ev.BillCheckAsked: "{at} checked for {e.by}",
    ev.PaymentDoubted: "{at} doubted",
    ev.PaymentStands: "{at} stands",
    ev.RefundAsked: "{at} refund asked, keeping {e.keep}",
    ev.RefundMade: "{at} refunded",
    ev.RefundFailed: "{at} not refunded",
    ev.ObjectionRaised: "{at} objection {e.number}",
    ev.ObjectionDecided: "{at} objection {e.number} decided",
    ev.ObjectionOverdue: "{at} objection {e.number} overdue",
    ev.StepHeldBack: "{at} {e.verb} held back: {e.because}",
    ev.StepLetGo: "{at} {e.verb} let go",
    ev.StepFetched: "{at} {e.verb} fetched by {e.worker}",
    ev.StepReceived: "{at} received by {e.worker}",
    ev.StepAccepted: "{at} accepted",
    ev.StepFailed: "{at} failed",
    ev.StepContributed: "{at} contributed",
    ev.StepRefused: "{at} refused: {e.code}{correctable}",
    ev.StepReturned: "{at} returned{correctable}",
    ev.StepExhausted: "{at} exhausted: {e.cause}",
    ev.StepOverdue: "{at} overdue",
    ev.StepDeemed: "{at} deemed",
    ev.LookupAsked: "{at} looked up",
    ev.LookupUnanswered: "{at} not told",
    ev.NothingDone: "{at} did nothing",
    ev.StepSkipped: "{at} skipped: {e.cause}",
    ev.StepDropped: "{at} dropped: {e.cause}",
    ev.RefusalFinal: "{at} refusal final: {e.cause}",
    ev.UndoStarted: "{at} to be undone: {e.cause}",
    ev.SettlingFailed: "{at} not settled",
    ev.UndoAsked: "{at} undo asked{again}",
    ev.UndoAccepted: "{at} undo accepted",
    ev.UndoFailed: "{at} undo failed",
    ev.StepUndone: "{at} undone",
    ev.UndoRefused: "{at} undo refused: {e.code}",
    ev.UndoExhausted: "{at} undo exhausted",
    ev.StepKept: "{at} kept",
    ev.KeptTaken: "{at} taken",
    ev.PartRevoked: "{at} revoked: {e.because}",
    ev.RevocationProposed: "{at} to be revoked: {e.officer}",
    ev.RevocationConfirmed: "{at} to be revoked, confirmed: {e.officer}",
    ev.RevocationRejected: "{at} to be revoked, not confirmed: {e.officer}",
    ev.FactAsked: "{at} asked of {e.fact} ({e.number}){correct}",
    ev.FactAnswered: "{at} says {e.fact} is {e.answer}",
    ev.AnswerRecorded: "{at} recorded{incident}",
    ev.IncidentTaken: "{at} incident owned",
    ev.TaskClaimed: "{at} claimed: {e.officer}",
    ev.TaskReleased: "{at} released",
    ev.TaskHandedOver: "{at} handed over: {e.to}",
    ev.DecisionProposed: "{at} proposed: {e.officer}",
    ev.ConfirmationUrged: "{at} to be confirmed soon",
    ev.DecisionConfirmed: "{at} confirmed: {e.officer}",
    ev.DecisionRejected: "{at} not confirmed: {e.officer}",
}


def said(event: ev.CaseEvent) -> str:
    """Give an event in words; of a step's first round `a`, of later ones `a/2`, of an item `a:west`."""
    if not isinstance(event, ev.StepEvent):
        return _CASE_WORDS[type(event)].format(e=event)
    attempt: int = getattr(event, "attempt", 1)
    incident: str = getattr(event, "incident", "")
    correctable: list[str] = getattr(event, "correctable", [])
    return _STEP_WORDS[type(event)].format(
        e=event,
        at=_at(event.place),
        again=f" again ({attempt})" if attempt > 1 else "",
        correctable=f", may change {', '.join(correctable)}" if correctable else "",
        correct=", to correct it" if getattr(event, "correct", False) else "",
        incident=f", incident: {incident}" if incident else "",
    )
