"""The way out: redirects are not followed, what is too large is not read, and every failure is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from gapura_agency import Fields, Unheard
from gapura_agency.exchange import LARGEST_ANSWER, Call, fetch, problem, send_over_http
from gapura_agency.gateway import title_of
from gapura_agency.serving import served

Start = Callable[..., Any]


def redirecting(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Send everybody elsewhere; elsewhere all is well."""
    if environ["PATH_INFO"] == "/elsewhere":
        start("200 OK", [])
        return [b"followed"]
    start("302 Found", [("Location", "/elsewhere")])
    return [b"not here"]


def endless(_: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer with more than is read."""
    start("200 OK", [])
    return [b"x" * (LARGEST_ANSWER + 1)]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with served(redirecting) as url:
        answer = send_over_http(Call(f"{url}/v1/callbacks", Fields([("Content-Type", "application/json")]), b"{}"))
        assert (answer.status, answer.body) == (302, b"not here")
        with pytest.raises(Unheard, match="answered 302"):
            fetch(url)


def test_an_answer_that_is_too_large_is_not_one() -> None:
    with served(endless) as url, pytest.raises(Unheard, match="more than 4194304 bytes"):
        fetch(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/hostname", "ftp://127.0.0.1/"])
def test_what_cannot_be_reached_is_said(url: str) -> None:
    with pytest.raises(Unheard, match=r"(was not reached|is no http or https address)"):
        send_over_http(Call(url, Fields([]), b""))


def test_fields_are_found_by_name_whatever_their_case() -> None:
    fields = Fields([("A", " 1 "), ("a", "2")])
    assert (fields.get("A"), fields.all("a"), fields.get("b", "-")) == ("1", ["1", "2"], "-")
    assert fields.items() == [("a", "1"), ("a", "2")]


def test_what_a_problem_says_is_told_and_what_is_none_is_a_status() -> None:
    assert title_of(problem(422, "Broken", "/nib")) == "422 Broken /nib"
    for body in (b"<html>", b"[]", b""):
        answer = problem(502, "x")
        assert title_of(type(answer)(502, answer.headers, body)) == "502"
