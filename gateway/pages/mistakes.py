"""What is wrong in a form, in words that say what to do, beside the question that it is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import jsonschema_rs
from msgspec import Struct

from contracts.contract import JsonSchema
from contracts.problems import Mistake
from contracts.units import Text
from gateway.pages.forms import CHOICES, FILE, Element, Field, Form, Group, Repeat, escape_pointer

MISTAKES: dict[str, Text] = {
    "required": Text("Isi {label}", "Enter {label}"),
    "file": Text("Pilih berkas untuk {label}", "Choose a file for {label}"),
    "choose": Text("Pilih {label}", "Choose {label}"),
    "tick": Text("Centang pernyataan ini untuk melanjutkan", "Tick this statement to go on"),
    "pattern": Text("{label}: bentuknya belum sesuai", "{label} is not in the right form"),
    "minLength": Text("{label} paling sedikit {limit} huruf atau angka", "{label} needs at least {limit} characters"),
    "maxLength": Text("{label} paling banyak {limit} huruf atau angka", "{label} can have at most {limit} characters"),
    "minimum": Text("{label} paling sedikit {limit}", "{label} must be {limit} or more"),
    "maximum": Text("{label} paling banyak {limit}", "{label} must be {limit} or less"),
    "exclusiveMinimum": Text("{label} harus lebih dari {limit}", "{label} must be more than {limit}"),
    "exclusiveMaximum": Text("{label} harus kurang dari {limit}", "{label} must be less than {limit}"),
    "minItems": Text("{label}: isi paling sedikit {limit}", "{label}: give at least {limit}"),
    "maxItems": Text("{label}: isi paling banyak {limit}", "{label}: give at most {limit}"),
    "uniqueItems": Text("{label}: ada yang sama, hapus salah satunya", "{label}: two are alike, remove one of them"),
    "enum": Text("Pilih {label} dari daftar", "Choose {label} from the list"),
    "oneOf": Text("Pilih {label} dari daftar", "Choose {label} from the list"),
    "const": Text("{label}: jawaban ini tidak dapat diterima", "{label}: this answer cannot be accepted"),
    "integer": Text("{label} harus berupa angka bulat, misalnya 3", "{label} must be a whole number, such as 3"),
    "number": Text("{label} harus berupa angka, misalnya 3,5", "{label} must be a number, such as 3.5"),
    "date": Text(
        "{label} harus tanggal yang benar, misalnya 17-08-2026", "{label} must be a real date, such as 17-08-2026"
    ),
    "email": Text("{label} harus seperti nama@contoh.id", "{label} must look like name@example.com"),
    "other": Text("{label}: periksa kembali jawaban ini", "{label}: check this answer"),
}
"""What is said for each kind of mistake; `{label}` is the question's, `{limit}` the schema's bound."""

_OWN_WORDS = frozenset({"pattern", "minLength", "maxLength", "integer", "number", "date", "email", "format"})
"""Mistakes of form, where the author's own `x-ui.error` says it better; of a choice, that is any mistake."""


class Wrong(Struct, frozen=True):
    """One mistake: the pointer of the question that it is about ("" for the form as a whole), and what to do."""

    pointer: str
    message: Text


def check_answers(schema: JsonSchema, answers: Mapping[str, Any], form: Form) -> list[Wrong]:
    """Judge answers by the schema; give every mistake once, in the order of the questions."""
    validator = jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        retriever=_refuse,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20),
    )
    found = [(_pointer(error), _kind(error), error) for error in validator.iter_errors(dict(answers))]
    wrong = [_worded(form, pointer, kind, error) for pointer, kind, error in found]
    return ordered(form, wrong)


def from_problem(form: Form, mistakes: Iterable[Mistake]) -> list[Wrong]:
    """Place mistakes that the gateway reported (RFC 6901 pointers) at the questions of this form."""
    return ordered(form, [Wrong(place(form, item.pointer), Text(item.detail, item.detail)) for item in mistakes])


def place(form: Form, pointer: str) -> str:
    """Give the pointer of the nearest question or list at or above a pointer, or "" when the form shows none."""
    known = {element.pointer for element in _elements(form.elements)}
    while pointer and pointer not in known:
        pointer = pointer.rpartition("/")[0]
    return pointer


def ordered(form: Form, wrong: Sequence[Wrong]) -> list[Wrong]:
    """Keep one mistake for each question, in the order of the questions; those of no question come first."""
    order = {element.pointer: number for number, element in enumerate(_elements(form.elements))}
    first: dict[str, Wrong] = {}
    for item in wrong:
        if item.pointer == "":
            first.setdefault(item.message.id, item)
        else:
            first.setdefault(item.pointer, item)
    return sorted(first.values(), key=lambda item: order.get(item.pointer, -1))


def _worded(form: Form, pointer: str, kind: str, error: jsonschema_rs.ValidationError) -> Wrong:
    asked = place(form, pointer)
    element = next((item for item in _elements(form.elements) if item.pointer == asked), None)
    if element is None:
        return Wrong("", Text(error.message, error.message))
    if isinstance(element, Field):
        if kind == "required" and element.component in CHOICES:
            kind = "tick" if element.component == "tick" else "choose"
        if kind == "required" and element.component == FILE:
            kind = "file"
        if element.error is not None and (kind in _OWN_WORDS or element.component in CHOICES):
            return Wrong(asked, element.error)
    words = MISTAKES.get(kind, MISTAKES["other"])
    limit = _limit(error)
    inner = kind in {"required", "choose", "file", "enum", "oneOf"}
    return Wrong(
        asked,
        Text(
            words.id.format(
                label=_within(element.label.id) if inner else element.label.id, limit=limit.replace(".", ",")
            ),
            words.en.format(label=_within(element.label.en) if inner else element.label.en, limit=limit),
        ),
    )


def _within(label: str) -> str:
    """Write a label inside a sentence: a small first letter, unless it opens an acronym or a name."""
    first, _, rest = label.partition(" ")
    return (
        label if first.isupper() or len(first) == 1 else f"{first[:1].lower()}{label[1:]}" if rest or first else label
    )


def _pointer(error: jsonschema_rs.ValidationError) -> str:
    """Give where a mistake is; a missing property is at its own place, not at its object's."""
    pointer = "".join(f"/{escape_pointer(str(token))}" for token in error.instance_path)
    missing = getattr(error.kind, "property", None)
    return f"{pointer}/{escape_pointer(str(missing))}" if error.kind.name == "required" else pointer


def _kind(error: jsonschema_rs.ValidationError) -> str:
    """Name a mistake by its keyword; types and formats by which one was asked for."""
    name = error.kind.name
    if name == "type":
        return str(getattr(error.kind, "types", ["other"])[0])
    return str(getattr(error.kind, "format", "other")) if name == "format" else name


def _limit(error: jsonschema_rs.ValidationError) -> str:
    bound = getattr(error.kind, "limit", "")
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def _elements(elements: Iterable[Element]) -> Iterable[Field | Group | Repeat]:
    for element in elements:
        if not (isinstance(element, Group) and element.section):
            yield element
        if isinstance(element, Group):
            yield from _elements(element.children)
        elif isinstance(element, Repeat):
            yield from _elements(element.items)


def _refuse(uri: str) -> NoReturn:
    """Refuse to fetch a `$ref`: a form's schema is whole in itself."""
    raise ValueError(f"{uri} is not fetched: a form's schema refers only to its own $defs")
