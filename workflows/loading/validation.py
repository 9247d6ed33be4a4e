"""JSON Schema 2020-12 by jsonschema-rs: nothing is fetched, no pattern backtracks, no value gets into a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NoReturn, TypeAlias

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from contracts.contract import JsonSchema
from contracts.problems import Mistake
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, Place, pointer
from workflows.core.schema_paths import pointed
from workflows.loading.explanations import explain

Check: TypeAlias = Callable[[Mapping[str, Any]], list[Mistake]]

MISTAKES_LIMIT = 100
"""How many mistakes are told of one value."""

# Time grows with the text and with the compiled pattern, so both have an end: this, and what a request may weigh.
_LINEAR = RegexOptions(size_limit=1 << 17, dfa_size_limit=1 << 20)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class SchemaInvalid(ValueError):
    """It is no JSON Schema that can be used here; `findings` say where and why."""

    def __init__(self, findings: list[Finding]) -> None:
        """Take everything that is wrong with it."""
        super().__init__("; ".join(f"{pointer(finding.place)}: {finding.what}" for finding in findings))
        self.findings = findings


def compile_schema(schema: JsonSchema) -> Check:
    """Make a schema ready: the check gives every mistake of a value, none when it is valid.

    Raises:
        SchemaInvalid: it is no valid schema, refers to another document, or has a pattern that could backtrack.

    """
    validator = _checked(schema)

    def check(value: Mapping[str, Any]) -> list[Mistake]:
        if validator.is_valid(value):
            return []
        return [_mistake(finding) for finding in _findings(validator, schema, value)]

    return check


def compile_findings(schema: JsonSchema) -> Callable[[object], list[Finding]]:
    """Make a schema ready, as `compile_schema`; the check gives findings, with their places."""
    validator = _checked(schema)
    return lambda value: list(_findings(validator, schema, value))


def _checked(schema: JsonSchema) -> Draft202012Validator:
    findings = check_schema(schema)
    if findings:
        raise SchemaInvalid(findings)
    return linear_validator(schema)


def check_schema(schema: JsonSchema) -> list[Finding]:
    """Give everything that is wrong with a schema."""
    declared = schema.get("$schema", _DIALECT)
    if declared != _DIALECT:
        return [Finding(("$schema",), "another kind of schema is declared than the one used here", _DIALECT)]
    findings = [finding for error in _meta(schema) for finding in explain(error, {})]
    findings += _check_keywords(schema, schema, ())
    if findings:
        return findings
    try:
        linear_validator(schema)
    except (ValidationError, ValueError) as error:
        return [Finding((), f"this schema cannot be used: {_brief(str(error))}", "a simpler one")]
    return []


def _meta(schema: JsonSchema) -> Iterator[ValidationError]:
    return Draft202012Validator({"$ref": _DIALECT}).iter_errors(schema)


def linear_validator(schema: JsonSchema) -> Draft202012Validator:
    """Give a validator that fetches nothing and never backtracks; raises ValidationError or ValueError."""
    return Draft202012Validator(schema, validate_formats=True, retriever=_refuse, pattern_options=_LINEAR)


def _refuse(uri: str) -> NoReturn:
    message = f"{uri[:80]!r} is outside this schema, and nothing is fetched"
    raise ValueError(message)


def _check_keywords(schema: object, root: JsonSchema, place: Place) -> Iterator[Finding]:
    """Judge references and patterns one by one, so that each is told where it stands."""
    if is_list(schema):
        for index, item in enumerate(schema):
            yield from _check_keywords(item, root, (*place, index))
    if not is_fields(schema):
        return
    for name, value in schema.items():
        here = (*place, name)
        look = _KEYWORDS.get(name)
        if look is not None:
            yield from look(value, here)
        if name in _REFERENCES and isinstance(value, str):
            yield from _check_reference(value, root, here)
        elif name in _NAMED and is_fields(value):
            for key, nested in value.items():
                yield from _check_keywords(nested, root, (*here, key))
        elif name not in _VALUES:
            yield from _check_keywords(value, root, here)


def _check_reference(value: str, root: JsonSchema, place: Place) -> Iterator[Finding]:
    if not isinstance(pointed(root, value), dict | bool):
        yield Finding(place, f"{value[:80]!r} leads nowhere in this schema", "#/$defs/ and a name that is there")


def _check_name(_value: object, place: Place) -> Iterator[Finding]:
    if len(place) > 1:
        yield Finding(place, f"{place[-1]} is not offered here", "$ref: '#/$defs/NAME' where it is needed")


def _check_pattern(value: object, place: Place) -> Iterator[Finding]:
    if isinstance(value, str) and not _is_linear(value):
        yield Finding(
            place,
            "this pattern cannot be used: it is broken, too large, or looks around or back, which could take for ever",
            "plain classes and small counts, such as ^[0-9]{16}$; maxLength says how long a text may be",
        )


def _check_pattern_names(value: object, place: Place) -> Iterator[Finding]:
    for pattern in value if is_fields(value) else ():
        yield from _check_pattern(pattern, (*place, pattern))


def _is_linear(pattern: str) -> bool:
    try:
        linear_validator({"pattern": pattern})
    except (ValidationError, ValueError):
        return False
    return True


_REFERENCES = frozenset({"$ref", "$dynamicRef"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_VALUES = frozenset({"const", "enum", "default", "examples", "x-ui", "required", "dependentRequired"})
_KEYWORDS: dict[str, Callable[[object, Place], Iterator[Finding]]] = {
    "$id": _check_name,
    "$anchor": _check_name,
    "$dynamicAnchor": _check_name,
    "pattern": _check_pattern,
    "patternProperties": _check_pattern_names,
}


def _brief(message: str) -> str:
    first = message.split("\n", 1)[0]
    return first if len(first) <= 200 else first[:200] + "…"  # noqa: PLR2004 - a line or two


def _findings(validator: Draft202012Validator, schema: JsonSchema, value: object) -> Iterator[Finding]:
    if validator.is_valid(value):
        return
    # Counted one by one: a single error, of fields that are not known, has as many findings as the value has fields.
    found = (finding for error in validator.iter_errors(value) for finding in explain(error, schema))
    yield from islice(found, MISTAKES_LIMIT)


def _mistake(finding: Finding) -> Mistake:
    return Mistake(pointer(finding.place), f"{_begun(finding)}. Write {finding.instead}.")


def _begun(finding: Finding) -> str:
    """Begin a sentence: a capital, unless a field's name is first, which is told as it is written."""
    named = bool(finding.place) and finding.what.startswith(f"{str(finding.place[-1])[:80]} ")
    return finding.what if named else finding.what[:1].upper() + finding.what[1:]
