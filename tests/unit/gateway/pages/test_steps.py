"""A step that is held back says so in words that people understand, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from msgspec import structs

from contracts.events import HeldBackBecause
from contracts.plan import Kind
from contracts.views import HeldBackView
from gateway.pages.kind_words import KIND_WORDS
from gateway.pages.steps import staff_step_word, step_sentence, step_word
from gateway.pages.words import STEP_WORDS
from tests.unit.gateway.cli.test_case_text import STEP

UNTIL = datetime(2026, 11, 22, 17, tzinfo=UTC)


@pytest.mark.parametrize("because", get_args(HeldBackBecause))
@pytest.mark.parametrize("state", ["asked", "undoing"])
def test_what_has_not_left_is_not_said_to_be_in_progress(because: HeldBackBecause, state: str) -> None:
    step = structs.replace(STEP, state=state, held_back=HeldBackView(because=because, until=UNTIL))
    word = step_word(step)
    assert word == STEP_WORDS[because]
    assert word.word.id == "Menunggu instansi"
    for language, until in (("id", "23 November 2026, 00.00 WIB"), ("en", "23 November 2026, 00:00 WIB")):
        assert (until in step_sentence(word, step, language)) is (because in {"maintenance", "told_to_wait"})


def test_until_when_is_left_open_where_nobody_knows() -> None:
    step = structs.replace(STEP, state="asked", held_back=HeldBackView(because="unreachable"))
    assert "cannot be reached" in step_sentence(step_word(step), step, "en")


@pytest.mark.parametrize("state", ["accepted", "contributed", "exhausted", "dropped", "refused"])
@pytest.mark.parametrize("kind", ["wait", "applicant"])
def test_a_step_of_no_agency_is_never_told_as_an_agencys(kind: Kind, state: str) -> None:
    step = structs.replace(STEP, kind=kind, state=state, until=UNTIL)
    word = step_word(step)
    assert word == KIND_WORDS[kind, state]
    assert "agency" not in word.sentence.en
    assert ("23 November 2026, 00.00 WIB" in step_sentence(word, step, "id")) is (state == "accepted")


def test_a_wait_whose_turn_has_not_come_waits_as_any_step_does() -> None:
    assert step_word(structs.replace(STEP, kind="wait", state="waiting")) == STEP_WORDS["waiting"]


@pytest.mark.parametrize(("kind", "state"), [("applicant", "accepted"), ("ask", "returned")])
def test_staff_are_told_that_they_must_act_where_the_applicant_must(kind: Kind, state: str) -> None:
    step = structs.replace(STEP, kind=kind, state=state, until=UNTIL)
    assert step_word(step).word.id == "Perlu tindakan Anda"
    assert staff_step_word(step).word.id == "Menunggu pemohon"
