"""Documents that a stand-in gives and a check sends: whole files that say themselves that they mean nothing."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any, Final

from contracts.documents import ENDINGS, LONGEST_NAME
from workflows.loading.hashing import content_digest

_PNG: Final = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==")
_JPEG: Final = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
    "////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z"
)
_PICTURES: Final = {"image/png": _PNG, "image/jpeg": _JPEG}
"""One white point each: a picture has no room to say what it is, so its name does."""
_BEFORE_TEXT: Final = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
)


def paper(kind: str, field: str, words: str, name: str = "") -> dict[str, Any]:
    """Give a document of a media type as it travels, its description and its bytes: the same words, the same bytes."""
    content = _PICTURES[kind] if kind in _PICTURES else _pdf(words)
    return {
        "type": kind,
        "name": name or f"{field[: LONGEST_NAME - 20]}-stand-in{ENDINGS[kind]}",
        "size": len(content),
        "digest": content_digest(content),
        "bytes": b64encode(content).decode("ascii"),
    }


def _pdf(words: str) -> bytes:
    """Give a PDF of one page with one line."""
    line = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    stream = f"BT /F 14 Tf 60 770 Td ({line}) Tj ET".encode("cp1252", "replace")
    objects = [*_BEFORE_TEXT, b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream)]
    file, places = bytearray(b"%PDF-1.4\n"), list[int]()
    for number, body in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)
