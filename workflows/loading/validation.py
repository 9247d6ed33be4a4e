"""JSON Schema 2020-12 by jsonschema-rs: nothing is fetched, no pattern backtracks, no value gets into a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeAlias

import jsonschema_rs
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError, ValidationErrorKind

from contracts.contract import JsonSchema
from contracts.problems import Mistake

Check: TypeAlias = Callable[[Mapping[str, Any]], list[Mistake]]

MISTAKES_LIMIT = 100
"""How many mistakes are told of one value."""

_LINEAR = RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 20)


class SchemaInvalid(ValueError):
    """It is no JSON Schema that can be used here; `pointer` leads to the place, the message says what is wrong."""

    def __init__(self, message: str, pointer: str = "") -> None:
        """Take what is wrong, and the JSON Pointer of where."""
        super().__init__(message)
        self.pointer = pointer


def compile_schema(schema: JsonSchema) -> Check:
    """Make a schema ready: the check gives every mistake of a value, none when it is valid.

    Raises:
        SchemaInvalid: it is no valid schema, refers to another document, or has a pattern that could backtrack.

    """
    try:
        validator = Draft202012Validator(schema, validate_formats=True, retriever=_refuse, pattern_options=_LINEAR)
    except ValidationError as error:
        raise SchemaInvalid(_schema_mistake(error), _pointer(error.instance_path)) from None
    except (jsonschema_rs.ReferencingError, ValueError, RecursionError) as error:
        raise SchemaInvalid(f"it refers to something that is not in this schema: {_brief(str(error))}") from None
    return lambda value: list(_mistakes(validator, value))


def _refuse(uri: str) -> NoReturn:
    message = f"{uri[:80]!r} is outside this schema, and nothing is fetched"
    raise ValueError(message)


def _schema_mistake(error: ValidationError) -> str:
    if isinstance(error.kind, ValidationErrorKind.Format) and error.kind.format == "regex":
        return (
            "this pattern is not offered: look-around and back-references could take very long; "
            "write it with plain classes and counts"
        )
    return _brief(error.message)


def _brief(message: str) -> str:
    return message if len(message) <= 200 else message[:200] + "…"  # noqa: PLR2004 - a line or two


def _mistakes(validator: jsonschema_rs.Validator, value: Mapping[str, Any]) -> Iterator[Mistake]:
    for number, error in enumerate(validator.iter_errors(value)):
        if number == MISTAKES_LIMIT:
            return
        yield from explain(error)


def explain(error: ValidationError) -> Iterator[Mistake]:
    """Say of one error what to do; an unexpected field is told at the field itself."""
    at = _pointer(error.instance_path)
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.AdditionalProperties | ValidationErrorKind.UnevaluatedProperties):
        for name in kind.unexpected:
            yield Mistake(f"{at}/{_escape(name)}", "This field is not asked for. Leave it out.")
        return
    if isinstance(kind, ValidationErrorKind.Required):
        yield Mistake(f"{at}/{_escape(kind.property)}", "This is required. Give it.")
        return
    say = _SAYINGS.get(kind.name)
    yield Mistake(at, say(kind.value) if say else f"This breaks the rule {kind.name!r}. See what the schema asks for.")


def _listed(options: list[object]) -> str:
    shown = ", ".join(str(option) for option in options[:12])
    return shown if len(options) <= 12 else f"{shown}, … ({len(options)} in all)"  # noqa: PLR2004 - what one line shows


def _types(value: Any) -> str:  # noqa: ANN401 - jsonschema-rs gives a name or a list of names
    return _listed(value) if isinstance(value, list) else str(value)


_SAYINGS: dict[str, Callable[[Any], str]] = {
    "type": lambda types: f"This must be of the type {_types(types)}. Write it as such.",
    "enum": lambda options: f"This is none of the values offered. Choose one of: {_listed(options)}.",
    "const": lambda value: f"Only one value is possible here: {_listed([value])}. Give that.",
    "pattern": lambda pattern: f"This does not have the form {str(pattern)[:120]}. Write it in that form.",
    "format": lambda name: f"This is no valid {name}. Write one.",
    "minLength": lambda limit: f"This is too short. Write at least {limit} characters.",
    "maxLength": lambda limit: f"This is too long. Write at most {limit} characters.",
    "minItems": lambda limit: f"These are too few. Give at least {limit}.",
    "maxItems": lambda limit: f"These are too many. Give at most {limit}.",
    "uniqueItems": lambda _: "Something is listed twice. List each once.",
    "minimum": lambda limit: f"This is too small. Give {limit} or more.",
    "maximum": lambda limit: f"This is too large. Give {limit} or less.",
    "exclusiveMinimum": lambda limit: f"This is too small. Give more than {limit}.",
    "exclusiveMaximum": lambda limit: f"This is too large. Give less than {limit}.",
    "multipleOf": lambda step: f"This must be a multiple of {step}. Round it.",
    "oneOf": lambda _: "This fits none, or several, of the forms that are possible here. Choose exactly one.",
    "anyOf": lambda _: "This fits none of the forms that are possible here. Choose one.",
    "falseSchema": lambda _: "Nothing may stand here. Leave it out.",
}


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{_escape(str(part))}" for part in path)
