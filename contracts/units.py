"""Small value types that contracts, plans and agreements share: texts in two languages, durations."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct

DURATION_PATTERN = (
    r"^[0-9]{1,6} (ms|s|min|h|day|days|week|weeks|month|months|year|years"
    r"|working hour|working hours|working day|working days)$"
)

Duration = Annotated[
    str,
    Meta(pattern=DURATION_PATTERN, description="An amount and a unit: 2 s, 10 min, 14 days, 3 working days, 10 years"),
]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$", description="Lower-case letters, digits and hyphens")]
StepWord = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="Lower-case letters, digits, underscores")
]
Version = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$",
        description="MAJOR.MINOR.PATCH, each up to 9999, without leading zeros",
    ),
]

_MISLEADING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories that are not shown: controls, bidirectional overrides, surrogates, private and unassigned characters."""
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "day": 86_400, "week": 604_800}


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """A text for people, in Indonesian and English."""

    id: str
    en: str

    def into(self, language: str) -> str:
        """Give the text in `language` ("id" or "en"); anything else reads Indonesian."""
        return self.en if language == "en" else self.id


def legible(words: str) -> str:
    """Give words that read as they are: no controls, nothing hidden, nothing that turns the direction of writing.

    With such characters a line can read other than it says. Line ends and tabs stay; other control spaces are spaces.
    """
    if words.replace("\n", "").replace("\t", "").isprintable():
        return words
    return "".join(_shown(sign) for sign in words.replace("\r\n", "\n"))


def same_person(one: str, other: str) -> bool:
    """Whether two names on record are one person's: capitals, spaces, widths and hidden characters make no other."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", legible(name)).casefold().split())


def _shown(sign: str) -> str:
    if sign in "\n\t" or unicodedata.category(sign) not in _MISLEADING:
        return sign
    return " " if sign.isspace() else ""


@lru_cache(maxsize=1024)
def seconds(duration: str) -> float:
    """Give the length of an elapsed-time duration in seconds.

    Raises:
        ValueError: not a duration, or one that only a calendar can measure (working hours and days, months, years).

    """
    if re.match(DURATION_PATTERN, duration) is None:
        message = f"{duration!r} is no duration; write an amount and a unit, such as 2 s, 10 min or 14 days"
        raise ValueError(message)
    amount, _, unit = duration.partition(" ")
    singular = unit.removesuffix("s") if unit not in {"s", "ms"} else unit
    if singular not in _SECONDS:
        message = f"{duration!r} depends on a calendar; elapsed time is written in s, min, h, days or weeks"
        raise ValueError(message)
    return int(amount) * _SECONDS[singular]


def elapsed(duration: str) -> timedelta:
    """Give an elapsed-time duration as a timedelta; raises ValueError as `seconds` does."""
    return timedelta(seconds=seconds(duration))
