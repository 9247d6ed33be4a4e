"""A value of a JSON Schema, made of a hash: the same beginning gives the same value, and it fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final, cast

from contracts.documents import document_fields
from workflows.core.json_kinds import is_fields, is_list, is_number
from workflows.core.mistakes import Finding, pointer
from workflows.core.schema_paths import pointed
from workflows.loading.validation import compile_findings
from workflows.proving.draws import Draws
from workflows.proving.patterns import PatternUnread, text_for

_TRIES: Final = 12
_DEEPEST: Final = 24
_FIRST_DAY: Final = date(2026, 1, 1)
_MOST: Final = 1_000
_MOST_MADE: Final = 10_000
"""How many values one value is made of, at most: lists of lists grow fast."""
_ITEMS: Final = 2
"""How many items a list has where nothing says how many, at most."""
_REFERENCES: Final = 32


class NotMade(ValueError):
    """No value could be made for a schema; the message says of which field, and what to do."""


def value_for(schema: Mapping[str, Any], beginning: bytes) -> dict[str, Any]:
    """Make a group of fields for a schema, without the fields that are documents.

    Raises:
        NotMade: none could be made that fits.

    """
    papers = document_fields(schema)
    plain = _without(schema, papers)
    findings_of = compile_findings(plain)
    found: list[Finding] = []
    for number in range(_TRIES):
        value = _Maker(plain, Draws(beginning + bytes([number])), number).made(plain, 0)
        found = findings_of(value)
        if not found:
            return cast("dict[str, Any]", value)
    where, what = pointer(found[0].place) or "the whole", found[0].what
    raise NotMade(f"no value could be made for {where} ({what}): write an example with this input into the contract")


def _without(schema: Mapping[str, Any], names: Mapping[str, object]) -> dict[str, Any]:
    """Give a schema without some of its fields."""
    properties = {name: value for name, value in schema.get("properties", {}).items() if name not in names}
    required = [name for name in schema.get("required", []) if name not in names]
    return {**schema, "properties": properties, "required": required}


class _Maker:
    """Makes one value; `number` says which try it is: the first has every field, the second only what it must have."""

    def __init__(self, root: Mapping[str, object], draws: Draws, number: int) -> None:
        self._root, self._draws, self._number = root, draws, number
        self._made = 0

    def made(self, schema: object, depth: int) -> object:
        if depth > _DEEPEST:
            raise NotMade("the schema refers to itself without an end: write an example into the contract")
        self._made += 1
        if self._made > _MOST_MADE:
            raise NotMade(f"the schema wants more than {_MOST_MADE} values: write an example into the contract")
        if not is_fields(schema):
            return self._word()
        whole = self._settled(schema)
        for keyword in ("const", "enum"):
            if keyword in whole:
                given = whole[keyword]
                return self._draws.one_of(given) if keyword == "enum" and is_list(given) else given
        return _MAKERS[_kind(whole)](self, whole, depth)

    def _settled(self, schema: Mapping[str, object]) -> dict[str, object]:
        """Give a schema with what it refers to, all of `allOf` and one way of each choice in it."""
        whole = dict(schema)
        for _ in range(_REFERENCES):
            more: list[object] = []
            if isinstance(reference := whole.pop("$ref", None), str):
                more.append(pointed(self._root, reference))
            choices = [whole.pop(keyword, None) for keyword in ("anyOf", "oneOf")]
            more += [self._draws.one_of(ways) for ways in choices if is_list(ways) and ways]
            if is_list(all_of := whole.pop("allOf", None)):
                more += all_of
            if not more:
                break
            for part in more:
                whole = _merged(whole, part)
        return whole

    def fields(self, schema: Mapping[str, object], depth: int) -> dict[str, object]:
        properties, required = schema.get("properties"), schema.get("required")
        must: set[object] = set(required) if is_list(required) else set()
        named = properties if is_fields(properties) else {}
        return {name: self.made(field, depth + 1) for name, field in named.items() if self._wanted(name in must, depth)}

    def _wanted(self, must: bool, depth: int) -> bool:  # noqa: FBT001 - private, and called once
        if must or self._number == 0:
            return must or depth < _DEEPEST // 3
        return self._number > 1 and depth < _DEEPEST // 3 and self._draws.below(2) == 0

    def items(self, schema: Mapping[str, object], depth: int) -> list[object]:
        least = _whole(schema.get("minItems"), 0)
        most = max(least, min(_whole(schema.get("maxItems"), max(least, _ITEMS)), max(least, _ITEMS)))
        first = schema.get("prefixItems")
        begun = [self.made(each, depth + 1) for each in first] if is_list(first) else []
        count = self._draws.between(max(least, min(1, most)), most) if depth < _DEEPEST // 3 else least
        return begun + [self.made(schema.get("items", {}), depth + 1) for _ in range(count - len(begun))]

    def text(self, schema: Mapping[str, object], _depth: int) -> str:
        pattern, format_ = schema.get("pattern"), schema.get("format")
        least, most = _whole(schema.get("minLength"), 0), _whole(schema.get("maxLength"), _MOST)
        if isinstance(pattern, str):
            return self._fitting(pattern, least, most)
        if isinstance(format_, str) and format_ in _FORMATS:
            return _FORMATS[format_](self._draws)
        return self._word().ljust(least, "x")[:most]

    def _fitting(self, pattern: str, least: int, most: int) -> str:
        text = ""
        try:
            for _ in range(_TRIES):
                text = text_for(pattern, self._draws)
                if least <= len(text) <= most:
                    break
        except PatternUnread as error:
            raise NotMade(f"no text could be made for the pattern {pattern} ({error}): write an example") from error
        return text

    def _word(self) -> str:
        return f"STAND-IN-{self._draws.below(10**6):06d}"

    def number(self, schema: Mapping[str, object], _depth: int) -> int | float:
        """Make a number; whole unless there is none between the bounds."""
        least, most = _bounds(schema)
        step = schema.get("multipleOf")
        if is_number(step) and step > 0:
            first, last = -(-least // step), most // step
            return step * self._draws.between(int(first), max(int(first), int(last)))
        low, high = -(-least // 1), most // 1
        return self._draws.between(int(low), int(high)) if low <= high else (least + most) / 2

    def flag(self, _schema: Mapping[str, object], _depth: int) -> bool:
        return self._draws.below(2) == 1

    def nothing(self, _schema: Mapping[str, object], _depth: int) -> None:
        return None


_MAKERS: Final[Mapping[str, Callable[[_Maker, Mapping[str, object], int], object]]] = {
    "object": _Maker.fields,
    "array": _Maker.items,
    "string": _Maker.text,
    "integer": _Maker.number,
    "number": _Maker.number,
    "boolean": _Maker.flag,
    "null": _Maker.nothing,
}
_IMPLIED: Final = (
    ("properties", "object"),
    ("required", "object"),
    ("items", "array"),
    ("prefixItems", "array"),
    ("minItems", "array"),
    ("minimum", "integer"),
    ("maximum", "integer"),
    ("multipleOf", "integer"),
)
"""What a schema without a type is of, by the keywords that it has; a text where nothing says otherwise."""


def _kind(schema: Mapping[str, object]) -> str:
    named = schema.get("type")
    named = named[0] if is_list(named) and named else named
    if isinstance(named, str) and named in _MAKERS:
        return named
    return next((kind for keyword, kind in _IMPLIED if keyword in schema), "string")


def _merged(one: dict[str, object], other: object) -> dict[str, object]:
    if not is_fields(other):
        return one
    whole = {**one, **other}
    for keyword in ("properties", "$defs"):
        ours, theirs = one.get(keyword), other.get(keyword)
        if is_fields(ours) and is_fields(theirs):
            whole[keyword] = {**ours, **theirs}
    ours, theirs = one.get("required"), other.get("required")
    if is_list(ours) and is_list(theirs):
        whole["required"] = [*ours, *theirs]
    return whole


def _bounds(schema: Mapping[str, object]) -> tuple[float, float]:
    """Give the least and the greatest number, both included."""
    lows = [schema.get("minimum"), _stepped(schema.get("exclusiveMinimum"), 1)]
    highs = [schema.get("maximum"), _stepped(schema.get("exclusiveMaximum"), -1)]
    low = max((each for each in lows if is_number(each)), default=None)
    high = min((each for each in highs if is_number(each)), default=None)
    least = low if low is not None else min(0, high if high is not None else 0)
    return least, high if high is not None else max(least, 0) + _MOST


def _stepped(bound: object, by: int) -> float | None:
    return bound + by if is_number(bound) else None


def _whole(value: object, otherwise: int) -> int:
    return int(value) if is_number(value) else otherwise


def _day(draws: Draws) -> str:
    return (_FIRST_DAY + timedelta(days=draws.below(365))).isoformat()


def _moment(draws: Draws) -> str:
    return f"{draws.below(24):02d}:{draws.below(60):02d}:00Z"


def _uuid(draws: Draws) -> str:
    digits = f"{draws.below(16**32):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


_FORMATS: Final[Mapping[str, Callable[[Draws], str]]] = {
    "date": _day,
    "time": _moment,
    "date-time": lambda draws: f"{_day(draws)}T{_moment(draws)}",
    "duration": lambda draws: f"P{1 + draws.below(30)}D",
    "email": lambda draws: f"stand-in-{draws.below(10**6)}@agency.example",
    "hostname": lambda draws: f"h{draws.below(10**6)}.agency.example",
    "uri": lambda draws: f"https://agency.example/{draws.below(10**6)}",
    "uuid": _uuid,
    "ipv4": lambda draws: f"192.0.2.{draws.below(256)}",
    "ipv6": lambda draws: f"2001:db8::{draws.below(65_536):x}",
}
