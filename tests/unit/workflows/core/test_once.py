from __future__ import annotations

from msgspec import Struct, structs

from workflows.core.once import once


class Sum(Struct, frozen=True, dict=True):
    numbers: tuple[int, ...]

    @once
    def total(self) -> int:
        """The sum."""
        COUNTED.append(1)
        return sum(self.numbers)


COUNTED: list[int] = []


def test_it_is_worked_out_once_for_each_object_and_never_for_a_changed_copy() -> None:
    COUNTED.clear()
    first = Sum((1, 2))
    assert [first.total, first.total] == [3, 3]
    assert len(COUNTED) == 1
    assert structs.replace(first, numbers=(5,)).total == 5
    assert first.total == 3


def test_its_class_shows_what_it_is() -> None:
    assert Sum.total.__doc__ == "The sum."
