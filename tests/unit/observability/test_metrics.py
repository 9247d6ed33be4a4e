from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from contracts.ids import Place, StepName
from observability.following import AttemptEnded, UnderWay
from observability.metrics import Metrics
from tests.unit.observability.cases import at


def ended(attempt: int, outcome: str, seconds: float = 0.3) -> AttemptEnded:
    return AttemptEnded(UnderWay("ask", Place(StepName("business")), attempt, at(0)), "key", at(seconds), outcome)


def test_attempts_are_counted_by_agency_and_outcome_and_repeats_apart() -> None:
    metrics = Metrics()
    for attempt, outcome in ((1, "failed"), (2, "failed"), (3, "contributed")):
        metrics.attempt_ended("oss", ended(attempt, outcome))
    assert metrics.value("gapura_attempts_total", agency="oss", verb="ask", outcome="failed") == 2
    assert metrics.value("gapura_attempts_total", agency="oss", verb="ask", outcome="contributed") == 1
    assert metrics.value("gapura_retries_total", agency="oss", verb="ask") == 2
    assert metrics.value("gapura_attempt_seconds_bucket", agency="oss", verb="ask", le="0.5") == 3
    assert metrics.value("gapura_attempt_seconds_bucket", agency="oss", verb="ask", le="0.25") == 0


def test_waiting_for_an_announced_answer_is_no_attempt() -> None:
    metrics = Metrics()
    metrics.attempt_ended("bpjs", ended(0, "contributed", 5000))
    assert metrics.value("gapura_answer_seconds_sum", agency="bpjs", verb="ask") == 5000
    assert metrics.value("gapura_attempts_total", agency="bpjs", verb="ask", outcome="contributed") == 0


def test_requests_are_counted_by_template_and_whatever_else_is_one_label() -> None:
    metrics = Metrics()
    metrics.request_ended("GET", "/v1/cases/{case}", 200, 0.002)
    metrics.request_ended("BREW", "", 404, 0.002)
    metrics.request_ended("GET", "/v1/3303081204850001", 200, 0.002)
    assert metrics.value("gapura_http_requests_total", method="GET", route="/v1/cases/{case}", status="200") == 1
    assert metrics.value("gapura_http_requests_total", method="other", route="unrouted", status="404") == 1
    assert metrics.value("gapura_http_requests_total", method="GET", route="other", status="200") == 1


class Standing(Struct, frozen=True):
    agency: str
    breaker: str
    in_flight: int
    waiting: dict[str, int]


def test_how_agencies_stand_is_looked_at_with_every_scrape() -> None:
    metrics, standings = Metrics(), list[Standing]()
    metrics.watch_agencies(lambda: standings)
    assert "gapura_agency_breaker{" not in metrics.render().decode()
    for breaker, number in (("closed", 0), ("half_open", 1), ("open", 2)):
        standings[:] = [Standing("oss", breaker, 3, {"queue": 4, "maintenance": 5}), Standing("Siti", "closed", 0, {})]
        assert metrics.value("gapura_agency_breaker", agency="oss") == number
    assert metrics.value("gapura_agency_in_flight", agency="oss") == 3
    assert metrics.value("gapura_agency_waiting", agency="oss", because="maintenance") == 5
    assert "Siti" not in metrics.render().decode()


def test_labels_that_could_be_a_person_are_other() -> None:
    metrics = Metrics()
    metrics.case_opened("3303081204850001")
    metrics.case_closed("Siti", "issued")
    metrics.exhausted("siti@example.id", "ask", "attempts")
    text = metrics.render().decode()
    assert "3303081204850001" not in text
    assert "Siti" not in text
    assert "siti@" not in text
    assert metrics.value("gapura_cases_opened_total", service="other") == 1


def test_the_journal_is_measured() -> None:
    metrics = Metrics()
    metrics.batch_committed(3)
    health = [False]
    metrics.watch_journal(lambda: health[-1])
    assert metrics.value("gapura_journal_batch_appends_sum") == 3
    assert metrics.value("gapura_journal_healthy") == 0
    health.append(True)
    assert "gapura_journal_healthy 1.0" in metrics.render().decode()


def test_two_gateways_in_one_process_do_not_share_counts() -> None:
    first, second = Metrics(), Metrics()
    first.exported(2)
    assert second.value("gapura_spans_exported_total") == 0


def test_the_reference_lists_every_metric() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "seeing.md").read_text()
    listed = set(re.findall(r"^\| `(gapura_\w+)` ", page, re.MULTILINE))
    metrics = Metrics()
    metrics.watch_agencies(list)
    made = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in metrics.registry.collect()
    }
    assert listed == made
