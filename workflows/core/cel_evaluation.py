"""What an expression means: its tree, turned once into functions from a scope to a value.

Every name is resolved when the tree is compiled; running it walks no tree. Messages name paths and kinds, never values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from workflows.core.cel_nodes import (
    Both,
    Call,
    Choice,
    Comprehension,
    Either,
    Entries,
    Has,
    Index,
    Items,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Operation,
    Select,
)
from workflows.core.cel_operations import (
    FUNCTIONS,
    OPERATIONS,
    ExpressionError,
    Whole,
    enter,
    kind_of,
    plain,
    truth,
    whole,
)
from workflows.core.json_kinds import is_fields, is_list, is_number

LIST_LIMIT = 200
"""How many items a macro walks over."""

Scope: TypeAlias = Mapping[str, object]
Evaluate: TypeAlias = Callable[[Scope], object]


def evaluator(node: Node) -> Evaluate:
    """Turn a tree into a function from a scope to a value that is plain JSON; it raises ExpressionError."""
    evaluate = _compile(node)
    return lambda scope: plain(evaluate(scope))


def _compile(node: Node) -> Evaluate:
    return _COMPILERS[type(node)](node)


def _literal(node: Literal) -> Evaluate:
    value = Whole(node.value) if type(node.value) is int else node.value
    return lambda _scope: value


def _name(node: Name) -> Evaluate:
    name = node.name

    def evaluate(scope: Scope) -> object:
        if name not in scope:
            raise ExpressionError(f"{name} is not known yet")
        return enter(scope[name])

    return evaluate


def _select(node: Select) -> Evaluate:
    of, field = _compile(node.of), node.field

    def evaluate(scope: Scope) -> object:
        value = of(scope)
        if not is_fields(value):
            raise ExpressionError(f"{field} is looked for in {kind_of(value)}, which has no fields")
        if field not in value:
            raise ExpressionError(f"{field} is absent")
        return enter(value[field])

    return evaluate


def _index(node: Index) -> Evaluate:
    of, key = _compile(node.of), _compile(node.key)

    def evaluate(scope: Scope) -> object:
        value, at = of(scope), key(scope)
        if is_fields(value) and isinstance(at, str) and at in value:
            return enter(value[at])
        if is_list(value) and is_number(at) and at == int(at) and 0 <= at < len(value):
            return enter(value[int(at)])
        raise ExpressionError(f"there is nothing at this index of {kind_of(value)}")

    return evaluate


def _has(node: Has) -> Evaluate:
    of, field = _presence(node.target.of), node.target.field

    def evaluate(scope: Scope) -> object:
        value = of(scope)
        return is_fields(value) and field in value

    return evaluate


def _presence(node: Node) -> Evaluate:
    """Give the value, or None where anything that leads to it is absent."""
    if isinstance(node, Name):
        return lambda scope: scope.get(node.name)
    if isinstance(node, Select):
        of, field = _presence(node.of), node.field

        def evaluate(scope: Scope) -> object:
            value = of(scope)
            return value.get(field) if is_fields(value) else None

        return evaluate
    return _compile(node)


def _not(node: Not) -> Evaluate:
    of = _compile(node.of)
    return lambda scope: not truth(of(scope), "!")


def _negative(node: Negative) -> Evaluate:
    of = _compile(node.of)

    def evaluate(scope: Scope) -> object:
        value = of(scope)
        if isinstance(value, Whole):
            return whole(-value)
        if isinstance(value, float):
            return -value
        raise ExpressionError(f"- takes a number, not {kind_of(value)}")

    return evaluate


def _both(node: Both) -> Evaluate:
    return _connective(_compile(node.left), _compile(node.right), "&&", decisive=False)


def _either(node: Either) -> Evaluate:
    return _connective(_compile(node.left), _compile(node.right), "||", decisive=True)


def _connective(left: Evaluate, right: Evaluate, name: str, *, decisive: bool) -> Evaluate:
    """CEL's rule: when one side decides alone, an error on the other does not matter."""

    def evaluate(scope: Scope) -> object:
        try:
            first = truth(left(scope), name)
        except ExpressionError:
            if truth(right(scope), name) is decisive:
                return decisive
            raise
        return decisive if first is decisive else truth(right(scope), name)

    return evaluate


def _choice(node: Choice) -> Evaluate:
    condition, yes, no = _compile(node.condition), _compile(node.yes), _compile(node.no)
    return lambda scope: yes(scope) if truth(condition(scope), "?") else no(scope)


def _items(node: Items) -> Evaluate:
    items = [_compile(item) for item in node.items]
    return lambda scope: [item(scope) for item in items]


def _entries(node: Entries) -> Evaluate:
    entries = [(_compile(key), _compile(value)) for key, value in node.entries]

    def evaluate(scope: Scope) -> object:
        made: dict[str, object] = {}
        for key, value in entries:
            name = key(scope)
            if not isinstance(name, str):
                raise ExpressionError(f"the keys of a group of fields are texts, not {kind_of(name)}")
            if name in made:
                raise ExpressionError("a group of fields names a key twice")
            made[name] = value(scope)
        return made

    return evaluate


def _operation(node: Operation) -> Evaluate:
    left, right, apply = _compile(node.left), _compile(node.right), OPERATIONS[node.operator]
    return lambda scope: apply(left(scope), right(scope))


def _call(node: Call) -> Evaluate:
    arguments, apply = [_compile(argument) for argument in node.arguments], FUNCTIONS[node.function]
    return lambda scope: apply(*(argument(scope) for argument in arguments))


def _comprehension(node: Comprehension) -> Evaluate:
    over, variable, macro = _compile(node.over), node.variable, _MACROS[node.macro]
    body = _compile(node.body)
    gives = None if node.gives is None else _compile(node.gives)

    def evaluate(scope: Scope) -> object:
        items = over(scope)
        if not is_list(items):
            raise ExpressionError(f"{node.macro}() walks over a list, not {kind_of(items)}")
        if len(items) > LIST_LIMIT:
            raise ExpressionError(f"{node.macro}() walks over at most {LIST_LIMIT} items")
        return macro([{**scope, variable: item} for item in items], variable, body, gives)

    return evaluate


Macro: TypeAlias = Callable[[list[dict[str, object]], str, Evaluate, Evaluate | None], object]


def _holds(scope: Scope, body: Evaluate) -> bool:
    return truth(body(scope), "a macro")


def _some(scopes: list[dict[str, object]], body: Evaluate, *, decisive: bool) -> bool:
    """Whether one item decides; an error on another item does not matter then (CEL's rule)."""
    failed: ExpressionError | None = None
    for scope in scopes:
        try:
            if _holds(scope, body) is decisive:
                return True
        except ExpressionError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return False


def _map(scopes: list[dict[str, object]], body: Evaluate, gives: Evaluate | None) -> object:
    if gives is None:
        return [body(scope) for scope in scopes]
    return [gives(scope) for scope in scopes if _holds(scope, body)]


_MACROS: dict[str, Macro] = {
    "all": lambda scopes, _name, body, _gives: not _some(scopes, body, decisive=False),
    "exists": lambda scopes, _name, body, _gives: _some(scopes, body, decisive=True),
    "exists_one": lambda scopes, _name, body, _gives: sum(_holds(scope, body) for scope in scopes) == 1,
    "filter": lambda scopes, name, body, _gives: [scope[name] for scope in scopes if _holds(scope, body)],
    "map": lambda scopes, _name, body, gives: _map(scopes, body, gives),
}

_COMPILERS: dict[type[Node], Callable[..., Evaluate]] = {
    Literal: _literal,
    Name: _name,
    Select: _select,
    Index: _index,
    Has: _has,
    Not: _not,
    Negative: _negative,
    Both: _both,
    Either: _either,
    Operation: _operation,
    Choice: _choice,
    Call: _call,
    Items: _items,
    Entries: _entries,
    Comprehension: _comprehension,
}
