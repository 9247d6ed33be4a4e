"""Requests: preferences, media types, numbers."""

from __future__ import annotations

import pytest

from gateway.problems import NotAcceptable, ParameterInvalid
from gateway.requests import chosen_type, number_in, preferred_wait, wants_page

OFFERED = ("application/json", "application/vc+jwt", "application/pdf")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("wait=5", 5),
        ("Wait = 5", 5),
        ("respond-async, wait=7", 7),
        ("wait=7; foo=bar", 7),
        ("wait=100", 30),
        ("wait=99999999999", 0),
        ("wait=-1", 0),
        ("wait=x", 0),
        ("return=minimal", 0),
    ],
)
def test_a_wait_is_read_and_capped_and_other_preferences_pass(header: str | None, seconds: int) -> None:
    assert preferred_wait(header, most=30) == seconds


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/pdf", "application/pdf"),
        ("application/*;q=0.5, application/vc+jwt", "application/vc+jwt"),
        ("application/json;q=0.2, application/pdf;q=0.9", "application/pdf"),
        ("text/html, application/*;q=0.1", "application/json"),
        ("application/json;q=0, */*", "application/vc+jwt"),
        (BROWSER, "application/json"),
    ],
)
def test_the_best_offered_type_is_chosen(accept: str | None, kind: str) -> None:
    assert chosen_type(accept, OFFERED) == kind


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/*"])
def test_a_type_that_is_not_offered_is_told(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="application/pdf"):
        chosen_type(accept, OFFERED)


@pytest.mark.parametrize(
    ("accept", "page"),
    [(BROWSER, True), ("text/html", True), (None, False), ("*/*", False), ("application/json, text/html;q=0.1", False)],
)
def test_a_browser_is_told_from_a_program(accept: str | None, page: bool) -> None:  # noqa: FBT001 - a row of a table
    assert wants_page(accept) is page


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "101", "٣", "1" * 50])
def test_a_number_that_is_none_or_beyond_is_told(text: str) -> None:
    with pytest.raises(ParameterInvalid, match="from 0 to 100"):
        number_in(text, "limit", least=0, most=100)
