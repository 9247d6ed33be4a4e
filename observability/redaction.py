"""What may be told of a case outside the journal: a list of names, each with the shape that its values have.

Everything else is dropped, so a personal datum gets into no span, metric or log line by somebody's forgetting. Free
text (a library's message, an exception's) is told only with everything taken out that could name a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeGuard

Told = str | int | float | bool
"""A value that may be told."""

_LONG_NUMBER: Final = re.compile(r"[0-9]{9}")
"""NIK, NPWP, NIB and telephone numbers all have at least nine digits; nothing that we tell has."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_STEP = re.compile(r"[a-z][a-z0-9_]{0,62}")
_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,40}")
_CONTRACT = re.compile(r"[a-z][a-z0-9-]{0,62}/[a-z][a-z0-9-]{0,62}@[0-9]{1,4}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){1,2}/(ask|undo|lookup)/[0-9]{1,6}")
_ROUTE = re.compile(r"/[A-Za-z0-9_/{}:.-]{0,120}")
_HEX = re.compile(r"[0-9a-f]{32}")
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,2}")
_NUMBER_MAX: Final = 10**9

SHAPES: Final[Mapping[str, re.Pattern[str] | None]] = {
    "gapura.case": _ID,
    "gapura.service": _NAME,
    "gapura.step": _STEP,
    "gapura.item": _ID,
    "gapura.round": None,
    "gapura.verb": _WORD,
    "gapura.attempt": None,
    "gapura.outcome": _WORD,
    "gapura.cause": _WORD,
    "gapura.sent": None,
    "gapura.agency": _NAME,
    "gapura.contract": _CONTRACT,
    "gapura.key": _KEY,
    "http.request.method": _WORD,
    "http.route": _ROUTE,
    "http.response.status_code": None,
}
"""Attributes of spans, by name; None: a number or a yes or no."""

LOG_SHAPES: Final[Mapping[str, re.Pattern[str] | None]] = {
    "case": _ID,
    "service": _NAME,
    "step": _STEP,
    "item": _ID,
    "round": None,
    "verb": _WORD,
    "attempt": None,
    "outcome": _WORD,
    "agency": _NAME,
    "contract": _CONTRACT,
    "key": _KEY,
    "effect": _WORD,
    "code": _WORD,
    "command": _WORD,
    "method": _WORD,
    "route": _ROUTE,
    "status": None,
    "seconds": None,
    "count": None,
    "version": _VERSION,
    "port": None,
    "pid": None,
    "trace_id": _HEX,
}
"""Fields of log lines, by name."""

FREE_TEXTS: Final = frozenset({"reason", "error"})
"""Fields of log lines that are sentences: told masked."""


def redact(attributes: Mapping[str, object], shapes: Mapping[str, re.Pattern[str] | None] = SHAPES) -> dict[str, Told]:
    """Keep what is on the list and has its shape; drop the rest."""
    return {name: value for name, value in attributes.items() if name in shapes and is_tellable(value, shapes[name])}


def is_tellable(value: object, shape: re.Pattern[str] | None) -> TypeGuard[Told]:
    """Whether a value has its shape, and is no number that could be a person's."""
    if isinstance(value, str):
        return shape is not None and _has_shape(value, shape.pattern)
    return shape is None and isinstance(value, int | float) and abs(value) < _NUMBER_MAX


@lru_cache(maxsize=8192)
def _has_shape(text: str, shape: str) -> bool:
    """Whether a text has a shape. The same names are told over and over, and a look costs more than remembering."""
    if re.fullmatch(shape, text) is None:
        return False
    return shape == _HEX.pattern or _LONG_NUMBER.search(text) is None


_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|\{[^{}\n]*\}")
_ADDRESSED = re.compile(r"\S*@\S*|\b[a-z][a-z0-9+.-]*://\S+|\?\S+")
_NUMBERED = re.compile(r"[0-9](?:[0-9. -]*[0-9])?")
_DIGITS_TOLD: Final = 5
_TEXT_MAX: Final = 300


def mask(text: str) -> str:
    """Give a free text without quotations, addresses and numbers of more than five digits, cut to 300 characters."""
    masked = _ADDRESSED.sub("…", _QUOTED.sub("…", text))
    masked = _NUMBERED.sub(_short_number, masked)
    return masked if len(masked) <= _TEXT_MAX else f"{masked[:_TEXT_MAX]}…"


def _short_number(found: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, found[0]))
    return found[0] if digits <= _DIGITS_TOLD else "…"
