"""What an expression reads: every path into the form, the case or a step, and what it has made sure of before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from workflows.core.cel_nodes import (
    Both,
    Choice,
    Comprehension,
    Either,
    Has,
    Index,
    Name,
    Node,
    Not,
    Select,
)

Path: TypeAlias = tuple[str, ...]

ELEMENT = "[]"
"""Stands in a path for any element of a list."""


class Reference(Struct, frozen=True):
    """One path that is read, root first (`ELEMENT` for any element of a list).

    `known` are those of its beginnings (itself included) that `has()` made sure of; `asked` marks the path of a
    `has()` itself, which may be absent.
    """

    path: Path
    known: frozenset[Path] = frozenset()
    asked: bool = False


class _Facts(Struct, frozen=True):
    """What is known to be present, and what the bound variable stands for (None: something computed)."""

    present: frozenset[Path] = frozenset()
    variables: tuple[tuple[str, Path | None], ...] = ()

    def having(self, paths: frozenset[Path]) -> _Facts:
        return _Facts(self.present | paths, self.variables)

    def standing_for(self, name: str) -> Path | None:
        return dict(self.variables)[name]


def references(node: Node) -> tuple[Reference, ...]:
    """Give every reference of the expression, in the order in which they are written, each once."""
    return tuple(dict.fromkeys(_walk(node, _Facts())))


def bound_names(node: Node) -> tuple[str, ...]:
    """Give the names of the variables that macros bind."""
    own = (node.variable,) if isinstance(node, Comprehension) else ()
    return own + tuple(name for child in node.children for name in bound_names(child))


def present_where_true(node: Node) -> frozenset[Path]:
    """Give every path, and beginning of one, that a condition has made sure of when it is true."""
    return _if_true(node, _Facts())


def trimmed(path: Path) -> Path:
    """Give the path up to its first list element: where a form's answer, or a step's value, is read."""
    return path[: path.index(ELEMENT)] if ELEMENT in path else path


def _walk(node: Node, facts: _Facts) -> Iterator[Reference]:
    path = _path(node, facts)
    if path is not None:
        yield _reference(path, facts)
        yield from _keys(node, facts)
        return
    walk = _WALKS.get(type(node))
    if walk is not None:
        yield from walk(node, facts)
        return
    for child in node.children:
        yield from _walk(child, facts)


def _reference(path: Path, facts: _Facts, *, asked: bool = False) -> Reference:
    return Reference(path, _beginnings(path) & facts.present, asked)


def _beginnings(path: Path) -> frozenset[Path]:
    return frozenset(path[:length] for length in range(1, len(path) + 1))


def _path(node: Node, facts: _Facts) -> Path | None:
    if isinstance(node, Name):
        return facts.standing_for(node.name) if node.bound else (node.name,)
    if isinstance(node, Select):
        before = _path(node.of, facts)
        return None if before is None else (*before, node.field)
    if isinstance(node, Index):
        before = _path(node.of, facts)
        return None if before is None else (*before, ELEMENT)
    return None


def _keys(node: Node, facts: _Facts) -> Iterator[Reference]:
    """Walk over what the indexes inside a path read."""
    while isinstance(node, Select | Index):
        if isinstance(node, Index):
            yield from _walk(node.key, facts)
        node = node.of


def _walk_has(node: Has, facts: _Facts) -> Iterator[Reference]:
    path = _path(node.target, facts)
    if path is None:
        yield from _walk(node.target.of, facts)
    else:
        yield _reference(path, facts, asked=True)
        yield from _keys(node.target, facts)


def _walk_both(node: Both, facts: _Facts) -> Iterator[Reference]:
    # Either side may guard the other: an error on one side gives way to a false on the other.
    yield from _walk(node.left, facts.having(_if_true(node.right, facts)))
    yield from _walk(node.right, facts.having(_if_true(node.left, facts)))


def _walk_either(node: Either, facts: _Facts) -> Iterator[Reference]:
    yield from _walk(node.left, facts.having(_if_false(node.right, facts)))
    yield from _walk(node.right, facts.having(_if_false(node.left, facts)))


def _walk_choice(node: Choice, facts: _Facts) -> Iterator[Reference]:
    yield from _walk(node.condition, facts)
    yield from _walk(node.yes, facts.having(_if_true(node.condition, facts)))
    yield from _walk(node.no, facts.having(_if_false(node.condition, facts)))


def _walk_comprehension(node: Comprehension, facts: _Facts) -> Iterator[Reference]:
    yield from _walk(node.over, facts)
    over = _path(node.over, facts)
    element = None if over is None else (*over, ELEMENT)
    inner = _Facts(facts.present, ((node.variable, element),))
    yield from _walk(node.body, inner)
    if node.gives is not None:
        yield from _walk(node.gives, inner.having(_if_true(node.body, inner)))


def _walk_variable(_node: Name, _facts: _Facts) -> Iterator[Reference]:
    return iter(())


def _if_true(node: Node, facts: _Facts) -> frozenset[Path]:
    """Give what is present wherever the node is true."""
    if isinstance(node, Has):
        path = _path(node.target, facts)
        return frozenset() if path is None else _beginnings(path)
    if isinstance(node, Both):
        return _if_true(node.left, facts) | _if_true(node.right, facts)
    if isinstance(node, Not):
        return _if_false(node.of, facts)
    return frozenset()


def _if_false(node: Node, facts: _Facts) -> frozenset[Path]:
    """Give what is present wherever the node is false."""
    if isinstance(node, Either):
        return _if_false(node.left, facts) | _if_false(node.right, facts)
    if isinstance(node, Not):
        return _if_true(node.of, facts)
    return frozenset()


_WALKS: dict[type[Node], Callable[..., Iterator[Reference]]] = {
    Has: _walk_has,
    Both: _walk_both,
    Either: _walk_either,
    Choice: _walk_choice,
    Comprehension: _walk_comprehension,
    Name: _walk_variable,
}
