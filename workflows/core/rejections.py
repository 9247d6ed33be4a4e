"""The core's no: nothing was recorded, and the caller must ask for something else."""

from __future__ import annotations

from typing import Literal

from contracts.problems import Mistake

RejectionCode = Literal[
    "already_open",
    "not_open",
    "unknown_step",
    "not_now",
    "not_optional",
    "locked",
    "outcome_unknown",
    "not_correctable",
    "nothing_changed",
    "input_invalid",
    "output_invalid",
    "form_invalid",
    "too_late",
    "taken",
    "same_person",
]


class Rejection(Exception):
    """What was asked of a case is not possible; `code` says why in one word, the message says what to do."""

    def __init__(self, code: RejectionCode, message: str, mistakes: list[Mistake] | None = None) -> None:
        """Take the code, a sentence for the caller, and the mistakes in what was sent, if any."""
        super().__init__(message)
        self.code, self.mistakes = code, mistakes or []
