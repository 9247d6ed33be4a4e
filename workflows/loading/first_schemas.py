"""Schemas of a first contract: an agency's own, standing alone, as much of each as a person can look through."""

from __future__ import annotations

from typing import Final

from workflows.core.json_kinds import is_list
from workflows.core.schema_paths import Schema, schema_in, types
from workflows.loading.api_files import Fields
from workflows.loading.openapi import flat
from workflows.loading.validation import check_schema

_KEPT: Final = (
    "title", "type", "enum", "const", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "multipleOf",
)  # fmt: skip
_SURE: Final = frozenset({"title", "type", "enum"})
"""What is kept of a schema that has mistakes."""
_DEEPEST: Final = 6
_MOST_FIELDS: Final = 60
_MOST_IN_ALL: Final = 400
"""Fields of one schema, groups within groups included: some documents describe everything by everything."""


def standalone(schema: Schema, document: Fields) -> Fields:
    """Give a schema that stands alone: references followed, as deep as a form would ask, and no circle twice."""
    return _Copier(document).copy(schema, ())


def fields_of(schema: Schema) -> list[str]:
    """Give the names of a group's fields, those that it requires first; some are required and nowhere described."""
    return list(dict.fromkeys([*required_of(schema), *schema_in(schema, "properties")]))[:_MOST_FIELDS]


def required_of(schema: Schema) -> list[str]:
    """Give what a schema requires: each once, whether it describes it or not."""
    required = schema.get("required")
    return list(dict.fromkeys(map(str, required))) if is_list(required) else []


class _Copier:
    """Copies one schema, until it has become too large."""

    def __init__(self, document: Fields) -> None:
        self.document = document
        self.left = _MOST_IN_ALL

    def copy(self, schema: Schema, way: tuple[object, ...]) -> Fields:
        """Copy a schema; `way` are the references that lead here."""
        named = schema.get("$ref")
        self.left -= 1
        if self.left < 0 or len(way) > _DEEPEST or (named is not None and named in way):
            return {}
        here, way = flat(schema, self.document), (*way, named)
        made = _kept(here)
        properties = schema_in(here, "properties")
        if properties and "object" in types(here, self.document):
            made["properties"] = {name: self.copy(schema_in(properties, name), way) for name in fields_of(here)}
            if names := required_of(here)[:_MOST_FIELDS]:
                made["required"] = names
        if "items" in here and "array" in types(here, self.document):
            made["items"] = self.copy(schema_in(here, "items"), way)
        return made


def _kept(schema: Schema) -> Fields:
    made: Fields = {name: schema[name] for name in _KEPT if name in schema}
    if check_schema(made):
        made = {name: value for name, value in made.items() if name in _SURE and not check_schema({name: value})}
    return made
