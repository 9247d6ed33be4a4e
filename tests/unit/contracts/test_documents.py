"""Which fields are documents, and what stands for one in a value."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.documents import (
    DIGEST,
    LARGEST_BYTES,
    Document,
    as_sent,
    described,
    document_fields,
    document_labels,
    documents_among,
    file_name,
    type_of,
    without_contents,
)
from contracts.units import Text

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["number"],
    "properties": {
        "number": {"type": "string"},
        "anything": True,
        "certificate": {"document": "application/pdf", "x-ui": {"label": {"id": "Akta", "en": "Certificate"}}},
        "photo": {"document": ["image/png", "image/jpeg"]},
        "document": {"type": "string"},
    },
}


def test_a_field_is_a_document_by_its_mark_and_not_by_its_name() -> None:
    assert document_fields(SCHEMA) == {"certificate": ("application/pdf",), "photo": ("image/png", "image/jpeg")}


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"type": "object", "properties": {}}])
def test_a_schema_without_properties_has_no_documents(schema: dict[str, Any]) -> None:
    assert document_fields(schema) == {}
    assert described(schema) == schema


def test_a_description_stands_where_the_document_is_and_the_words_for_people_stay() -> None:
    properties = described(SCHEMA)["properties"]
    certificate = properties["certificate"]
    assert certificate["required"] == ["type", "name", "size", "digest"]
    assert certificate["properties"]["type"] == {"enum": ["application/pdf"]}
    assert certificate["properties"]["size"]["maximum"] == LARGEST_BYTES
    assert certificate["x-ui"] == SCHEMA["properties"]["certificate"]["x-ui"]
    assert "document" not in certificate
    assert properties["number"] == SCHEMA["properties"]["number"]
    assert properties["anything"] is True
    assert SCHEMA["properties"]["photo"] == {"document": ["image/png", "image/jpeg"]}, "the contract stays as it is"


def test_a_document_is_named_by_a_whole_digest() -> None:
    good = {"type": "application/pdf", "name": "akta.pdf", "size": 3, "digest": "sha256:" + "0" * 64}
    assert msgspec.convert(good, Document).digest == good["digest"]
    with pytest.raises(msgspec.ValidationError, match=r"\$.digest"):
        msgspec.convert({**good, "digest": "sha256:0"}, Document)
    assert DIGEST.startswith("^")
    assert DIGEST.endswith("$")


GOOD: dict[str, Any] = {"type": "application/pdf", "name": "akta.pdf", "size": 3, "digest": "sha256:" + "0" * 64}


def test_only_named_values_that_describe_a_document_are_documents() -> None:
    values = {"akta": GOOD, "other": GOOD, "number": "7", "more": {**GOOD, "bytes": "eA=="}}
    assert documents_among(values, ["akta", "number", "more", "gone"]) == {"akta": msgspec.convert(GOOD, Document)}


@pytest.mark.parametrize(
    ("field", "kind", "name"),
    [
        ("nib_document", "application/pdf", "k7pm-nib-document.pdf"),
        ('../a"; filename=x.html', "image/png", "k7pm-a-filename-x-html.png"),
        ("a\r\nSet-Cookie: b\u202e" + "c" * 99, "image/jpeg", "k7pm-a-set-cookie-b-" + "c" * 45 + ".jpg"),
        ("x", "text/html", "k7pm-x.bin"),
    ],
)
def test_a_files_name_is_read_alike_by_every_system(field: str, kind: str, name: str) -> None:
    assert file_name("k7pm", field, kind) == name


def test_the_digest_of_an_input_is_over_the_descriptions_of_its_documents() -> None:
    given = {
        "number": "7",
        "certificate": {**GOOD, "bytes": "eA=="},
        "photo": "no description",
        "document": {"bytes": 1},
    }
    assert without_contents(given, SCHEMA) == {**given, "certificate": GOOD}


def test_a_document_is_sent_with_its_bytes_beside_the_description() -> None:
    sent = as_sent(SCHEMA)["properties"]
    assert sent["certificate"]["required"] == ["type", "name", "size", "digest", "bytes"]
    assert sent["photo"]["properties"].keys() == {"type", "name", "size", "digest", "bytes"}
    assert sent["number"] == SCHEMA["properties"]["number"]
    assert "bytes" not in described(SCHEMA)["properties"]["certificate"]["properties"], "nothing else changes"
    assert as_sent({}) == {}


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"%PDF-1.7", "application/pdf"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b" %PDF-", ""), (b"", "")],
)
def test_a_content_is_of_the_type_with_which_it_begins(content: bytes, kind: str) -> None:
    assert type_of(content) == kind


def test_a_document_is_called_what_its_schema_calls_it() -> None:
    assert document_labels(SCHEMA) == {"certificate": Text("Akta", "Certificate")}
