"""Prometheus metrics, in a registry of their own. Labels are names of our own making: services, agencies, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol, TypeVar, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from observability.following import ANSWER, AttemptEnded
from observability.redaction import SHAPES, is_tellable

# A second series beside every counter that says when it began: nobody asks, and every scrape carries it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own annotations end here

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ATTEMPT_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ANSWER_S = (1, 10, 60, 600, 3_600, 14_400, 86_400, 259_200, 604_800, 1_209_600)
_REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


_BREAKER: Final[Mapping[str, int]] = {"closed": 0, "half_open": 1, "open": 2}


M = TypeVar("M", bound=MetricWrapperBase)


class Standing(Protocol):
    """How an agency stands, as its protection tells it."""

    @property
    def agency(self) -> str:
        """The agency."""
        ...

    @property
    def breaker(self) -> str:
        """`closed`, `half_open` or `open`."""
        ...

    @property
    def in_flight(self) -> int:
        """Attempts that are with it."""
        ...

    @property
    def waiting(self) -> Mapping[str, int]:
        """Attempts that wait, by what they wait for."""
        ...


class _Agencies(Collector):
    """What is not counted but looked at, whenever somebody asks."""

    def __init__(self, standings: Callable[[], Iterable[Standing]]) -> None:
        self._standings = standings

    def describe(self) -> list[GaugeMetricFamily]:
        """Say what there will be, without looking."""
        return list(_agency_gauges([]))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Look."""
        return _agency_gauges(self._standings())


def _agency_gauges(standings: Iterable[Standing]) -> Iterator[GaugeMetricFamily]:
    breaker = GaugeMetricFamily(
        "gapura_agency_breaker", "Whether calls are let through: 0 all, 1 one to see, 2 none", labels=["agency"]
    )
    in_flight = GaugeMetricFamily("gapura_agency_in_flight", "Attempts that are with the agency", labels=["agency"])
    waiting = GaugeMetricFamily(
        "gapura_agency_waiting", "Attempts that wait, by what they wait for", labels=["agency", "because"]
    )
    for each in standings:
        agency = _label("gapura.agency", each.agency)
        breaker.add_metric([agency], _BREAKER[each.breaker])
        in_flight.add_metric([agency], each.in_flight)
        for because, count in each.waiting.items():
            waiting.add_metric([agency, because], count)
    yield from (breaker, in_flight, waiting)


class Metrics:
    """Everything that is counted and measured."""

    def __init__(self) -> None:
        """Start at zero."""
        self.registry = CollectorRegistry()
        self._series: dict[tuple[MetricWrapperBase, tuple[str, ...]], MetricWrapperBase] = {}
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        """Two series of a request, found at once: those whose names are all known, so there are few."""
        self._opened = self._counter("gapura_cases_opened", "Cases opened", "service")
        self._closed = self._counter(
            "gapura_cases_closed", "Cases that came to an end, issued ones included", "service", "outcome"
        )
        self._asks = self._counter("gapura_attempts", "Attempts that ended", "agency", "verb", "outcome")
        self._retries = self._counter("gapura_retries", "Attempts beyond the first of a round", "agency", "verb")
        self._exhausted = self._counter(
            "gapura_exhausted", "Rounds whose waiting is spent: each an incident", "agency", "verb", "cause"
        )
        self._attempt_s = self._histogram(
            "gapura_attempt_seconds", "How long attempts took", _ATTEMPT_S, "agency", "verb"
        )
        self._answer_s = self._histogram(
            "gapura_answer_seconds", "How long announced answers were waited for", _ANSWER_S, "agency", "verb"
        )
        self._requests = self._counter("gapura_http_requests", "HTTP requests answered", "method", "route", "status")
        self._request_s = self._histogram(
            "gapura_http_request_seconds", "How long HTTP requests took", _REQUEST_S, "method", "route"
        )
        self._batch = self._histogram("gapura_journal_batch_appends", "Appends that one commit held", _BATCH)
        self._lost = self._counter(
            "gapura_observations_dropped", "Events and spans that were dropped: the journal has all of them", "what"
        )
        self._exported = self._counter("gapura_spans_exported", "Spans that the collector took")
        self._healthy = Gauge("gapura_journal_healthy", "Whether the journal can record", registry=self.registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, words, labels, buckets=buckets, registry=self.registry)

    def _of(self, metric: M, *labels: str) -> M:
        """Give a metric's series: the library takes a lock and a dozen calls to find one, and there are few."""
        series = self._series.get((metric, labels))
        if series is None:
            series = self._series[metric, labels] = metric.labels(*labels)
        return cast("M", series)

    def render(self) -> bytes:
        """Give everything in the text format, to be served as `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def case_opened(self, service: str) -> None:
        """Count a case."""
        self._of(self._opened, _label("gapura.service", service)).inc()

    def case_closed(self, service: str, outcome: str) -> None:
        """Count the end of a case."""
        self._of(self._closed, _label("gapura.service", service), _label("gapura.outcome", outcome)).inc()

    def attempt_ended(self, agency: str, ended: AttemptEnded) -> None:
        """Count and measure an attempt, or the wait for an announced answer."""
        under_way = ended.under_way
        agency, verb = _label("gapura.agency", agency), under_way.kind
        seconds = max(0.0, (ended.ended - under_way.began).total_seconds())
        if under_way.attempt == ANSWER:
            self._of(self._answer_s, agency, verb).observe(seconds)
        else:
            self._of(self._asks, agency, verb, _label("gapura.outcome", ended.outcome)).inc()
            self._of(self._attempt_s, agency, verb).observe(seconds)
            if under_way.attempt > 1:
                self._of(self._retries, agency, verb).inc()

    def exhausted(self, agency: str, verb: str, cause: str) -> None:
        """Count an incident."""
        self._of(self._exhausted, _label("gapura.agency", agency), verb, _label("gapura.cause", cause)).inc()

    def request_ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count and measure an HTTP request; `route` is the template, empty where none was found."""
        series = self._answered.get((method, route, status))
        if series is None:
            known = method if method in _METHODS else "other", _label("http.route", route) if route else "unrouted"
            series = self._of(self._requests, *known, str(status)), self._of(self._request_s, *known)
            if "other" not in known:
                self._answered[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)

    def batch_committed(self, appends: int) -> None:
        """Measure a commit of the journal."""
        self._batch.observe(appends)

    def watch_journal(self, healthy: Callable[[], bool]) -> None:
        """Ask at every scrape whether the journal can record."""
        self._healthy.set_function(lambda: float(healthy()))

    def watch_agencies(self, standings: Callable[[], Iterable[Standing]]) -> None:
        """Ask at every scrape how each agency stands."""
        self.registry.register(_Agencies(standings))

    def dropped(self, what: str, count: int = 1) -> None:
        """Count `events` or `spans` that were dropped."""
        self._of(self._lost, what).inc(count)

    def exported(self, spans: int) -> None:
        """Count spans that the collector took."""
        self._exported.inc(spans)

    def value(self, name: str, **labels: str) -> float:
        """Give one sample's value; 0 where it was never touched."""
        return self.registry.get_sample_value(name, labels) or 0


def _label(kind: str, value: str) -> str:
    return str(value) if is_tellable(value, SHAPES[kind]) else "other"
