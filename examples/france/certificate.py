"""A small PDF in place of a certificate: the links in the recorded answers have long expired."""

from __future__ import annotations

_OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
)
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def make_certificate(*lines: str) -> bytes:
    """Give a PDF of one page with these lines; letters that are not ASCII are left out."""
    shown = b"".join(b"(%s) Tj T* " % _escaped(line) for line in lines)
    content = b"BT /F 14 Tf 30 150 Td 22 TL " + shown + b"ET"
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    written, places = b"%PDF-1.4\n", list[int]()
    for number, thing in enumerate((*_OBJECTS, stream, _FONT), start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(places) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def _escaped(line: str) -> bytes:
    plain = line.encode("ascii", "ignore").replace(b"\\", b"")
    return plain.replace(b"(", b"\\(").replace(b")", b"\\)")
