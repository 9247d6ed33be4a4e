"""The core's no."""

from __future__ import annotations

from contracts.problems import Mistake
from workflows.core.rejections import Rejection


def test_a_rejection_says_why_in_a_word_and_in_a_sentence() -> None:
    rejection = Rejection("not_now", "Later.")
    assert (rejection.code, str(rejection), rejection.mistakes) == ("not_now", "Later.", [])


def test_a_rejection_carries_every_mistake() -> None:
    mistakes = [Mistake("/a", "wrong"), Mistake("/b", "wrong")]
    assert Rejection("form_invalid", "The form has mistakes.", mistakes).mistakes == mistakes
