"""A case and its sub-case in a simulated world: both plans random and small, crashes between any two of their events.

Agencies answer late, in any order and now and then twice; people withdraw, correct or decline. What one case owes to
the other reaches it late, or is lost with a crash and owed again. In the calm phase everybody answers.
"""

from __future__ import annotations

from random import Random
from typing import Any

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import family_commands as fm
from contracts import wire
from contracts.declared import Derived
from contracts.ids import CaseId, StepName
from tests.simulation.invariants import check_at_rest, check_step
from tests.simulation.messages import START, heard_of
from tests.simulation.relatives import (
    ACT,
    ENDED,
    PARENT,
    Agencies,
    check_between,
    check_family,
    check_money,
    check_waits,
    meddles,
    pays_bill,
    revokes,
)
from tests.unit.workflows.core.families import branch, parent
from tests.unit.workflows.core.parts import Part, Timed, part, pays
from tests.unit.workflows.core.playbook import PROOF
from tests.unwind.tills import Till
from workflows.core.compiled import CompiledPlan
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.pending import pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round
from workflows.core.sub_cases import answer_of, evidence_of, standing, sub_case_id, to_parent, untold


def _small(rng: Random, names: str, first: str) -> dict[str, Part | Timed]:
    """Draw up to three steps, each reading one of those before it or the form."""
    steps: dict[str, Part | Timed] = {}
    for name in names[: rng.randint(1, 3)]:
        reads = rng.choice([first, "form.x", *(f"{other}.number" for other in steps)])
        steps[name] = part(
            reads, effect=rng.choice(["none", "reversible", "reversible"]), optional=bool(steps) and rng.random() < 0.3
        )
    return steps


class Family:
    """Both cases, from the opening to their ends."""

    def __init__(self, seed: int) -> None:
        """Draw both plans."""
        self.rng = Random(seed)  # noqa: S311 - a seeded simulation, not a secret
        child = _small(self.rng, "mno", "form.x")
        if self.rng.random() < 0.3:
            child["pay"] = pays(Derived(const=1000), after=("m",), within="2 days")
        self.child_plan = branch(**child)
        shown = next(iter(self.child_plan.parts))
        steps = {"b": part(f"s.{shown}.number"), **_small(self.rng, "cde", "form.x")}
        self.plan = parent(self.child_plan, spec=None, **steps)
        self.now, self.calm = START, False
        self.journals: dict[CaseId, list[ev.CaseEvent]] = {}
        self.states: dict[CaseId, CaseState] = {}
        self.agencies = Agencies(self.rng)
        self.till = Till(self.child_plan.steps[StepName("pay")]) if "pay" in child else None
        self.mail: list[tuple[CaseId, cm.CaseCommand]] = []

    # --- the engine -------------------------------------------------------------------------------------------------

    def submit(self, case: CaseId, command: cm.CaseCommand, plan: CompiledPlan | None = None) -> bool:
        """Decide and record, and hold both cases to what always holds."""
        state = self.states[case] if plan is None else CaseState.empty(plan)
        try:
            events = decide(state, command, now=self.now)
        except Rejection:
            return False
        for event in events:
            before, state = state, fold(state, (event,))
            check_step(before, event, state)
            self.states[case] = state
            check_between(self.states, case, event)
        self.journals.setdefault(case, []).extend(events)
        check_at_rest(state, self.now)
        return True

    def crash(self) -> None:
        """Forget everything but the journals."""
        for case, journal in self.journals.items():
            plan = self.plan if case == PARENT else self.child_plan
            again = fold(CaseState.empty(plan), journal)
            assert again == self.states[case], "a journal folds to something else than what was in memory"
            self.states[case] = again

    # --- the world --------------------------------------------------------------------------------------------------

    def carry_out(self, case: CaseId, effect: ef.CaseEffect) -> None:
        """Carry out one thing that is owed; a crash may come before it is recorded that it was, or it comes late."""
        drawn = 1.0 if self.calm else self.rng.random()
        command = self._done(case, effect)
        for _ in range(2 if self.rng.random() < 0.2 else 1):
            if drawn >= 0.35:
                self.submit(case, command)
        if 0.25 <= drawn < 0.35:
            self.mail.append((case, command))

    def deliver(self) -> None:
        """Let something that was on its way arrive; it may arrive once more."""
        arrived = self.rng.randrange(len(self.mail))
        case, command = self.mail[arrived]
        if self.calm or self.rng.random() < 0.8:
            del self.mail[arrived]
        self.submit(case, command)

    def _done(self, case: CaseId, effect: ef.CaseEffect) -> cm.CaseCommand:
        if isinstance(effect, ef.SealOutput):
            return cm.RecordSeal(credential="sealed", digest="sha256:1", status_index=0)
        if isinstance(effect, ef.PublishStatus):
            return cm.RecordStatus(status_index=0)
        if isinstance(effect, ef.TellParent):
            self._tells(to_parent(self.states[case], effect, self.now))
            return fm.RecordTold(word=effect.word, telling=effect.telling, parts=effect.parts)
        undo = isinstance(effect, ef.SendUndo)
        heard, evidence = self._between(effect) if effect.place.step == "s" else (self._agency(case, effect), PROOF)
        at: dict[str, Any] = {"step": effect.place.step, "item": effect.place.item, "round": effect.place.round}
        verb: Any = "undo" if undo else "lookup" if isinstance(effect, ef.SendLookup) else "ask"
        return cm.RecordAnswer(verb=verb, attempt=effect.attempt, heard=heard, evidence=evidence, **at)

    def _between(self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup) -> tuple[wire.Heard, wire.Evidence]:
        """Open the sub-case, or find it; take it back for an undo."""
        undo = isinstance(effect, ef.SendUndo)
        key = effect.undoes if isinstance(effect, ef.SendUndo) else effect.key
        child = sub_case_id(key)
        if child not in self.states:
            entry = self.states[PARENT].round_at(effect.place)
            form = (entry.input if entry else None) or {}
            opening = cm.OpenCase(case=child, form=form, parent=key, taken_back=undo)
            assert self.submit(child, opening, self.child_plan)
        if undo:
            self.submit(child, fm.TakeBack())
        state = self.states[child]
        return answer_of(state, effect.key, "undo" if undo else "ask"), evidence_of(state, self.now)

    def _tells(self, command: cm.RecordAnswer | fm.RecordSubCase | fm.RecordReduced) -> None:
        """The parent hears it; an older word may come after a newer one, or the same twice."""
        self.submit(PARENT, command)
        if not self.calm and self.rng.random() < 0.2:
            self.mail.append((PARENT, command))

    def _agency(self, case: CaseId, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup) -> wire.Heard:
        if self.till is not None and case != PARENT and effect.place.step == "pay":
            return self.till.says(effect, self.now)
        answer = self.agencies.answers(effect, calm=self.calm)
        if isinstance(answer, wire.Accepted):
            self.mail.append((case, heard_of(effect.place, "ask", self.agencies.finally_(effect.key))))
        return answer

    def people(self, case: CaseId) -> None:
        """Let whoever is asked something do it."""
        state = self.states[case]
        for _, place, entry in state.everything():
            at: dict[str, Any] = {"step": place.step, "item": place.item}
            if entry.correcting and place.step != "s":
                if self.rng.random() < 0.6:
                    answers = {pointer.strip("/"): f"x{self.rng.random()}" for pointer in entry.correctable}
                    self.submit(case, cm.Correct(answers=answers))
                else:
                    self.submit(case, cm.DeclineCorrection(**at))
                return
            if entry.state in {"undo_refused", "undo_exhausted"} and place.step != "s":
                self.submit(case, cm.UndoneByHand(evidence=PROOF, act=ACT, round=place.round, **at))
                return
            if entry.state in {"undo_refused", "undo_exhausted"}:
                self.submit(case, cm.KeepContribution(owner="lead", act=ACT, round=place.round, **at))
                return
            if entry.left_over and state.status == "open":
                self.submit(case, cm.EndCase(act=ACT))
                return
            if entry.state == "exhausted" and state.status in {"open", "closing"}:
                self._mends(case, {"round": place.round, **at}, entry)
                return
        for incident in state.incidents:
            if not incident.owner:
                at = {"step": incident.place.step, "item": incident.place.item, "round": incident.place.round}
                self.submit(case, cm.TakeIncident(owner="lead", act=ACT, **at))
                return

    def _mends(self, case: CaseId, at: dict[str, Any], entry: Round) -> None:
        """Ask again; in place of a sub-case that was revoked, open another one, or end the case, or own what closes.

        Where something of it is left, go on with that.
        """
        if entry.fallen and self.states[case].status == "closing":
            if not entry.owner:
                self.submit(case, cm.TakeIncident(owner="lead", act=ACT, **at))
            return
        if entry.remains is not None and self.rng.random() < 0.5 and self.submit(case, cm.TakeKept(act=ACT, **at)):
            return
        asked = (not entry.fallen or self.rng.random() < 0.6) and self.submit(case, cm.AskAgain(act=ACT, **at))
        if entry.fallen and not asked:
            self.submit(case, cm.EndCase(act=ACT))

    def run(self, *, faulty: int = 60, calm: int = 2000) -> None:
        """Play both phases; both cases must come to their ends, and know of each other."""
        assert self.submit(PARENT, cm.OpenCase(case=PARENT, form={"x": "x0"}), self.plan)
        for turn in range(faulty + calm):
            self.calm = turn >= faulty
            self._turn()
            if self.calm and all(not self._moves(case) for case in self.states):
                break
        self._check_end()
        for _ in range(self.rng.choice((0, 1, 2))):
            self._afterwards(calm)

    def _check_end(self) -> None:
        for case, state in self.states.items():
            assert state.status in ENDED, f"{case} is not at an end: {state.status} {state.marks}"
            assert untold(state) is None, f"{case} still owes its parent that it is {standing(state)}"
        check_family(self.states)
        if self.till is not None:
            check_money(self.till, self.states)

    def _afterwards(self, most: int) -> None:
        """What one of the cases issued is revoked, whole or in part, and the other hears of it."""
        issued = sorted(case for case, state in self.states.items() if state.status == "issued")
        if not issued or self.states[PARENT].status != "issued":
            return
        case = self.rng.choice(issued)
        assert self.submit(case, revokes(self.rng, self.states[case])), "what stands is not revoked"
        self.calm = self.rng.random() < 0.5
        for turn in range(most):
            self.calm = self.calm or turn > 20
            self._turn()
            if self.calm and all(not self._moves(each) for each in self.states):
                break
        self._check_end()

    def _moves(self, case: CaseId) -> bool:
        state = self.states[case]
        return state.status not in ENDED or bool(pending(state)) or bool(self.mail)

    def _turn(self) -> None:
        case = self.rng.choice(sorted(self.states))
        drawn = self.rng.random()
        if not self.calm and drawn < 0.1:
            self.crash()
        elif not self.calm and drawn < 0.16:
            self.submit(case, meddles(self.rng, case, self.states[case]))
        elif not self.calm and drawn < 0.3 and case != PARENT and self.states[case].status == "issued":
            self.submit(case, revokes(self.rng, self.states[case]))
        elif drawn < 0.35:
            self.submit(case, cm.ResumeCase(act=ACT))
            self.people(case)
            if self.till is not None and case != PARENT and self.rng.random() < 0.7:
                pays_bill(self.till, case, self.states[case], lambda command: self.submit(case, command))
        elif drawn < 0.5 and self.mail:
            self.deliver()
        elif owed := pending(self.states[case]):
            self.carry_out(case, self.rng.choice(owed))
        elif (wake := wake_at(self.states[case])) is not None and self.rng.random() < 0.5:
            self.now = max(self.now, wake)
            self.submit(case, cm.Wake())
        check_waits(self.states, bool(self.mail))
