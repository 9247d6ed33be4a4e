"""Answers that look unusual: said once, never in the way. `x-ui.warn` names the check, `warning` what is said."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.units import Text
from gateway.pages.answers import at_pointer
from gateway.pages.forms import Form, text_of
from gateway.pages.mistakes import Wrong
from workflows.loading.hashing import canonical

_PROVINCES: Final = frozenset(
    [*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82, *range(91, 98)]
)
"""First two digits of region codes (Kemendagri): the provinces, the newer Papuan ones included."""
_WOMEN, _DAYS, _MONTHS = 40, 31, 12
_NIK_LENGTH = 16
_UNUSUAL = Text(
    "Jawaban ini tidak lazim. Periksa lagi; Anda tetap dapat melanjutkan.",
    "This answer is unusual. Check it again; you can still go on.",
)


def is_unusual_nik(value: object) -> bool:
    """Say whether a NIK of 16 digits has a region or a date of birth that does not exist."""
    text = str(value)
    if len(text) != _NIK_LENGTH or not text.isdigit():
        return False
    day, month = int(text[6:8]), int(text[8:10])
    born = 1 <= (day - _WOMEN if day > _WOMEN else day) <= _DAYS and 1 <= month <= _MONTHS
    return int(text[:2]) not in _PROVINCES or not born


CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {"nik": is_unusual_nik}


SEEN: Final = "_seen"
"""The hidden field that says of which answers the warnings were seen."""


def seen(answers: Mapping[str, Any]) -> str:
    """Give what the hidden field says of these answers."""
    return hashlib.sha256(canonical(answers)).hexdigest()[:32]


def warnings_of(form: Form, answers: Mapping[str, Any]) -> list[Wrong]:
    """Give what looks unusual in answers that are right by their schema."""
    found: list[Wrong] = []
    for field in form.fields():
        ui: Mapping[str, Any] = field.schema.get("x-ui", {})
        check = CHECKS.get(str(ui.get("warn", "")))
        value = at_pointer(answers, field.pointer)
        if check is not None and value is not None and check(value):
            found.append(Wrong(field.pointer, text_of(ui.get("warning")) or _UNUSUAL))
    return found
