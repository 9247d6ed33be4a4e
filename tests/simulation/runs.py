"""An operator's run of one act over everything that it applies to; what a crash cuts short is gone on with.

As the gateway does it: the act carries the run's name in its reason, and what is in the journal under it is not done
again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from contracts import commands as cm
from contracts.asked import Act
from contracts.ids import ItemKey, StepName
from workflows.projections.case_view import acts_for

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

ACTS = ("ask-again", "take-incident", "skip")


def carry_out(world: Simulation) -> None:
    """Do one act wherever it is offered; perhaps with a crash on the way, after which the whole run is gone on with."""
    act = world.rng.choice(ACTS)
    run = Act(actor="operator", reason=f"all of them (run {len(world.journal)})")
    _piece(world, act, run, cut_short=world.rng.random() < 0.5)
    world.crash()
    _piece(world, act, run, cut_short=False)
    done = Counter((type(event), event.place) for event in world.journal if getattr(event, "reason", "") == run.reason)  # type: ignore[union-attr]  # acts on steps are of a place
    assert all(count == 1 for count in done.values()), f"a run did something twice: {done}"


def _piece(world: Simulation, act: str, run: Act, *, cut_short: bool) -> None:
    for step, place, entry in world.state.everything():
        done = {(event.step, event.item) for event in world.journal if getattr(event, "reason", "") == run.reason}  # type: ignore[union-attr]  # the same
        if (place.step, place.item) in done or not (entry.held or entry.left_over):
            continue
        now = world.state.round_at(place)
        if now is not None and act in acts_for(world.state, world.state.step(step.name), now):
            world.submit(_command(act, place.step, place.item, place.round, run))
            if cut_short:
                return


def _command(act: str, step: StepName, item: ItemKey, round_: int, run: Act) -> cm.CaseCommand:
    if act == "ask-again":
        return cm.AskAgain(step=step, item=item, round=round_, act=run)
    if act == "skip":
        return cm.SkipStep(step=step, item=item, round=round_, act=run)
    return cm.TakeIncident(step=step, item=item, round=round_, act=run, owner="head of office")
