"""The two languages of the pages: which one a reader wants, and the catalogue of its texts.

Texts are written in English in the templates and translated in `locales/<language>/pages.po`, which is read as it is: a
wheel carries the same file that translators edit. Indonesian is the first language: without a choice, pages are in it.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from gateway.pages.formats import Language

LANGUAGES: tuple[Language, ...] = ("id", "en")
LOCALES = Path(__file__).parent / "locales"
COOKIE, PARAMETER = "gapura_language", "bahasa"


def wanted(cookie: str | None, asked: str | None = None) -> Language:
    """Give the language that a reader wants: the one just asked for, else the one remembered, else Indonesian."""
    for choice in (asked, cookie):
        if choice == "en":
            return "en"
        if choice == "id":
            return "id"
    return "id"


@cache
def translations(language: Language) -> NullTranslations:
    """Give the catalogue of a language; English is the language of the templates and needs none."""
    path = LOCALES / language / "pages.po"
    if language == "en":
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled)
