"""A value of any declared type, made from the type alone: every field is filled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T", bound=msgspec.Struct)
AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
DURATION = "3 days"

_PLAIN: dict[type[inspect.Type], object] = {
    inspect.BoolType: True,
    inspect.IntType: 7,
    inspect.FloatType: 2.5,
    inspect.NoneType: None,
    inspect.AnyType: {"any": ["thing", 1, None]},
    inspect.DateTimeType: AT.isoformat(),
}
_WORDS = (
    "text",
    "word",
    "some-word",
    DURATION,
    "a/b@1",
    "some-word@1",
    "1.2.3",
    "business/start",
    "0 IDR",
    "50/s",
    "2026-12-24",
    "07:30-12:00",
    "ID",
    "sha256:" + 64 * "0",
)


def sample(kind: type[T]) -> T:
    """Give a value of a Struct."""
    return msgspec.convert(_value(inspect.type_info(kind)), kind)


def _value(info: inspect.Type) -> Any:  # noqa: ANN401 - plain JSON of any kind
    if isinstance(info, inspect.Metadata):
        return _value(info.type)
    if type(info) in _PLAIN:
        return _PLAIN[type(info)]
    for kind, make in _MADE.items():
        if isinstance(info, kind):
            return make(info)
    raise TypeError(f"no sample of {info}")


def _struct(info: inspect.StructType) -> dict[str, Any]:
    filled = {field.encode_name: _value(field.type) for field in info.fields}
    return filled if info.tag_field is None else {info.tag_field: info.tag, **filled}


def _text(info: inspect.StrType) -> str:
    if info.pattern is None:
        return "text"
    return next(word for word in _WORDS if _suits(word, info))


def _suits(word: str, info: inspect.StrType) -> bool:
    try:
        msgspec.convert(word, type=info_annotation(info))
    except msgspec.ValidationError:
        return False
    return True


def info_annotation(info: inspect.StrType) -> Any:  # noqa: ANN401 - a type, as msgspec takes it
    """Give the annotation of a text with a pattern."""
    return Annotated[str, msgspec.Meta(pattern=info.pattern)]


_MADE: dict[type[inspect.Type], Callable[[Any], Any]] = {
    inspect.StrType: _text,
    inspect.StructType: _struct,
    inspect.LiteralType: lambda info: info.values[-1],
    inspect.ListType: lambda info: [_value(info.item_type)],
    inspect.VarTupleType: lambda info: [_value(info.item_type)],
    inspect.DictType: lambda info: {_value(info.key_type): _value(info.value_type)},
    inspect.UnionType: lambda info: _value(next(kind for kind in info.types if not isinstance(kind, inspect.NoneType))),
}
