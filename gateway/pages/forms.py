"""From a JSON Schema with `x-ui` to the form that people see. Pure: no language is chosen and nothing is rendered.

`x-ui` beside a property says how it is shown: `label`, `hint`, `error` (texts in two languages), `component`, `options`
(a text per value), `section`, `order`, `autocomplete`, `width` and, for lists, `item` and `add`; see
docs/reference/forms.md. Everything has a default, so a schema without `x-ui` is shown too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeGuard

from msgspec import Struct, structs

from contracts.contract import JsonSchema
from contracts.documents import MARK, document_types
from contracts.units import Text

Component = Literal[
    "text",
    "textarea",
    "digits",
    "number",
    "money",
    "date",
    "email",
    "tel",
    "radios",
    "select",
    "checkboxes",
    "yesno",
    "tick",
]
COMPONENTS: frozenset[str] = frozenset(Component.__args__)  # type: ignore[attr-defined]  # a Literal lists its words
FILE = "file"
"""The component of a document: no `x-ui` asks for it, the contract's mark does."""
CHOICES = frozenset({"radios", "select", "checkboxes", "yesno", "tick"})
"""Components where one picks rather than types: their mistakes are worded so."""

RADIOS_AT_MOST = 7
_DIGITS_ONLY = re.compile(r"^\^?(\\d|\[0-9\])(\{[0-9,]+\}|\+|\*)?\$?$")


class Option(Struct, frozen=True):
    """One choice: the value as it is posted, and its text."""

    value: str
    label: Text
    hint: Text | None = None


class Field(Struct, frozen=True, kw_only=True):
    """One question. `pointer` (a JSON Pointer into the answers) is its name in the posted form."""

    pointer: str
    component: str
    label: Text
    hint: Text | None = None
    error: Text | None = None
    required: bool = False
    options: tuple[Option, ...] = ()
    autocomplete: str = ""
    width: str = ""
    schema: JsonSchema = {}


class Group(Struct, frozen=True, kw_only=True):
    """Questions that belong together: an object in the answers, or a section of them (`section` True: same object)."""

    pointer: str
    label: Text
    hint: Text | None = None
    required: bool = False
    section: bool = False
    children: tuple[Element, ...] = ()


class Repeat(Struct, frozen=True, kw_only=True):
    """A list of like things: one group per item, and buttons to add and remove."""

    pointer: str
    label: Text
    item: Text
    add: Text
    hint: Text | None = None
    required: bool = False
    minimum: int = 0
    maximum: int = 200
    items: tuple[Field | Group, ...] = ()


Element = Field | Group | Repeat


class Form(Struct, frozen=True):
    """A whole form: its elements in the order in which they are asked."""

    elements: tuple[Element, ...]

    def fields(self) -> Iterator[Field]:
        """Give every question, in order."""
        yield from _fields(self.elements)

    def plain(self) -> Iterator[Element]:
        """Give the elements that stand beside each other in the answers, whatever sections they are shown in."""
        for element in self.elements:
            yield from element.children if isinstance(element, Group) and element.section else (element,)

    @property
    def takes_files(self) -> bool:
        """Whether any question is answered by a file."""
        return any(field.component == FILE for field in self.fields())


def build_form(schema: JsonSchema, counts: Mapping[str, int] | None = None, *, only: Sequence[str] = ()) -> Form:
    """Build the form of a schema.

    Args:
        schema: an object schema; `$ref` only to its own `$defs`.
        counts: how many items each list shows, by the list's pointer (default: its `minItems`).
        only: pointers of the questions to show (a correction); empty: all.

    """
    elements = _Builder(schema, counts or {}).properties(schema, "")
    return Form(tuple(_kept(elements, only)) if only else _sectioned(elements, schema))


def text_of(value: object, fallback: str = "") -> Text | None:
    """Read a text that is written as `{id, en}` or as one plain string; None when there is none."""
    if is_object(value):
        indonesian = str(value.get("id") or value.get("en") or fallback)
        return Text(indonesian, str(value.get("en") or indonesian))
    if isinstance(value, str) and value:
        return Text(value, value)
    return Text(fallback, fallback) if fallback else None


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Say whether a JSON value is a list."""
    return isinstance(value, list)


def moved(schema: JsonSchema, place: str) -> JsonSchema:
    """Give a schema as it stands inside another one, at `place` (`#/properties/input`): its local references follow."""

    def follow(value: object) -> Any:  # noqa: ANN401  # any JSON value
        if is_list(value):
            return [follow(item) for item in value]
        if not is_object(value):
            return value
        return {
            name: f"{place}{below[1:]}" if name == "$ref" and isinstance(below, str) else follow(below)
            for name, below in value.items()
        }

    there: JsonSchema = follow(schema)
    return there


def accepted(field: Field) -> tuple[str, ...]:
    """Give the media types of the files that a question takes."""
    return document_types(field.schema[MARK])


def escape_pointer(name: str) -> str:
    """Escape one reference token of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def element_id(pointer: str) -> str:
    """Give the HTML id of the question at a pointer: what an error summary links to."""
    return "f" + (re.sub(r"[^A-Za-z0-9_-]", "-", pointer) or "-form")


class _Builder:
    """Walks one schema; holds what every element of it needs: the definitions and the list lengths."""

    def __init__(self, root: JsonSchema, counts: Mapping[str, int]) -> None:
        self._root = root
        self._counts = counts

    def properties(self, schema: JsonSchema, pointer: str) -> list[Element]:
        """Give one element for each property of an object schema, by `x-ui.order`, then as written."""
        required = set(schema.get("required", []))
        properties: dict[str, JsonSchema] = schema.get("properties", {})
        named = sorted(properties.items(), key=lambda item: _ui(self._resolved(item[1])).get("order", 0))
        return [
            self.element(part, f"{pointer}/{escape_pointer(name)}", name, required=name in required)
            for name, part in named
        ]

    def element(self, schema: JsonSchema, pointer: str, name: str, *, required: bool) -> Element:
        """Give the element of one property: a list, a group or a question."""
        schema = self._resolved(schema)
        ui = _ui(schema)
        label = text_of(ui.get("label")) or text_of(schema.get("title"), _humanised(name)) or Text(name, name)
        kind = schema.get("type")
        if kind == "object":
            children = tuple(self.properties(schema, pointer))
            return Group(
                pointer=pointer, label=label, hint=text_of(ui.get("hint")), required=required, children=children
            )
        if kind == "array" and not _choices(self._resolved(schema.get("items", {}))):
            return self._repeat(schema, pointer, label, required=required)
        return self._field(schema, pointer, label, required=required)

    def _repeat(self, schema: JsonSchema, pointer: str, label: Text, *, required: bool) -> Repeat:
        ui = _ui(schema)
        minimum, maximum = int(schema.get("minItems", 0)), int(schema.get("maxItems", 200))
        count = max(minimum, min(maximum, self._counts.get(pointer, minimum)))
        item = text_of(ui.get("item")) or label
        built = [
            self.element(schema.get("items", {}), f"{pointer}/{number}", f"{number + 1}", required=True)
            for number in range(count)
        ]
        numbered = [_numbered(element, item, number) for number, element in enumerate(built, start=1)]
        add = text_of(ui.get("add")) or Text(f"Tambah {item.id.lower()}", f"Add {item.en.lower()}")
        return Repeat(
            pointer=pointer,
            label=label,
            item=item,
            add=add,
            hint=text_of(ui.get("hint")),
            required=required,
            minimum=minimum,
            maximum=maximum,
            items=tuple(numbered),
        )

    def _field(self, schema: JsonSchema, pointer: str, label: Text, *, required: bool) -> Field:
        ui = _ui(schema)
        asked = self._resolved(schema.get("items", {})) if schema.get("type") == "array" else schema
        texts = {**_mapping(_ui(asked).get("options")), **_mapping(ui.get("options"))}
        options = tuple(_option(value, given, texts) for value, given in _choices(asked))
        return Field(
            pointer=pointer,
            component=FILE if MARK in schema else _component(schema, ui, options),
            label=label,
            hint=text_of(ui.get("hint")) or text_of(schema.get("description")),
            error=text_of(ui.get("error")),
            required=required,
            options=options,
            autocomplete=str(ui.get("autocomplete", "")),
            width=str(ui.get("width", "")),
            schema=schema,
        )

    def _resolved(self, schema: JsonSchema) -> JsonSchema:
        """Follow a local `$ref`; what stands beside it wins (2020-12 allows siblings)."""
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        target: Any = self._root
        for token in reference[2:].split("/"):
            target = _mapping(target).get(token.replace("~1", "/").replace("~0", "~"))
        return {**_mapping(target), **{name: value for name, value in schema.items() if name != "$ref"}}


def _fields(elements: Sequence[Element]) -> Iterator[Field]:
    for element in elements:
        if isinstance(element, Field):
            yield element
        else:
            yield from _fields(element.children if isinstance(element, Group) else element.items)


def _numbered(element: Element, item: Text, number: int) -> Field | Group:
    """Name one item of a list by its number."""
    label = Text(f"{item.id} {number}", f"{item.en} {number}")
    if isinstance(element, Field):
        return structs.replace(element, label=label)
    children = element.children if isinstance(element, Group) else (element,)
    return Group(pointer=element.pointer, label=label, required=True, children=tuple(children))


def _sectioned(elements: list[Element], schema: JsonSchema) -> tuple[Element, ...]:
    """Put questions with the same `x-ui.section` under one heading, where the first of them stands."""
    properties: dict[str, JsonSchema] = schema.get("properties", {})
    sections = {f"/{escape_pointer(name)}": str(_ui(part).get("section", "")) for name, part in properties.items()}
    titles = _mapping(_ui(schema).get("sections"))
    grouped: dict[str, list[Element]] = {}
    for element in elements:
        grouped.setdefault(sections.get(element.pointer) or element.pointer, []).append(element)
    result: list[Element] = []
    for key, members in grouped.items():
        if key.startswith("/"):
            result.extend(members)
            continue
        label = text_of(titles.get(key), _humanised(key)) or Text(key, key)
        result.append(Group(pointer="", label=label, section=True, required=True, children=tuple(members)))
    return tuple(result)


def _kept(elements: Sequence[Element], only: Sequence[str], item: Text | None = None) -> Iterator[Element]:
    """Keep only the questions at the given pointers, flat: a correction asks just these, and says of which item."""
    for element in elements:
        if element.pointer in only:
            label = element.label
            named = label if item is None else Text(f"{item.id}: {label.id}", f"{item.en}: {label.en}")
            yield structs.replace(element, label=named)
        elif isinstance(element, Group):
            yield from _kept(element.children, only, item)
        elif isinstance(element, Repeat):
            for one in element.items:
                if one.pointer in only:
                    yield one
                elif isinstance(one, Group):
                    yield from _kept(one.children, only, one.label)


def _component(schema: JsonSchema, ui: Mapping[str, Any], options: Sequence[Option]) -> str:
    """Choose the component: what `x-ui` says, else what the schema suggests."""
    wanted = ui.get("component")
    if isinstance(wanted, str) and wanted in COMPONENTS:
        return wanted
    kind = schema.get("type")
    if kind == "array":
        return "checkboxes"
    if kind == "boolean":
        return "tick" if schema.get("const") is True else "yesno"
    if options:
        return "radios" if len(options) <= RADIOS_AT_MOST else "select"
    if kind in {"integer", "number"}:
        return "number"
    return _text_component(schema)


def _text_component(schema: JsonSchema) -> str:
    by_format = {"date": "date", "email": "email"}.get(schema.get("format", ""))
    if by_format:
        return by_format
    if _DIGITS_ONLY.match(schema.get("pattern", "")):
        return "digits"
    return "textarea" if int(schema.get("maxLength", 0)) > 250 else "text"  # noqa: PLR2004  # about three lines


def _choices(schema: JsonSchema) -> list[tuple[str, object]]:
    """Give the values that a schema closes over, each with what it says of it (a `oneOf` branch, or None)."""
    if "enum" in schema:
        return [(_posted(value), None) for value in schema["enum"]]
    branches = schema.get("oneOf", [])
    if branches and all(is_object(branch) and "const" in branch for branch in branches):
        return [(_posted(branch["const"]), branch) for branch in branches]
    return []


def _option(value: str, branch: object, texts: Mapping[str, Any]) -> Option:
    beside = _mapping(branch)
    ui = _mapping(beside.get("x-ui"))
    label = text_of(texts.get(value)) or text_of(ui.get("label")) or text_of(beside.get("title"), value)
    return Option(value, label or Text(value, value), text_of(ui.get("hint")))


def _posted(value: object) -> str:
    """Write a constant as a form posts it."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _ui(schema: JsonSchema) -> Mapping[str, Any]:
    return _mapping(schema.get("x-ui"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if is_object(value) else {}


def _humanised(name: str) -> str:
    """Read a property name as words."""
    words = re.sub(r"[_-]+", " ", name).strip()
    return words[:1].upper() + words[1:]
