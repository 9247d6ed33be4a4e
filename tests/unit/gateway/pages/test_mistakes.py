from __future__ import annotations

from typing import Any

import pytest

from contracts.problems import Mistake
from gateway.pages.forms import build_form
from gateway.pages.mistakes import check_answers, from_problem, place

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["nik", "risk", "zone", "agree", "address"],
    "additionalProperties": False,
    "properties": {
        "nik": {
            "type": "string",
            "pattern": "^[0-9]{16}$",
            "x-ui": {"label": {"id": "NIK", "en": "NIK"}, "error": {"id": "NIK 16 angka", "en": "16 digits"}},
        },
        "risk": {"enum": ["low", "high"], "x-ui": {"label": {"id": "Tingkat risiko", "en": "Risk"}}},
        "zone": {"enum": ["a", "b"], "x-ui": {"error": {"id": "Pilih satu zona", "en": "Choose one zone"}}},
        "agree": {"type": "boolean", "const": True},
        "staff": {"type": "integer", "minimum": 1, "maximum": 9, "title": "Pekerja"},
        "name": {"type": "string", "minLength": 3, "maxLength": 5},
        "since": {"type": "string", "format": "date"},
        "address": {
            "type": "object",
            "required": ["street"],
            "properties": {"street": {"type": "string", "x-ui": {"label": {"id": "Jalan", "en": "Street"}}}},
        },
        "tags": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}},
    },
}
RIGHT = {"nik": "3303055203900000", "risk": "low", "zone": "a", "agree": True, "address": {"street": "Jl. Contoh"}}


def told(**changes: object) -> list[tuple[str, str]]:
    answers = {name: value for name, value in {**RIGHT, **changes}.items() if value is not None}
    return [(wrong.pointer, wrong.message.id) for wrong in check_answers(SCHEMA, answers, build_form(SCHEMA))]


def test_right_answers_are_refused() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"nik": None}, "/nik", "Isi NIK"),
        ({"nik": "12"}, "/nik", "NIK 16 angka"),
        ({"risk": None}, "/risk", "Pilih tingkat risiko"),
        ({"risk": "other"}, "/risk", "Pilih tingkat risiko dari daftar"),
        ({"zone": None}, "/zone", "Pilih satu zona"),
        ({"zone": "c"}, "/zone", "Pilih satu zona"),
        ({"agree": None}, "/agree", "Centang pernyataan ini untuk melanjutkan"),
        ({"staff": 0}, "/staff", "Pekerja paling sedikit 1"),
        ({"staff": 10}, "/staff", "Pekerja paling banyak 9"),
        ({"staff": "x"}, "/staff", "Pekerja harus berupa angka bulat, misalnya 3"),
        ({"name": "ab"}, "/name", "Name paling sedikit 3 huruf atau angka"),
        ({"name": "abcdef"}, "/name", "Name paling banyak 5 huruf atau angka"),
        ({"since": "31-31"}, "/since", "Since harus tanggal yang benar, misalnya 17-08-2026"),
        ({"address": {}}, "/address/street", "Isi jalan"),
        ({"tags": []}, "/tags", "Tags: isi paling sedikit 1"),
        ({"tags": ["a", "a"]}, "/tags", "Tags: ada yang sama, hapus salah satunya"),
    ],
)
def test_a_mistake_is_told_elsewhere_or_in_other_words(changes: dict[str, object], pointer: str, words: str) -> None:
    assert told(**changes) == [(pointer, words)]


def test_mistakes_come_one_at_a_time_or_out_of_order() -> None:
    assert [pointer for pointer, _ in told(nik=None, address={}, risk=None)] == ["/nik", "/risk", "/address/street"]


def test_a_mistake_of_no_question_is_lost() -> None:
    [(pointer, words)] = told(unknown=1)
    assert pointer == ""
    assert "unknown" in words


def test_what_the_gateway_reports_does_not_reach_its_question() -> None:
    form = build_form(SCHEMA)
    assert place(form, "/address/street/x") == "/address/street"
    assert place(form, "/elsewhere") == ""
    placed = from_problem(form, [Mistake("/staff", "too many"), Mistake("/nik", "taken"), Mistake("/nik", "again")])
    assert [(wrong.pointer, wrong.message.en) for wrong in placed] == [("/nik", "taken"), ("/staff", "too many")]


def test_a_schema_is_fetched_from_elsewhere() -> None:
    schema = {"properties": {"a": {"$ref": "http://127.0.0.1:9/x"}}}
    with pytest.raises(Exception, match="fetch"):
        check_answers(schema, {"a": 1}, build_form(schema))
