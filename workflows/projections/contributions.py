"""What each agency gave to a joint output that was issued: the parts that it may take back, and has taken back."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.contributions import ContributionView
from contracts.events import RevocationProposed
from contracts.ids import AskKey, ask_key
from contracts.revocation import RevocationProposal
from workflows.core.items import title_of
from workflows.core.revoking_parts import required
from workflows.core.state import CaseState


def _proposal(event: RevocationProposed | None) -> RevocationProposal | None:
    if event is None:
        return None
    return RevocationProposal(
        officer=event.officer,
        at=event.at,
        digest=event.evidence.digest,
        reason=event.reason,
        legal_basis=event.legal_basis,
        objection=event.objection,
    )


def contributions(state: CaseState, agency: str) -> Iterator[ContributionView]:
    """Walk over what an agency gave to the joint output of a case; nothing before that is issued."""
    if state.status not in {"issued", "revoking", "revoked"} or state.sealed_at is None:
        return
    plan = state.plan.published.plan
    for step, place, entry in state.currents():
        if step.spec.ask is None or step.contract.agency != agency or not (entry.granted or entry.revoked):
            continue
        yield ContributionView(
            key=AskKey(ask_key(state.case, place)),
            case=state.case,
            step=step.name,
            item=place.item,
            agency=agency,
            title=title_of(step, place.item),
            service=plan.title,
            service_name=plan.service,
            at=entry.contributed_at,
            issued_at=state.sealed_at,
            required=required(state, step, place),
            revoked=entry.revoked,
            proposal=_proposal(entry.revocation),
            not_confirmed=entry.not_confirmed,
        )
