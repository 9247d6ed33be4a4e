"""The list of an `each` step: whose items they are, what names them, and what is wrong with a list.

    >>> outlets = compile_each("form.outlets", "outlet", "outlet.id")
    >>> items, mistakes = read_items(outlets, [{"id": "west"}, {"id": "east"}], "/outlets")
    >>> list(items), mistakes
    (['west', 'east'], [])

An item is named by its key, not by its position: what was asked for it stands wherever it is moved to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, structs

from contracts.ids import ItemKey
from contracts.plan import MOST_ITEMS
from contracts.problems import Mistake
from workflows.core.cel_nodes import Call, Comprehension, Index, Name, Node
from workflows.core.expressions import ELEMENT, MISSING, Expression, Path, Reference, compile_value
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import ExpressionMistake, pointer

KEY: Final = "key"
"""The field of a contributed item, in its step's value, that names it."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Each(Struct, frozen=True):
    """What a step is asked for each of: the `items` of a list; `name` stands for one of them, `key` names it."""

    items: Expression
    name: str
    key: Expression
    chooses: bool = False
    """Whether `when` is about an item: then it is judged for each of them, else once for all."""

    @property
    def list_path(self) -> Path:
        """Where the list is: a root, and names."""
        return self.items.paths[0]

    @property
    def item_path(self) -> Path:
        """What `name` stands for: any element of the list."""
        return (*self.list_path, ELEMENT)

    @property
    def form_pointer(self) -> str | None:
        """Where in the form the list is, if it comes from there."""
        return pointer(self.list_path[1:]) if self.list_path[0] == "form" else None


def compile_each(items: str, name: str, key: str) -> Each:
    """Make the list of an `each` step ready.

    Raises:
        ExpressionMistake: one of them is no reference, or the key is nothing of the item.

    """
    named = compile_value(key)
    if named.paths[0][0] != name:
        raise ExpressionMistake(f"the key {key} is nothing of the item {name}", f"{name}. and the field that names it")
    return Each(compile_value(items), name, named)


def grounded(expression: Expression, each: Each) -> Expression:
    """Give an expression of the step with what it reads of an item told as what it reads of the list."""
    if all(reference.path[0] != each.name for reference in expression.references):
        return expression
    references = tuple(
        Reference(ground(told.path, each), frozenset(ground(path, each) for path in told.known), told.asked)
        for told in expression.references
    )
    paths = tuple(dict.fromkeys(ground(path, each) for path in expression.paths))
    return structs.replace(expression, references=references, paths=paths)


def ground(path: Path, each: Each) -> Path:
    """Give a path that starts with the item's name as one into the list; any other as it is."""
    return (*each.item_path, *path[1:]) if path[0] == each.name else path


def sure_of_item(each: Each) -> frozenset[Path]:
    """Give what is there whenever there is an item: the list, and all that leads to it."""
    path = each.item_path
    return frozenset(path[:length] for length in range(1, len(path) + 1))


def read_items(each: Each, value: object, at: str) -> tuple[dict[ItemKey, Any], list[Mistake]]:
    """Give the items of a list by their keys, in order, and what is wrong with it; `at` is the list's JSON Pointer.

    No list, or null, is an empty one.
    """
    if value is None or value is MISSING:
        return {}, []
    if not is_list(value):
        return {}, [Mistake(at, "This is no list. Write a list of items.")]
    if len(value) > MOST_ITEMS:
        return {}, [Mistake(at, f"There are {len(value)} items. Write at most {MOST_ITEMS}.")]
    items: dict[ItemKey, Any] = {}
    mistakes: list[Mistake] = []
    below = pointer(each.key.paths[0][1:])
    for number, item in enumerate(value):
        key = each.key.evaluate({each.name: item})
        where = f"{at}/{number}{below}"
        if not isinstance(key, str) or _KEY.fullmatch(key) is None:
            mistakes.append(Mistake(where, "This names no item. Write 1 to 64 letters (a-z), digits, - or _."))
        elif key in items:
            mistakes.append(Mistake(where, "Another item has this name already. Write a name for each item."))
        else:
            items[ItemKey(key)] = item
    return items, mistakes


def schema_of_list(item: Mapping[str, Any], missing: Iterable[str]) -> dict[str, Any]:
    """Give the schema of an `each` step's value: a list of what its contract gives (`item`), and the item's key.

    `missing` are fields that an item may be without although the contract always gives them.
    """
    fields = item.get("properties")
    given = item.get("required")
    required = [name for name in given if name not in set(missing)] if is_list(given) else []
    named = {**fields, KEY: {"type": "string"}} if is_fields(fields) else {KEY: {"type": "string"}}
    return {
        "type": "array",
        "items": {**item, "properties": named, "required": [KEY, *required]},
        "$defs": item.get("$defs", {}),
    }


def gives_whole_list(node: Node, name: str) -> bool:
    """Whether a formula may give a whole list or whole items of it, not only how many, or what it reads of them."""
    if isinstance(node, Name):
        return node.name == name and not node.bound
    if isinstance(node, Index) and node.of == Name(name, bound=False):
        return gives_whole_list(node.key, name)
    if isinstance(node, Call) and node.function == "size":
        return any(
            gives_whole_list(_walked(child), name)
            for child in node.arguments
            if _walked(child) != Name(name, bound=False)
        )
    if isinstance(node, Comprehension) and node.macro != "filter" and node.over == Name(name, bound=False):
        return any(gives_whole_list(child, name) for child in node.children[1:])
    return any(gives_whole_list(child, name) for child in node.children)


def _walked(node: Node) -> Node:
    """Give the list that is counted: of a filtered one, the list that it was filtered from."""
    return node.over if isinstance(node, Comprehension) and node.macro == "filter" else node


def list_mistakes(lists: Iterable[Each], form: Mapping[str, Any]) -> list[Mistake]:
    """Give what is wrong with the lists of a form, so that its applicant hears of it before anybody is asked."""
    found: dict[Mistake, None] = {}
    for each in lists:
        if each.form_pointer is not None:
            _, mistakes = read_items(each, each.items.evaluate({"form": form}), each.form_pointer)
            found.update(dict.fromkeys(mistakes))
    return list(found)
