"""A form on its way through a page: built for what was posted, read, judged, shown again with mistakes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field, structs

from contracts.contract import JsonSchema
from contracts.problems import Mistake
from contracts.units import Text
from gateway.pages.answers import (
    ADD,
    REMOVE,
    Posted,
    list_lengths,
    posted_lengths,
    read_answers,
    read_corrections,
    show_answers,
    without_removed,
)
from gateway.pages.forms import Form, build_form
from gateway.pages.mistakes import Wrong, check_answers, from_problem, ordered
from gateway.pages.posting import Uploads
from gateway.pages.uploads import choose_again, file_answers, placed

NO_FILES: Uploads = {}
LANGUAGE: str = "_language"
"""The name of the button that changes the language and keeps the answers."""


class Filling(Struct, frozen=True, kw_only=True):
    """A form with what it shows: `filled` by question, the mistakes, and the answers that were read.

    `files` are the questions for which a file was sent.
    """

    form: Form
    filled: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    mistakes: Sequence[Wrong] = ()
    warnings: Sequence[Wrong] = ()
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    files: tuple[str, ...] = ()

    @property
    def wrong(self) -> dict[str, Text]:
        """The mistake of each question that has one."""
        return {item.pointer: item.message for item in self.mistakes}

    def context(self) -> dict[str, object]:
        """Give what the form templates take."""
        return {
            "form": self.form,
            "filled": self.filled,
            "mistakes": self.mistakes,
            "wrong": self.wrong,
            "warnings": self.warnings,
        }

    def found(self, mistakes: Sequence[Wrong]) -> Filling:
        """Give the form with these mistakes; files that were chosen have to be chosen again."""
        again = [choose_again(pointer) for pointer in self.files]
        return structs.replace(self, mistakes=ordered(self.form, [*mistakes, *again]))

    def reported(self, mistakes: Sequence[Mistake], prefix: str = "") -> Filling:
        """Give the form with mistakes that the gateway found, whose pointers start with `prefix`."""
        inside = [Mistake(item.pointer.removeprefix(prefix), item.detail) for item in mistakes]
        return self.found(from_problem(self.form, inside))


def empty(schema: JsonSchema) -> Filling:
    """Give a form to fill in."""
    return Filling(form=build_form(schema))


def given(schema: JsonSchema, answers: Mapping[str, Any], only: Sequence[str] = ()) -> Filling:
    """Give a form that shows answers given before; `only` these questions of it."""
    form = build_form(schema, list_lengths(schema, answers), only=only)
    return Filling(form=form, filled=show_answers(form, answers), answers=dict(answers))


def is_rearranged(posted: Posted) -> bool:
    """Say whether a button other than the one that sends was pressed: longer or shorter list, other language."""
    return any(name in posted for name in (ADD, REMOVE, LANGUAGE))


def rearranged(schema: JsonSchema, posted: Posted, only: Sequence[str] = ()) -> Filling:
    """Give the form as it stands after such a button, every answer kept, nothing judged."""
    return Filling(form=build_form(schema, posted_lengths(posted), only=only), filled=without_removed(posted))


def judged(schema: JsonSchema, posted: Posted, files: Uploads = NO_FILES) -> Filling:
    """Read and judge a form that was sent; a document is judged by its file, and answers as an agency would give it."""
    form = build_form(schema, posted_lengths(posted))
    answers = read_answers(form, posted)
    given, wrong = file_answers(form, files)
    told = answers
    for pointer, document in given.items():
        answers, told = placed(answers, pointer, document), placed(told, pointer, {})
    mistakes = ordered(form, [*wrong, *check_answers(schema, told, form)])
    filled = Filling(form=form, filled=posted, mistakes=mistakes, answers=answers, files=tuple(given))
    return filled.found(mistakes) if mistakes else filled


def judged_correction(schema: JsonSchema, posted: Posted, answers: Mapping[str, Any], only: Sequence[str]) -> Filling:
    """Read and judge the few questions that are asked again, within the answers given before."""
    lengths = {**list_lengths(schema, answers), **posted_lengths(posted)}
    form = build_form(schema, lengths, only=only)
    changed = read_corrections(form, posted, answers)
    return Filling(form=form, filled=posted, answers=changed, mistakes=check_answers(schema, changed, form))
