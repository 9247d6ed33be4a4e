"""What happens to a case from beside while a plan is tried: an agency answers late, an operator pauses it.

Each is done as soon as its moment comes, once; it says whether it did something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from contracts import commands as cm
from contracts.ids import StepName, ask_key
from workflows.core.allowed_moves import OUT
from workflows.rehearsal.acts import ACT
from workflows.rehearsal.script import Says, answer, of_track

if TYPE_CHECKING:
    from workflows.rehearsal.play import Play

_LATE: Final = frozenset({"exhausted", "deemed"})
PAUSED_S: Final = 30 * 24 * 3600.0
"""Longer than promises: what time decides must not be decided meanwhile."""


def answers_late(play: Play) -> bool:
    """Let an agency answer after its time: what is exhausted it still decides, and what the law granted it does not."""
    for step, place, entry in play.state.currents():
        says = of_track(play.script.late, place, None)
        if says is None or not (entry.state in _LATE or entry.overdue) or not play.once(("late", place)):
            continue
        late = Says(word="refuses", code=next(iter(step.contract.refusals))) if says == "refuses" else Says()
        given = entry.input or {}
        return not play.says(place, "ask", answer(late, ask_key(play.state.case, place), step.contract, given))
    return False


def pauses(play: Play) -> bool:
    """Let an operator pause the case while a step is out, and let it go on much later."""
    name = StepName(play.script.pauses_at)
    if not name or play.state.paused or not any(entry.state in OUT for entry in play.state.word(name)):
        return False
    if not play.once("pauses") or play.submit(cm.PauseCase(act=ACT)):
        return False
    play.later(PAUSED_S, lambda: play.submit(cm.ResumeCase(act=ACT)))
    return True


BYSTANDERS: Final[tuple[Callable[[Play], bool], ...]] = (answers_late, pauses)
