from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.ids import AskKey, CaseId, ItemKey, StepName
from contracts.task_views import DoneTaskView, ProposalView, TaskView
from contracts.units import Text
from gateway.inbox import TaskFilter, inbox_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WORDS = Text("Uji", "Test")
WATI, JOKO = "dpmptsp/Wati", "dpmptsp/Joko"


def task(name: str, *, officer: str = "", due: int | None = None, service: str = "start") -> TaskView:
    return TaskView(
        key=AskKey(f"{name}/permit/ask/1"),
        case=CaseId(name),
        step=StepName("permit"),
        item=ItemKey(""),
        round=1,
        verb="ask",
        agency="dpmptsp",
        contract="dpmptsp/verify@1",
        title=WORDS,
        service=WORDS,
        service_name=service,
        since=NOW,
        input={},
        officer=officer,
        due=None if due is None else NOW + timedelta(days=due),
    )


PROPOSAL = ProposalView(answer={"outcome": "undone"}, officer=JOKO, at=NOW, digest="sha256:0")
TASKS = [
    task("free"),
    task("mine", officer=WATI, due=3),
    task("late", officer=JOKO, due=-1),
    structs.replace(task("second", officer=JOKO, due=1), proposal=PROPOSAL),
]
DONE = [
    DoneTaskView(
        key=AskKey("done/permit/ask/1"),
        case=CaseId("done"),
        step=StepName("permit"),
        agency="dpmptsp",
        title=WORDS,
        service=WORDS,
        service_name="start",
        word="contributed",
        officer=WATI,
        at=NOW,
        digest="sha256:0",
    )
]


def listed(show: str = "all", **more: object) -> list[str]:
    wanted = structs.replace(TaskFilter(show=show), **more)
    return [found.case for found in inbox_of(TASKS, DONE, wanted, WATI, NOW).tasks]


def test_a_list_has_what_is_not_its_own_or_what_is_due_later_first() -> None:
    assert listed() == ["late", "second", "mine", "free"]
    assert listed("unassigned") == ["free"]
    assert listed("mine") == ["mine"]
    assert listed("overdue") == ["late"]
    assert listed("second") == ["second"]


def test_a_second_officer_is_asked_for_their_own_decision() -> None:
    assert inbox_of(TASKS, DONE, TaskFilter(show="second"), JOKO, NOW).tasks == []


def test_a_filter_keeps_what_does_not_fit() -> None:
    assert listed(service="other") == listed(step="other") == listed(case="other") == []
    assert listed(case="free") == ["free"]
    assert listed(due=NOW + timedelta(days=1)) == ["late", "second"]


def test_counts_are_not_those_of_the_lists() -> None:
    found = inbox_of(TASKS, DONE, TaskFilter(show="done"), WATI, NOW)
    assert found.counts == {"unassigned": 1, "mine": 1, "second": 1, "overdue": 1, "all": 4, "done": 1}
    assert (found.tasks, found.done) == ([], DONE)
    assert inbox_of(TASKS, DONE, TaskFilter(case="free"), WATI, NOW).counts["all"] == 1
