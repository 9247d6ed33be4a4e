"""What an expression may do with values: comparing, counting, joining, converting.

Numbers: those of JSON enter as doubles, those written without a point, and sizes, are whole numbers (`Whole`);
a mixed operation counts in doubles. Messages name kinds, never values: they end in journals and on pages.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from workflows.core.json_kinds import is_fields, is_list, is_number

_EXACT = 2**53
_WHOLE_LIMIT = 2**63


class ExpressionError(Exception):
    """An expression that fails with the values at hand; the message tells which kind of value stood in the way."""


class Whole(int):
    """A whole number of the expression itself; a plain `int` is one of JSON that has not entered yet."""


def enter(value: object) -> object:
    """Let a value of JSON in."""
    if type(value) is not int:
        return value
    if abs(value) > _EXACT:
        raise ExpressionError("a whole number is too large to count with; identifiers are texts")
    return float(value)


def plain(value: object) -> object:
    """Let a value out, as JSON has it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, Whole):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if is_list(value):
        return [plain(item) for item in value]
    if is_fields(value):
        return {key: plain(item) for key, item in value.items()}
    return value


def kind_of(value: object) -> str:
    """Give the kind of a value in words, never the value."""
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "something else"


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "a group of fields"),
    (type(None), "null"),
)


def truth(value: object, where: str) -> bool:
    """Give a value that must be true or false; `where` says who asks."""
    if not isinstance(value, bool):
        raise ExpressionError(f"{where} takes true or false, not {kind_of(value)}")
    return value


def _equal(left: object, right: object) -> bool:
    if is_number(left) and is_number(right):
        return left == right
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(_equal, left, right))
    if is_fields(left) and is_fields(right):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return kind_of(left) == kind_of(right) and left == right


def _within(item: object, container: object) -> bool:
    if is_list(container):
        return any(_equal(item, other) for other in container)
    if is_fields(container):
        return isinstance(item, str) and item in container
    raise ExpressionError(f"`in` takes a list, not {kind_of(container)}")


def _comparison(
    name: str,
    numbers: Callable[[float, float], bool],
    texts: Callable[[str, str], bool],
) -> Callable[[object, object], object]:
    def apply(left: object, right: object) -> object:
        if is_number(left) and is_number(right):
            return numbers(left, right)
        if isinstance(left, str) and isinstance(right, str):
            return texts(left, right)
        raise _no_operation(name, left, right)

    return apply


def _no_operation(name: str, left: object, right: object) -> ExpressionError:
    return ExpressionError(f"{kind_of(left)} {name} {kind_of(right)} has no meaning")


def _add(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if is_list(left) and is_list(right):
        return left + right
    return _add_numbers(left, right)


def _arithmetic(
    name: str,
    exactly: Callable[[int, int], int],
    double: Callable[[float, float], float],
) -> Callable[[object, object], object]:
    def apply(left: object, right: object) -> object:
        if isinstance(left, Whole) and isinstance(right, Whole):
            return whole(exactly(int(left), int(right)))
        if isinstance(left, Whole | float) and isinstance(right, Whole | float):
            return _double(double, float(left), float(right))
        raise _no_operation(name, left, right)

    return apply


def whole(number: int) -> Whole:
    """Give a whole number of 64 bits."""
    if not -_WHOLE_LIMIT <= number < _WHOLE_LIMIT:
        raise ExpressionError("a number grows too large")
    return Whole(number)


def _double(apply: Callable[[float, float], float], left: float, right: float) -> float:
    try:
        number = apply(left, right)
    except ZeroDivisionError:
        raise ExpressionError("a number is divided by zero") from None
    if not math.isfinite(number):
        raise ExpressionError("a number grows too large")
    return number


def _quotient(left: int, right: int) -> int:
    if right == 0:
        raise ExpressionError("a number is divided by zero")
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


def _no_remainder(_left: float, _right: float) -> float:
    raise ExpressionError("% takes whole numbers: int(x) % 2")


_add_numbers = _arithmetic("+", operator.add, operator.add)

OPERATIONS: dict[str, Callable[[object, object], object]] = {
    "<": _comparison("<", operator.lt, operator.lt),
    "<=": _comparison("<=", operator.le, operator.le),
    ">": _comparison(">", operator.gt, operator.gt),
    ">=": _comparison(">=", operator.ge, operator.ge),
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "in": _within,
    "+": _add,
    "-": _arithmetic("-", operator.sub, operator.sub),
    "*": _arithmetic("*", operator.mul, operator.mul),
    "/": _arithmetic("/", _quotient, lambda left, right: left / right),
    "%": _arithmetic("%", _remainder, _no_remainder),
}


def _size(value: object) -> object:
    if isinstance(value, str) or is_list(value) or is_fields(value):
        return Whole(len(value))
    raise ExpressionError(f"size() takes a text, a list or a group of fields, not {kind_of(value)}")


def _to_int(value: object) -> object:
    try:
        if isinstance(value, Whole | float | str):
            return whole(int(value))
    except ValueError:
        raise ExpressionError("int() takes a text of digits") from None
    raise ExpressionError(f"int() takes a number or a text of digits, not {kind_of(value)}")


def _to_double(value: object) -> object:
    try:
        if isinstance(value, Whole | float | str):
            return _double(operator.add, float(value), 0.0)
    except ValueError:
        raise ExpressionError("double() takes a text that is a number") from None
    raise ExpressionError(f"double() takes a number or a text that is one, not {kind_of(value)}")


def _to_string(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | Whole | float):
        return str(plain(value))
    raise ExpressionError(f"string() takes a text, a number, true or false, not {kind_of(value)}")


def _on_texts(name: str, test: Callable[[str, str], bool]) -> Callable[[object, object], object]:
    def apply(text: object, part: object) -> object:
        if isinstance(text, str) and isinstance(part, str):
            return test(text, part)
        raise ExpressionError(f"{name}() takes texts, not {kind_of(text)} and {kind_of(part)}")

    return apply


def _substring(text: object, start: object, end: object) -> object:
    """Give a text's characters from one position up to before another, counted from 0."""
    if not (isinstance(text, str) and is_number(start) and is_number(end)):
        kinds = f"{kind_of(text)}, {kind_of(start)} and {kind_of(end)}"
        raise ExpressionError(f"substring() takes a text and two positions, not {kinds}")
    if start != int(start) or end != int(end) or not 0 <= start <= end <= len(text):
        raise ExpressionError("substring() takes whole positions within the text, the first not after the second")
    return text[int(start) : int(end)]


FUNCTIONS: dict[str, Callable[..., object]] = {
    "size": _size,
    "int": _to_int,
    "double": _to_double,
    "string": _to_string,
    "contains": _on_texts("contains", operator.contains),
    "startsWith": _on_texts("startsWith", str.startswith),
    "endsWith": _on_texts("endsWith", str.endswith),
    "substring": _substring,
}
