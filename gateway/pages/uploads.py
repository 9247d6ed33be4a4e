"""Files that people choose in a form, as answers of it. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from contracts.documents import ENDINGS, LARGEST_BYTES, LONGEST_NAME, type_of
from contracts.units import Text
from gateway.pages.answers import at_pointer
from gateway.pages.forms import FILE, Field, Form, accepted, is_object
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import Uploads

LARGEST_UPLOAD: Final = 3 * LARGEST_BYTES
"""Bytes of a form with files that are read: so one file beyond its limit is told, with all the rest."""
_MOST: Final = f"{LARGEST_BYTES // 1_000_000} MB"
"""The limit as people read it, rounded down: what is promised is taken."""


def file_answers(form: Form, files: Uploads) -> tuple[dict[str, Any], list[Wrong]]:
    """Give the answer of each question that is answered by a file, by its pointer, and what is wrong with any."""
    answers: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for field in form.fields():
        upload = files.get(field.pointer) if field.component == FILE else None
        if upload is None:
            continue
        mistake = _mistake(field, upload.content)
        if mistake is not None:
            wrong.append(Wrong(field.pointer, mistake))
        name = upload.name or field.label.id[:LONGEST_NAME]
        answers[field.pointer] = {"name": name, "bytes": b64encode(upload.content).decode()}
    return answers, wrong


def kept_files(form: Form, answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the documents that are among answers of before, by their questions: descriptions, which have a name."""
    found = {field.pointer: at_pointer(answers, field.pointer) for field in form.fields() if field.component == FILE}
    return {pointer: value for pointer, value in found.items() if is_object(value) and "name" in value}


def names_of(kept: Mapping[str, Mapping[str, Any]], pointer: str) -> list[str]:
    """Give what a question shows of the document that is there already, if one is."""
    return [str(kept[pointer]["name"])] if pointer in kept else []


def placed(answers: Mapping[str, Any], pointer: str, value: object) -> dict[str, Any]:
    """Give answers with a value at a pointer, through groups that may not be there yet."""
    first, _, rest = pointer.removeprefix("/").partition("/")
    return {**answers, first: placed(answers.get(first, {}), rest, value) if rest else value}


def choose_again(pointer: str) -> Wrong:
    """Say that a file must be chosen again: a page cannot keep it."""
    return Wrong(
        pointer,
        Text(
            "Pilih berkas ini sekali lagi: halaman ini tidak dapat menyimpannya",
            "Choose this file once more: the page cannot keep it",
        ),
    )


def file_hint(field: Field) -> Text:
    """Say which files a question takes, and how large they may be."""
    names = _names(field)
    return Text(f"{' atau '.join(names)}, paling besar {_MOST}", f"{' or '.join(names)}, at most {_MOST}")


def _names(field: Field) -> list[str]:
    return [ENDINGS[kind].removeprefix(".").upper() for kind in accepted(field) if kind in ENDINGS]


def _mistake(field: Field, content: bytes) -> Text | None:
    label, types = field.label, accepted(field)
    if not content:
        return Text(f"{label.id}: berkas ini kosong", f"{label.en}: this file is empty")
    if len(content) > LARGEST_BYTES:
        return Text(f"{label.id}: berkas ini lebih besar dari {_MOST}", f"{label.en}: this file is larger than {_MOST}")
    if type_of(content) not in types:
        names = _names(field)
        return Text(
            f"{label.id}: isi berkas ini bukan {' atau '.join(names)}",
            f"{label.en}: what is in this file is no {' or '.join(names)}",
        )
    return None
