"""The page of what is fetched: what workers have comes first, and says who and since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.ids import CaseId, ItemKey, StepName
from contracts.views import ErrandView
from gateway.pages.operations.fetching import errand_lines

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
WAITS = ErrandView(
    agency="capil",
    contract="capil/release@1",
    case=CaseId("c"),
    step=StepName("release"),
    item=ItemKey(""),
    round=1,
    verb="ask",
    attempt=1,
    since=AT,
    until=AT + timedelta(hours=1),
)


def test_what_a_worker_has_stands_before_what_waits_and_names_it() -> None:
    fetched = structs.replace(WAITS, item=ItemKey("a"), worker="w-1", fetched_at=AT + timedelta(minutes=2), verb="undo")
    first, second = errand_lines([WAITS, fetched], {"capil": "Dukcapil Banyumas"})
    assert (first.worker, first.step, first.verb.en, first.since) == (
        "w-1",
        "release/a",
        "undo",
        AT + timedelta(minutes=2),
    )
    assert (second.worker, second.agency, second.since) == ("", "Dukcapil Banyumas", AT)
