"""Contract files: what an agency promises, and whether a value fits it. No message repeats a person's value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

import msgspec
import yaml
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError
from msgspec import Struct, field

from gapura_agency.documents import TYPES, without_content

_LINEAR = RegexOptions(size_limit=1 << 17, dfa_size_limit=1 << 20)
_LARGEST_DOCUMENT = 10 * 1024 * 1024
_MASK = "…"
_DAYS = re.compile(r"^([0-9]+) days?$")
_DAY_S = 86_400.0


class ContractUnusable(ValueError):
    """Contract files cannot be used; the text names every mistake, with its file."""


class _Undoing(Struct):
    by: str = "system"
    within: str | None = None


class _Example(Struct):
    title: str
    input: dict[str, Any]
    output: dict[str, Any] | None = None
    refusal: str | None = None


class _Connection(Struct):
    kind: str = "wire"


class _Written(Struct):
    """What of a contract file is used here."""

    agency: str
    contract: str
    version: str
    input: dict[str, Any]
    output: dict[str, Any]
    effect: str
    refusals: dict[str, Any] = field(default_factory=dict[str, Any])
    undo: _Undoing | None = None
    connection: _Connection = field(default_factory=_Connection)
    lookup: bool = False
    confirms: list[str] = field(default_factory=list[str])
    examples: list[_Example] = field(default_factory=list[_Example])


class Contract:
    """One contract of the agency: its name (`agency/contract@major`), and what fits it."""

    def __init__(self, written: _Written) -> None:
        """Take what its file says. Raises ValueError: a schema cannot be used."""
        self.agency, self.is_ours = written.agency, written.connection.kind in {"wire", "pull"}
        self.name = f"{written.agency}/{written.contract}@{written.version.partition('.')[0]}"
        self.refusals = frozenset(written.refusals)
        self.lookup, self.confirms = written.lookup, tuple(written.confirms)
        self.examples = [(one.title, one.input, one.output, one.refusal) for one in written.examples]
        self.is_final = written.effect == "final"
        by_system = written.undo is None or written.undo.by == "system"
        self.must_undo = written.effect == "reversible" and by_system
        days = _DAYS.match((written.undo.within or "") if written.undo else "")
        self.undo_within_s = int(days[1]) * _DAY_S if days else None
        self.input_names = tuple(written.input.get("properties", {}))
        self.input_documents = _documents(written.input)
        self.output_documents = _documents(written.output)
        self._input = _validator(_described(written.input, with_bytes=True))
        self._output = _validator(_described(written.output))

    def input_mistakes(self, value: Mapping[str, Any]) -> list[str]:
        """Say what of an input does not fit, by field; nothing when it fits."""
        return _mistakes(self._input, value)

    def output_mistakes(self, value: Mapping[str, Any]) -> list[str]:
        """Say what of an output does not fit, by field, each document in it as its description."""
        return _mistakes(self._output, value)

    def bare_input(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Give an input with each document as its description alone: what the part's digest is over."""
        return {name: without_content(one) if name in self.input_documents else one for name, one in value.items()}


def read_contracts(agency: str, where: str | Path | Iterable[str | Path]) -> dict[str, Contract]:
    """Read the agency's contracts by name from files, or from every YAML and JSON file of a folder.

    The contracts of other agencies are left out, and those that are answered in another way: at a desk, by a binding.

    Raises:
        ContractUnusable: a file cannot be read, is no contract, or there is none of this agency.

    """
    contracts: dict[str, Contract] = {}
    mistakes: list[str] = []
    for path in _files(where):
        try:
            contract = Contract(_read(path))
        except (OSError, yaml.YAMLError, msgspec.MsgspecError, ValueError) as error:
            mistakes.append(f"{path}: {error}")
            continue
        if contract.agency == agency and contract.is_ours:
            contracts[contract.name] = contract
    if mistakes:
        raise ContractUnusable("These contract files cannot be used:\n" + "\n".join(mistakes))
    if not contracts:
        raise ContractUnusable(
            f"there is no contract of {agency!r} in {where} with `connection: {{kind: wire}}` or pull: "
            "is the name that of `agency:` in the file?"
        )
    return contracts


def _files(where: str | Path | Iterable[str | Path]) -> list[Path]:
    if not isinstance(where, str | Path):
        return [Path(path) for path in where]
    path = Path(where)
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml", ".json"})
    return [path]


def _read(path: Path) -> _Written:
    # Dates stay text, as JSON has them.
    return msgspec.convert(yaml.load(path.read_text("utf-8"), Loader=_TEXT_LOADER), _Written)  # noqa: S506 - a SafeLoader


_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML was built so: ten times as fast."""
_RESOLVERS: dict[str, list[tuple[str, Any]]] = _SAFE_LOADER.yaml_implicit_resolvers
_TEXT_LOADER: Any = type(
    "TextLoader",
    (_SAFE_LOADER,),
    {
        "yaml_implicit_resolvers": {
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in _RESOLVERS.items()
        }
    },
)
"""YAML as JSON has it: a date is a text."""


# --- schemas --------------------------------------------------------------------------------------------------


def _properties(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    properties = cast("dict[str, Any]", schema.get("properties", {}))
    return {name: one for name, one in properties.items() if isinstance(one, dict)}


def _documents(schema: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, one in _properties(schema).items() if "document" in one)


def _described(schema: Mapping[str, Any], *, with_bytes: bool = False) -> dict[str, Any]:
    """Give a schema with each document field as what stands there."""
    marked = {name: _description(_properties(schema)[name], with_bytes=with_bytes) for name in _documents(schema)}
    return {**schema, "properties": {**schema.get("properties", {}), **marked}} if marked else dict(schema)


def _description(declared: Mapping[str, Any], *, with_bytes: bool) -> dict[str, Any]:
    kinds = [declared["document"]] if isinstance(declared["document"], str) else list(declared["document"])
    if unknown := [str(kind) for kind in kinds if kind not in TYPES]:
        raise ValueError(f"documents are {', '.join(TYPES)}, not {', '.join(unknown)}")
    properties: dict[str, Any] = {
        "type": {"enum": kinds},
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "size": {"type": "integer", "minimum": 1, "maximum": _LARGEST_DOCUMENT},
        "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
    }
    if with_bytes:
        properties["bytes"] = {"type": "string"}
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    try:
        return Draft202012Validator(
            dict(schema), validate_formats=True, retriever=_refuse, pattern_options=_LINEAR, mask=_MASK
        )
    except ValidationError as error:
        raise ValueError(f"a schema cannot be used: {error.message}") from error


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri[:80]!r} is outside this schema, and nothing is fetched")


def _mistakes(validator: Draft202012Validator, value: Mapping[str, Any]) -> list[str]:
    if validator.is_valid(value):
        return []
    return [
        f"{'/'.join(str(piece) for piece in error.instance_path) or '(all of it)'}: {error.message}"
        for error in validator.iter_errors(value)
    ]
