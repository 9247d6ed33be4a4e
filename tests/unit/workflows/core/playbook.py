"""A play between the world and one case: `>>` is what happens to it, `<<` what it records of that, in order.

    assert (
        Playbook(plan(a=part("form.x"), b=part("a.number")))
        >> opens()
        << "opened"
        << "a asked"
        >> contributes("a", "1")
        << "a contributed"
        << "b asked"
    )

What happens is a command or a function that makes one from the state. Whatever is recorded and not expected fails the
test, and so does a case that is not at rest, whose journal folds to something else, or whose timer is in the past.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import EllipsisType
from typing import Any, Self, TypeAlias

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.asked import Act
from contracts.ids import AskKey, CaseId, ItemKey, Place, StepName, Verb
from contracts.units import elapsed
from tests.unit.workflows.core.sentences import owing, said
from workflows.core.compiled import CompiledPlan
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.pending import pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.settle import settle
from workflows.core.state import CaseState, Round

CASE = CaseId("play")
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
FORM: dict[str, Any] = {"x": "x0", "y": "y0", "z": "z0", "needed": True, "count": 3}
ACT = Act(actor="operator", reason="telephoned")
PROOF = wire.Evidence(kind="attested", received_at=START, digest="sha256:0")
KEY = AskKey("play/any/ask/1")

Happening: TypeAlias = "cm.CaseCommand | Callable[[Playbook], cm.CaseCommand | None]"


# --- what happens -------------------------------------------------------------------------------------------


def opens(**answers: object) -> cm.OpenCase:
    """Somebody applies; a value of None leaves the question out."""
    form = {name: value for name, value in {**FORM, **answers}.items() if value is not None}
    return cm.OpenCase(case=CASE, form=form)


def place(where: str) -> Place:
    """Read `a`, `a/2` or `a:west/2`: a step, its item if any, and its round (1 where none is given)."""
    track, _, number = where.partition("/")
    name, _, item = track.partition(":")
    return Place(StepName(name), ItemKey(item), int(number or 1))


def hears(where: str, heard: wire.Heard, verb: Verb = "ask", attempt: int | None = None) -> Happening:
    """What came of the attempt that is out (or of none: `attempt` 0)."""

    def command(play: Playbook) -> cm.CaseCommand:
        at = place(where)
        entry = play.state.round_at(at)
        made = 0 if entry is None else _made(entry, verb)
        return cm.RecordAnswer(
            step=at.step,
            item=at.item,
            round=at.round,
            verb=verb,
            heard=heard,
            evidence=PROOF,
            attempt=made if attempt is None else attempt,
        )

    return command


def _made(entry: Round, verb: Verb) -> int:
    """Give the number of the attempt that was made last."""
    back = entry.paying.refund if entry.paying.refunding else entry.undo_attempt
    return {"ask": entry.attempt, "lookup": entry.lookup, "undo": back}[verb]


def contributes(where: str, number: str = "1", **more: object) -> Happening:
    """The agency does its part."""
    return hears(where, wire.Contributed(key=KEY, output={"number": number, **more}))


def refuses(where: str, code: str = "no") -> Happening:
    """The agency says no."""
    return hears(where, wire.Refused(key=KEY, code=code))


def returns(where: str, *inputs: str) -> Happening:
    """An officer sends it back."""
    return hears(where, wire.Returned(key=KEY, inputs=list(inputs), text="look again"))


def accepts(where: str, verb: Verb = "ask") -> Happening:
    """The agency has it, and answers later."""
    return hears(where, wire.Accepted(key=KEY, ticket="t"), verb)


def unheard(
    where: str,
    verb: Verb = "ask",
    *,
    sent: bool = True,
    final: bool = False,
    retry_after_s: float | None = None,
    attempt: int | None = None,
) -> Happening:
    """The attempt was not heard."""
    silence = wire.Unheard(key=KEY, reason="silence", sent=sent, final=final, retry_after_s=retry_after_s)
    return hears(where, silence, verb, attempt)


def is_undone(where: str) -> Happening:
    """The agency takes it back."""
    return hears(where, wire.Undone(key=KEY), "undo")


def refuses_undo(where: str, code: str = "used") -> Happening:
    """The agency does not take it back."""
    return hears(where, wire.UndoRefused(key=KEY, code=code), "undo")


def corrects(**answers: object) -> cm.Correct:
    """The applicant changes what was asked."""
    return cm.Correct(answers=answers)


def passes(duration: str) -> Happening:
    """Time passes; every timer on the way fires when it is due."""

    def command(play: Playbook) -> None:
        until = play.now + elapsed(duration)
        while (due := wake_at(play.state)) is not None and due <= until:
            play.now = max(play.now, due)
            play.happens(cm.Wake())
        play.now = until

    return command


def by_hand(make: Callable[..., cm.CaseCommand], where: str, **more: object) -> cm.CaseCommand:
    """An operator's act at a step; a round only where one is named (`a/1`)."""
    at = place(where)
    return make(step=at.step, item=at.item, round=at.round if "/" in where else 0, act=ACT, **more)


def all_exhausts(where: str) -> Happening:
    """The agency cannot be heard until waiting is spent."""
    return unheard(where, retry_after_s=7200)


# --- the play -----------------------------------------------------------------------------------------------


class Playbook:
    """One case under one plan, from before its opening."""

    def __init__(self, compiled: CompiledPlan) -> None:
        """Begin with an empty state."""
        self.now = START
        self.state = CaseState.empty(compiled)
        self.journal: list[ev.CaseEvent] = []
        self._said: list[str] = []
        self._unseen: list[str] = []

    def __rshift__(self, happening: Happening) -> Self:
        """Let something happen."""
        self._nothing_left()
        self._said.append(f">> {type(happening).__name__}")
        made = happening(self) if callable(happening) else happening
        if made is not None:
            self.happens(made)
        return self

    def happens(self, command: cm.CaseCommand) -> None:
        """Decide and fold, and hold the case to what always holds."""
        before = self.state
        try:
            events = decide(self.state, command, now=self.now)
        except Rejection as rejection:
            self._unseen.append(f"rejected: {rejection.code}")
            return
        self.journal += events
        self._unseen += [said(event) for event in events]
        self.state = fold(self.state, events)
        moment = max(self.now, before.updated_at or self.now)
        assert settle(self.state, moment) == (), "not at rest"
        assert fold(CaseState.empty(self.state.plan), self.journal) == self.state
        due = wake_at(self.state)
        assert due is None or due > moment, f"a timer that is due at {due} did nothing"

    def __lshift__(self, expected: str | EllipsisType) -> Self:
        """Expect the next thing recorded; `...` takes whatever is left."""
        if isinstance(expected, EllipsisType):
            self._said += [f"<< {text}" for text in self._unseen]
            self._unseen.clear()
            return self
        seen = self._unseen.pop(0) if self._unseen else "nothing"
        assert seen == expected, "\n".join([*self._said, f"<< {seen}", f"   expected: {expected}", *self._rest()])
        self._said.append(f"<< {seen}")
        return self

    def __bool__(self) -> bool:
        """Whether everything was expected (it fails otherwise, and says what was not)."""
        self._nothing_left()
        return True

    def _nothing_left(self) -> None:
        assert not self._unseen, "\n".join([*self._said, *self._rest()])

    def _rest(self) -> list[str]:
        return [f"<< {text}   (not expected)" for text in self._unseen]

    def at(self, where: str) -> Round:
        """Give a round."""
        entry = self.state.round_at(place(where))
        assert entry is not None, f"there is no {where}"
        return entry

    @property
    def owed(self) -> list[str]:
        """What is owed to the world, in short."""
        return [owing(effect) for effect in pending(self.state)]

    def due_in(self) -> timedelta | None:
        """How long until time itself moves the case."""
        due = wake_at(self.state)
        return None if due is None else due - self.now
