"""One case of a plan in virtual time, from its form to its end: the pure core, and everybody as a script says.

Nothing is stored and nobody is called. What time does is skipped to; what people do is done as soon as it is asked of
them, so that a case that is at rest and not closed waits for something that nobody in the script ever does.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from msgspec import Struct, field

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import wire
from contracts.contract import DeskConnection
from contracts.ids import AskKey, CaseId, Place, StepName, Verb, ask_key
from workflows.core.allowed_moves import OUT
from workflows.core.compiled import CompiledPlan, CompiledStep
from workflows.core.decide import decided
from workflows.core.objections import takes_objections
from workflows.core.pending import pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round
from workflows.core.undoing import decided_by_people
from workflows.core.validity import valid_until
from workflows.projections.case_view import acts_for
from workflows.rehearsal import officers
from workflows.rehearsal.acts import ACT, Untried, command_of
from workflows.rehearsal.bystanders import BYSTANDERS
from workflows.rehearsal.forms import changed_answers, made_answer
from workflows.rehearsal.paying import billed, not_paid, paid
from workflows.rehearsal.script import CONTRIBUTES, Script, answer, described, of_track, track_of
from workflows.rehearsal.story import Line, told

CASE: Final = CaseId("percobaan")
MONDAY: Final = datetime(2026, 1, 5, 1, tzinfo=UTC)
"""08:00 in Jakarta."""
AT_AN_END: Final = frozenset({"issued", "revoked", "refused", "withdrawn", "expired", "ended"})
MOST_THINGS: Final = 400
"""That happen in a case before it is taken to go on for ever."""
_SYSTEM_S, _DESK_S, _DEADLINE_S, _COME_BACK_S = 1.0, 3 * 3600.0, 10.0, 12 * 3600.0
USUAL: Final = ("contribute", "undone", "keep", "take-kept", "ask-again", "take-incident")
"""What an operator does where the script names nothing: the first that is offered."""


class Incident(Struct, frozen=True):
    """What an operator was shown: of which step, why, and which acts."""

    step: str
    cause: str
    acts: tuple[str, ...]


class Road(Struct, kw_only=True):
    """What came of one case: how it ended, who was asked, what people saw, and what was told on the way."""

    title: str
    form: str
    end: str = ""
    stranded: bool = False
    why: str = ""
    asked: list[str] = field(default_factory=list[str])
    items: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    incidents: list[Incident] = field(default_factory=list[Incident])
    lines: list[Line] = field(default_factory=list[Line])


class Play:
    """One case, and everybody in it."""

    def __init__(self, plan: CompiledPlan, form: dict[str, Any], script: Script, *, title: str, form_name: str) -> None:
        """Begin before the application."""
        self.script, self.now, self.state = script, MONDAY, CaseState.empty(plan)
        self.road = Road(title=title, form=form_name)
        self._form = form
        self._held: dict[AskKey, wire.Answer] = {}
        self._woken: set[tuple[str, Verb]] = set()
        self._acted: set[object] = set()
        self._under_way: set[tuple[str, str, int]] = set()
        self._queue: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()

    def run(self) -> Road:
        """Let everything happen that anybody does, and say what came of it."""
        self.submit(cm.OpenCase(case=CASE, form=self._form))
        for _ in range(MOST_THINGS):
            if not (self._people() or self._time()):
                break
        else:
            self.road.why = f"it goes on and on: {MOST_THINGS} things have happened"
        self.road.end = self.state.status
        self.road.stranded = self.state.status not in AT_AN_END
        if self.road.stranded and not self.road.why:
            self.road.why = self._waits_for()
        return self.road

    def submit(self, command: cm.CaseCommand) -> str:
        """Decide a command, tell what follows, start what is owed; give why it is rejected, or nothing."""
        try:
            events, self.state = decided(self.state, command, now=self.now)
        except Rejection as rejection:
            return str(rejection)
        for event in events:
            self.road.lines += told(event, self.state.plan, self.now - MONDAY)
            if isinstance(event, ev.StepAsked | ev.StepBegun) and event.step not in self.road.asked:
                self.road.asked.append(event.step)
            if isinstance(event, ev.ItemsListed):
                self.road.items[event.step] = list(event.items)
        for effect in pending(self.state):
            self._start(effect)
        return ""

    # --- time -------------------------------------------------------------------------------------------------

    def _time(self) -> bool:
        """Skip to the next thing that happens by itself."""
        wake = wake_at(self.state)
        if wake is not None and (not self._queue or wake <= self._queue[0][0]):
            self.now = max(self.now, wake)
            self.submit(cm.Wake())
            return True
        if not self._queue:
            return False
        at, _, work = heapq.heappop(self._queue)
        self.now = max(self.now, at)
        work()
        return True

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Let something happen so many seconds from now."""
        heapq.heappush(self._queue, (self.now + timedelta(seconds=seconds), next(self._order), work))

    # --- agencies ---------------------------------------------------------------------------------------------

    def _start(self, effect: ef.CaseEffect) -> None:
        name = (str(getattr(effect, "key", "")), type(effect).__name__, int(getattr(effect, "attempt", 0)))
        if name in self._under_way:
            return
        self._under_way.add(name)
        start = EFFECTS.get(type(effect))
        if start is None:
            raise Untried(f"what is owed as {type(effect).__name__} cannot be tried yet")
        start(self, effect)

    def _settles(self, effect: ef.CaseEffect, command: cm.CaseCommand) -> None:
        self._under_way.discard(
            (str(getattr(effect, "key", "")), type(effect).__name__, int(getattr(effect, "attempt", 0)))
        )
        self.submit(command)

    def ask(self, effect: ef.SendAsk) -> None:
        """Let the agency answer as the script says: a desk accepts and decides later."""
        step = self.state.step(effect.place.step)
        if step.spec.pays:
            self._hears(effect, "ask", self._held.get(effect.key) or billed(effect.key, step, self.now), _SYSTEM_S)
            return
        says = self.script.says(effect.place)
        silent = says.word == "silent" and (track_of(effect.place), "ask") not in self._woken
        # A sub-case is one actor here: it takes the ask, and ends later, or stays silent.
        desk = isinstance(step.contract.connection, DeskConnection) or step.spec.service is not None
        if desk:
            self._hears(effect, "ask", wire.Accepted(key=effect.key), _SYSTEM_S)
            if not silent:
                self.later(_DESK_S, lambda: self._decides(effect, step))
        elif silent:
            self._hears(effect, "ask", _silence(effect.key), _DEADLINE_S)
        else:
            self._hears(effect, "ask", self._answer(effect, step), _SYSTEM_S)

    def _decides(self, effect: ef.SendAsk, step: CompiledStep) -> None:
        """An officer decides, unless it was taken off the desk meanwhile."""
        entry = self.state.round_at(effect.place)
        if entry is not None and entry.state in OUT:
            officers.decide(self, effect.place, self._answer(effect, step))

    def _answer(self, effect: ef.SendAsk, step: CompiledStep) -> wire.Answer:
        if effect.key not in self._held:
            woken = (track_of(effect.place), "ask") in self._woken
            says = CONTRIBUTES if woken else self.script.says(effect.place)
            self._held[effect.key] = answer(says, effect.key, step.contract, effect.input)
        return self._held[effect.key]

    def undo(self, effect: ef.SendUndo) -> None:
        """Let the agency take back, refuse, or be silent."""
        step = self.state.step(effect.place.step)
        does = of_track(self.script.undos, effect.place, "undoes")
        if (track_of(effect.place), "undo") in self._woken:
            does = "undoes"
        people = decided_by_people(step.contract) or step.spec.service is not None
        if people:
            self._hears(effect, "undo", wire.Accepted(key=effect.key), _SYSTEM_S)
        if does == "silent":
            if not people:
                self._hears(effect, "undo", _silence(effect.key), _DEADLINE_S)
            return
        undone: wire.Answer = wire.Undone(key=effect.key)
        if does == "refuses":
            undone = wire.UndoRefused(key=effect.key, code="used")
        else:
            self._held[effect.undoes] = wire.Undone(key=effect.undoes)
        if people:
            self.later(_DESK_S, lambda: self.says(effect.place, "undo", undone))
        else:
            self._hears(effect, "undo", undone, _SYSTEM_S)

    def look_up(self, effect: ef.SendLookup) -> None:
        """Say what is held under a key."""
        held = self._held.get(effect.key) or not_paid(effect, self.state.round_at(effect.place))
        self._hears(effect, "lookup", held, _SYSTEM_S)

    def seal(self, effect: ef.SealOutput) -> None:
        """Seal the output."""
        sealed = cm.RecordSeal(
            credential="tried", digest="", status_index=0, valid_until=valid_until(self.state, self.now)
        )
        self.later(_SYSTEM_S, lambda: self._settles(effect, sealed))

    def publish(self, effect: ef.PublishStatus) -> None:
        """Let the status list say that it is revoked."""
        command = cm.RecordStatus(status_index=effect.status_index)
        self.later(_SYSTEM_S, lambda: self._settles(effect, command))

    def _hears(
        self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, verb: Verb, heard: wire.Heard, seconds: float
    ) -> None:
        command = self._recorded(effect.place, verb, heard, effect.attempt)
        self.later(seconds, lambda: self._settles(effect, command))

    def says(self, place: Place, verb: Verb, heard: wire.Heard) -> str:
        """Let an agency say something of itself; give why it is rejected, or nothing."""
        return self.submit(self._recorded(place, verb, heard, 0))

    def once(self, what: object) -> bool:
        """Whether this is the first time that somebody is about to do this."""
        known = what in self._acted
        self._acted.add(what)
        return not known

    def _recorded(self, place: Place, verb: Verb, heard: wire.Heard, attempt: int) -> cm.RecordAnswer:
        evidence = wire.Evidence(kind="attested", received_at=self.now, digest="")
        return cm.RecordAnswer(
            step=place.step,
            item=place.item,
            round=place.round,
            verb=verb,
            attempt=attempt,
            heard=heard,
            evidence=evidence,
        )

    # --- people -----------------------------------------------------------------------------------------------

    def _people(self) -> bool:
        """Let whoever is asked something do it; say whether anybody did."""
        ours = (self._withdraws, self._objects, self._does, self._corrects, self._acts, self._owns)
        return any(others(self) for others in BYSTANDERS) or any(do() for do in ours)

    def _withdraws(self) -> bool:
        after = self.script.withdraws_after
        if not after or "withdraws" in self._acted or not self.state.granted(StepName(after)):
            return False
        self._acted.add("withdraws")
        return not self.submit(cm.Withdraw())

    def _objects(self) -> bool:
        """Let others object where a step waits for that, and the lead decide at once."""
        for step, place, entry in self.state.currents():
            upheld = self.script.objections.get(step.name)
            if upheld is None or ("objects", step.name) in self._acted:
                continue
            if takes_objections(self.state, step, entry, self.now):
                self._acted.add(("objects", step.name))
                where: dict[str, Any] = {"step": place.step, "item": place.item}
                self.submit(cm.RaiseObjection(name="others", contact="others", grounds="tried", **where))
                return not self.submit(cm.DecideObjection(number=0, upheld=upheld, act=ACT, **where))
        return False

    def _does(self) -> bool:
        """Let the applicant do what a step asks of them, or decline it, once each round."""
        for step, place, entry in self.state.currents():
            asked = step.spec.applicant if entry.state == "accepted" and self.state.status == "open" else None
            how = self.script.does.get(step.name, "does")
            if asked is None or how == "lets it expire" or ("does", place) in self._acted:
                continue
            self._acted.add(("does", place))
            if how == "declines":
                return not self.submit(cm.DeclineStep(step=place.step, item=place.item))
            if step.spec.pays:
                self._held[ask_key(CASE, place)] = paid(ask_key(CASE, place), entry, self.now)
                return not self.submit(cm.CheckPayment(step=place.step, item=place.item, by="applicant"))
            evidence = wire.Evidence(kind="attested", received_at=self.now, digest="", actor="applicant")
            output = described(made_answer(asked.form), asked.form)
            return not self.submit(cm.AnswerStep(step=place.step, item=place.item, output=output, evidence=evidence))
        return False

    def _corrects(self) -> bool:
        correcting = [(place, entry) for _, place, entry in self.state.currents() if entry.correcting]
        if not correcting or self.script.applicant == "lets it expire":
            return False
        place, entry = correcting[0]
        if ("corrects", place) in self._acted:
            return False
        self._acted.add(("corrects", place))
        answers = changed_answers(self.state.plan, self.state.form, entry.correctable)
        if self.script.applicant == "corrects" and answers is not None:
            return not self.submit(cm.Correct(answers=answers))
        return not self.submit(cm.DeclineCorrection(step=place.step, item=place.item))

    def _acts(self) -> bool:
        """Let the operator do one thing about one incident, once for each time that it arises."""
        for step, place, entry in self.state.everything():
            kept = entry.left_over and self.state.status == "open"
            if not (entry.held or kept):
                continue
            acts = tuple(acts_for(self.state, step, entry))
            # A promise that has passed stays so: whoever has acted on that waits for the agency, until the case closes.
            overdue = (place.step, place.item, self.state.status)
            known = overdue if entry.overdue else (place, entry.state, entry.since, acts)
            if known in self._acted or not acts:
                continue
            self._acted.add(known)
            self._act(step, place, entry, acts)
            return True
        return False

    def _act(self, step: CompiledStep, place: Place, entry: Round, acts: tuple[str, ...]) -> None:
        cause = "overdue" if entry.overdue else entry.cause or entry.state
        self.road.incidents.append(Incident(track_of(place), cause, acts))
        wanted = of_track(self.script.acts, place, "")
        act = wanted if wanted in acts else next((each for each in USUAL if each in acts), acts[0])
        if act in {"ask-again", "undo-again", "replace"}:
            # Whom the operator has spoken with answers, and otherwise than before.
            self._woken.add((track_of(place), "undo" if act == "undo-again" else "ask"))
            self._held.pop(ask_key(CASE, place), None)
        at = self.now - MONDAY
        self.road.lines.append(Line(at, "operator", f"sees {track_of(place)} held ({cause}) and does: {act}"))
        refused = self.submit(command_of(act, step, place, entry, self.now))
        if refused:
            self.road.lines.append(Line(at, "operator", f"cannot: {refused}"))

    def _owns(self) -> bool:
        """Let somebody own what was recorded after a round's end."""
        for incident in self.state.incidents:
            if not incident.owner and (incident.place, incident.since) not in self._acted:
                self._acted.add((incident.place, incident.since))
                place = incident.place
                command = cm.TakeIncident(
                    step=place.step, item=place.item, round=place.round, owner="head of office", act=ACT
                )
                return not self.submit(command)
        return False

    def _waits_for(self) -> str:
        """Say what a case that is at rest and not closed waits for."""
        waiting = [
            f"{track_of(place)} is {entry.state}"
            + (f" ({entry.cause or entry.reason})" if entry.cause or entry.reason else "")
            for _, place, entry in self.state.currents()
            if not entry.settled
        ]
        return (
            f"the case is {self.state.status}, and nothing more happens: {'; '.join(waiting) or 'every step is done'}"
        )


def _silence(key: AskKey) -> wire.Unheard:
    return wire.Unheard(key=key, reason="no answer", sent=True, retry_after_s=_COME_BACK_S)


EFFECTS: Final[Mapping[type[Any], Callable[[Play, Any], None]]] = {
    ef.SendAsk: Play.ask,
    ef.SendUndo: Play.undo,
    ef.SendLookup: Play.look_up,
    ef.SealOutput: Play.seal,
    ef.PublishStatus: Play.publish,
}
"""Who does what is owed, by kind of effect: a kind of step that owes something else adds its line here."""
