"""Texts that fit a pattern: the plain part of regular expressions, which is what contracts may use.

Read: characters, classes, `.`, escapes, groups, choices, counts and anchors. Whatever else there is, the pattern is not
read: whoever needs a text for it writes an example.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from workflows.proving.draws import Draws

_LETTERS_AND_DIGITS: Final = string.ascii_letters + string.digits
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F)))
_MORE: Final = 3
"""How many more than the least are drawn where a pattern knows no end."""
_LONGEST_RANGE: Final = 0x300
_CLASSES: Final[Mapping[str, str]] = {"d": string.digits, "w": f"{_LETTERS_AND_DIGITS}_", "s": " "}
_ELSE: Final[Mapping[str, str]] = {"D": string.ascii_letters, "W": " .,-", "S": _LETTERS_AND_DIGITS}
_CONTROLS: Final[Mapping[str, str]] = {"t": "\t", "n": "\n", "r": "\r"}
_PROPERTIES: Final[Mapping[str, str]] = {
    "L": string.ascii_letters,
    "Lu": string.ascii_uppercase,
    "Ll": string.ascii_lowercase,
    "N": string.digits,
    "Nd": string.digits,
}


class PatternUnread(ValueError):
    """A pattern uses more than is read here."""


class _Signs(Struct, frozen=True):
    """One of these characters."""

    signs: str


class _Row(Struct, frozen=True):
    """All of these, one after another."""

    parts: tuple[_Part, ...]


class _Choice(Struct, frozen=True):
    """One of these."""

    ways: tuple[_Part, ...]


class _Times(Struct, frozen=True):
    """The same again, so many times."""

    part: _Part
    least: int
    most: int


_Part: TypeAlias = "_Signs | _Row | _Choice | _Times"


def text_for(pattern: str, draws: Draws) -> str:
    """Give a text that fits a pattern.

    Raises:
        PatternUnread: it uses more than is read here.

    """
    return _written(_Reader(pattern).whole(), draws)


def _written(part: _Part, draws: Draws) -> str:
    match part:
        case _Signs(signs):
            return draws.one_of(signs)
        case _Row(parts):
            return "".join(_written(each, draws) for each in parts)
        case _Choice(ways):
            return _written(draws.one_of(ways), draws)
        case _Times(again, least, most):
            return "".join(_written(again, draws) for _ in range(draws.between(least, most)))


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def whole(self) -> _Part:
        """Read all of it."""
        part = self._choice()
        if self._at < len(self._pattern):
            raise PatternUnread(f"{self._pattern[self._at]!r} closes nothing")
        return part

    def _choice(self) -> _Part:
        ways = [self._row()]
        while self._taken("|"):
            ways.append(self._row())
        return ways[0] if len(ways) == 1 else _Choice(tuple(ways))

    def _row(self) -> _Part:
        parts: list[_Part] = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            one = self._one()
            if one is not None:
                parts.append(self._counted(one))
        return _Row(tuple(parts))

    def _one(self) -> _Part | None:
        sign = self._next()
        if sign in "^$":
            return None
        if sign == "(":
            return self._group()
        if sign == "[":
            return _Signs(self._class())
        if sign == "\\":
            return _Signs(self._escape())
        if sign == ".":
            return _Signs(_LETTERS_AND_DIGITS)
        if sign in "*+?{":
            raise PatternUnread(f"{sign!r} repeats nothing")
        return _Signs(sign)

    def _group(self) -> _Part:
        if self._taken("?") and not self._taken(":"):
            raise PatternUnread("only plain groups, ( ) and (?: ), are read")
        part = self._choice()
        if not self._taken(")"):
            raise PatternUnread("a group is not closed")
        return part

    def _counted(self, part: _Part) -> _Part:
        least, most = 1, 1
        if self._taken("*"):
            least, most = 0, _MORE
        elif self._taken("+"):
            least, most = 1, 1 + _MORE
        elif self._taken("?"):
            least, most = 0, 1
        elif self._taken("{"):
            least, most = self._count()
        else:
            return part
        self._taken("?")  # lazy: the same texts fit
        return _Times(part, least, most)

    def _count(self) -> tuple[int, int]:
        end = self._pattern.find("}", self._at)
        least, comma, most = self._pattern[self._at : end].partition(",")
        if end < 0 or not least.isdigit() or not (most.isdigit() or not most):
            raise PatternUnread("a count reads {2}, {2,} or {2,4}")
        self._at = end + 1
        if not comma:
            return int(least), int(least)
        return int(least), int(most) if most else int(least) + _MORE

    def _class(self) -> str:
        negated = self._taken("^")
        signs: list[str] = []
        while not self._taken("]") or not signs:
            if self._pattern[self._at - 1] == "]" and not signs:
                signs.append("]")  # the first one stands for itself
                continue
            signs.append(self._range())
        within = "".join(dict.fromkeys("".join(signs)))
        drawn = "".join(sign for sign in _PRINTABLE if sign not in within) if negated else within
        if not drawn:
            raise PatternUnread("a class leaves no character that is written plainly")
        return drawn

    def _range(self) -> str:
        first = self._member()
        if len(first) != 1 or self._pattern[self._at : self._at + 1] != "-":
            return first
        if self._pattern[self._at + 1 : self._at + 2] == "]":
            return first
        self._at += 1
        last = self._member()
        if len(last) != 1 or not 0 <= ord(last) - ord(first) <= _LONGEST_RANGE:
            raise PatternUnread(f"{first}-{last} is no range that is read here")
        return "".join(map(chr, range(ord(first), ord(last) + 1)))

    def _member(self) -> str:
        sign = self._next()
        return self._escape() if sign == "\\" else sign

    def _escape(self) -> str:
        sign = self._next()
        if sign in "pP":
            return self._property(sign)
        for known in (_CLASSES, _ELSE, _CONTROLS):
            if sign in known:
                return known[sign]
        if sign.isalnum():
            raise PatternUnread(f"\\{sign} is not read here")
        return sign

    def _property(self, sign: str) -> str:
        name = self._next()
        if name == "{":
            end = self._pattern.find("}", self._at)
            name, self._at = self._pattern[self._at : end], end + 1
        if sign == "P" or name not in _PROPERTIES:
            raise PatternUnread(f"\\{sign}{{{name}}} is not read here")
        return _PROPERTIES[name]

    def _next(self) -> str:
        if self._at >= len(self._pattern):
            raise PatternUnread("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]

    def _taken(self, sign: str) -> bool:
        taken = self._pattern[self._at : self._at + 1] == sign
        self._at += taken
        return taken
