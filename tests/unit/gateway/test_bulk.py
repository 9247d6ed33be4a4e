"""What is left of a run of acts, when it was cut short between an act and its note."""

from __future__ import annotations

from gateway.bulk import left_of


def test_what_was_done_to_one_item_and_not_noted_is_done_to_it_again() -> None:
    steps = ["structure/house", "structure/store", "permit"]
    assert left_of(steps, {"structure/house"}) == ["structure/store", "permit"]
    assert left_of(steps, {"permit"}) == ["structure/house", "structure/store"]


def test_what_was_done_to_a_whole_case_is_done_to_it_again() -> None:
    assert left_of([" "], {""}) == []
    assert left_of([" "], {"permit"}) == [""]
