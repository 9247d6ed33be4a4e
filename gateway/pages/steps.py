"""A step's state as a person reads it: the word that fits, and its sentence filled in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from contracts.views import CaseView, StepView
from gateway.pages.formats import clock, moment
from gateway.pages.kind_words import KIND_WORDS, PAYMENT_WORDS
from gateway.pages.words import CASE_WORDS, MARK_WORDS, STAFF_MARK_WORDS, STAFF_STEP_WORDS, STEP_WORDS, Word

SETTLED = frozenset({"contributed", "deemed", "refused", "skipped", "dropped", "undone", "kept"})
"""States after which nothing more is to come of a step."""


def step_word(step: StepView, asked: Collection[tuple[str, str]] = ()) -> Word:
    """Give the word for a step; `asked` are the steps (with item) that wait for the applicant's correction."""
    if (step.step, step.item) in asked:
        return STEP_WORDS["your_move"]
    if step.payment is not None and step.state != "skipped":
        return PAYMENT_WORDS[step.payment.state]
    if step.held_back is not None:
        return STEP_WORDS[step.held_back.because]
    if step.state == "failed" and step.being_checked:
        return STEP_WORDS["being_checked"]
    return _by_kind(step)


def _by_kind(step: StepView) -> Word:
    if step.kind != "ask":
        return KIND_WORDS.get((step.kind, step.state)) or STEP_WORDS[step.state]
    if step.connection == "desk" and step.state in {"asked", "accepted"}:
        return STEP_WORDS["with_officer"]
    return STEP_WORDS[step.state]


def step_sentence(word: Word, step: StepView, language: str) -> str:
    """Give the sentence of a step's word, with the time of the next try, or until when it is held back or runs."""
    again = clock(step.again_at, language) if step.again_at else "-"
    ends = step.held_back.until if step.held_back else step.payment.until if step.payment else step.until
    until = moment(ends, language) if ends else "-"
    return word.sentence.into(language).format(again=again, until=until)


def case_word(case: CaseView) -> Word:
    """Give the one word for a case: its gravest mark, else its state."""
    return next((MARK_WORDS[mark] for mark in reversed(list(MARK_WORDS)) if mark in case.marks), CASE_WORDS[case.state])


def case_words(state: str, marks: Collection[str]) -> list[Word]:
    """Give every word for a case to staff: its state and its marks, the gravest last. Retrying is said by its steps."""
    return [CASE_WORDS[state], *(word for mark, word in STAFF_MARK_WORDS.items() if mark in marks)]


def staff_step_word(step: StepView) -> Word:
    """Give the word for a step to staff: what speaks to the applicant speaks of the applicant."""
    if step.kind == "applicant" and step.state == "accepted" and step.payment is None:
        return STAFF_MARK_WORDS["waiting"]
    return (step.held_back is None and STAFF_STEP_WORDS.get(step.state)) or step_word(step)


def name_of(agency: str, names: Mapping[str, str]) -> str:
    """Give an agency's name for people; its identifier where the register has none."""
    return names.get(agency) or agency.upper()
