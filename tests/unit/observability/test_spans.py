from __future__ import annotations

import pytest
from opentelemetry.trace.status import StatusCode

from observability.spans import Spans, exporter_from_environment, resource_from_environment
from observability.tracing import Identity, case_trace
from tests.unit.observability.cases import CANARIES, SUBMISSION, at


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({"gapura.outcome": "contributed"}, StatusCode.UNSET),
        ({"gapura.outcome": "refused"}, StatusCode.UNSET),
        ({"gapura.outcome": "failed"}, StatusCode.ERROR),
        ({"gapura.outcome": "exhausted"}, StatusCode.ERROR),
        ({"http.response.status_code": 422}, StatusCode.UNSET),
        ({"http.response.status_code": 503}, StatusCode.ERROR),
    ],
)
def test_a_no_is_no_error_and_silence_is_one(attributes: dict[str, object], status: StatusCode) -> None:
    span = Spans(resource_from_environment("1")).make("x", Identity(1, 2, 3), (at(0), at(1)), attributes)
    assert span.status.status_code is status


def test_a_span_of_its_own_trace_is_linked_to_the_cases() -> None:
    trace = case_trace("A", SUBMISSION)
    span = Spans(resource_from_environment("1")).make("x", Identity(1, 2, 0), (at(0), at(1)), {}, link=trace)
    assert span.parent is None
    assert [(link.context.trace_id, link.context.span_id) for link in span.links] == [(trace.trace_id, trace.case_span)]


def test_attributes_are_redacted() -> None:
    attributes = {"gapura.case": CANARIES[0], "gapura.step": "identity", "nik": CANARIES[0]}
    span = Spans(resource_from_environment("1")).make("x", Identity(1, 2, 3), (at(0), at(1)), attributes)
    assert span.attributes == {"gapura.step": "identity"}


def test_a_clock_that_went_back_makes_no_negative_span() -> None:
    span = Spans(resource_from_environment("1")).make("x", Identity(1, 2, 3), (at(5), at(1)), {})
    assert span.start_time == span.end_time


def test_the_environment_may_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    assert resource_from_environment("1").attributes["service.name"] == "gapura"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "gapura-purbalingga")
    assert resource_from_environment("1").attributes["service.name"] == "gapura-purbalingga"


def test_the_exporter_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9/")
    exporter_from_environment().shutdown()
