"""What is shown is read again as it was written: every field has a place in JSON."""

from __future__ import annotations

import msgspec
import pytest

from contracts.bulk import BulkLine, BulkView
from contracts.clocks import ClockSpan, ClockView
from contracts.sheet import SheetLine, SheetView
from contracts.task_views import DoneTaskView, ProposalView, TaskView
from contracts.views import View
from tests.unit.contracts.samples import sample


@pytest.mark.parametrize(
    "kind", [TaskView, DoneTaskView, ProposalView, BulkView, BulkLine, SheetView, SheetLine, ClockView, ClockSpan]
)
def test_a_view_is_read_otherwise_than_it_was_written(kind: type[View]) -> None:
    shown = sample(kind)
    assert msgspec.json.decode(msgspec.json.encode(shown), type=kind) == shown
