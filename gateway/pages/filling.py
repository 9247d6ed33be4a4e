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
    at_pointer,
    list_lengths,
    posted_lengths,
    read_answers,
    read_corrections,
    show_answers,
    without_removed,
)
from gateway.pages.forms import FILE, Form, build_form
from gateway.pages.mistakes import Wrong, check_answers, from_problem, ordered
from gateway.pages.posting import Uploads
from gateway.pages.uploads import choose_again, file_answers, kept_files, names_of, placed

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


def judged(
    schema: JsonSchema, posted: Posted, files: Uploads = NO_FILES, kept: Mapping[str, Any] | None = None
) -> Filling:
    """Read and judge a form that was sent; a document is judged by its file, and answers as an agency would give it.

    `kept` are answers of before: a document of theirs stays where no other file was chosen.
    """
    filled = unjudged(schema, posted, files, kept)
    told = filled.answers
    for question in filled.form.fields():
        if question.component == FILE and at_pointer(told, question.pointer) is not None:
            told = placed(told, question.pointer, {})
    mistakes = ordered(filled.form, [*filled.mistakes, *check_answers(schema, told, filled.form)])
    return filled.found(mistakes) if mistakes else filled


def unjudged(
    schema: JsonSchema, posted: Posted, files: Uploads = NO_FILES, kept: Mapping[str, Any] | None = None
) -> Filling:
    """Read a form as far as it is filled in; its mistakes are those of files. `kept` as for `judged`."""
    form = build_form(schema, posted_lengths(posted))
    answers, shown = read_answers(form, posted), dict(posted)
    given, wrong = file_answers(form, files)
    there = kept_files(form, kept or {})
    for pointer, document in {**there, **given}.items():
        answers = placed(answers, pointer, document)
        shown[pointer] = names_of(there, pointer)
    return Filling(form=form, filled=shown, mistakes=ordered(form, wrong), answers=answers, files=tuple(given))


def rearranged_with(schema: JsonSchema, posted: Posted, kept: Mapping[str, Any], only: Sequence[str] = ()) -> Filling:
    """Give the form as `rearranged` does, with the documents that are there already."""
    filled = rearranged(schema, posted, only)
    there = kept_files(filled.form, kept)
    names = {pointer: names_of(there, pointer) for pointer in there}
    return structs.replace(filled, filled={**filled.filled, **names})


def judged_correction(
    schema: JsonSchema,
    posted: Posted,
    answers: Mapping[str, Any],
    only: Sequence[str],
    files: Uploads = NO_FILES,
) -> Filling:
    """Read and judge the few questions that are asked again, within the answers given before.

    A document stays where no other file was chosen.
    """
    lengths = {**list_lengths(schema, answers), **posted_lengths(posted)}
    form = build_form(schema, lengths, only=only)
    given, wrong = file_answers(form, files)
    changed, shown = read_corrections(form, posted, answers), dict(posted)
    there = kept_files(form, answers)
    for pointer, document in {**there, **given}.items():
        changed = placed(changed, pointer, document)
        shown[pointer] = names_of(there, pointer)
    mistakes = ordered(form, [*wrong, *check_answers(schema, changed, form)])
    filled = Filling(form=form, filled=shown, answers=changed, mistakes=mistakes, files=tuple(given))
    return filled.found(mistakes) if mistakes else filled
