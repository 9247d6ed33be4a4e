"""Reading a PDF that a stranger sent: its attached credential, its links and its words, within tight limits.

pypdf does the parsing, in pure Python, with its limits turned down; whatever it trips over is `PdfUnreadable`. Its
limits are per stream, and files of a few kilobytes still kept it busy for minutes: so its time is bounded as well.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

from contracts.documents import LARGEST_BYTES
from workflows.outputs.attachments import CARRIED_BYTES
from workflows.outputs.pdf_description import Description, description_of

MAX_BYTES = CARRIED_BYTES + 4 * 1024 * 1024
"""A larger file is not looked at. An honest one has some 100 KiB, plus the agencies' documents."""

MOST_CPU_S = 5.0
"""Of a processor, for one file. An honest one takes a tenth of a second."""
_LOOK_EVERY_S = 0.02
_PARSERS = frozenset({"pypdf", "pyhanko", "pyhanko_certvalidator", "asn1crypto"})
"""Whose code is broken off: what strangers sent makes these work for as long as it likes."""
T = TypeVar("T")

_MAX_STREAM = LARGEST_BYTES + 64 * 1024
_MAX_ATTACHMENTS = 100
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
    "xmp_maximum_input_length": 64 * 1024,
    "xmp_maximum_element_count": 1_000,
    "outline_maximum_entries": 500,
    "outline_maximum_depth": 20,
    "jbig2dec_binary": None,
}

logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
"""It logs what it repairs, in the words of whoever made the file: 100,000 lines of one, and then most of the time is
spent in logging, where nothing is broken off."""


class PdfUnreadable(ValueError):
    """The file is no PDF that can be read safely; the message says why."""


class PdfTooCostly(PdfUnreadable):
    """Reading it would take longer than is given to a stranger."""


class _TimeIsUp(BaseException):
    """Not an `Exception`: pypdf swallows those, and goes on."""


class PdfContents(Struct, frozen=True, kw_only=True):
    """What a PDF holds that matters here. An attachment that is None is there, but damaged.

    `documents` are its other attachments, if it has one that was looked for. `words` are its pages' texts with all
    white space taken out; `foreign` says that a page carries pictures, or annotations other than plain links, which
    could cover its words or do something.
    """

    attachments: list[bytes | None]
    documents: list[bytes | None]
    description: Description
    links: tuple[str, ...]
    words: tuple[str, ...]
    foreign: bool


def read_pdf(data: bytes, *, attachment: str) -> PdfContents:
    """Read a PDF: attachments of this name, links, words.

    Raises:
        PdfUnreadable: too large, encrypted, too many pages, or pypdf cannot read it.
        PdfTooCostly: it took more than `MOST_CPU_S`.

    """
    if len(data) > MAX_BYTES:
        raise PdfUnreadable(f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
    # Only now: few ever read a PDF, and every start of a gateway would wait for it.
    from pypdf import PdfReader, apply_configuration  # noqa: PLC0415 - see above

    try:
        with apply_configuration(**_LIMITS):
            return within(MOST_CPU_S, lambda: _read(PdfReader(BytesIO(data)), attachment))
    except PdfUnreadable:
        raise
    except Exception as error:  # a parser of hostile files may raise anything; the file is to blame
        raise PdfUnreadable(f"the PDF cannot be read ({type(error).__name__})") from error


def within(seconds: float, work: Callable[[], T]) -> T:
    """Break off `work` once this thread has used so much of a processor (not: of the day). Raises PdfTooCostly.

    Another thread looks at the clock, and raises in this one while it runs a parser: nothing else ends a loop that
    calls nothing. It raises again while it is passed over. What it raises may arrive when the parser is already being
    left, once at most: leaving is then done again, so that nobody is left who would raise in what this thread does
    next.
    """
    thread = threading.get_ident()
    clock = time.pthread_getcpuclockid(thread)
    until = time.clock_gettime(clock) + seconds
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY_S):
            if time.clock_gettime(clock) > until and _is_in_parser(thread):
                _raise_in(thread, _TimeIsUp)

    watcher = threading.Thread(target=watch, name="pdf-time", daemon=True)

    def leave() -> None:
        over.set()
        watcher.join()
        _raise_in(thread, None)  # what was to be raised, and has not been yet

    watcher.start()
    try:
        try:
            return work()
        finally:
            leave()
    except _TimeIsUp:
        leave()
        raise PdfTooCostly(f"reading the PDF takes more than {seconds:g} s; no joint output does") from None


def _is_in_parser(thread: int) -> bool:
    """Whether a thread runs code of a parser itself: what is raised in a finalizer in between comes to nothing."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it is documented
    return frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in _PARSERS


def _raise_in(thread: int, what: type[BaseException] | None) -> None:
    raised = None if what is None else ctypes.py_object(what)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)


def _read(reader: PdfReader, attachment: str) -> PdfContents:
    if reader.is_encrypted:
        raise PdfUnreadable("the PDF is encrypted; no joint output is")
    attached = list(reader.attachment_list)
    attachments = [_content(entry) for entry in attached if entry.name == attachment]
    if len(reader.pages) > _MAX_PAGES:
        raise PdfUnreadable(f"the PDF has more than {_MAX_PAGES} pages")
    pages = list(reader.pages)
    return PdfContents(
        attachments=attachments,
        documents=_documents([entry for entry in attached if entry.name != attachment]) if attachments else [],
        # Of somebody else's file nothing is compared, and what it says of itself may be as broken as it likes.
        description=description_of(reader) if attachments else Description(),
        links=tuple(link for page in pages for link in _links(page)),
        words=tuple("".join(page.extract_text().split()) for page in pages),
        foreign=any(_foreign(page) for page in pages),
    )


def _documents(entries: list[Any]) -> list[bytes | None]:
    """Unfold attachments while they are no more than one of our files carries: each may be small, and unfold large."""
    if len(entries) > _MAX_ATTACHMENTS:
        raise PdfUnreadable(f"the PDF has more than {_MAX_ATTACHMENTS} attachments")
    contents: list[bytes | None] = []
    room = CARRIED_BYTES
    for entry in entries:
        contents.append(content := _content(entry))
        room -= len(content or b"")
        if room < 0:
            raise PdfUnreadable(f"what is attached to the PDF is larger than {CARRIED_BYTES // 1024 // 1024} MiB")
    return contents


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
    return not all(_is_plain_link(annotation) for annotation in _annotations(page)) or _has_pictures(page)


def _is_plain_link(annotation: Any) -> bool:  # noqa: ANN401  # pypdf's objects
    action = annotation.get("/A")
    leads_on = action is None or (action.get_object().get("/S") == "/URI" and "/Next" not in action.get_object())
    return annotation.get("/Subtype") == "/Link" and leads_on and "/AA" not in annotation


def _has_pictures(page: PageObject) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return False
    return any(entry.get_object().get("/Subtype") == "/Image" for entry in objects.get_object().values())
