"""What a new version of a plan changes, in the sentences that those who sign it read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.plan import PublishedPlan
from tests.declared import contracts, plan
from workflows.loading.differences import Comparison, compare
from workflows.loading.plans import publish


def published(changes: dict[str, Any], of_contracts: Mapping[str, dict[str, Any]] | None = None) -> PublishedPlan:
    return publish(plan(changes), contracts(of_contracts))


def told(compared: Comparison) -> list[str]:
    return [f"{each.about}: {each.says}" for each in compared.differences]


NO_PERMIT = {"steps.permit": ..., "steps.taxpayer.in.certificate": ...}
PLANS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "items": (
        {
            "steps.identity.each": "form.staff",
            "steps.identity.as": "one",
            "steps.identity.key": "one.name",
            "steps.identity.at_once": 2,
            "steps.identity.partial": True,
        },
        [
            "step: The list for whose items identity is asked is new: form.staff.",
            "words: The word for an item of identity is new: one.",
            "step: What names an item of identity is new: one.name.",
            "step: The number of items of identity that are asked at the same time was 4, and is 2.",
            "condition: That identity goes on without an item that was refused was not so, and is so.",
        ],
    ),
    "words alone": (
        {"title.en": "Open a business", "output.title.en": "Result", "steps.identity.title": {"id": "A", "en": "B"}},
        [
            "words: The title of identity is new: A / B.",
            "words: The service is described in other words.",
            "words: The output has another title.",
        ],
    ),
    "what is promised": (
        {"promise": {"within": "9 days", "fee": "5000 IDR"}, "lead": "oss"},
        [
            "service: The agency that answers for the whole was dpmptsp, and is oss.",
            "service: The time that applicants are promised was 3 working days, and is 9 days.",
            "service: The fee is new: 5000 IDR.",
        ],
    ),
    "a step less": (
        NO_PERMIT,
        [
            "step: The step permit (dpmptsp, under dpmptsp/verify-standard@1) is gone.",
            "reading: djp no longer reads certificate in taxpayer.",
            "order: taxpayer no longer waits for permit.",
        ],
    ),
    "another condition and order": (
        {"steps.permit.when": "business.risk == 'low'", "steps.permit.after": ["identity"]},
        [
            "condition: The condition of permit was business.risk == 'high', and is business.risk == 'low'.",
            "order: permit now waits for identity.",
        ],
    ),
    "something optional": (
        {"steps.permit.optional": True, "steps.permit.otherwise": {"certificate": {"const": "none"}}},
        [
            ('condition: What stands in for permit where it gives nothing is new: {"certificate":{"const":"none"}}.'),
            "condition: The output can now be issued without permit.",
        ],
    ),
    "somebody reads more": (
        {"steps.business.in.address": "form.address", "steps.business.in.kbli": "form.name"},
        [
            "reading: kbli that oss reads in business comes from form.name, no longer from form.kbli.",
            (
                "reading: oss newly reads address (location) for business-registration, on the basis of PP 28/2025 "
                "(public_task). It comes from form.address."
            ),
        ],
    ),
    "another kind of step": (
        {"steps.permit": {"wait": "2 days"}, "steps.taxpayer.in.certificate": ..., "steps.taxpayer.after": ["permit"]},
        [
            "step: The step permit is carried out in another way: ask before, wait now.",
            "order: permit no longer waits for business.",
            "reading: djp no longer reads certificate in taxpayer.",
        ],
    ),
    "another output": (
        {
            "output.parts.business": {"number": "business.nib"},
            "output.parts.taxpayer": ...,
            "output.parts.identity": {"match": "identity.match"},
        },
        [
            "output: The part of business newly shows number.",
            "output: The part of business no longer shows nib.",
            "output: The output has a part of identity: match.",
            "output: The output has no part of taxpayer any more.",
        ],
    ),
    "another form": (
        {
            "form.properties.email": {"type": "string"},
            "form.properties.phone": ...,
            "form.properties.kbli.pattern": "^[0-9]{5}$",
            "form.properties.nik.x-ui.label.en": "Number",
            "form.required": ["nik", "kbli", "staff"],
        },
        [
            "form: The question /name may be left out now.",
            "form: The question /kbli takes other answers than before.",
            "form: The form newly asks /email, which may be left out.",
            "form: The form no longer asks /phone.",
        ],
    ),
}


@pytest.mark.parametrize("case", PLANS)
def test_a_change_is_told_in_a_sentence_and_nothing_else_is(case: str) -> None:
    changes, sentences = PLANS[case]
    if case == "another form":
        changes = {**changes, "steps.business.in.staff": {"cel": "size(form.staff)"}, "steps.identity.in.name": ...}
        changes = {**changes, "output.holder.name": "form.nik"}
    found = told(compare(published({}), published(changes)))
    assert [one for one in found if case != "another form" or one.startswith("form")] == sentences


def test_words_alone_need_no_new_agreement_and_anything_else_does() -> None:
    words = compare(published({}), published(PLANS["words alone"][0]))
    assert (words.new_agreement, words.must_sign) == (False, [])
    for case in PLANS.keys() - {"nothing", "words alone", "another form"}:
        compared = compare(published({}), published(PLANS[case][0]))
        assert compared.new_agreement, case
        assert compared.must_sign, case


def test_an_agency_that_joins_is_named_with_everything_that_it_newly_reads() -> None:
    compared = compare(published({**NO_PERMIT, "lead": "oss"}), published({}))
    assert (compared.joining, compared.leaving) == (["dpmptsp"], [])
    readings = [each.says for each in compared.differences if each.about == "reading" and each.step == "permit"]
    assert [says.partition(" for ")[0] for says in readings] == [
        "dpmptsp newly reads nib (business)",
        "dpmptsp newly reads risk (business)",
    ]
    back = compare(published({}), published({**NO_PERMIT, "lead": "oss"}))
    assert (back.joining, back.leaving) == ([], ["dpmptsp"])


def test_another_promise_of_an_agency_is_told_term_by_term() -> None:
    changed = {
        "oss": {"version": "2.2.0", "promise.within": "5 days", "retention": "30 years", "onward": ["nib", "risk"]}
    }
    assert told(compare(published({}), published({}, changed))) == [
        "contract: oss promises something else under oss/register-business@2: 2.1.0 before, 2.2.0 now.",
        "contract: Of business, asked of oss: answers within was 1 working day, and is 5 days.",
        "contract: Of business, asked of oss: keeps what it read was 10 years, and is 30 years.",
    ]


def test_a_moved_system_or_another_limit_is_no_difference() -> None:
    moved = {"oss": {"connection.url": "https://new.oss.example/gapura", "limits": {"in_flight": 3}}}
    compared = compare(published({}), published({}, moved))
    assert (compared.differences, compared.new_agreement) == ([], False)


def test_open_cases_are_said_to_stay_where_they_are() -> None:
    compared = compare(published({}), published({"version": "2.0.0"}))
    assert compared.open_cases == "stay on the version that they began under"
    assert (compared.before, compared.after) == ("mulai-usaha 1.0.0", "mulai-usaha 2.0.0")


def test_what_an_applicant_does_otherwise_is_told_as_code() -> None:
    asked = {"type": "object", "required": ["agreed"], "additionalProperties": False}
    agreed = {"agreed": {"const": True, "x-ui": {"label": {"id": "Setuju", "en": "Agreed"}}}}
    paper = {"paper": {"document": "application/pdf", "x-ui": {"label": {"id": "Surat", "en": "Letter"}}}}

    def with_step(page: str, within: str, questions: dict[str, Any]) -> PublishedPlan:
        task = {"page": page, "within": within, "form": {**asked, "properties": questions}}
        return published({"steps.consent": {"applicant": task}, "steps.taxpayer.after": ["consent"]})

    before = with_step("confirm", "14 days", agreed)
    assert told(compare(before, with_step("upload", "10 days", {**agreed, **paper}))) == [
        "step: What the applicant does in consent was confirm, and is upload.",
        "step: The time to do it in consent was 14 days, and is 10 days.",
        "form: The step consent newly asks /paper, which may be left out.",
    ]
    assert told(
        compare(before, with_step("confirm", "14 days", {"agreed": {"type": "boolean", **agreed["agreed"]}}))
    ) == ["form: The question /agreed of consent takes other answers than before."]
