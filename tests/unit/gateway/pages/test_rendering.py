from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from contracts.payments import ChargeView
from contracts.units import Text, legible
from gateway.pages.citizen.views import OutputPage, PartRow
from gateway.pages.documents import DocumentRow
from gateway.pages.rendering import environment, render
from gateway.pages.shell import Shell, Theme
from gateway.pages.words import CASE_WORDS, PART_WORDS

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
TURNED = "Dinas \u202eakgnilabruP\u202c \u2067x\u200b\x1b[2J</p>"
"""What an agency might call itself, to read as another one."""
SHELL = Shell(theme=Theme(), language="id", area="citizen", path="/permohonan/a/hasil", section="/permohonan", now=NOW)


def closing_record(words: str) -> OutputPage:
    """What is shown of a refused case where an agency says the same everywhere."""
    text = Text(words, words)
    part = PartRow(
        title=text,
        agency=words,
        word=PART_WORDS["refused"],
        at=NOW,
        signed=None,
        values=[(text, [words, {words: words}])],
        documents=[DocumentRow(label=text, name=words, about=text, digest=words, href="/x")],
        refusal=text,
        text=words,
        objection={"where": {"id": words, "en": words}, "within": "3 days", "legal_basis": words},
        owner=words,
    )
    return OutputPage(
        case="a",
        title=text,
        issued=False,
        revoked=False,
        at=NOW,
        outcome=CASE_WORDS["refused"],
        reason=words,
        holder=[(text, words)],
        parts=[part],
    )


def shown(template: str, **context: Any) -> str:
    return render(template, SHELL, {"renewal": None, **context}).decode()


def test_words_of_an_agency_turn_or_hide_what_a_page_says() -> None:
    page = shown("citizen/output.html", page=closing_record(TURNED))
    assert legible(page) == page
    assert "<h1>Dinas akgnilabruP x[2J&lt;/p&gt;</h1>" in page
    assert "[2J</p>" not in page


def test_words_set_into_a_sentence_are_not_made_legible_or_become_markup() -> None:
    said = environment("id").from_string("{{ _('Answered for by %(owner)s', owner=words) }}").render(words="<\u202eb>")
    assert said == "Penanggung jawab: &lt;b&gt;"


def test_words_written_from_right_to_left_pull_what_stands_beside_them_along() -> None:
    page = shown("citizen/output.html", page=closing_record("\u05d3 7"))
    assert "<bdi>\u05d3 7</bdi> · <time" in page


CHARGE = ChargeView(title=Text("Retribusi", "Charge"), payee=Text("Kas", "Treasury"), amount=150_000, sometimes=True)


@pytest.mark.parametrize(
    ("fee", "charges", "reads"),
    [
        ("", [], "tidak dinyatakan"),
        ("0 IDR", [], "Gratis"),
        ("5000 IDR", [], "Rp5.000"),
        ("", [CHARGE], "Retribusi: Rp150.000"),
        ("0 IDR", [CHARGE], "Retribusi: Rp150.000"),
        ("5000 IDR", [CHARGE], "Rp5.000 Retribusi: Rp150.000"),
        ("", [structs.replace(CHARGE, amount=None)], "Retribusi: ditetapkan dalam proses"),
    ],
)
def test_the_cost_of_a_service_reads_other_than_it_was_stated(fee: str, charges: list[ChargeView], reads: str) -> None:
    source = "{% from 'parts.html' import cost %}{{ cost(service) }}"
    html = environment("id").from_string(source).render(service={"fee": fee, "charges": charges})
    assert " ".join(re.sub("<[^>]*>", " ", html).split()) == reads
