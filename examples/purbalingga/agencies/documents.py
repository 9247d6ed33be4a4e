"""Documents as this agency gives them: a small PDF of a few lines, its description, and how both travel."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence

from msgspec import Struct

_OBJECTS_BEFORE_TEXT = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
)


class Document(Struct):
    """A whole file: the name under which it is given, and its bytes."""

    name: str
    content: bytes

    def described(self) -> dict[str, object]:
        """Give what stands for it in the output, and is signed."""
        digest = f"sha256:{hashlib.sha256(self.content).hexdigest()}"
        return {"type": "application/pdf", "name": self.name, "size": len(self.content), "digest": digest}

    def sent(self) -> dict[str, object]:
        """Give it as it travels: the description, and the bytes beside it."""
        return {**self.described(), "bytes": b64encode(self.content).decode()}


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
