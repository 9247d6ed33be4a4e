from __future__ import annotations

import sys
import threading
import traceback
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from pypdf import PdfWriter

from tests.unit.workflows.outputs.judging import PDF, judged, reasons, rewritten
from workflows.outputs import pdf
from workflows.outputs.document import ATTACHMENT
from workflows.outputs.pdf import MAX_BYTES, PdfTooCostly


def bomb() -> bytes:
    """A PDF whose attached credential unpacks to 200 MiB."""
    packed = zlib.compress(bytes(200 * 1024 * 1024), 9)
    name = ATTACHMENT.encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(" + name + b") 4 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        b"<</Type/Filespec/F(" + name + b")/UF(" + name + b")/EF<</F 5 0 R>>>>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed),
    ]
    return pdf_of(objects)


def deep() -> bytes:
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 100_000 + b"]" * 100_000 + b">>", b"<<>>"])


def looping() -> bytes:
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


def pdf_of(objects: list[bytes]) -> bytes:
    out, offsets = b"%PDF-1.7\n", list[int]()
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


@pytest.mark.parametrize(
    ("presented", "said"),
    [
        (b"x" * (MAX_BYTES + 1), "too_large"),
        (b"%PDF-1.7" + b"x" * MAX_BYTES, "too_large"),
        (b"%PDF-1.7\n%%EOF", "unreadable"),
        (PDF[: len(PDF) // 2], "unreadable"),
        (bomb(), "damaged"),
        (deep(), "unreadable"),
        (looping(), "unreadable"),
        (b"[" * 1_000_000, "no_credential"),
        (b'{"credential": ' + b"[" * 1_000_000, "no_credential"),
        (b"\xff\xfe\x00", "no_credential"),
        (b"", "no_credential"),
    ],
    ids=[
        "huge",
        "huge PDF",
        "empty PDF",
        "half",
        "zip bomb",
        "deep",
        "loop",
        "deep JSON",
        "deep member",
        "bytes",
        "empty",
    ],
)
def test_hostile_files_get_a_reason(presented: bytes, said: str) -> None:
    verdict = judged(presented)
    assert (verdict.word in {"unknown", "altered"}, reasons(verdict)) == (True, [said])


def test_an_encrypted_pdf_is_not_read() -> None:
    def lock(writer: PdfWriter) -> None:
        writer.encrypt("secret", algorithm="RC4-128")

    assert judged(rewritten(lock)).reasons[0].detail == "the PDF is encrypted; no joint output is"


def test_a_pdf_of_somebody_else_is_unknown() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    out = BytesIO()
    writer.write(out)
    assert (judged(out.getvalue()).word, reasons(judged(out.getvalue()))) == ("unknown", ["no_credential"])


def test_what_was_to_break_off_a_file_breaks_off_what_the_thread_does_next(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, looked = threading.Event(), threading.Event()

    def read(*_: object) -> bool:
        entered.set()
        return looked.wait(9)

    def seen_as_it_leaves(thread: int) -> bool:
        """Say once that the thread is in the parser, which it leaves while it is looked at."""
        if looked.is_set() or not entered.is_set():
            return False
        looked.set()
        frames = sys._current_frames  # pyright: ignore[reportPrivateUsage]  # it is documented
        while read.__code__ in {frame.f_code for frame, _ in traceback.walk_stack(frames()[thread])}:
            pass
        return True

    monkeypatch.setattr(pdf, "_is_in_parser", seen_as_it_leaves)
    monkeypatch.setattr(pdf, "MOST_CPU_S", -1.0)
    monkeypatch.setattr(pdf, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(pdf, "_read", read)
    for _ in range(20):
        entered.clear()
        looked.clear()
        with suppress(PdfTooCostly):  # or it was read: its time was up as it ended
            pdf.read_pdf(PDF, attachment=ATTACHMENT)
        assert not [thread for thread in threading.enumerate() if thread.name == "pdf-time"]
