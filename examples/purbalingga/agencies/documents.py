"""Documents as these agencies give them: a small PDF of a few lines."""

from __future__ import annotations

from collections.abc import Sequence

_OBJECTS_BEFORE_TEXT = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
)


def pdf_of(lines: Sequence[str]) -> bytes:
    """Give a PDF of one A4 page with these lines, the first of them larger. The same lines give the same bytes."""
    shown = [f"({_escaped(line)}) Tj T*" for line in lines]
    text = "\n".join(["BT /F 18 Tf 26 TL 60 770 Td", *shown[:1], "/F 11 Tf 18 TL", *shown[1:], "ET"])
    stream = text.encode("cp1252", "replace")
    objects = [*_OBJECTS_BEFORE_TEXT, b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream)]
    file, places = bytearray(b"%PDF-1.4\n"), list[int]()
    for number, body in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").replace("\n", " ").replace("\r", " ")
