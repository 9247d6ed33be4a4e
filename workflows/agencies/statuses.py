"""What an HTTP status of an agency means, as data; and when it wants to be asked again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from contracts.ids import Instant

LONGEST_RETRY_AFTER_S = 86_400.0
"""An agency that asks for more is asked again after a day: `give_up_after` decides, not a slip of a header."""


class Meaning(Struct, frozen=True):
    """What a status without an answer means. `final`: repeating the same ask cannot help, a person must look at it."""

    final: bool
    words: str


SUCCESS = range(200, 300)

_AGAIN = Meaning(final=False, words="the agency cannot answer at the moment")
_MOVED_FOR_NOW = Meaning(final=False, words="a redirect, which is never followed")
_MOVED = Meaning(final=True, words="a redirect, which is never followed: the new address must be registered")
_NOT_UNDERSTOOD = Meaning(final=True, words="the agency does not take this request; this is no refusal")
_STRANGE = Meaning(final=False, words="not a status that this protocol knows")

EXACT: dict[int, Meaning] = {
    301: _MOVED,
    302: _MOVED_FOR_NOW,
    303: _MOVED_FOR_NOW,
    307: _MOVED_FOR_NOW,
    308: _MOVED,
    408: _AGAIN,
    425: _AGAIN,
    429: _AGAIN,
}
BY_CLASS: dict[int, Meaning] = {4: _NOT_UNDERSTOOD, 5: _AGAIN}


def meaning_of(status: int) -> Meaning:
    """Give the meaning of a status that carries no answer."""
    return EXACT.get(status) or BY_CLASS.get(status // 100, _STRANGE)


def retry_after_s(value: str | None, *, now: Instant) -> float | None:
    """Read `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3); None if absent or neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max((_zoned(moment) - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)


def _zoned(moment: datetime) -> datetime:
    """HTTP dates are GMT; email's parser leaves the zone out for `-0000`."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|\{[^{}\n]*\}|\[[^\[\]\n]*\]|\S*@\S*")
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){5,}")
_MOST_TOLD = 100


def masked(text: str) -> str:
    """Give an agency's words to operators, short, and without what could be an identifier or a value."""
    return _LONG_NUMBER.sub("…", _QUOTED.sub("…", text))[:_MOST_TOLD]
