"""Nothing is told before it is committed; a kill loses nothing and makes nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from contracts import events as ev
from tests.unit.workflows.hooks.stage import Stage
from workflows.hooks.ledger import Ledger, NewDelivery
from workflows.hooks.telling import KEPT


async def test_a_hook_is_told_of_what_was_before_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.case("early")
    stage.clock.move(seconds=1)
    await stage.hook()
    await stage.case("late")
    await stage.turn()
    assert stage.names() == ["late-1-case-changed", "late-2-case-changed"]
    await stage.register([ev.HookRemoved(at=stage.clock.now(), hook="h", actor="op")])
    await stage.case("nobody's")
    await stage.turn()
    assert await stage.ledger.place() is None
    stage.clock.move(seconds=1)
    await stage.hook("again")
    await stage.turn()
    assert stage.names("again") == []


T = TypeVar("T")


async def test_a_hook_is_told_of_what_was_before_it_since_another_was_there(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook("first")
    await stage.case("early")
    stage.clock.move(seconds=1)
    await stage.hook("second")
    await stage.turn()
    assert (len(stage.names("first")), stage.names("second")) == (2, [])


class Killed(BaseException):
    """The process ends here."""


async def test_a_kill_between_two_rows_loses_or_doubles_something(tmp_path: Path) -> None:
    """Killed before and after each write of the ledger, and at each sending: the same things arrive, by their names."""
    expected = {"c1-1-case-changed", "c1-2-case-changed", "c2-1-case-changed", "c2-2-case-changed"}
    for killed_at in range(1, 14):
        folder = tmp_path / str(killed_at)
        folder.mkdir()
        stage, left = Stage(folder), [killed_at]
        await stage.hook()
        await stage.case("c1")
        await stage.case("c2")

        def count(left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        class Dying(Ledger):
            def _whole(self, work: Callable[[Connection], T]) -> T:
                count()
                done = super()._whole(work)
                count()
                return done

        dying = Dying(stage.path)
        stage.telling.ledger = stage.sending.ledger = dying
        with suppress(Killed, BaseExceptionGroup):
            await stage.turn()
        await dying.close()
        stage.start()
        await stage.turn()
        assert set(stage.names()) == expected, killed_at
        doubled = len(stage.names()) - len(expected)
        assert doubled <= 1, "more was sent again than was under way"
        await stage.ledger.close()


async def test_an_older_journal_that_was_put_back_is_told_from_nowhere_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook()
    await stage.case("before")
    await stage.turn()
    await stage.ledger.move(1_000)  # as after so many events that the backup does not have
    stage.start()
    await stage.case("after")
    await stage.turn()
    assert stage.names()[2:] == ["after-1-case-changed", "after-2-case-changed"], "lost, or told again"
    stage.clock.move(days=KEPT.days + 1)
    await stage.turn()
    await stage.ledger.move(1_000)
    stage.start()
    await stage.turn()
    assert len(stage.names()) == 4, "what is older than the ledger remembers is told again"


async def test_an_erased_case_is_told_or_stops_all_others(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook()
    await stage.case("gone")
    await stage.journal.erase("gone")
    await stage.case("there")
    await stage.turn()
    assert stage.names() == ["there-1-case-changed", "there-2-case-changed"]


async def test_the_ledger_grows_for_ever_or_forgets_too_early(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook()
    await stage.case("old")
    await stage.turn()
    stage.clock.move(days=KEPT.days - 1)
    await stage.case("new")
    await stage.turn()
    found, _ = await stage.ledger.page("h")
    assert len(found) == 4
    stage.clock.move(days=1, seconds=1)
    await stage.turn()
    found, _ = await stage.ledger.page("h")
    assert {each.case for each in found} == {"new"}
    now = stage.clock.now()
    many = [
        NewDelivery(hook="h", id=f"m{number}", kind="case.changed", subject="c", body=b"", made_at=now, next_at=None)
        for number in range(7)
    ]
    await stage.ledger.move(1, many)
    await stage.ledger.forget(["h"], now - KEPT, most=5)
    found, following = await stage.ledger.page("h")
    assert ([each.delivery for each in found], following) == (["m6", "m5", "m4", "m3", "m2"], "")
