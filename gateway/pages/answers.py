"""From what a browser posted to JSON answers with the right types, and back to what the questions show again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from contracts.contract import JsonSchema
from gateway.pages.forms import FILE, Element, Field, Form, Group, escape_pointer, is_list, is_object

Posted = Mapping[str, Sequence[str]]
"""A posted form: every value given under each name. A question's name is its JSON Pointer."""

ADD, REMOVE = "_add", "_remove"
"""Names of the buttons that lengthen and shorten a list; their value is the list's, or the item's, pointer."""

_SEPARATORS = re.compile(r"[\s.\-]+")
_DAY_FIRST = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")
_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_GROUPED = re.compile(r"^\d{1,3}(\.\d{3})+(,\d+)?$")


def read_answers(form: Form, posted: Posted) -> dict[str, Any]:
    """Give the answers to a posted form: what is empty is left out, what cannot be typed stays text for the schema."""
    return _object(form.elements, posted)


def show_answers(form: Form, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give what each question shows for these answers: the inverse of `read_answers`."""
    shown = {field.pointer: _shown(field, _at(answers, field.pointer)) for field in form.fields()}
    return {pointer: values for pointer, values in shown.items() if values}


def list_lengths(schema: JsonSchema, answers: Mapping[str, Any]) -> dict[str, int]:
    """Give how many items each list in these answers has, by the list's pointer."""
    return dict(_lengths(answers, "")) if schema else {}


def posted_lengths(posted: Posted) -> dict[str, int]:
    """Give how many items each list of a posted form shows, after its add and remove buttons had their say."""
    lengths: dict[str, int] = {}
    for name in posted:
        tokens = name.split("/")
        for place in (index for index, token in enumerate(tokens) if token.isdigit()):
            pointer = "/".join(tokens[:place])
            lengths[pointer] = max(lengths.get(pointer, 0), int(tokens[place]) + 1)
    for pointer in posted.get(ADD, ()):
        lengths[pointer] = lengths.get(pointer, 0) + 1
    for item in posted.get(REMOVE, ()):
        pointer = item.rpartition("/")[0]
        lengths[pointer] = max(0, lengths.get(pointer, 1) - 1)
    return lengths


def without_removed(posted: Posted) -> dict[str, Sequence[str]]:
    """Take the removed item's answers out of a posted form and move later items up."""
    kept = dict(posted)
    for item in posted.get(REMOVE, ()):
        pointer, _, number = item.rpartition("/")
        if number.isdigit():
            kept = {_moved(name, pointer, int(number)): values for name, values in kept.items() if not _in(name, item)}
    return kept


def at_pointer(document: object, pointer: str) -> object:
    """Give what stands at a JSON Pointer, or None."""
    return _at(document, pointer)


def read_corrections(form: Form, posted: Posted, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Give the whole answers with those that this form asks again changed; a question left empty is taken out."""
    changed: dict[str, Any] = msgspec.to_builtins(answers)
    for element in form.elements:
        _put(changed, element.pointer, _value(element, posted))
    return changed


def _put(document: dict[str, Any], pointer: str, value: object) -> None:
    """Put a value at a pointer, making the objects between; None takes it out."""
    *way, last = [_unescaped(token) for token in pointer.split("/")[1:]]
    target: Any = document
    for token in way:
        target = _below(target, token)
    if is_list(target):
        target[int(last)] = value
    elif value is None:
        target.pop(last, None)
    else:
        target[last] = value


def _below(target: Any, token: str) -> Any:  # noqa: ANN401  # any JSON value
    """Step down by one token; lists are long enough, since the form was built from these answers."""
    return target[int(token)] if is_list(target) else target.setdefault(token, {})


def _object(elements: Iterable[Element], posted: Posted) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for element in elements:
        if isinstance(element, Group) and element.section:
            result |= _object(element.children, posted)
            continue
        value = _value(element, posted)
        if value is not None:
            result[_unescaped(element.pointer.rpartition("/")[2])] = value
    return result


def _value(element: Element, posted: Posted) -> object:
    if isinstance(element, Field):
        return _read(element, posted.get(element.pointer, ()))
    if isinstance(element, Group):
        members = _object(element.children, posted)
        return members if members or element.required else None
    items = [_value(item, posted) for item in element.items]
    return [item for item in items if item not in (None, {})] if items or element.required else None


def _read(field: Field, values: Sequence[str]) -> object:
    """Give one question's answer with its type; None where nothing was answered."""
    given = [value.strip() for value in values if value.strip()]
    if field.component == "checkboxes":
        return [_typed(field.schema.get("items", {}), value) for value in given] or ([] if field.required else None)
    if field.component == "tick":
        return True if given else None
    return _typed_text(field, given[-1]) if given else None


def _typed_text(field: Field, text: str) -> object:
    match field.component:
        case "digits":
            return _typed(field.schema, _SEPARATORS.sub("", text))
        case "date":
            found = _DAY_FIRST.match(text)
            return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text
        case "textarea":
            return _typed(field.schema, text.replace("\r\n", "\n"))
        case _:
            return _typed(field.schema, text)


def _typed(schema: JsonSchema, text: str) -> object:
    """Give a text the type that the schema asks for; a text that is none stays as it is."""
    kind = schema.get("type")
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind not in {"integer", "number"}:
        return text
    plain = text.removeprefix("Rp").strip()
    if _GROUPED.match(plain):
        plain = plain.replace(".", "")
    return _number(plain.replace(",", "."), text, whole=kind == "integer")


def _number(plain: str, text: str, *, whole: bool) -> object:
    if re.fullmatch(r"-?\d{1,15}", plain):
        return int(plain)
    if not whole and re.fullmatch(r"-?\d{1,15}\.\d{1,9}", plain):
        return float(plain)
    return text


def _shown(field: Field, value: object) -> list[str]:
    if value is None or value == "":
        return []
    if is_list(value):
        return [_word(item) for item in value]
    if field.component == "tick":
        return ["true"] if value is True else []
    if field.component == FILE:
        return [str(value["name"])] if is_object(value) and "name" in value else []
    if field.component == "date":
        return [_ISO_DATE.sub(r"\3-\2-\1", str(value))]
    return [_word(value)]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)


def _at(document: object, pointer: str) -> object:
    found: Any = document
    for token in pointer.split("/")[1:]:
        found = _step(found, _unescaped(token))
    return found


def _step(value: object, name: str) -> Any:  # noqa: ANN401  # any JSON value
    if is_object(value):
        return value.get(name)
    if is_list(value) and name.isdigit():
        return value[int(name)] if int(name) < len(value) else None
    return None


def _lengths(value: object, pointer: str) -> Iterable[tuple[str, int]]:
    if is_object(value):
        for name, below in value.items():
            yield from _lengths(below, f"{pointer}/{escape_pointer(name)}")
    elif is_list(value):
        yield pointer, len(value)
        for number, item in enumerate(value):
            yield from _lengths(item, f"{pointer}/{number}")


def _in(name: str, pointer: str) -> bool:
    return name == pointer or name.startswith(f"{pointer}/")


def _moved(name: str, pointer: str, removed: int) -> str:
    """Rename an item after the removed one to the place before it."""
    if not name.startswith(f"{pointer}/"):
        return name
    number, slash, rest = name[len(pointer) + 1 :].partition("/")
    moved = int(number) - 1 if number.isdigit() and int(number) > removed else number
    return f"{pointer}/{moved}{slash}{rest}"


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def patch_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Give the merge patch (RFC 7396) from one object to another: what changed, and null for what went."""
    patch: dict[str, Any] = dict.fromkeys(name for name in before if name not in after)
    for name, value in after.items():
        old = before.get(name)
        if is_object(value) and is_object(old):
            inner = patch_between(old, value)
            patch |= {name: inner} if inner else {}
        elif value != old or name not in before:
            patch[name] = value
    return patch
