"""The forms of a plan, its one and those of single steps: groups of answers, their words in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.contract import JsonSchema
from contracts.plan import Plan
from workflows.core.checked_plan import CheckedPlan
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.mistakes import Finding, Place

_TEXTS: Final = frozenset({"label", "hint", "error", "warning", "item", "add"})


def check_form(checked: CheckedPlan) -> Iterator[Finding]:
    """Say where a form is none, or lacks words in one language."""
    for place, form in forms_of(checked.plan):
        if form.get("type") != "object" or not is_fields(form.get("properties")):
            yield Finding(place, "the form is no group of answers", "type: object, and properties")
        yield from check_texts(form, place)


def forms_of(plan: Plan) -> Iterator[tuple[Place, JsonSchema]]:
    """Walk over every form of a plan: its one form, and those of steps that the applicant does."""
    yield ("form",), plan.form
    for name, step in plan.steps.items():
        if step.applicant is not None and not step.pays:
            yield ("steps", name, "applicant", "form"), step.applicant.form


def check_texts(schema: object, place: Place) -> Iterator[Finding]:
    """Say which words of a schema's `x-ui` are not there in both languages."""
    if is_list(schema):
        for index, item in enumerate(schema):
            yield from check_texts(item, (*place, index))
    if not is_fields(schema):
        return
    for name, value in schema.items():
        if name == "x-ui" and is_fields(value):
            for key, text in _texts(value):
                if not _in_both_languages(text):
                    yield Finding(
                        (*place, "x-ui", *key),
                        f"{'.'.join(key)} is not written in both languages",
                        "{id: Indonesian, en: English}",
                    )
        else:
            yield from check_texts(value, (*place, name))


def _texts(shown: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in shown.items():
        if name in _TEXTS:
            yield (name,), value
        if name in {"sections", "options"} and is_fields(value):
            for key, text in value.items():
                yield (name, str(key)), text


def _in_both_languages(text: object) -> bool:
    if not is_fields(text) or text.keys() != {"id", "en"}:
        return False
    return all(isinstance(words, str) and words.strip() for words in text.values())
