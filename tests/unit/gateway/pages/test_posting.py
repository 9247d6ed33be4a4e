from __future__ import annotations

import pytest

from gateway.pages.posting import FormStale, browser_of, check_token, new_browser, parse_form, token_for
from gateway.problems import BodyUnreadable


def test_a_form_of_another_browser_is_taken() -> None:
    browser = new_browser()
    check_token(browser, {"_token": [token_for(browser)]})
    for given in ({}, {"_token": [""]}, {"_token": [token_for(new_browser())]}, {"_token": ["é"]}):
        with pytest.raises(FormStale):
            check_token(browser, given)
    with pytest.raises(FormStale):
        check_token("", {"_token": [token_for("")]})


def test_a_made_up_cookie_is_a_browser() -> None:
    browser = new_browser()
    assert browser_of({"gapura-browser": browser}) == browser
    assert browser_of({"gapura-browser": "short"}) == ""
    assert browser_of({}) == ""


def test_a_form_is_read_otherwise_than_it_was_sent() -> None:
    assert parse_form(b"%2Fnik=1+2&%2Fkinds=a&%2Fkinds=b&empty=&caf%C3%A9=x") == {
        "/nik": ["1 2"],
        "/kinds": ["a", "b"],
        "empty": [""],
        "café": ["x"],
    }


@pytest.mark.parametrize("body", [b"a=%00", b"a=%FF", b"\xff=1", b"&".join(b"a=1" for _ in range(2001))])
def test_what_is_no_form_is_a_fault_of_ours(body: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        parse_form(body)
