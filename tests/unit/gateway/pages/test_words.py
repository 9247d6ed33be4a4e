from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from msgspec import structs

from contracts.events import ExhaustedCause
from contracts.problems import PROBLEM_TYPES
from contracts.units import Text
from gateway.acts import ACTS
from gateway.deciding import DECISIONS
from gateway.pages import cause_words, words
from gateway.pages.citizen.verify import PROOFS
from gateway.pages.language import translations
from gateway.pages.officer.views import DONE_WORDS, LABELS
from gateway.pages.operations.acts import ACT_WORDS, REJECTION_WORDS, act_schema
from gateway.pages.problem_words import OTHER_PROBLEM, PROBLEM_WORDS
from gateway.pages.verdict_words import VERDICT_WORDS
from workflows.core.allowed_moves import CASE_MOVES, STEP_MOVES
from workflows.core.rejections import RejectionCode
from workflows.outputs.credential import PartEvidence
from workflows.outputs.wording import ATTESTED, proof_text
from workflows.projections import history

GLOSSARY = Path(__file__).parents[4] / "docs" / "reference" / "glossary.md"


def every_text() -> Iterable[Text]:
    tables = (
        words.STEP_WORDS,
        words.CASE_WORDS,
        words.MARK_WORDS,
        words.STAFF_MARK_WORDS,
        words.STAFF_STEP_WORDS,
        words.RESULT_WORDS,
        words.PART_WORDS,
        VERDICT_WORDS,
    )
    for table in tables:
        for word in table.values():
            yield from (word.word, word.sentence)
    yield from cause_words.CAUSE_WORDS.values()
    for title, sentence in PROBLEM_WORDS.values():
        yield from (title, sentence)
    for act in ACT_WORDS.values():
        yield from (act.label, act.effect)


def test_a_state_has_no_words() -> None:
    assert set(STEP_MOVES) <= set(words.STEP_WORDS)
    assert set(CASE_MOVES) == set(words.CASE_WORDS)
    assert {"waiting", "held", "paused"} == set(words.MARK_WORDS) == set(words.STAFF_MARK_WORDS)
    ends = history._ENDS.values()  # pyright: ignore[reportPrivateUsage]  # the words that history has
    assert {word for _, word in ends} | {"under way"} <= set(words.RESULT_WORDS)
    assert {*get_args(ExhaustedCause), "overdue", "undo_refused", "undo_exhausted", "undo_by_hand"} <= set(
        cause_words.CAUSE_WORDS
    )
    assert set(OTHER_PROBLEM) == {kind.move for kind in PROBLEM_TYPES.values()}
    assert set(PROBLEM_WORDS) <= set(PROBLEM_TYPES)
    assert set(get_args(RejectionCode)) == set(REJECTION_WORDS)


def test_an_act_or_a_decision_has_no_words_or_asks_for_nothing() -> None:
    assert set(ACT_WORDS) == set(ACTS)
    assert {name for names in DECISIONS.values() for name in names} == set(LABELS) == set(DONE_WORDS)
    for act, kind in ACTS.items():
        assert set(act_schema(act)["required"]) == {"reason", *kind.needs} - {"step"}


def test_a_text_is_missing_in_one_language() -> None:
    assert all(bool(text.id) == bool(text.en) for text in every_text())


@pytest.mark.parametrize("banned", ["exhausted", "habis daya", "gagal total"])
def test_a_page_says_exhausted(banned: str) -> None:
    assert not [text for text in every_text() if banned in f"{text.id} {text.en}".lower()]
    assert words.STEP_WORDS["exhausted"].word.id == "Belum terjawab"


def test_a_sentence_asks_for_what_it_does_not_get() -> None:
    for word in words.STEP_WORDS.values():
        assert "{" not in word.sentence.id.format(again="x", until="x") + word.sentence.en.format(again="x", until="x")


def test_pages_and_documents_call_attested_by_two_words_or_not_by_the_glossarys() -> None:
    row = re.search(r"\| \*\*signed\*\*, \*\*attested\*\* \| \*(\w+)\*, \*(\w+)\* \|", GLOSSARY.read_text())
    assert row is not None
    assert words.SIGNED_WORDS["agency"].id.startswith(row[1])
    assert ATTESTED.id.startswith(row[2])
    evidence = PartEvidence(kind="attestation", received_at=datetime(2026, 11, 24, tzinfo=UTC))
    proofs = [proof_text(structs.replace(evidence, received_from=sender)) for sender in ("system", "officer", "hand")]
    said = [words.SIGNED_WORDS["attested"], PROOFS["attestation"].word, *proofs]
    assert all(text is not None and ATTESTED.id in text.id.lower() for text in said)
    beside_a_value = "not signed by the agency: attested by the gateway"
    assert ATTESTED.id in translations("id").gettext(beside_a_value)
