"""A second look at what is misshapen: what else is wrong of it, told with the mistakes of its shape.

Only what is certain: a misspelt field gets the name that was meant, one that is not asked for is left out, and a field
at the top to which nothing else refers gets a value of the right form. Any other mistake of the shape, and there is no
second look. Nothing is said of the part of the document in which something was mended.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from workflows.core.json_kinds import is_fields
from workflows.core.mistakes import Finding, Place
from workflows.loading.explanations import NOT_ASKED_FOR

Declared = TypeVar("Declared", bound=Struct)
Check = Callable[[Declared], Iterable[Finding]]

_STAND_INS: Final[Mapping[str, object]] = {
    "version": "0.0.0",
    "title": {"id": "-", "en": "-"},
    "life_event": "none",
    "legal_basis": "-",
}
"""Fields at the top to which nothing refers."""


def second_look(
    value: object, kind: type[Declared], findings: Sequence[Finding], check: Check[Declared]
) -> list[Finding]:
    """Give what `check` says of a value as if these findings about its shape were mended; nothing if they cannot be."""
    mended = copy.deepcopy(value)
    if not is_fields(mended):
        return []
    for finding in findings:
        _mend(mended, finding)
    try:
        declared = msgspec.convert(mended, type=kind)
    except msgspec.ValidationError:
        return []
    told = [_part(finding.place) for finding in findings]
    return [found for found in check(declared) if not any(found.place[: len(part)] == part for part in told)]


def _part(place: Place) -> Place:
    """Give the part that a place belongs to: a field at the top, or an entry of one, such as a step."""
    return place[:1] if place[:1] and place[0] in _STAND_INS else place[:2]


def _mend(value: dict[str, object], finding: Finding) -> None:
    *way, last = finding.place or ("",)
    first = str(finding.place[0]) if finding.place else ""
    if first in _STAND_INS:
        value[first] = _STAND_INS[first]
    elif finding.what.endswith(NOT_ASKED_FOR):
        here = _within(value, way)
        taken, meant = here.pop(str(last), None), finding.instead.removesuffix("?")
        if meant != finding.instead:
            here.setdefault(meant, taken)


def _within(value: object, way: Iterable[str | int]) -> dict[str, object]:
    """Give the fields at a place; where a list is on the way, none: it is left as it is."""
    for name in way:
        value = value.get(str(name)) if is_fields(value) else None
    return value if is_fields(value) else {}
