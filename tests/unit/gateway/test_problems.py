"""Problems: every exception has its type, and whoever gets it learns what to do and nothing else."""

from __future__ import annotations

import msgspec
import pytest
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ServiceUnavailableException,
)

from contracts.problems import PROBLEM_TYPES, Mistake
from gateway import problems
from gateway.problems import Declined, headers_of, problem_of, slug_of
from gateway.reference.pages import problem_page, problems_page
from gateway.reference.problem_docs import PROBLEM_DOCS
from workflows.agencies.nonces import TooManyNonces
from workflows.core.rejections import Rejection
from workflows.ports import Claim, JournalFull, JournalUnavailable, KeyTaken

CLAIM = Claim(scope="s", key="k", body_digest="d", stream="c")

EXAMPLES: dict[str, BaseException] = {
    "body-unreadable": problems.BodyUnreadable("x"),
    "parameter-invalid": problems.ParameterInvalid("x"),
    "not-authenticated": problems.NotAuthenticated("x"),
    "signature-invalid": problems.SignatureRefused("x"),
    "not-allowed": problems.NotAllowed("x"),
    "not-found": problems.NotFound(),
    "method-not-allowed": MethodNotAllowedException(headers={"Allow": "GET"}),
    "not-acceptable": problems.NotAcceptable("x"),
    "not-possible-now": Rejection("too_late", "x"),
    "version-conflict": problems.VersionConflict("x"),
    "gone": problems.Gone("x"),
    "lease-over": problems.LeaseOver("x"),
    "body-too-large": problems.BodyTooLarge("x"),
    "media-type-unsupported": problems.MediaTypeUnsupported("x"),
    "form-invalid": Rejection("form_invalid", "x", [Mistake("/a", "b")]),
    "answer-invalid": problems.AnswerInvalid("x"),
    "key-reused": KeyTaken(CLAIM),
    "contract-invalid": problems.ContractInvalid("x"),
    "too-many-requests": problems.TooManyRequests("x", 3),
    "internal": KeyError("3303010101900001"),
    "unavailable": JournalUnavailable("x"),
    "storage-full": JournalFull(),
}
"""What produces each type."""


def told(error: BaseException) -> msgspec.Struct:
    return problem_of(error, base_url="https://g.example", instance="/v1/x", trace_id="0af7")


def test_every_type_of_the_closed_list_is_produced_by_something() -> None:
    assert set(EXAMPLES) == set(PROBLEM_TYPES)


def test_an_agency_that_signs_too_much_is_told_to_slow_down() -> None:
    assert slug_of(TooManyNonces("alpha/1")) == "too-many-requests"
    assert headers_of(TooManyNonces("alpha/1")) == {"Retry-After": "60"}


@pytest.mark.parametrize("slug", PROBLEM_TYPES)
def test_an_exception_is_told_as_its_type(slug: str) -> None:
    assert slug_of(EXAMPLES[slug]) == slug
    problem = problem_of(EXAMPLES[slug], base_url="https://g.example", instance="/v1/x", trace_id="0af7")
    kind = PROBLEM_TYPES[slug]
    assert problem.type == f"https://g.example/problems/{slug}"
    assert (problem.title, problem.status) == (kind.title, kind.status)
    assert (problem.instance, problem.trace_id) == ("/v1/x", "0af7")
    assert problem.detail


def test_every_declined_names_a_type_of_the_list() -> None:
    for kind in Declined.__subclasses__():
        assert kind.slug in PROBLEM_TYPES


def test_a_bug_tells_its_trace_id_and_nothing_of_itself() -> None:
    text = msgspec.json.encode(told(EXAMPLES["internal"])).decode()
    assert "3303010101900001" not in text
    assert "0af7" in text


def test_what_the_framework_refuses_is_told_by_its_status() -> None:
    assert slug_of(NotFoundException()) == "not-found"
    assert slug_of(ServiceUnavailableException()) == "unavailable"
    assert slug_of(HTTPException(status_code=418)) == "parameter-invalid"
    assert slug_of(HTTPException(status_code=502)) == "internal"


def test_whoever_can_come_back_is_told_when() -> None:
    assert headers_of(problems.TooManyRequests("x", 2.6)) == {"Retry-After": "3"}
    assert headers_of(JournalUnavailable()) == {"Retry-After": "5"}
    assert headers_of(EXAMPLES["method-not-allowed"]) == {"Allow": "GET"}
    assert "WWW-Authenticate" in headers_of(EXAMPLES["not-authenticated"])
    assert headers_of(EXAMPLES["internal"]) == {}


def test_half_characters_of_a_caller_never_break_the_reply() -> None:
    error = problems.FormInvalid("\ud800", [Mistake("/\udfff", "\ud800")])
    assert b"?" in msgspec.json.encode(told(error))


def test_every_type_has_its_page_for_whoever_meets_it() -> None:
    assert set(PROBLEM_DOCS) == set(PROBLEM_TYPES)
    listed = problems_page().decode()
    for slug, kind in PROBLEM_TYPES.items():
        page = problem_page(slug).decode()
        assert kind.title.replace("'", "&#39;") in page
        assert f"/problems/{slug}" in listed
