"""Texts for patterns, judged by the validator that contracts' values are judged by."""

from __future__ import annotations

import pytest

from workflows.loading.validation import linear_validator
from workflows.proving.draws import Draws
from workflows.proving.patterns import PatternUnread, text_for

READ = (
    "^[0-9]{16}$",
    r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$",
    "^([01][0-9]|2[0-3])[.:][0-5][0-9]$",
    r"^KKPR-33\.03-[0-9]{4}-[0-9]{6}$",
    "^[A-Za-z0-9_-]{1,64}$",
    r"^\d{3}(-\d{2})?$",
    r"^\w+\s\S+\D\W$",
    "^(?:ab|cd){2,}x*y+z?$",
    "^[^0-9]{3}$",
    r"^[\]\-a]{4}$",
    "^[]a]{4}$",
    "^[a-]{6}$",
    r"^\p{Lu}\p{L}+\pN$",
    r"^a\tb\/c\.$",
    ".",
    "a+?b",
    "",
    "^(a|)$",
)
UNREAD = (
    "(?=a)b",
    r"(a)\1",
    "(?i)a",
    r"\bword",
    "[a",
    "(a",
    "a)",
    "a{x}",
    "a{2",
    "*a",
    r"\p{Han}",
    r"\PL",
    "[z-a]",
    "\\",
)


@pytest.mark.parametrize("pattern", READ)
def test_a_text_does_not_fit_its_pattern(pattern: str) -> None:
    validator = linear_validator({"type": "string", "pattern": pattern})
    for number in range(30):
        text = text_for(pattern, Draws(bytes([number])))
        assert validator.is_valid(text), text


@pytest.mark.parametrize("pattern", UNREAD)
def test_a_pattern_that_is_not_understood_is_guessed_at(pattern: str) -> None:
    with pytest.raises(PatternUnread):
        text_for(pattern, Draws(b"a"))
