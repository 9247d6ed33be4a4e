"""Where a path leads in a JSON Schema, and whether a value of one schema suits another.

Only `type`, `properties`, `items`, `required`, `const`, `enum` and choices of constants are read, through `$ref` within
the schema; whatever other keywords say is judged at run time. Nothing is called wrong that could be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from workflows.core.expressions import ELEMENT, Path
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import did_you_mean

Schema: TypeAlias = Mapping[str, object]

_REF_LIMIT: Final = 32
_NESTING_LIMIT: Final = 16
_OBJECT: Final = frozenset({"object"})
_ARRAY: Final = frozenset({"array"})
_BOOLEAN: Final = frozenset({"boolean"})
_JSON_TYPES: Final = ("string", "integer", "number", "boolean", "object", "array", "null")


class Located(Struct, frozen=True):
    """Where a path leads: the schema (empty: anything may be there) and which of its beginnings may be absent."""

    schema: Schema
    root: Schema
    optional: tuple[Path, ...] = ()


class Lost(Struct, frozen=True):
    """Where a path leads nowhere: the name that is not there, and what to write instead."""

    name: str
    instead: str


def locate(root: Schema, path: Path, start: Path = ()) -> Located | Lost:
    """Follow `path` (`ELEMENT` for any item of a list) into a schema; `start` is what stands before it in full."""
    here: Schema = root
    optional: tuple[Path, ...] = ()
    full = start
    for name in path:
        full = (*full, name)
        here = dereference(here, root)
        if name == ELEMENT:
            here = schema_in(here, "items")
            continue
        properties = here.get("properties")
        if not is_fields(properties) or (name not in properties and _composed(here)):
            if "object" not in types(here, root):
                return Lost(name, f"{'.'.join(full[:-1])} alone: it has no fields")
            return Located({}, root, (*optional, full))
        if name not in properties:
            return Lost(name, did_you_mean(name, properties))
        if name not in names_in(here, "required"):
            optional = (*optional, full)
        here = schema_in(properties, name)
    return Located(dereference(here, root), root, optional)


def schema_in(fields: Schema, name: str) -> Schema:
    """Give the schema that stands under a name: one that says nothing where there is none."""
    value = fields.get(name)
    return value if is_fields(value) else {}


def names_in(schema: Schema, keyword: str) -> list[str]:
    """Give the names that a keyword lists (`required`), or has as keys (`properties`)."""
    value = schema.get(keyword)
    return [str(name) for name in value] if is_list(value) or is_fields(value) else []


def _composed(schema: Schema) -> bool:
    return any(keyword in schema for keyword in ("allOf", "anyOf", "oneOf", "if", "patternProperties"))


def dereference(schema: Schema, root: Schema) -> Schema:
    """Follow `$ref` within the schema; keywords beside it stand before those that it leads to."""
    for _ in range(_REF_LIMIT):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        target = pointed(root, reference)
        schema = {**target, **beside} if is_fields(target) else beside
    return {}


def pointed(root: object, reference: str) -> object:
    """Give what a local reference (`#/$defs/name`) leads to; None when it leads nowhere."""
    if reference != "#" and not reference.startswith("#/"):
        return None
    here = root
    for part in reference.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if is_fields(here):
            here = here.get(name)
        elif is_list(here) and name.isdecimal() and int(name) < len(here):
            here = here[int(name)]
        else:
            return None
    return here


def values(schema: Schema, root: Schema) -> list[object] | None:
    """Give the values that a schema lists (`const`, `enum`, a choice of such); None when it lists none."""
    if "const" in schema:
        return [schema["const"]]
    listed = schema.get("enum")
    if is_list(listed):
        return listed
    for keyword in ("oneOf", "anyOf"):
        choices = schema.get(keyword)
        if is_list(choices):
            return _values_of_all(choices, root)
    return None


def _values_of_all(choices: list[object], root: Schema) -> list[object] | None:
    together: list[object] = []
    for choice in choices:
        listed = values(dereference(choice, root), root) if is_fields(choice) else None
        if listed is None:
            return None
        together.extend(listed)
    return together


def types(schema: Schema, root: Schema) -> frozenset[str]:
    """Give the JSON types that a schema allows: all of them where it does not say."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset({declared})
    if is_list(declared):
        return frozenset(map(str, declared))
    listed = values(schema, root)
    return frozenset(_JSON_TYPES) if listed is None else frozenset(map(type_of, listed))


def type_of(value: object) -> str:
    """Give the JSON type of a value."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def misfits(source: Located, target: Located, at: str = "") -> Iterator[str]:
    """Say why values of `source` do not suit `target`; `at` is the field that the words are about."""
    if at.count(".") + at.count("[]") > _NESTING_LIMIT:
        return  # a schema that contains itself: the rest is judged at run time
    given, taken = dereference(source.schema, source.root), dereference(target.schema, target.root)
    where = f"{at} is " if at else ""
    given_types, taken_types = types(given, source.root), types(taken, target.root)
    wrong = sorted(given_types - taken_types - ({"integer"} if "number" in taken_types else set()))
    if wrong and len(given_types) < len(_JSON_TYPES):
        yield f"{where}{' or '.join(wrong)}, and the contract takes {' or '.join(sorted(taken_types))}"
        return
    yield from _value_misfits(values(given, source.root), values(taken, target.root), where, given_types)
    if given_types == _OBJECT:
        yield from _object_misfits(Located(given, source.root), Located(taken, target.root), at)
    if given_types == _ARRAY and "items" in given and "items" in taken:
        items = Located(schema_in(given, "items"), source.root), Located(schema_in(taken, "items"), target.root)
        yield from misfits(*items, at=f"{at}[]" if at else "an item")


def _value_misfits(
    given: list[object] | None,
    taken: list[object] | None,
    where: str,
    given_types: frozenset[str],
) -> Iterator[str]:
    if taken is None:
        return
    shown = ", ".join(str(value) for value in taken[:12])
    if given is None:
        if len(given_types) < len(_JSON_TYPES) and given_types != _BOOLEAN:
            yield f"{where}any {' or '.join(sorted(given_types))}, and the contract takes only {shown}"
        return
    wrong = [str(value) for value in given if not any(_same(value, other) for other in taken)]
    if wrong:
        yield f"{where}{', '.join(wrong[:12])} among others, and the contract takes only {shown}"


def _same(value: object, other: object) -> bool:
    return value == other and isinstance(value, bool) is isinstance(other, bool)


def _object_misfits(source: Located, target: Located, at: str) -> Iterator[str]:
    given, taken = schema_in(source.schema, "properties"), schema_in(target.schema, "properties")
    if not given or not taken:
        return
    prefix = f"{at}." if at else ""
    for name in names_in(target.schema, "required"):
        if name not in names_in(source.schema, "required"):
            yield f"{prefix}{name} may be absent, and the contract requires it"
    for name in given:
        if name in taken:
            inner = Located(schema_in(given, name), source.root), Located(schema_in(taken, name), target.root)
            yield from misfits(*inner, at=f"{prefix}{name}")
        elif target.schema.get("additionalProperties") is False:
            yield f"{prefix}{name} is a field that the contract does not take"
