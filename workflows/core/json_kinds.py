"""Which kind of JSON a value is, told so that type checkers know what is in it."""

from __future__ import annotations

from typing import TypeGuard


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether a value is a list."""
    return isinstance(value, list)


def is_fields(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a value is a group of fields; JSON has no other keys than texts."""
    return isinstance(value, dict)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
