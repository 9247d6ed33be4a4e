"""JSON has kinds that Python would mix up."""

from __future__ import annotations

import pytest

from workflows.core.json_kinds import is_fields, is_list, is_number


@pytest.mark.parametrize(
    ("value", "kinds"),
    [(1, "n"), (1.5, "n"), (True, ""), (False, ""), ("1", ""), (None, ""), ([], "l"), ({}, "f"), ((), "")],
)
def test_true_is_no_number_and_a_tuple_no_list(value: object, kinds: str) -> None:
    told = [kind for kind, test in (("n", is_number), ("l", is_list), ("f", is_fields)) if test(value)]
    assert "".join(told) == kinds
