"""What a broken rule of a JSON Schema means to whoever wrote the value, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from jsonschema_rs import ValidationError, ValidationErrorKind

from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.schema_paths import names_in, schema_in

NOT_ASKED_FOR = " is not asked for here"
_SHOWN = 12
"""How many values one line shows."""


def explain(error: ValidationError, root: Mapping[str, object]) -> Iterator[Finding]:
    """Say what is wrong, at the field that must change; `root` is the schema that found it."""
    place: Place = tuple(error.instance_path)
    kind, schema = error.kind, _schema_of(error, root)
    if isinstance(kind, ValidationErrorKind.AdditionalProperties | ValidationErrorKind.UnevaluatedProperties):
        for name in kind.unexpected:
            near = _near(name, schema)
            yield Finding((*place, name), f"{name[:80]}{NOT_ASKED_FOR}", near or "nothing here: leave it out")
    elif isinstance(kind, ValidationErrorKind.Required):
        yield Finding((*place, kind.property), f"{kind.property}{_REQUIRED}", _wanted(kind.property, schema))
    elif isinstance(kind, ValidationErrorKind.AnyOf | ValidationErrorKind.OneOfNotValid):
        yield from _explain_choice(place, kind.context, root)
    else:
        what, instead = _SAYINGS.get(kind.name, _unknown_rule)(kind.value)
        yield Finding(place, what, (_described(schema) or instead) if kind.name == "pattern" else instead)


def _described(schema: Mapping[str, object]) -> str:
    """Give what a schema's author says of its values, as it reads in the middle of a sentence."""
    says = schema.get("description")
    if not isinstance(says, str):
        return ""
    return says[:1].lower() + says[1:] if says[1:2].islower() or says[1:2] == " " else says


def without_echoes(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out that a field is required where it is there, only misspelt: that is told already."""
    told = list(findings)
    meant = {(*finding.place[:-1], finding.instead[:-1]) for finding in told if finding.instead.endswith("?")}
    return [finding for finding in told if finding.place not in meant or not finding.what.endswith(_REQUIRED)]


_REQUIRED = " is required"


def _schema_of(error: ValidationError, root: Mapping[str, object]) -> Mapping[str, object]:
    """Give the schema whose keyword failed."""
    here: object = root
    for part in error.schema_path[:-1]:
        if is_list(here):
            here = here[int(part)]
        elif is_fields(here):
            here = here.get(str(part))
    return here if is_fields(here) else {}


def _near(name: str, schema: Mapping[str, object]) -> str:
    known = names_in(schema, "properties")
    return did_you_mean(name, known) if known else ""


def _wanted(name: str, schema: Mapping[str, object]) -> str:
    says = _described(schema_in(schema_in(schema, "properties"), name))
    return f"{name}: and its value" + (f" ({says})" if says else "")


def _explain_choice(
    place: Place,
    branches: list[list[ValidationError]],
    root: Mapping[str, object],
) -> Iterator[Finding]:
    """Explain the one branch that was meant, if that can be told; else what all of them take."""
    at_root = {"type", "const", "enum"}
    branches = [branch for branch in branches if not _wants_nothing(branch, place)] or branches
    meant = [
        branch
        for branch in branches
        if len(branches) == 1 or not any(error.kind.name in at_root and _marks(error, place) for error in branch)
    ]
    if len(meant) == 1:
        for error in meant[0]:
            yield from explain(error, root)
        return
    marks = [error for branch in branches for error in branch if error.kind.name in at_root and _marks(error, place)]
    values = [value for error in marks for value in _all(error.kind.value)]
    at = {tuple(error.instance_path) for error in marks}
    if values and len(at) == 1:
        of_types = all(error.kind.name == "type" for error in marks)
        what, instead = _type(values) if of_types else _choose(values)
        yield Finding(at.pop(), what, instead)
    else:
        yield Finding(place, "this fits none, or several, of the forms that are possible here", "exactly one of them")


def _wants_nothing(branch: list[ValidationError], place: Place) -> bool:
    """Whether a branch takes null alone: what was written is something, so another was meant."""
    return any(
        error.kind.name == "type" and _all(error.kind.value) == ["null"] and tuple(error.instance_path) == place
        for error in branch
    )


def _marks(error: ValidationError, place: Place) -> bool:
    """Whether the error is about the value itself, or the field that tells which branch is meant."""
    path = tuple(error.instance_path)
    return path == place or (len(path) == len(place) + 1 and error.kind.name != "type")


def _all(value: object) -> list[object]:
    """Give what a keyword lists, or its one value."""
    return value if is_list(value) else [value]


def _listed(options: Sequence[object]) -> str:
    shown = ", ".join(str(option) for option in options[:_SHOWN])
    return shown if len(options) <= _SHOWN else f"{shown}, … ({len(options)} in all)"


def _choose(options: object) -> tuple[str, str]:
    return "this is none of the values offered", f"one of: {_listed(list(dict.fromkeys(map(str, _all(options)))))}"


def _type(types: object) -> tuple[str, str]:
    names = _all(types)
    instead = " or ".join(_TYPES.get(str(name), str(name)) for name in names)
    return "this is of another type than asked for", instead


def _unknown_rule(_value: object) -> tuple[str, str]:
    return "this breaks a rule of the schema", "a value that the schema allows"


_TYPES = {
    "string": "a text (digits stand in quotes)",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a group of fields",
    "array": "a list",
    "null": "nothing",
}

_SAYINGS: dict[str, Callable[[object], tuple[str, str]]] = {
    "type": _type,
    "enum": _choose,
    "const": lambda value: ("only one value is possible here", _listed([value])),
    "pattern": lambda pattern: ("this does not have the form asked for", f"a text of the form {str(pattern)[:120]}"),
    "format": lambda name: (f"this is no valid {name}", f"a valid {name}"),
    "minLength": lambda limit: ("this is too short", f"at least {limit} characters"),
    "maxLength": lambda limit: ("this is too long", f"at most {limit} characters"),
    "minItems": lambda limit: ("these are too few", f"at least {limit}"),
    "maxItems": lambda limit: ("these are too many", f"at most {limit}"),
    "minProperties": lambda limit: ("there are too few fields here", f"at least {limit}"),
    "maxProperties": lambda limit: ("there are too many fields here", f"at most {limit}"),
    "uniqueItems": lambda _: ("something is listed twice", "each once"),
    "minimum": lambda limit: ("this is too small", f"{limit} or more"),
    "maximum": lambda limit: ("this is too large", f"{limit} or less"),
    "exclusiveMinimum": lambda limit: ("this is too small", f"more than {limit}"),
    "exclusiveMaximum": lambda limit: ("this is too large", f"less than {limit}"),
    "multipleOf": lambda step: ("this falls between the values possible", f"a multiple of {step}"),
    "falseSchema": lambda _: ("nothing may stand here", "nothing here: leave it out"),
}
