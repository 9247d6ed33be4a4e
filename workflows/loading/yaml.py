"""YAML files, read strictly: the core schema of YAML 1.2, one document, no key twice, every value with its line.

`no`, `on`, dates and times are texts. What only looks like a number (a leading zero, more than fifteen digits: NIK,
NPWP, NIB) is a mistake unless it stands in quotes: read as a number it would lose digits. Anchors and aliases, tags
and merge keys are mistakes: a few lines of them can grow without bound.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

import yaml
from msgspec import Struct
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from workflows.core.mistakes import Finding, Place, pointer
from workflows.loading.mistakes import LoadingError, LoadMistake

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

SIZE_LIMIT_BYTES = 512 * 1024
DEPTH_LIMIT = 64
_SLOW_LIMIT = 64 * 1024

_DIGITS = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_HALF_OR_NUL = re.compile("[\0\ud800-\udfff]")
_LONGEST_EXACT = 15
_CONSTANTS: dict[str, Json] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class Position(Protocol):
    """What PyYAML's marks have, counted from 0."""

    line: int
    column: int


class Mark(Struct, frozen=True):
    """A place in a file; line and column count from 1."""

    line: int
    column: int


class Document(Struct, frozen=True):
    """A file's value, where each part of it stands, and what is wrong with how it is written."""

    file: str
    value: Json
    marks: Mapping[Place, Mark]
    mistakes: tuple[LoadMistake, ...] = ()

    def locate(self, finding: Finding) -> LoadMistake:
        """Give a finding its line: that of its place, or of the nearest thing around it that is written."""
        place = finding.place
        while place not in self.marks and place:
            place = place[:-1]
        mark = self.marks.get(place, Mark(1, 1))
        return LoadMistake(self.file, mark.line, mark.column, finding.what, finding.instead, pointer(finding.place))


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        LoadingError: it cannot be read to its end.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LoadingError(
            [LoadMistake(str(path), 1, 1, f"this file cannot be read: {error.strerror}", "the path of a YAML file")]
        ) from error
    return parse_document(data, str(path))


def parse_document(data: bytes, file: str) -> Document:
    """Read YAML; `file` is its name in messages. What is only written wrongly is in the document's `mistakes`.

    Raises:
        LoadingError: it cannot be read to its end.

    """
    reader = _Reader(file)
    text = reader.decode(data)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        reader.tell(error.problem_mark or error.context_mark, *_syntax(error))
        raise LoadingError(reader.mistakes) from error
    except yaml.reader.ReaderError as error:
        reader.tell(None, f"the character {error.character!r} cannot be used", "plain text without control characters")
        raise LoadingError(reader.mistakes) from error
    return Document(file, reader.value, reader.marks, tuple(reader.mistakes))


_FAST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""LibYAML where the wheel has it: about ten times as fast."""


def _events(text: str) -> Iterable[Event]:
    try:
        return list(yaml.parse(text, Loader=_FAST))
    except yaml.YAMLError:
        if len(text) > _SLOW_LIMIT:
            raise
        # The slow parser's words are the same on every machine, and tell more.
        return yaml.parse(text, Loader=yaml.SafeLoader)


def _syntax(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = error.problem or "this cannot be read"
    if "'\\t'" in problem or "tab" in problem:
        return "a tab stands where only spaces may", "spaces: two for each level"
    if "mapping values are not allowed" in problem:
        return "a colon and a space start a value here, where none can be", "the whole text in quotes"
    if "could not find expected ':'" in problem or "expected <block end>" in problem:
        return "this line does not continue what stands above it", "`key: value`, indented like its neighbours"
    return f"this is no YAML: {problem}", "YAML; a text with special characters stands in quotes"


class _Level:
    """A list or group of fields that is being read."""

    def __init__(self, place: Place, value: dict[str, Json] | list[Json]) -> None:
        self.place = place
        self.value = value
        self.key: str | None = None
        self.lines: dict[str, int] = {}


class _Reader:
    """Builds the value from the parser's events, collecting mistakes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.value: Json = None
        self.marks: dict[Place, Mark] = {}
        self.mistakes: list[LoadMistake] = []
        self.levels: list[_Level] = []
        self.documents = 0

    def tell(self, mark: Position | None, what: str, instead: str) -> None:
        place = _counted(mark)
        self.mistakes.append(LoadMistake(self.file, place.line, place.column, what, instead))

    def decode(self, data: bytes) -> str:
        if len(data) > SIZE_LIMIT_BYTES:
            self.tell(None, f"this file is larger than {SIZE_LIMIT_BYTES // 1024} KiB", "a smaller one")
            raise LoadingError(self.mistakes)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise LoadingError(
                [LoadMistake(self.file, line, 1, "this is not UTF-8", "the file again, saved as UTF-8")]
            ) from error

    def take(self, event: Event) -> None:
        take = _TAKES.get(type(event))
        if take is not None:
            take(self, event)

    def start_document(self, event: Event) -> None:
        self.documents += 1
        if self.documents > 1:
            self.tell(event.start_mark, "a second document starts here", "one document in a file, without `---`")
            raise LoadingError(self.mistakes)

    def alias(self, event: Event) -> None:
        self.tell(event.start_mark, "aliases (*name) are not offered", "the thing itself once more")
        self.put(event, None)

    def scalar(self, event: Event) -> None:
        if not isinstance(event, ScalarEvent):  # pragma: no cover - the table says so
            return
        self.check_node(event)
        self.make_whole(event)
        level = self.levels[-1] if self.levels else None
        if level is not None and isinstance(level.value, dict) and level.key is None:
            self.start_key(event, level)
            return
        self.put(event, event.value if event.implicit[1] else self.plain(event))

    def make_whole(self, event: ScalarEvent) -> None:
        """Join the halves of characters that JSON escapes as two (the parser does not); tell what stays half."""
        if _HALF_OR_NUL.search(event.value) is None:
            return
        joined = event.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if "\0" in joined or "\ufffd" in joined:
            self.tell(event.start_mark, "this text has a NUL or half a character", "whole characters only")
        event.value = joined.replace("\0", "\ufffd")

    def start_key(self, event: ScalarEvent, level: _Level) -> None:
        key = event.value
        if key == "<<" and event.implicit[0]:
            self.tell(event.start_mark, "merge keys (<<) are not offered", "the fields themselves once more")
        if key in level.lines:
            self.tell(event.start_mark, f"{key!r} stands here twice, first in line {level.lines[key]}", "it once")
        level.lines.setdefault(key, _mark(event).line)
        level.key = key
        self.marks.setdefault((*level.place, key), _mark(event))

    def plain(self, event: ScalarEvent) -> Json:
        text = event.value
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _DIGITS.fullmatch(text):
            return self.whole(event)
        if _FLOAT.fullmatch(text):
            return self.fraction(event)
        if _OTHER_BASE.fullmatch(text):
            self.tell(
                event.start_mark, f"{text} is a number in another base", "the decimal number, or quotes around it"
            )
        if _NO_NUMBER.fullmatch(text):
            self.tell(event.start_mark, f"{text} is no number that JSON has", "a number, or quotes around the text")
        return str(text)

    def whole(self, event: ScalarEvent) -> Json:
        digits = event.value.lstrip("+-")
        if len(digits) > _LONGEST_EXACT or (digits.startswith("0") and digits != "0"):
            self.tell(
                event.start_mark,
                "these digits would lose some as a number",
                "them in quotes: what only looks like a number (NIK, NPWP, NIB, KBLI) is a text",
            )
            return str(event.value)
        return int(event.value)

    def fraction(self, event: ScalarEvent) -> Json:
        number = float(event.value)
        if not math.isfinite(number):
            self.tell(event.start_mark, "this number is too large", "a smaller one, or quotes around the text")
            return None
        return number

    def start_collection(self, event: Event) -> None:
        self.check_node(event)
        place = self.next_place(event)
        value: dict[str, Json] | list[Json] = {} if isinstance(event, MappingStartEvent) else []
        if len(self.levels) == DEPTH_LIMIT:
            self.tell(event.start_mark, f"this nests deeper than {DEPTH_LIMIT} levels", "something flatter")
            raise LoadingError(self.mistakes)
        self.put(event, value)
        self.levels.append(_Level(place, value))

    def end_collection(self, _event: Event) -> None:
        self.levels.pop()

    def check_node(self, event: Event) -> None:
        if not isinstance(event, NodeEvent):  # pragma: no cover - scalars and collections are nodes
            return
        if event.anchor is not None:
            self.tell(event.start_mark, "anchors (&name) are not offered", "the thing itself wherever it is needed")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag not in {None, "!"}:
            self.tell(event.start_mark, "tags (!name) are not offered", "the value alone; a text stands in quotes")

    def next_place(self, event: Event) -> Place:
        if not self.levels:
            return ()
        level = self.levels[-1]
        if isinstance(level.value, list):
            return (*level.place, len(level.value))
        if level.key is None:
            self.tell(event.start_mark, "a key of a group of fields is a text", "a plain name before the colon")
            level.key = "?"
        return (*level.place, level.key)

    def put(self, event: Event, value: Json) -> None:
        place = self.next_place(event)
        if not self.levels:
            self.value = value
        else:
            level = self.levels[-1]
            if isinstance(level.value, list):
                level.value.append(value)
            else:
                level.value[str(place[-1])] = value
                level.key = None
        # A mistake in a short value is shown where the value stands; one about a whole block, at its key.
        if isinstance(event, ScalarEvent) or place not in self.marks:
            self.marks[place] = _mark(event)


def _mark(event: Event) -> Mark:
    return _counted(event.start_mark)


def _counted(position: Position | None) -> Mark:
    return Mark(1, 1) if position is None else Mark(position.line + 1, position.column + 1)


_TAKES: dict[type[Event], Callable[[_Reader, Event], None]] = {
    DocumentStartEvent: _Reader.start_document,
    AliasEvent: _Reader.alias,
    ScalarEvent: _Reader.scalar,
    MappingStartEvent: _Reader.start_collection,
    SequenceStartEvent: _Reader.start_collection,
    MappingEndEvent: _Reader.end_collection,
    SequenceEndEvent: _Reader.end_collection,
}
