"""What must hold of a step that is asked for each item of a list: of the list, of its name, of its key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.documents import described
from contracts.plan import MOST_ITEMS, Step
from workflows.core.checked_plan import CheckedPlan, everything
from workflows.core.each import KEY, Each
from workflows.core.json_kinds import is_number
from workflows.core.mistakes import Finding, Place
from workflows.core.order_check import can_say_no
from workflows.core.references import KEPT, types_given
from workflows.core.schema_paths import Located, Schema, dereference, locate, names_in, schema_in, types

FEW: Final = 10
"""Rows of a list that every item may be given: 200 items with ten rows of 300 bytes are 600 KB."""
_LIST: Final = frozenset({"array"})
_WITH_LIST: Final = ("as", "key", "partial")


def check_each(checked: CheckedPlan) -> Iterator[Finding]:
    """Say what is wrong with the steps that are asked for each item of a list."""
    for name, step in checked.plan.steps.items():
        place: Place = ("steps", name)
        if step.each is None:
            written = {"as": step.as_ is not None, "key": step.key is not None, "partial": step.partial}
            for field in _WITH_LIST:
                if written[field]:
                    yield Finding((*place, field), f"{name} is asked once: it has no items", "each: and a list, too")
            continue
        for field, value in (("as", step.as_), ("key", step.key)):
            if value is None:
                yield Finding(place, f"{name} is asked for each item, and has no `{field}`", _EXAMPLE[field])
        each = checked.steps[name].each
        yield from _check_name(checked, place, step)
        if each is not None:
            yield from _check_list(checked, place, each)
            yield from _check_shared(checked, name, each)
        yield from _check_contract(checked, name)


_EXAMPLE: Final = {"as": "as: outlet, which then names an item", "key": "key: outlet.id, what names each item"}


def _check_name(checked: CheckedPlan, place: Place, step: Step) -> Iterator[Finding]:
    bound = step.as_
    if bound is None:
        return
    if bound in checked.plan.steps or bound in KEPT:
        what = "a step" if bound in checked.plan.steps else "a word that expressions keep for themselves"
        yield Finding((*place, "as"), f"the item is called like {what}: {bound}", "another name for it")
    for where, expression in everything(checked):
        if where[:2] == place and bound in expression.bound:
            yield Finding(where, f"the variable {bound} is called like the item", "another name for the variable")


def _check_list(checked: CheckedPlan, place: Place, each: Each) -> Iterator[Finding]:
    root = each.list_path[0]
    around = checked.around
    schema = around.schema(root) if root in around.roots() else None
    found = None if schema is None else locate(schema, each.list_path[1:], (root,))
    if not isinstance(found, Located):
        return  # told where references are checked
    if "array" not in types(found.schema, found.root):
        yield Finding((*place, "each"), f"{each.items.source} is no list", "a reference to a list")
        return
    most = found.schema.get("maxItems")
    if is_number(most) and most > MOST_ITEMS:
        yield Finding((*place, "each"), f"{each.items.source} may have {most} items", f"maxItems: {MOST_ITEMS}")
    yield from _check_key(place, each, dereference(schema_in(found.schema, "items"), found.root), found.root)


def _check_key(place: Place, each: Each, item: Schema, root: Schema) -> Iterator[Finding]:
    where = (*place, "key")
    inner = each.key.paths[0][1:]
    here: Located | None = Located(item, root)
    for name in inner:
        if here is None:
            return
        fields = schema_in(here.schema, "properties")
        if fields and name not in fields:
            yield Finding(where, f"an item has no {name}", ", ".join(fields))
            return
        if fields and name not in names_in(here.schema, "required"):
            yield Finding(where, f"{each.key.source} may be absent", f"required: [{name}] among the items' fields")
        here = Located(dereference(schema_in(fields, name), root), root) if fields else None
    if here is not None and "string" not in types(here.schema, here.root):
        yield Finding(where, f"{each.key.source} is no text", "a text that names the item")


def _check_shared(checked: CheckedPlan, name: str, each: Each) -> Iterator[Finding]:
    """Say when every item would be given one and the same list.

    What is asked is recorded, item by item: a list of 200 rows of 300 bytes, given to each of 200 items, is 12 MB in a
    case's journal, where one address is 60 KB.
    """
    for field, expression in checked.steps[name].inputs.items():
        if all(path[: len(each.item_path)] == each.item_path for path in expression.paths):
            continue
        if expression.kind == "reference":
            path, around = expression.paths[0], checked.around
            schema = around.schema(path[0]) if path[0] in around.roots() else None
            found = None if schema is None else locate(schema, path[1:], path[:1])
            is_list = isinstance(found, Located) and _holds_list(found.schema, found.root)
        else:
            is_list = types_given(expression, checked.around) == _LIST
        if is_list:
            yield Finding(
                ("steps", name, "in", field),
                f"{expression.source} is a list, or holds one, and would be recorded once for each item",
                f"just the fields that an item needs; or maxItems: {FEW} where it is short",
            )


def _holds_list(schema: Schema, root: Schema, within: frozenset[str] = frozenset()) -> bool:
    reference = str(schema.get("$ref", ""))
    if reference and reference in within:
        return False
    here, within = dereference(schema, root), within | {reference}
    if types(here, root) == _LIST:
        most = here.get("maxItems")
        return not is_number(most) or most > FEW
    fields = schema_in(here, "properties")
    return any(_holds_list(schema_in(fields, name), root, within) for name in fields)


def _check_contract(checked: CheckedPlan, name: str) -> Iterator[Finding]:
    contract = checked.contracts.get(name)
    if contract is None:
        return
    if KEY in names_in(described(contract.output), "properties"):
        what = f"{contract.name} gives a field called {KEY}, which is the item's name in the list"
        yield Finding(("steps", name, "each"), what, "another name for the field, in the contract")
    if contract.effect == "final" and can_say_no(contract) and not checked.plan.steps[name].partial:
        what = f"{name} cannot be taken back, and a later item may still be refused"
        yield Finding(("steps", name), what, "partial: true")
