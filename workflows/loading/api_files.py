"""Files of OpenAPI documents: JSON or YAML as agencies write it, read without a tag or a date, and without bombs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# PyYAML's loaders have no types.
from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import yaml

from workflows.core.json_kinds import is_fields

Fields: TypeAlias = dict[str, Any]

SIZE_LIMIT_BYTES: Final = 32 * 1024 * 1024
_HEAD_BYTES: Final = 4_096
_FIRST_WORD: Final = re.compile(rb"^(?:\s*\{\s*)?[\"']?openapi[\"']?\s*:", re.MULTILINE)
_MOST_NODES: Final = 2_000_000
_ANCHOR: Final = re.compile(rb"(?:^|[\s\[{,])&[^\s&]", re.MULTILINE)


class DocumentUnusable(Exception):
    """A document that no binding can use: `what` is wrong with it, and what to write `instead`."""

    def __init__(self, what: str, instead: str) -> None:
        """Keep both."""
        super().__init__(f"{what}; write {instead}")
        self.what, self.instead = what, instead


def read_api(path: Path) -> Fields:
    """Read a document's file, which nobody changes afterwards; raises DocumentUnusable."""
    try:
        return _last_parsed(path.read_bytes())
    except OSError as error:
        raise DocumentUnusable(
            f"{path.name} cannot be read: {error.strerror}", "the path of an OpenAPI document, from this file on"
        ) from error


def is_api(path: Path) -> bool:
    """Say whether a file looks like an OpenAPI document, by its first lines; one that cannot be read does not."""
    try:
        with path.open("rb") as file:
            return _FIRST_WORD.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def parse_api(data: bytes) -> Fields:
    """Read a document, as JSON or as YAML.

    Raises:
        DocumentUnusable: it is none, or no OpenAPI 3.

    """
    if len(data) > SIZE_LIMIT_BYTES:
        raise DocumentUnusable("the document is larger than 32 MiB", "a smaller one: the operations that are bound")
    value = _decode(data)
    if not is_fields(value) or not str(value.get("openapi", "")).startswith(("3.0", "3.1")):
        raise DocumentUnusable("this is no OpenAPI document", "a document that begins with openapi: 3.0.x or 3.1.x")
    return value


_last_parsed: Final = lru_cache(maxsize=1)(parse_api)
"""The contracts of a folder mostly bind one document: of some megabytes, it takes a second to read each time."""


def _decode(data: bytes) -> object:
    try:
        if data.lstrip()[:1] == b"{":
            return msgspec.json.decode(data)
        if _ANCHOR.search(data) is None:
            return yaml.load(data, Loader=_Loader)  # noqa: S506 - a safe loader, with fewer kinds of scalars
        return _with_aliases(data)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise DocumentUnusable(
            f"the document is neither JSON nor YAML{where}", "a document that can be read"
        ) from error


def _with_aliases(data: bytes) -> object:
    """Read what may have aliases, as programs that write YAML make them; a few lines of them can grow without bound."""
    loader = _Loader(data)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}) > _MOST_NODES:
            raise DocumentUnusable("the document's aliases make more of it than can be read", "fewer of them")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: Any, known: dict[int, int]) -> int:  # noqa: ANN401 - PyYAML's
    """Count what a node is when each alias stands for the whole; one that contains itself is without end."""
    name = id(node)
    if name not in known:
        known[name] = _MOST_NODES + 1
        value = node.value
        parts = value if isinstance(node, yaml.SequenceNode) else ()
        pairs = value if isinstance(node, yaml.MappingNode) else ()
        inner = sum(_size(part, known) for part in parts) + sum(1 + _size(part, known) for _, part in pairs)
        known[name] = min(inner, _MOST_NODES) + 1
    return known[name]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one of two classes, by machine
    """YAML 1.2's core schema, and `<<`: dates, `no` and `on` are texts; status codes as keys too."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - how PyYAML declares it

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:  # noqa: ANN401, FBT001, FBT002 - PyYAML's
        """Give keys as they are written: JSON has no others than texts."""
        self.flatten_mapping(node)
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(problem="a key is no text", problem_mark=key.start_mark)
        return {str(key.value): self.construct_object(value, deep=deep) for key, value in node.value}


def _resolve_scalars() -> None:
    plain = yaml.resolver.Resolver.yaml_implicit_resolvers
    wanted = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null"}
    wanted.add("tag:yaml.org,2002:merge")
    for first, resolvers in plain.items():
        kept = [(tag, pattern) for tag, pattern in resolvers if tag in wanted]
        if first in "yYnNoO":
            kept = [(tag, pattern) for tag, pattern in kept if tag != "tag:yaml.org,2002:bool"]
        _Loader.yaml_implicit_resolvers[first] = kept


_resolve_scalars()
