"""The one form: a group of answers, and every word that people read in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan


def places(changes: dict[str, Any]) -> list[str]:
    return [".".join(map(str, finding.place)) for finding in check_plan(plan(changes), contracts())]


def test_a_form_is_a_group_of_answers() -> None:
    assert "form" in places({"form": {"type": "array"}})
    assert "form" in places({"form": {"type": "object"}})


@pytest.mark.parametrize(
    "shown",
    [
        {"label": {"id": "NIK", "en": "NIK"}, "component": "nik", "order": ["a"]},
        {"sections": {"person": {"id": "Anda", "en": "You"}}, "section": "person"},
        {"options": {"low": {"id": "Rendah", "en": "Low"}}},
        {"options": ["low"]},
        "anything",
    ],
)
def test_words_in_both_languages_are_right(shown: Any) -> None:  # noqa: ANN401 - plain JSON
    assert places({"form.properties.nik.x-ui": shown}) == []


@pytest.mark.parametrize(
    ("shown", "place"),
    [
        ({"label": {"id": "NIK"}}, "label"),
        ({"hint": {"id": "NIK", "en": ""}}, "hint"),
        ({"error": {"id": "NIK", "en": 7}}, "error"),
        ({"warning": "NIK"}, "warning"),
        ({"item": {"id": "a", "en": "b", "jv": "c"}}, "item"),
        ({"add": {}}, "add"),
        ({"sections": {"person": {"id": "Anda"}}}, "sections.person"),
        ({"options": {"low": "Low"}}, "options.low"),
    ],
)
def test_words_in_one_language_are_told_at_their_place(shown: dict[str, Any], place: str) -> None:
    assert places({"form.properties.nik.x-ui": shown}) == [f"form.properties.nik.x-ui.{place}"]


def test_words_deep_in_a_form_are_seen() -> None:
    shown = {"oneOf": [{"const": "1", "x-ui": {"label": {"id": "Satu"}}}]}
    assert places({"form.properties.phone": shown}) == ["form.properties.phone.oneOf.0.x-ui.label"]


def test_a_property_may_be_called_x_ui() -> None:
    assert places({"form.properties.x-ui": {"type": "string"}}) == []
