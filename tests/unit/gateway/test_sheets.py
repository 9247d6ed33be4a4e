"""What goes out in a sheet comes back as it was, and what was filled in wrongly is told by row and column."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from msgspec import structs

from contracts.problems import Mistake
from gateway.problems import FormInvalid
from gateway.sheets import MOST_COLUMNS, MOST_ROWS, digest_of_task, placed, read_sheet, sheet_of
from tests.unit.gateway.test_inbox import task

INPUT = {"type": "object", "properties": {"name": {"type": "string"}, "workers": {"type": "array"}}}
OUTPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "floors": {"type": "integer"},
        "letter": {"document": "application/pdf"},
    },
}
TASK = structs.replace(
    task("k7pm"), input={"name": '=HYPERLINK("x")', "workers": [1]}, input_schema=INPUT, output_schema=OUTPUT
)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def sheet(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    header = rows_of(sheet_of([TASK]))[0]
    written = io.StringIO()
    writer = csv.DictWriter(written, header, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows({"task": TASK.key, "digest": digest_of_task(TASK), **row} for row in rows)
    return written.getvalue().encode("utf-8-sig")


def wrong(data: bytes) -> dict[str, str]:
    with pytest.raises(FormInvalid) as caught:
        read_sheet(data, OUTPUT)
    return {mistake.pointer: mistake.detail for mistake in caught.value.errors}


def test_a_sheet_lacks_what_is_given_or_what_is_to_be_filled_in() -> None:
    data = sheet_of([TASK])
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = rows_of(data)
    assert header[:4] == ["task", "digest", "in name", "in workers"]
    assert header[4:] == ["decision", "code", "return", "text", "out number", "out floors"]
    assert row[:4] == [TASK.key, digest_of_task(TASK), '\'=HYPERLINK("x")', "[1]"]


@pytest.mark.parametrize("text", ["=1+1", "+62", "-5", "@x", "\tx", "'quoted", "''=1", "plain", ""])
def test_a_cell_is_a_formula_or_comes_back_changed(text: str) -> None:
    given = structs.replace(TASK, input={"name": text})
    cell = rows_of(sheet_of([given]))[1][2]
    assert not cell.startswith(("=", "+", "-", "@", "\t"))
    (read,) = read_sheet(sheet({"decision": "refuse", "code": "no", "text": cell}), OUTPUT).filled
    assert read.decision.text == text


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_what_was_filled_in_is_read_as_something_else(delimiter: str) -> None:
    rows = ({"decision": "contribute", "out number": " 0012 ", "out floors": "3"}, {"task": "another"})
    read = read_sheet(sheet(*rows, delimiter=delimiter), OUTPUT)
    (filled,) = read.filled
    assert (filled.row, filled.task, filled.digest, read.empty) == (2, TASK.key, digest_of_task(TASK), 1)
    assert filled.decision.output == {"number": "0012", "floors": 3}
    (returned,) = read_sheet(sheet({"decision": "return", "return": "name street", "text": "see"}), OUTPUT).filled
    assert (returned.decision.inputs, returned.decision.output) == (["name", "street"], None)


def test_mistakes_are_told_one_by_one_or_without_their_place() -> None:
    told = wrong(
        sheet(
            {"decision": "contribute", "out floors": "three"},
            {"decision": "refuse"},
            {"out number": "1", "task": "another"},
        )
    )
    assert set(told) == {"/2/out floors", "/3/task", "/4/decision"}


def test_what_is_no_sheet_is_read() -> None:
    assert set(wrong(b"\xff\xfe")) == {"/1/"}
    assert set(wrong(b"a,b\n1,2\n")) >= {"/1/task", "/1/decision"}
    assert set(wrong(b"")) >= {"/1/task"}
    assert set(wrong(sheet(*[{"text": ""}] * (MOST_ROWS + 1)))) == {f"/{MOST_ROWS + 2}/"}


@pytest.mark.parametrize("cell", ["[" * 70_000, "9" * 30, '3,"number":"x"', '3,"":4', "NaN"])
def test_a_cell_is_read_less_strictly_than_a_body(cell: str) -> None:
    assert set(wrong(sheet({"decision": "contribute", "out floors": cell}))) == {"/2/out floors"}


def test_a_nul_or_a_header_beyond_all_columns_is_read() -> None:
    assert set(wrong(sheet({"decision": "refuse", "text": "a\0b"}))) == {"/1/"}
    data = sheet({"decision": "refuse"})
    assert set(wrong(data.replace(b"\r\n", b"," * MOST_COLUMNS + b"\r\n", 1))) == {"/1/"}


def test_another_round_or_input_has_the_same_digest() -> None:
    assert digest_of_task(TASK) != digest_of_task(structs.replace(TASK, input={}))


def test_a_mistake_of_a_decision_is_in_no_column() -> None:
    found = placed(7, [Mistake("/output/number/0", "a"), Mistake("/inputs", "b"), Mistake("", "c")])
    assert [each.pointer for each in found] == ["/7/out number", "/7/return", "/7/task"]
