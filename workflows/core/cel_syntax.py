"""The part of CEL that plans may use, as a small tree: what is read, what is refused, and what to write instead.

cel-python's grammar reads the source; this module turns its parse tree into nodes that say what they mean, and
refuses what could cost too much (docs: the language reference, "Expressions").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from celpy.celparser import CELParseError, CELParser
from lark import Token, Tree
from lark.exceptions import UnexpectedToken

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
from workflows.core.mistakes import ExpressionMistake, did_you_mean

SOURCE_LIMIT_BYTES = 1024
DEPTH_LIMIT = 64
RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "package",
        "namespace",
        "null",
        "return",
        "true",
        "var",
        "void",
        "while",
    ],
)
"""Words that CEL keeps for itself: no step and no bound variable may be called so."""

FUNCTIONS = {"size": 1, "int": 1, "double": 1, "string": 1}
METHODS = {"size": 0, "contains": 1, "startsWith": 1, "endsWith": 1, "substring": 2}
MACROS = {"all": {2}, "exists": {2}, "exists_one": {2}, "filter": {2}, "map": {2, 3}}


def parse(source: str) -> Node:
    """Read an expression.

    Raises:
        ExpressionMistake: it is no CEL, or uses what plans may not use.

    """
    _check_source(source)
    try:
        tree = cast("Tree[Token]", CELParser().parse(source))  # pyright: ignore[reportUnknownMemberType]  # it says Tree alone
    except CELParseError as error:
        cause = error.__context__
        at_end = isinstance(cause, UnexpectedToken) and _is_end(cause)
        place = " at its end" if at_end else f" at character {error.column}"
        raise ExpressionMistake(
            f"this is no CEL expression: it cannot be read{place}",
            "a CEL expression, such as size(form.workers) > 0",
        ) from None
    _check_depth(tree)
    return _node(tree, frozenset())


def _is_end(error: UnexpectedToken) -> bool:
    token: object = error.token  # pyright: ignore[reportUnknownMemberType]  # lark leaves it open
    return isinstance(token, Token) and token.type == "$END"


def _check_source(source: str) -> None:
    """Refuse what the grammar cannot read in bounded time, before it is tried."""
    if not source.strip():
        raise ExpressionMistake("this expression is empty", "a CEL expression, such as size(form.workers) > 0")
    if len(source.encode("utf-8", "surrogatepass")) > SOURCE_LIMIT_BYTES:
        raise ExpressionMistake(
            f"this expression is longer than {SOURCE_LIMIT_BYTES} bytes",
            "a shorter one; let an agency's contract decide what is complicated",
        )
    if "\\" in source or "\r" in source:
        # Its string patterns backtrack without end on a run of escapes that no quote ends.
        raise ExpressionMistake(
            "an expression has no backslashes or carriage returns",
            "the character itself, in the other kind of quotes where it is a quote",
        )


def _check_depth(tree: Tree[Token]) -> None:
    level: list[tuple[Tree[Token], int]] = [(tree, 0)]
    while level:
        node, depth = level.pop()
        if depth > DEPTH_LIMIT:
            raise ExpressionMistake(
                f"this expression nests deeper than {DEPTH_LIMIT} operations",
                "fewer operations; `x in ['a', 'b']` replaces a chain of comparisons",
            )
        below = depth + (len(node.children) > 1)
        level.extend((child, below) for child in node.children if isinstance(child, Tree))


Bound = frozenset[str]


def _node(tree: Tree[Token], bound: Bound) -> Node:
    rule = str(tree.data)
    while rule in _WRAPPERS and len(tree.children) == 1:
        tree = _tree(tree.children[0])
        rule = str(tree.data)
    read = _READERS.get(rule)
    if read is None:
        raise ExpressionMistake(
            "a leading dot and messages with braces after a name are not offered here",
            "plain names: form.area, {'a': 1}",
        )
    return read(tree, bound)


def _tree(child: Tree[Token] | Token) -> Tree[Token]:
    if not isinstance(child, Tree):  # pragma: no cover - the grammar has trees there
        raise TypeError
    return child


def _choice(tree: Tree[Token], bound: Bound) -> Node:
    condition, yes, no = (_node(_tree(child), bound) for child in tree.children)
    return Choice(condition, yes, no)


def _either(tree: Tree[Token], bound: Bound) -> Node:
    left, right = (_node(_tree(child), bound) for child in tree.children)
    return Either(left, right)


def _both(tree: Tree[Token], bound: Bound) -> Node:
    left, right = (_node(_tree(child), bound) for child in tree.children)
    return Both(left, right)


_OPERATORS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}


def _operation(tree: Tree[Token], bound: Bound) -> Node:
    operator, right = (_tree(child) for child in tree.children)
    left = _tree(operator.children[0])
    return Operation(_OPERATORS[str(operator.data)], _node(left, bound), _node(right, bound))


def _unary(tree: Tree[Token], bound: Bound) -> Node:
    operator, operand = (_tree(child) for child in tree.children)
    of = _node(operand, bound)
    return Not(of) if str(operator.data) == "unary_not" else Negative(of)


def _member_dot(tree: Tree[Token], bound: Bound) -> Node:
    return Select(_node(_tree(tree.children[0]), bound), str(tree.children[1]))


def _member_index(tree: Tree[Token], bound: Bound) -> Node:
    of, key = (_node(_tree(child), bound) for child in tree.children)
    if isinstance(key, Literal) and isinstance(key.value, str):
        return Select(of, key.value)
    return Index(of, key)


def _arguments(tree: Tree[Token]) -> list[Tree[Token]]:
    last = tree.children[-1]
    return [_tree(child) for child in last.children] if isinstance(last, Tree) and last.data == "exprlist" else []


def _call(tree: Tree[Token], bound: Bound) -> Node:
    name, arguments = str(tree.children[0]), _arguments(tree)
    if name == "has":
        return _has(arguments, bound)
    if FUNCTIONS.get(name) != len(arguments):
        raise _unknown_call(name, len(arguments), FUNCTIONS | {"has": 1})
    return Call(name, tuple(_node(argument, bound) for argument in arguments))


def _has(arguments: list[Tree[Token]], bound: Bound) -> Node:
    target = _node(arguments[0], bound) if len(arguments) == 1 else None
    if not isinstance(target, Select):
        raise ExpressionMistake("has() takes one field", "has(form.area): a name, a dot and a field")
    return Has(target)


def _method(tree: Tree[Token], bound: Bound) -> Node:
    name, arguments = str(tree.children[1]), _arguments(tree)
    of = _tree(tree.children[0])
    if len(arguments) in MACROS.get(name, set()):
        return _comprehension(name, of, arguments, bound)
    if METHODS.get(name) != len(arguments):
        raise _unknown_call(name, len(arguments), METHODS | dict.fromkeys(MACROS, 2))
    return Call(name, (_node(of, bound), *(_node(argument, bound) for argument in arguments)))


def _unknown_call(name: str, count: int, known: dict[str, int]) -> ExpressionMistake:
    if name in known:
        return ExpressionMistake(f"{name}() does not take {count} arguments", f"{known[name]} of them")
    return ExpressionMistake(f"the function {name}() is not offered here", did_you_mean(name, known))


def _comprehension(macro: str, of: Tree[Token], arguments: list[Tree[Token]], bound: Bound) -> Node:
    if bound:
        raise ExpressionMistake(
            f"{macro}() inside another macro costs too much",
            "one macro over a list; let an agency's contract decide what is complicated",
        )
    variable = _node(arguments[0], bound)
    if not isinstance(variable, Name):
        raise ExpressionMistake(f"the first argument of {macro}() is the name of its variable", f"{macro}(item, ...)")
    inner = frozenset({variable.name})
    body, *rest = (_node(argument, inner) for argument in arguments[1:])
    return Comprehension(macro, _node(of, bound), variable.name, body, rest[0] if rest else None)


def _items(tree: Tree[Token], bound: Bound) -> Node:
    return Items(tuple(_node(child, bound) for child in _arguments(tree))) if tree.children else Items(())


def _entries(tree: Tree[Token], bound: Bound) -> Node:
    nodes = [_node(_tree(child), bound) for child in _tree(tree.children[0]).children] if tree.children else []
    return Entries(tuple(zip(nodes[::2], nodes[1::2], strict=True)))


def _name(tree: Tree[Token], bound: Bound) -> Node:
    name = str(tree.children[0])
    if name in RESERVED:
        raise ExpressionMistake(f"{name!r} is a word that CEL keeps for itself", "another name")
    return Name(name, name in bound)


def _literal(tree: Tree[Token], _bound: Bound) -> Node:
    token = tree.children[0]
    kind, text = (token.type, str(token)) if isinstance(token, Token) else ("", "")
    read = _LITERALS.get(kind)
    if read is None:
        raise ExpressionMistake("bytes and unsigned numbers are not offered here", "a plain text or number")
    return Literal(read(text))


def _text(token: str) -> str:
    unmarked = token.removeprefix("r").removeprefix("R")
    quotes = 3 if unmarked[:3] in {'"""', "'''"} else 1
    return unmarked[quotes:-quotes]


def _integer(token: str) -> int:
    number = int(token, 0) if "x" in token else int(token)
    if not -(2**63) <= number < 2**63:
        raise ExpressionMistake("this number is too large", "a smaller one; identifiers are texts, in quotes")
    return number


_LITERALS: dict[str, Callable[[str], bool | int | float | str | None]] = {
    "INT_LIT": _integer,
    "FLOAT_LIT": float,
    "STRING_LIT": _text,
    "MLSTRING_LIT": _text,
    "BOOL_LIT": lambda text: text == "true",
    "NULL_LIT": lambda _text: None,
}

_WRAPPERS = frozenset(
    [
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
        "paren_expr",
    ],
)

_READERS: dict[str, Callable[[Tree[Token], Bound], Node]] = {
    "expr": _choice,
    "conditionalor": _either,
    "conditionaland": _both,
    "relation": _operation,
    "addition": _operation,
    "multiplication": _operation,
    "unary": _unary,
    "member_dot": _member_dot,
    "member_index": _member_index,
    "member_dot_arg": _method,
    "ident_arg": _call,
    "ident": _name,
    "list_lit": _items,
    "map_lit": _entries,
    "literal": _literal,
}
