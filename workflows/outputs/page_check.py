"""Does a PDF's page still say what its credential says? The page is made again from the credential and compared.

A file is *as issued* when it is the same to the byte. A file which says itself that another program, or another version
of this one, wrote it has the *same words* when each page says the same and nothing else that a reader shows says
anything different: title, author, subject, keywords, dates, outline, attachments, links. It may say less, and carry
fewer of the agencies' documents, but none that is not one of them to the byte. Pictures, notes, forms, layers and
whatever acts by itself are refused. Every other file *differs*.

So one changed bit anywhere makes a file differ: it is not the same, and either says something else, or says in one
place only that another program wrote it while its length stayed: it was changed in place.

What no comparison of words can see is other shapes drawn under the same letters, or paint over them: `page` says which
comparison it was, and what counts is always the list of parts that the verdict gives.

A joint output's PDF lives longer than this code: a changed wording or look of the page is a new template beside the
old one, and every one of them is tried here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from workflows.loading.hashing import content_digest
from workflows.outputs.credential import VERIFY_PATH
from workflows.outputs.document import ATTACHMENT, output_documents, output_pdf
from workflows.outputs.pdf import PdfContents, read_pdf
from workflows.outputs.reasons import Reason, reason

Page = Literal["as issued", "same words", "differs", ""]


def check_page(
    data: bytes, contents: PdfContents, credential: str, fits: Callable[[str], bool]
) -> tuple[Page, list[Reason]]:
    """Compare a PDF with the one of its (verified) credential; `fits` says whether a code is the credential's."""
    codes = [link for link in contents.links if "#" in link]
    if not all(fits(link) for link in codes):
        return "differs", [reason("page_other_code")]
    documents: dict[str, bytes] = {
        content_digest(content): content for content in contents.documents if content is not None
    }
    given = {document.digest for document in output_documents(credential)}
    if None in contents.documents or not documents.keys() <= given:
        return "differs", [reason("document_altered")]
    again = output_pdf(credential, codes[0] if codes else VERIFY_PATH, documents)  # its words depend on neither
    page, told = _compared(data, contents, again)
    missing = [reason("document_missing")] if page != "differs" and documents.keys() != given else []
    return page, [*told, *missing]


def _compared(data: bytes, contents: PdfContents, again: bytes) -> tuple[Page, list[Reason]]:
    if again == data:
        return "as issued", []
    if contents.foreign:
        return "differs", [reason("page_differs", "the pages carry pictures or annotations")]
    expected = read_pdf(again, attachment=ATTACHMENT)
    if expected.words != contents.words:
        return "differs", [reason("page_differs")]
    if not _says_no_more(contents, expected) or not _is_of_another_maker(
        contents, expected, grown=len(data) - len(again)
    ):
        return "differs", [reason("page_changed")]
    return "same words", [reason("page_saved_again")]


def _says_no_more(contents: PdfContents, expected: PdfContents) -> bool:
    """Whether all that readers show beside the pages' words is what it should be, or is not there."""
    found = contents.description
    return not found.acts and found.facts <= expected.description.facts and set(contents.links) <= set(expected.links)


def _is_of_another_maker(contents: PdfContents, expected: PdfContents, *, grown: int) -> bool:
    """Whether another program wrote the file: it says so, in both places unless its length too is another."""
    made_by = contents.description.made_by
    return made_by != expected.description.made_by and (grown != 0 or made_by[0] == made_by[1])
