"""Which JSON types an expression can give, as far as that is known without running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from workflows.core.cel_nodes import (
    Both,
    Call,
    Choice,
    Comprehension,
    Either,
    Entries,
    Has,
    Items,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Operation,
    Select,
)
from workflows.core.cel_paths import Path

Types: TypeAlias = frozenset[str]
Lookup: TypeAlias = Callable[[Path], Types]
"""Gives the types of what a path leads to."""

ANY: Final[Types] = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
_BOOLEAN: Final[Types] = frozenset({"boolean"})
_NUMBER: Final[Types] = frozenset({"integer", "number"})
_INTEGER: Final[Types] = frozenset({"integer"})
_LITERALS: Final[dict[type, Types]] = {
    bool: _BOOLEAN,
    int: _INTEGER,
    float: _NUMBER,
    str: frozenset({"string"}),
    type(None): frozenset({"null"}),
}
_CALLS: Final[dict[str, Types]] = {
    "size": _INTEGER,
    "int": _INTEGER,
    "double": _NUMBER,
    "string": frozenset({"string"}),
    "contains": _BOOLEAN,
    "startsWith": _BOOLEAN,
    "endsWith": _BOOLEAN,
    "substring": frozenset({"string"}),
}
_OPERATIONS: Final[dict[str, Types]] = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), _BOOLEAN),
    **dict.fromkeys(("-", "*", "/"), _NUMBER),
    "%": _INTEGER,
    "+": frozenset({"integer", "number", "string", "array"}),
}
_MACROS: Final[dict[str, Types]] = {
    **dict.fromkeys(("all", "exists", "exists_one"), _BOOLEAN),
    **dict.fromkeys(("map", "filter"), frozenset({"array"})),
}
_FIXED: Final[dict[type[Node], Types]] = {
    **dict.fromkeys((Has, Not, Both, Either), _BOOLEAN),
    Negative: _NUMBER,
    Items: frozenset({"array"}),
    Entries: frozenset({"object"}),
}


def types_of(node: Node, lookup: Lookup) -> Types:
    """Give every type that the expression may give; all of them where nothing is known."""
    fixed = _FIXED.get(type(node))
    if fixed is not None:
        return fixed
    find = _FINDERS.get(type(node))
    return ANY if find is None else find(node, lookup)


def _literal(node: Literal, _lookup: Lookup) -> Types:
    return _LITERALS[type(node.value)]


def _call(node: Call, _lookup: Lookup) -> Types:
    return _CALLS[node.function]


def _comprehension(node: Comprehension, _lookup: Lookup) -> Types:
    return _MACROS[node.macro]


def _choice(node: Choice, lookup: Lookup) -> Types:
    return types_of(node.yes, lookup) | types_of(node.no, lookup)


def _sum(node: Operation, lookup: Lookup) -> Types:
    if node.operator != "+":
        return _OPERATIONS[node.operator]
    sides = _widened(types_of(node.left, lookup)) & _widened(types_of(node.right, lookup))
    return _OPERATIONS["+"] & sides


def _widened(types: Types) -> Types:
    """Numbers of both kinds add up."""
    return types | _NUMBER if types & _NUMBER else types


def _path(node: Name | Select, lookup: Lookup) -> Types:
    names: list[str] = []
    here: Node = node
    while isinstance(here, Select):
        names.append(here.field)
        here = here.of
    if not isinstance(here, Name) or here.bound:
        return ANY
    found = lookup((here.name, *reversed(names)))
    # A number without a fraction comes out whole.
    return found | _INTEGER if "number" in found else found


_FINDERS: Final[dict[type[Node], Callable[..., Types]]] = {
    Literal: _literal,
    Call: _call,
    Comprehension: _comprehension,
    Operation: _sum,
    Choice: _choice,
    Name: _path,
    Select: _path,
}
