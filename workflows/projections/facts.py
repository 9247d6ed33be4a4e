"""Facts that agencies keep in step: what each holder is asked, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.facts import AskedFact, FactLine, QuestionView
from contracts.ids import Place, ask_key
from contracts.units import Text
from workflows.core.items import title_of
from workflows.core.state import CaseState


def questions(state: CaseState, agency: str, *, answered: bool = False) -> Iterator[QuestionView]:
    """Walk over what an agency is asked of a case and has not answered; with `answered`, what it has too."""
    plan = state.plan.published.plan
    for asked in state.facts:
        step = state.step(asked.step)
        if step.contract.agency != agency or (asked.answer and not answered):
            continue
        fact = plan.facts[asked.fact]
        yield QuestionView(
            question=_name(state, asked),
            key=ask_key(state.case, Place(asked.step, asked.item, asked.round)),
            case=state.case,
            step=asked.step,
            item=asked.item,
            agency=agency,
            service=plan.title,
            service_name=plan.service,
            title=title_of(step, asked.item),
            fact=asked.fact,
            label=fact.title or Text(asked.fact, asked.fact),
            value=asked.value,
            purpose=fact.purpose,
            legal_basis=fact.legal_basis,
            number=asked.number,
            asked_at=asked.asked_at,
            correct=asked.correct,
        )


def fact_lines(state: CaseState) -> Iterator[FactLine]:
    """Walk over how holders stand to the facts of a case; no value."""
    plan = state.plan.published.plan
    for asked in state.facts:
        yield FactLine(
            case=state.case,
            service=plan.service,
            fact=asked.fact,
            authority=state.plan.published.contracts[plan.facts[asked.fact].authority].agency,
            holder=state.step(asked.step).contract.agency,
            step=asked.step,
            item=asked.item,
            asked_at=asked.asked_at,
            answer=asked.answer,
            answered_at=asked.answered_at,
            differed_at=asked.differed_at,
            agreed_at=asked.agreed_at,
            correction_asked_at=asked.correction_asked_at,
            differs=asked.differs,
        )


def _name(state: CaseState, asked: AskedFact) -> str:
    track = (asked.step, asked.item) if asked.item else (asked.step,)
    return ":".join((state.case, *track, asked.fact, str(asked.number)))
