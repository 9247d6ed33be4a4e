"""What is told of which event, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from contracts import events as ev
from contracts.hooks import KINDS
from contracts.ids import CaseId, StepName
from tests.gateways import CONTRACTS, plan_of
from tests.unit.contracts.samples import sample
from workflows.hooks.kinds import CASE_WORDS, FURTHER, STEP_WORDS, Life, Told, is_told, life_of, message, told_of
from workflows.loading.plans import publish
from workflows.ports import Recorded

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LIFE = Life(service="papers", agencies={"scribe": "scribe", "beta": "beta"}, asked_at={"scribe": 2, "beta": 5})
PERSONAL = "text"
"""What every text of a sample event is."""


def told(event: ev.CaseEvent, version: int = 9) -> list[Told]:
    return list(told_of(Recorded("c1", version, version, event), LIFE))


@pytest.mark.parametrize("kind", get_args(ev.CaseEvent), ids=lambda kind: kind.__name__)
def test_something_of_what_an_event_says_leaves(kind: type[ev.CaseEvent]) -> None:
    """All that leaves is the case, its service, the step's name, our word, when, and where to look."""
    event = sample(kind)
    row = Recorded("c1", 9, 9, event)
    for each in told_of(row, LIFE):
        for agency in ("", "beta"):
            written = msgspec.to_builtins(message(each, row, LIFE, agency=agency, source="https://g.example"))
            step = written["data"].pop("step", "")
            assert step in {"", getattr(event, "step", "")}
            assert PERSONAL not in repr(written), "a word of the event leaves"


def test_a_kind_is_in_no_table_or_an_event_is_told_that_is_none() -> None:
    kinds = {"case.changed", *(kind for kind, _ in FURTHER.values())}
    assert set(KINDS) - kinds == {"contract.deprecated"}, "the register has no such event yet"
    assert {*STEP_WORDS, *CASE_WORDS, *FURTHER} <= set(get_args(ev.CaseEvent))
    assert all(issubclass(kind, ev.StepEvent) for kind in STEP_WORDS)
    assert not is_told(sample(ev.StepFailed))


def test_an_agency_hears_of_a_case_before_it_was_asked_or_of_the_steps_of_others() -> None:
    (asked,) = told(ev.StepAsked(at=NOW, step=StepName("beta")))
    assert asked.agencies == {"beta"}
    (paused,) = told(ev.CasePaused(at=NOW, actor="op", reason="r"), version=4)
    assert paused.agencies == {"scribe"}
    (begun,) = told(ev.StepBegun(at=NOW, step=StepName("letter"), until=NOW, input={}))
    assert begun.agencies == set(), "nobody's step, and somebody is told"
    assert not told(ev.StepAsked(at=NOW, step=StepName("beta"), attempt=2)), "each attempt is told as news"


def test_a_refusal_that_nobody_can_correct_asks_for_a_correction() -> None:
    proof = sample(ev.StepRefused).evidence
    final = ev.StepRefused(at=NOW, step=StepName("beta"), code="no", evidence=proof)
    assert [each.kind for each in told(final)] == ["case.changed"]
    mendable = msgspec.structs.replace(final, correctable=["/name"], correct_until=NOW)
    assert [each.kind for each in told(mendable)] == ["case.changed", "correction.asked"]


def test_two_things_have_one_name_or_one_thing_two() -> None:
    row = Recorded("c1", 9, 77, ev.CaseIssued(at=NOW))
    names = [message(each, row, LIFE, agency="", source="https://g.example").id for each in told_of(row, LIFE)]
    assert names == ["c1-9-case-changed", "c1-9-output-issued"]
    assert "." not in "".join(names), "the signature parts its fields with dots"


def test_a_part_that_is_revoked_is_kept_from_agencies_that_rest_on_it() -> None:
    (part,) = told(msgspec.structs.replace(sample(ev.PartRevoked), step=StepName("scribe")))
    assert (part.kind, part.agencies) == ("part.revoked", frozenset({"scribe", "beta"}))


def test_the_life_of_a_case_is_read_wrongly() -> None:
    published = publish(plan_of("papers"), {each.name: each for each in CONTRACTS.values()})
    opened = ev.CaseOpened(at=NOW, case=CaseId("c1"), service="papers", plan=published.digest, form={})
    events: list[ev.CaseEvent] = [
        opened,
        ev.StepAsked(at=NOW, step=StepName("scribe")),
        ev.StepAsked(at=NOW, step=StepName("beta")),
    ]
    again = ev.StepAsked(at=NOW + timedelta(days=1), step=StepName("scribe"), attempt=2)
    rows = [Recorded("c1", number, number, event) for number, event in enumerate([*events, again], 1)]
    assert life_of(rows, {published.digest: published}) == Life(
        service="papers", agencies={"scribe": "scribe", "beta": "beta"}, asked_at={"scribe": 2, "beta": 3}
    )
    assert life_of(rows, {}) is None
    assert life_of(rows[1:], {published.digest: published}) is None
