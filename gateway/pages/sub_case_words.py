"""How a step that is a case of its own stands in the whole, where an agency's words say something else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.units import Text
from contracts.views import CaseView, StepView
from gateway.pages.words import CASE_WORDS, MARK_WORDS, STEP_WORDS, Word

_WAITED_FOR: Final = frozenset({"asked", "accepted"})

WITHIN_WORDS: Final[Mapping[str, Word]] = {
    "closing": Word(
        CASE_WORDS["closing"].word,
        "active",
        Text(
            "Bagian ini tidak akan diterbitkan. Yang perlu dibatalkan sedang dibatalkan.",
            "This part will not be issued. What must be taken back is being taken back.",
        ),
    ),
    "paused": Word(
        MARK_WORDS["paused"].word,
        "warn",
        Text(
            "Bagian ini dijeda oleh petugas dan akan dilanjutkan; Anda tidak perlu melakukan apa-apa.",
            "This part is paused by our staff and will go on; you need not do anything.",
        ),
    ),
    "waiting": Word(
        STEP_WORDS["your_move"].word,
        "action",
        Text(
            "Bagian ini menunggu jawaban Anda; yang diminta tertulis di atas.",
            "This part waits for your answer; what is asked is said above.",
        ),
    ),
    "held": Word(
        MARK_WORDS["held"].word,
        "warn",
        Text(
            "Bagian ini belum dapat dilanjutkan. Petugas kami sedang mengurusnya; Anda tidak perlu melakukan apa-apa.",
            "This part cannot go on yet. Our staff are seeing to it; you need not do anything.",
        ),
    ),
}
"""By the state or a mark of the sub-case, or a mark of one that is part of it; the first that there is says it."""

HELD_WORDS: Final[Mapping[str, Word]] = {
    "revoked": Word(
        MARK_WORDS["held"].word,
        "warn",
        Text(
            "Bagian ini sudah selesai, tetapi hasilnya kemudian dicabut. Petugas kami menentukan kelanjutannya; "
            "saat ini Anda tidak perlu melakukan apa-apa.",
            "This part was done, but its output was revoked afterwards. Our staff decide how it goes on; "
            "you need not do anything now.",
        ),
    ),
    "part_revoked": Word(
        MARK_WORDS["held"].word,
        "warn",
        Text(
            "Bagian ini sudah selesai, tetapi sebagian hasilnya kemudian dicabut. Petugas kami menentukan "
            "kelanjutannya; saat ini Anda tidak perlu melakukan apa-apa.",
            "This part was done, but some of its output was revoked afterwards. Our staff decide how it goes on; "
            "you need not do anything now.",
        ),
    ),
}
"""By the cause of the incident that holds such a step; of other causes it could not begin, or did not end."""


def sub_case_word(step: StepView, within: Sequence[CaseView]) -> Word | None:
    """Give the word for a step whose sub-case says more than that it goes on (None: the usual words fit).

    `within` are the live sub-cases of the whole, and theirs: a sub-case says of its own ones too how they stand.
    """
    if step.state == "exhausted" and step.kind == "service":
        return HELD_WORDS.get(step.incident.cause) if step.incident is not None else None
    if not step.sub_case or step.state not in _WAITED_FOR:
        return None
    said = {child.state for child in within if child.case == step.sub_case} | _marks(step.sub_case, within)
    return next((word for name, word in WITHIN_WORDS.items() if name in said), None)


def _marks(case: str, within: Sequence[CaseView]) -> set[str]:
    found = {mark for child in within if child.case == case for mark in child.marks}
    return found.union(*(_marks(child.case, within) for child in within if child.parent == case))


def told_in_sub_case(step: StepView) -> bool:
    """Whether what agencies said of an end or a revocation, and where to object, is in the sub-case alone."""
    fell = step.state == "exhausted" and step.incident is not None and step.incident.cause in HELD_WORDS
    return bool(step.sub_case) and (step.state == "refused" or step.revoked is not None or fell)
