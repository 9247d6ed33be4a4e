"""Before a case there may be a draft: saved, lost with a crash or not, deleted, over; or opened as the case."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, Protocol

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import Instant
from tests.simulation.messages import CASE
from workflows.core import drafts
from workflows.core.evolve import fold
from workflows.core.pending import pending, wake_at
from workflows.core.state import CaseState

MONTH = timedelta(days=30)


class World(Protocol):
    """What a draft is kept in."""

    now: Instant
    state: CaseState
    journal: list[ev.CaseEvent]

    def submit(self, command: cm.CaseCommand) -> bool:
        """Decide, append, carry out; say whether it was possible."""
        ...


def fill_in(world: World, rng: Random, form: dict[str, Any]) -> bool:
    """Save a draft now and then; say whether there is something to send in the end."""
    if rng.random() < 0.6:
        return True
    empty, filled = world.state, dict[str, Any]()
    for _ in range(rng.randint(1, 8)):
        drawn = rng.random()
        if drawn < 0.6:
            name = rng.choice(sorted(form))
            filled = {**filled, name: rng.choice([form[name], 7, None])}
        _saves(world, filled)
        if rng.random() < 0.3:  # a restart: the journal has all of it
            again = fold(empty, world.journal)
            assert again == world.state, "the journal folds to something else than was saved"
        (hours,) = rng.choices([0, 1, 30, 300, 1000], [3, 3, 3, 2, 0.5])
        world.now += timedelta(hours=hours)
        if rng.random() < 0.05:
            assert world.submit(cm.CloseDraft())
        due = wake_at(world.state)
        if due is not None and due <= world.now:
            assert world.submit(cm.Wake())
        if drafts.is_over(world.state):
            return _is_gone(world, form)
        assert drafts.is_draft(world.state)
        assert world.state.form == filled, "a save was lost"
        assert not pending(world.state), "a draft owes something"
        assert not world.submit(cm.Withdraw()), "a draft is taken for a case"
    return True


def _saves(world: World, form: dict[str, Any]) -> None:
    before = len(world.journal)
    same = world.state.saved_at is not None and form == world.state.form
    command = cm.SaveDraft(case=CASE, form=form, secret_digest="s", expires_at=world.now + MONTH)
    assert world.submit(command)
    recorded = len(world.journal) - before
    assert recorded in ({0, 1} if same else {1}), f"{recorded} events of one save"


def _is_gone(world: World, form: dict[str, Any]) -> bool:
    """Nothing can be done any more with a draft that is over, whatever the time is."""
    assert wake_at(world.state) is None
    assert not pending(world.state)
    assert not world.submit(cm.OpenCase(case=CASE, form=form)), "what is over is opened"
    late = cm.SaveDraft(case=CASE, form=form, secret_digest="s", expires_at=world.now + MONTH)
    assert not world.submit(late), "what is over is saved"
    return False
