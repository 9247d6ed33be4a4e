"""Renders the API's document and the problem types as plain pages: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts.problems import PROBLEM_TYPES
from gateway.reference.problem_docs import PROBLEM_DOCS

HERE: Final = Path(__file__).parent
MEDIA_TYPES: Final = {".css": "text/css; charset=utf-8"}

Json = Mapping[str, Any]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {"shape": shape, "example": example, "anchor": anchor, "coded": coded}
    made.filters.update(filters)
    return made


def reference_page(document: Json) -> bytes:
    """Give the API's reference."""
    operations: dict[str, list[tuple[str, str, Json]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            operations[operation["tags"][0]].append((method.upper(), path, operation))
    return _render("reference.html", document=document, operations=operations)


def problems_page() -> bytes:
    """Give the list of problem types."""
    return _render("problems.html", kinds=PROBLEM_TYPES)


def problem_page(slug: str) -> bytes:
    """Give one problem type's page; KeyError where there is none."""
    return _render("problem_type.html", kind=PROBLEM_TYPES[slug], doc=PROBLEM_DOCS[slug])


def file(name: str) -> tuple[bytes, str] | None:
    """Give a file that the pages load, and its media type; None where there is none."""
    return _files().get(name)


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    return {
        path.name: (path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in (HERE / "static").iterdir()
        if path.suffix in MEDIA_TYPES
    }


def _render(template: str, **context: object) -> bytes:
    return _environment().get_template(template).render(**context).encode()


def coded(text: str) -> Markup:
    """Give a text with what stands in backticks as code."""
    pieces = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def anchor(reference: str) -> str:
    """Give the anchor of a component that a `$ref` names."""
    return f"schema-{reference.rpartition('/')[2]}"


def example(operation: Json, method: str, path: str) -> str:
    """Give a call of an operation as a person would type it."""
    lines = [f"curl -X {method} $GAPURA{path}" if method != "GET" else f"curl $GAPURA{path}"]
    schemes = [next(iter(option)) for option in operation["security"]]
    if "token" in schemes or "caseSecret" in schemes:
        lines.append(f'-H "Authorization: Bearer ${"SECRET" if "caseSecret" in schemes else "TOKEN"}"')
    lines += [
        f"-H '{param['name']}: {param['example']}'"
        for param in operation.get("parameters", [])
        if param["in"] == "header" and "example" in param
    ]
    if "requestBody" in operation:
        media = next(iter(operation["requestBody"]["content"]))
        lines += [f'-H "Content-Type: {media}"', "--data-binary @FILE"]
    return " \\\n  ".join(lines)


def shape(schema: Json) -> str:
    """Say a schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(shape(option) for option in schema[word])
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(json.dumps(value) for value in values)
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {shape(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {shape(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind
