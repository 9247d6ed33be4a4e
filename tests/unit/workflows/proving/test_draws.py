"""Choices that repeat."""

from __future__ import annotations

from workflows.proving.draws import Draws


def drawn(beginning: bytes) -> list[int]:
    draws = Draws(beginning)
    return [draws.between(1, 6) for _ in range(200)]


def test_the_same_beginning_gives_other_choices() -> None:
    assert drawn(b"a") == drawn(b"a")
    assert drawn(b"a") != drawn(b"b")


def test_some_choice_is_never_drawn() -> None:
    assert set(drawn(b"a")) == set(range(1, 7))
    assert {Draws(bytes([number])).one_of("xy") for number in range(20)} == {"x", "y"}
