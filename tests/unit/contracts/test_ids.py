"""An ask key names one wish, and can be taken apart again."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ids import NO_ITEM, CaseId, ItemKey, Place, StepName, Verb, ask_key, parse_ask_key

WORDS = st.text("abcdefgh0123456789-_", min_size=1, max_size=12)


def test_a_key_reads_case_step_verb_round() -> None:
    assert ask_key(CaseId("c1"), Place(StepName("business"))) == "c1/business/ask/1"
    assert ask_key(CaseId("c1"), Place(StepName("outlets"), ItemKey("o-7"), 2), "undo") == "c1/outlets/o-7/undo/2"


@given(WORDS, WORDS, st.one_of(st.just(""), WORDS), st.integers(1, 99), st.sampled_from(get_args(Verb)))
def test_a_key_says_everything_that_it_was_made_from(case: str, step: str, item: str, number: int, verb: Verb) -> None:
    place = Place(StepName(step), ItemKey(item), number)
    assert parse_ask_key(ask_key(CaseId(case), place, verb)) == (case, place, verb)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "an ask key reads"),
        ("c1/business/ask", "an ask key reads"),
        ("c1/business/item/more/ask/1", "an ask key reads"),
        ("c1/business/tell/1", "ends in"),
        ("c1/business/ask/0", "ends in"),
        ("c1/business/ask/01", "ends in"),
        ("c1/business/ask/-1", "ends in"),
        ("c1/business/ask/", "ends in"),
        ("c1/business/ask/²", "ends in"),
        ("/business/ask/1", "no part"),
        ("c1//ask/1", "no part"),
        ("c1/business//ask/1", "no part"),
    ],
)
def test_any_other_text_is_no_key(key: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_ask_key(key)


def test_a_step_without_items_has_one() -> None:
    assert Place(StepName("business")).item == NO_ITEM == ""
