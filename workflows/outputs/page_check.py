"""Does a PDF's page still say what its credential says? The page is made again from the credential and compared.

The comparison is byte for byte; by words for a file that says itself that another program, or another version of this
one, made it. What a comparison by words cannot see is something painted over them, so pictures and annotations are
refused, `page` says which comparison it was, and what counts is always the list of parts that the verdict gives.

A joint output's PDF lives longer than this code: a changed wording or look of the page is a new template beside the
old one, and every one of them is tried here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from workflows.outputs.credential import VERIFY_PATH
from workflows.outputs.document import ATTACHMENT, output_pdf
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
    again = output_pdf(credential, codes[0] if codes else VERIFY_PATH)  # its words do not depend on the code
    if again == data:
        return "as issued", []
    if contents.foreign:
        return "differs", [reason("page_differs", "the pages carry pictures or annotations")]
    expected = read_pdf(again, attachment=ATTACHMENT)
    if expected.words != contents.words:
        return "differs", [reason("page_differs")]
    if expected.made_by == contents.made_by:
        return "differs", [reason("page_changed")]
    return "same words", [reason("page_saved_again")]
