"""Values and conditions of a plan: dotted references, literals, and the part of CEL that is offered.

    >>> size = compile_value(Derived(cel="size(form.workers)"))
    >>> size.paths
    (('form', 'workers'),)
    >>> size.evaluate({"form": {"workers": ["Ani", "Budi"]}})
    2

What is read, what is checked and what it means are in `cel_syntax`, `cel_paths`, `cel_evaluation`. Everything here
is pure: there is no clock in an expression, and nothing of a value gets into a message.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec import UNSET, Struct

from contracts.declared import Derived, Value
from workflows.core.cel_evaluation import Scope, evaluator
from workflows.core.cel_nodes import Node
from workflows.core.cel_operations import ExpressionError, kind_of
from workflows.core.cel_paths import ELEMENT, Path, Reference, bound_names, present_where_true, references, trimmed
from workflows.core.cel_syntax import RESERVED, parse
from workflows.core.json_kinds import is_fields
from workflows.core.mistakes import ExpressionMistake

__all__ = [
    "ELEMENT",
    "MISSING",
    "RESERVED",
    "Expression",
    "ExpressionError",
    "ExpressionMistake",
    "Missing",
    "Path",
    "Reference",
    "compile_condition",
    "compile_value",
    "resolve",
]


class Missing(enum.Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""What a reference gives where nothing is."""

_ROOTS = frozenset({"form", "case"})
_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*", re.ASCII)
_REFERENCE_LIMIT = 256


class Expression(Struct, frozen=True, kw_only=True):
    """A value or condition, ready to evaluate.

    `paths` is every reference, root first and cut before list elements; `references` says the same in full, with
    what `has()` made sure of. `node` is the tree of a formula, `bound` are the names that its macros bind.
    """

    kind: Literal["reference", "constant", "cel"]
    source: str
    paths: tuple[Path, ...]
    references: tuple[Reference, ...]
    bound: tuple[str, ...]
    run: Callable[[Scope], object]
    node: Node | None = None

    @property
    def sure(self) -> frozenset[Path]:
        """What a condition has made sure of, when it is true."""
        return frozenset[Path]() if self.node is None else present_where_true(self.node)

    def evaluate(self, scope: Scope) -> object:
        """Give the value as plain JSON; a plain reference to nothing gives `MISSING`.

        Raises:
            ExpressionError: the values at hand do not suit the expression.

        """
        return self.run(scope)


def compile_value(value: Value) -> Expression:
    """Make a value of `in`, `otherwise`, `holder` or `parts` ready.

    Raises:
        ExpressionMistake: it is no reference, no literal and no CEL that is offered.

    """
    if isinstance(value, str):
        return _reference(value)
    if (value.const is UNSET) is (value.cel is UNSET):
        raise ExpressionMistake("a derived value has either const or cel", "{const: VALUE} or {cel: EXPRESSION}")
    if isinstance(value.cel, str):
        return _cel(value.cel, evaluator)
    return _constant(value)


def compile_condition(source: str) -> Expression:
    """Make a condition (`when`) ready: CEL whose value is true or false.

    Raises:
        ExpressionMistake: it is no CEL that is offered.

    """
    return _cel(source, _condition)


def resolve(fields: Mapping[str, Expression], scope: Scope) -> dict[str, object]:
    """Evaluate every field; those whose reference leads to nothing are left out.

    Raises:
        ExpressionError: a field's expression fails; the message names the field.

    """
    resolved: dict[str, object] = {}
    for name, expression in fields.items():
        try:
            value = expression.evaluate(scope)
        except ExpressionError as error:
            raise ExpressionError(f"{name}: {error}") from None
        if value is not MISSING:
            resolved[name] = value
    return resolved


def _reference(source: str) -> Expression:
    if len(source) > _REFERENCE_LIMIT or _REFERENCE.fullmatch(source) is None:
        raise ExpressionMistake(
            f"{source[:80]!r} is no reference",
            "names with dots, such as form.business.address; a literal is {const: ...}, a formula {cel: ...}",
        )
    root, *rest = path = tuple(source.split("."))

    def run(scope: Scope) -> object:
        value = scope.get(root, MISSING)
        for name in rest:
            if not is_fields(value) or name not in value:
                return MISSING
            value = value[name]
        return value

    return Expression(kind="reference", source=source, paths=(path,), references=(Reference(path),), bound=(), run=run)


def _constant(value: Derived) -> Expression:
    constant: object = value.const
    return Expression(
        kind="constant", source=repr(constant), paths=(), references=(), bound=(), run=lambda _scope: constant
    )


def _cel(source: str, compile_node: Callable[[Node], Callable[[Scope], object]]) -> Expression:
    node = parse(source)
    found = references(node)
    bound = bound_names(node)
    for name in bound:
        if name in _ROOTS or any(reference.path[0] == name for reference in found):
            raise ExpressionMistake(
                f"{name!r} names both a macro's variable and something that expressions read",
                "another name for the variable",
            )
    paths = tuple(dict.fromkeys(trimmed(reference.path) for reference in found))
    return Expression(
        kind="cel", source=source, paths=paths, references=found, bound=bound, run=compile_node(node), node=node
    )


def _condition(node: Node) -> Callable[[Scope], object]:
    evaluate = evaluator(node)

    def run(scope: Scope) -> object:
        value = evaluate(scope)
        if not isinstance(value, bool):
            raise ExpressionError(f"a condition gives true or false, not {kind_of(value)}")
        return value

    return run
