"""A day's tasks of a step as a sheet (CSV), to be filled in beside another system, and read back. Pure.

The columns: `task`, `digest` (of what was given: a row counts only for just that), the contract's inputs as `in NAME`,
then what is filled in: `decision`, `code`, `return` (names, with spaces between), `text`, and the output as `out NAME`.
What a spreadsheet would take for a formula carries an apostrophe before it, which reading takes away again.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct, field

from contracts.contract import JsonSchema
from contracts.documents import document_fields
from contracts.problems import Mistake
from contracts.task_views import TaskView
from gateway.bodies import parse_object
from gateway.deciding import Decision
from gateway.problems import BodyUnreadable, FormInvalid
from workflows.loading.hashing import canonical

LARGEST_SHEET: Final = 400_000
"""Bytes of a sheet that are read: so its text fits the form in which the page shows it before anything is decided."""
MOST_ROWS: Final = 500
MOST_COLUMNS: Final = 300
"""Each row is read in every column of the header, however short the row is."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_FILLED_IN: Final = ("decision", "code", "return", "text")
_BOM: Final = "\ufeff"

Row: TypeAlias = Mapping[str, str]


class Filled(Struct, frozen=True, kw_only=True):
    """One row that was filled in: where it stands in the sheet, its task, and what it decides."""

    row: int
    task: str
    digest: str
    decision: Decision


class Sheet(Struct, frozen=True, kw_only=True):
    """What was read: the rows with a decision, and how many were left empty."""

    filled: list[Filled] = field(default_factory=list[Filled])
    empty: int = 0


def digest_of_task(task: TaskView) -> str:
    """Name what an officer was given: another round, or another input, has another digest."""
    given = canonical({"key": task.key, "input": task.input})
    return hashlib.sha256(given).hexdigest()[:16]


def sheet_of(tasks: Sequence[TaskView]) -> bytes:
    """Write tasks of one contract as CSV in UTF-8 with a byte order mark, as spreadsheets read it."""
    inputs, outputs = _columns(tasks[0].input_schema), _output_columns(tasks[0].output_schema)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["task", "digest", *(f"in {name}" for name in inputs), *_FILLED_IN, *(f"out {n}" for n in outputs)])
    for task in tasks:
        given = [_neutral(_text(task.input.get(name))) for name in inputs]
        writer.writerow([task.key, digest_of_task(task), *given, *[""] * (len(_FILLED_IN) + len(outputs))])
    return (_BOM + written.getvalue()).encode()


def read_sheet(data: bytes, schema: JsonSchema) -> Sheet:
    """Read a sheet back; `schema` is the contract's output.

    Raises:
        FormInvalid: it is no such sheet, or cells of it cannot be read: every one, by row and column.

    """
    rows = _rows(data)
    sheet, mistakes = Sheet(), list[Mistake]()
    seen: dict[str, int] = {}
    for number, row in rows:
        if not row["decision"].strip():
            filled = [name for name, cell in row.items() if cell and (name in _FILLED_IN or name.startswith("out "))]
            mistakes += [
                _at(number, "decision", "Write what is decided: other cells of the row are filled in.")
            ] * bool(filled)
            sheet = msgspec.structs.replace(sheet, empty=sheet.empty + 1)
            continue
        key = row["task"].strip()
        if key in seen:
            mistakes.append(_at(number, "task", f"This task stands in row {seen[key]} too."))
        seen[key] = number
        output, wrong = _output(row, schema, number)
        mistakes += wrong
        decision = Decision(
            decision=row["decision"].strip(),
            output=output if row["decision"].strip() == "contribute" else None,
            code=row["code"].strip(),
            text=row["text"][:1000],
            inputs=row["return"].split(),
        )
        sheet.filled.append(Filled(row=number, task=key, digest=row["digest"].strip(), decision=decision))
    if mistakes:
        raise FormInvalid("The sheet has mistakes.", mistakes)
    return sheet


def _at(row: int, column: str, detail: str) -> Mistake:
    return Mistake(f"/{row}/{column}", detail)


def placed(row: int, mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Say of mistakes in a decision in which row and column of the sheet they are."""
    columns = {"decision": "decision", "code": "code", "inputs": "return", "text": "text"}
    found: list[Mistake] = []
    for mistake in mistakes:
        first, _, rest = mistake.pointer.removeprefix("/").partition("/")
        column = f"out {rest.partition('/')[0]}" if first == "output" else columns.get(first, "task")
        found.append(_at(row, column, mistake.detail))
    return found


def _rows(data: bytes) -> list[tuple[int, Row]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormInvalid("The sheet is not in UTF-8.", [_at(1, "", "Save it as CSV in UTF-8.")]) from None
    if "\0" in text:
        raise FormInvalid("The sheet has a NUL character.", [_at(1, "", "Take it out.")])
    first = text.partition("\n")[0]
    # Where the comma is for decimals, spreadsheets write semicolons.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise FormInvalid("The sheet cannot be read.", [_at(1, "", f"It is no CSV: {error}.")]) from None
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    missing = [name for name in ("task", "digest", *_FILLED_IN) if header.count(name) != 1]
    if missing:
        raise FormInvalid("The sheet has other columns.", [_at(1, name, "This column is missing.") for name in missing])
    if len(header) > MOST_COLUMNS:
        raise FormInvalid("The sheet is too wide.", [_at(1, "", f"At most {MOST_COLUMNS} columns.")])
    if len(lines) > MOST_ROWS + 1:
        raise FormInvalid("The sheet is too long.", [_at(MOST_ROWS + 2, "", f"At most {MOST_ROWS} rows at once.")])
    found: list[tuple[int, Row]] = []
    for number, cells in enumerate((cells for _, cells in lines[1:]), 2):
        if any(cell.strip() for cell in cells):
            whole = [*cells, *[""] * len(header)][: len(header)]
            found.append((number, {name: _as_it_was(cell) for name, cell in zip(header, whole, strict=True)}))
    return found


def _output(row: Row, schema: JsonSchema, number: int) -> tuple[dict[str, Any], list[Mistake]]:
    output: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    properties = _columns(schema)
    for column, cell in row.items():
        if not column.startswith("out ") or not cell.strip():
            continue
        name = column.removeprefix("out ")
        if name not in properties:
            mistakes.append(_at(number, column, "The contract's output has no such field."))
        elif properties[name].get("type", "string") == "string" or "enum" in properties[name]:
            output[name] = cell.strip()
        else:
            try:
                output[name] = _value(cell)
            except BodyUnreadable:
                mistakes.append(_at(number, column, f"Write it as {properties[name]['type']}: 12, true, or JSON."))
    return output, mistakes


def _value(cell: str) -> object:
    """Read a cell as strictly as a body. Raises BodyUnreadable."""
    read = parse_object(f'{{"":{cell}}}'.encode())
    if len(read) > 1:
        raise BodyUnreadable("Write one value in a cell.")
    return read[""]


def _columns(schema: JsonSchema) -> dict[str, JsonSchema]:
    found: dict[str, JsonSchema] = schema.get("properties", {})
    return found


def _output_columns(schema: JsonSchema) -> list[str]:
    """Give the fields that fit a cell: a document is chosen in the browser."""
    documents = document_fields(schema)
    return [name for name in _columns(schema) if name not in documents]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
