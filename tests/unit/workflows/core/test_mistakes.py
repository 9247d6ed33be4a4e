"""What is suggested instead of a name that is not known."""

from __future__ import annotations

import pytest

from workflows.core.mistakes import did_you_mean, pointer


@pytest.mark.parametrize(
    ("wrong", "known", "said"),
    [
        ("identty", ["identity", "business"], "identity?"),
        ("zzz", ["identity", "business"], "business, identity"),
        ("gone", ["phone"], "phone"),
        ("anything", [], "nothing: none is known here"),
    ],
)
def test_a_near_name_is_suggested_and_else_all_are_told(wrong: str, known: list[str], said: str) -> None:
    assert did_you_mean(wrong, known) == said


def test_a_pointer_escapes_what_json_pointers_escape() -> None:
    assert pointer(()) == ""
    assert pointer(("a/b", "c~d", 0)) == "/a~1b/c~0d/0"
