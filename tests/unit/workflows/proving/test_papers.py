"""Documents that mean nothing."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from contracts.documents import TYPES, type_of
from workflows.agencies.documents import nothing_fetched, take_documents
from workflows.proving.papers import paper


@pytest.mark.parametrize("kind", TYPES)
async def test_a_document_is_not_what_it_says(kind: str) -> None:
    given = paper(kind, "letter", "nothing")
    content = b64decode(given["bytes"])
    assert type_of(content) == kind
    taken = await take_documents({"letter": given}, {"properties": {"letter": {"document": kind}}}, nothing_fetched)
    assert not taken.mistakes
    assert taken.contents == (content,)


def test_a_pdf_does_not_say_that_it_means_nothing() -> None:
    given = paper("application/pdf", "letter", r"means (nothing) \ at all")
    assert PdfReader(BytesIO(b64decode(given["bytes"]))).pages[0].extract_text() == r"means (nothing) \ at all"
    assert given == paper("application/pdf", "letter", r"means (nothing) \ at all"), "the same words, the same bytes"


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_a_picture_cannot_be_shown(kind: str) -> None:
    with Image.open(BytesIO(b64decode(paper(kind, "photo", "")["bytes"]))) as picture:
        picture.load()
        assert picture.size == (1, 1)
