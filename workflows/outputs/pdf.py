"""Reading a PDF that a stranger sent: its attached credential, its links and its words, within tight limits.

pypdf does the parsing, in pure Python, with its limits turned down; whatever it trips over is `PdfUnreadable`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from msgspec import Struct
from pypdf import PageObject, PdfReader, apply_configuration

MAX_BYTES = 10 * 1024 * 1024
"""A larger file is not looked at. An honest one has some 100 KiB, plus the agencies' documents."""

_MAX_STREAM = 8 * 1024 * 1024
_MAX_PAGES = 60
_LIMITS: dict[str, Any] = {
    "maximum_declared_stream_length": _MAX_STREAM,
    "array_based_stream_maximum_output_length": _MAX_STREAM,
    "array_maximum_element_count": 20_000,
    "dictionary_maximum_element_count": 5_000,
    "lzw_maximum_output_length": _MAX_STREAM,
    "run_length_maximum_output_length": _MAX_STREAM,
    "zlib_maximum_output_length": _MAX_STREAM,
    "zlib_maximum_recovery_input_length": 64 * 1024,
    "brotli_maximum_output_length": _MAX_STREAM,
    "stream_filters_maximum_length": 4,
    "stream_decoding_work_maximum_length": 2 * _MAX_STREAM,
    "stream_parsing_work_maximum_count": 200_000,
    "page_tree_maximum_entries": 500,
    "page_tree_maximum_depth": 20,
    "page_tree_maximum_page_entries": 2_000,
    "xform_maximum_invocations_per_extraction": 100,
    "jbig2dec_binary": None,
}

logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False  # it logs what it repairs, in the words of whoever made the file


class PdfUnreadable(ValueError):
    """The file is no PDF that can be read safely; the message says why."""


class PdfContents(Struct, frozen=True, kw_only=True):
    """What a PDF holds that matters here. An attachment that is None is there, but damaged.

    `made_by` is what its metadata says of the program and template that made it; `words` are its pages' texts with all
    white space taken out; `foreign` says that a page carries pictures or annotations other than links, which could
    cover its words.
    """

    attachments: list[bytes | None]
    made_by: tuple[str, ...]
    links: tuple[str, ...]
    words: tuple[str, ...]
    foreign: bool


def read_pdf(data: bytes, *, attachment: str) -> PdfContents:
    """Read a PDF: attachments of this name, links, words.

    Raises:
        PdfUnreadable: too large, encrypted, too many pages, or pypdf cannot read it.

    """
    if len(data) > MAX_BYTES:
        raise PdfUnreadable(f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        with apply_configuration(**_LIMITS):
            return _read(PdfReader(BytesIO(data)), attachment)
    except PdfUnreadable:
        raise
    except Exception as error:  # a parser of hostile files may raise anything; the file is to blame
        raise PdfUnreadable(f"the PDF cannot be read ({type(error).__name__})") from error


def _read(reader: PdfReader, attachment: str) -> PdfContents:
    if reader.is_encrypted:
        raise PdfUnreadable("the PDF is encrypted; no joint output is")
    attachments = [_content(entry) for entry in reader.attachment_list if entry.name == attachment]
    if len(reader.pages) > _MAX_PAGES:
        raise PdfUnreadable(f"the PDF has more than {_MAX_PAGES} pages")
    pages = list(reader.pages)
    return PdfContents(
        attachments=attachments,
        made_by=_made_by(reader),
        links=tuple(link for page in pages for link in _links(page)),
        words=tuple("".join(page.extract_text().split()) for page in pages),
        foreign=any(_foreign(page) for page in pages),
    )


def _made_by(reader: PdfReader) -> tuple[str, ...]:
    metadata = reader.metadata
    if metadata is None:
        return ()
    return tuple(str(metadata.get(name, "")) for name in ("/Creator", "/Producer", "/Keywords"))


def _content(entry: Any) -> bytes | None:  # noqa: ANN401  # pypdf's EmbeddedFile is no public name
    try:
        content: bytes = entry.content
    except Exception:  # noqa: BLE001  # damaged in whatever way: the caller is told that it is there and unreadable
        return None
    return content


def _annotations(page: PageObject) -> Iterator[Any]:
    for reference in page.get("/Annots") or ():
        yield reference.get_object()


def _links(page: PageObject) -> Iterator[str]:
    for annotation in _annotations(page):
        action = annotation.get("/A")
        target = action.get_object().get("/URI") if action is not None else None
        if target is not None:
            yield str(target.get_object())


def _foreign(page: PageObject) -> bool:
    return any(annotation.get("/Subtype") != "/Link" for annotation in _annotations(page)) or _has_pictures(page)


def _has_pictures(page: PageObject) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return False
    return any(entry.get_object().get("/Subtype") == "/Image" for entry in objects.get_object().values())
