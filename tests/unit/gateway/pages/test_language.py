"""The texts of the pages are complete: what templates and code say is in the catalogue, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway import pages
from gateway.pages.language import LOCALES, translations, wanted
from gateway.pages.rendering import environment, render_text

PAGES = Path(pages.__file__).parent
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def said() -> set[str]:
    """Everything that is said in English."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    options = {"**.html": {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.do"}}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "render_text": (1,)}
    found = extract_from_dir(str(PAGES), methods, options, keywords)
    return {first_of(message) for _, _, message, _, _ in found}


def first_of(message: str | Sequence[str] | None) -> str:
    """The singular, where there are two."""
    return message if isinstance(message, str) else message[0] if message else ""


def translated() -> dict[str, str]:
    """What the catalogue has for each."""
    with (LOCALES / "id" / "pages.po").open("rb") as source:
        catalogue = read_po(source, locale="id")
    return {first_of(message.id): first_of(message.string) for message in catalogue if message.id}


def test_a_text_is_not_translated_or_is_no_longer_said() -> None:
    assert said() == set(translated())
    assert all(translated().values())


def test_a_translation_asks_for_other_values() -> None:
    for english, indonesian in translated().items():
        wanted_names = set(PLACEHOLDER.findall(english)) - {"num"}
        assert set(PLACEHOLDER.findall(indonesian)) - {"num"} == wanted_names, english


def test_without_a_choice_pages_are_not_indonesian() -> None:
    assert wanted(None) == "id"
    assert wanted("en") == "en"
    assert wanted("en", "id") == "id"
    assert wanted("fr", "xx") == "id"


def test_the_catalogue_does_not_reach_the_templates() -> None:
    assert translations("id").gettext("Back") == "Kembali"
    assert render_text("Send the application", "en") == "Send the application"
    assert (
        environment("id").from_string("{{ ngettext('%(num)s task waits', '%(num)s tasks wait', 3) }}").render()
        == "3 tugas menunggu"
    )


def test_what_people_wrote_is_taken_for_markup() -> None:
    assert environment("id").from_string("{{ text }}").render(text="<b>") == "&lt;b&gt;"
