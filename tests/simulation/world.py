"""One case of one random plan in a simulated world: lost, late and doubled messages, crashes, acts, clock jumps.

`Simulation.run` plays a faulty phase, then a calm one in which every agency answers, every incident gets its act and
the applicant answers or declines; the case must come to its end. Everything is drawn from one seed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random

from msgspec import structs

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import wire
from contracts.contract import DeskConnection
from contracts.ids import Place, ask_key
from tests.simulation.after_issue import afterwards, check_after_issue, check_noted
from tests.simulation.agencies import agencies_of
from tests.simulation.by_two import check_by_two
from tests.simulation.disturbing import disturb
from tests.simulation.drafts import fill_in
from tests.simulation.holding import Ledger
from tests.simulation.invariants import check_at_rest, check_clocks, check_end, check_list, check_step, check_what_left
from tests.simulation.messages import CASE, START, fetch_of, heard_of, is_bound, name_of, sign_of, told_of
from tests.simulation.people import People
from tests.simulation.plans import form_of, random_plan
from tests.simulation.sealing import check_sealed, seal_it
from tests.simulation.themes import theme_of
from tests.simulation.tills import SimulatedTill, check_paid, travel
from workflows.core.decide import decide
from workflows.core.desk import verb_of
from workflows.core.evolve import fold
from workflows.core.pending import owed, pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.core.undoing import decided_by_people
from workflows.core.unknown import bears_repeats
from workflows.core.working_time import Stop
from workflows.engines.presence import UNTIL_TOLD_AGAIN

ENDED = {"issued", "refused", "withdrawn", "expired", "ended", "revoked"}


class Simulation:
    """A case from its opening to its end."""

    def __init__(self, seed: int) -> None:
        """Draw the plan and the agencies."""
        self.rng = Random(seed)  # noqa: S311 - a seeded simulation, not a secret
        self._of_draft = Random(f"{seed} draft")  # noqa: S311 - the same
        self.theme = theme_of(self.rng)
        self.plan = random_plan(self.rng, self.theme)
        self.now = START
        self.journal: list[ev.CaseEvent] = []
        self.state = CaseState.empty(self.plan)
        self.calm = False
        self.agencies = agencies_of(self.plan, self.theme, self.rng)
        self.tills = {name: SimulatedTill(step) for name, step in self.plan.steps.items() if step.spec.pays}
        self.people = People(self)
        self.under_way: set[tuple[str, str, int]] = set()
        self.interrupted: set[tuple[str, str, int]] = set()
        self.left: set[Place] = set()
        self.epoch = 0
        self.ledger = Ledger()
        self._events: list[tuple[datetime, int, int | None, Callable[[], object]]] = []
        self._order = count()

    # --- time -------------------------------------------------------------------------------------------------

    def later(self, most_s: float, work: Callable[[], object], *, ours: bool = False) -> None:
        """Let something happen within `most_s` seconds; what is `ours` is lost with a crash of the engine."""
        at = self.now + timedelta(seconds=self.rng.random() * most_s)
        heapq.heappush(self._events, (at, next(self._order), self.epoch if ours else None, work))

    def step(self) -> bool:
        """Let the next thing happen; say whether there was one."""
        wake = wake_at(self.state) if self.state.opened_at else None
        if wake is not None and (not self._events or wake <= self._events[0][0]):
            self.now = max(self.now, wake)
            self.submit(cm.Wake())
            return True
        if not self._events:
            return False
        at, _, epoch, work = heapq.heappop(self._events)
        self.now = max(self.now, at)
        if epoch is None or epoch == self.epoch:
            work()
        return True

    def is_quiet(self) -> bool:
        """Whether nothing is on its way, and nothing is owed."""
        return not self._events and not pending(self.state)

    # --- the engine -------------------------------------------------------------------------------------------

    def submit(self, command: cm.CaseCommand) -> bool:
        """Decide, append, carry out; say whether it was possible."""
        clock = self.now
        if not self.calm and self.rng.random() < 0.05:
            clock -= timedelta(hours=self.rng.random() * 24)
        try:
            events = decide(self.state, command, now=clock)
        except Rejection:
            return False
        for event in events:
            before = self.state
            self.state = fold(self.state, (event,))
            check_step(before, event, self.state, self.ledger.still)
            self.ledger.check(before, event)
            check_sealed(before, event, self.state)
            check_after_issue(before, event, self.state)
            check_paid(self, event)
            if getattr(event, "correctable", ()) or isinstance(event, ev.StepBegun | ev.BillMade):
                self.later(200_000, self.people.applicant)  # who mostly does not let it expire
        self.journal += events
        check_at_rest(self.state, clock)
        check_what_left(self.state, self.left)
        self.carry_out()
        return True

    def crash(self) -> None:
        """Lose everything but the journal, and start again from it: at once, or after an absence that is on record."""
        self.epoch += 1
        self.under_way.clear()
        if self.rng.random() < 0.5:
            self._away(timedelta(hours=self.rng.random() * 60))
        refolded = fold(CaseState.empty(self.plan), self.journal)
        assert refolded == self.state, "the journal folds to something else than what was in memory"
        self.state = refolded
        self.interrupted = {name_of(effect) for effect in owed(self.state) if not self._held_back(effect)}
        self.submit(cm.Wake())

    def _away(self, lasts: timedelta) -> None:
        """Hear nobody for so long; what agencies say meanwhile they say again when somebody hears it."""
        since, self.now = self.now, self.now + lasts
        self.plan = structs.replace(self.plan, absences=(*self.plan.absences, Stop(since, self.now + UNTIL_TOLD_AGAIN)))
        self.state = self.state.on_plan(self.plan)

    def carry_out(self) -> None:
        """Send what is owed and not under way; what a crash interrupted may have left already."""
        for effect in pending(self.state):
            name = name_of(effect)
            if name not in self.under_way:
                self.under_way.add(name)
                self._send(effect, name, resumed=name in self.interrupted)

    def _send(self, effect: ef.CaseEffect, name: tuple[str, str, int], *, resumed: bool) -> None:
        if isinstance(effect, ef.SealOutput):
            seal_it(self, name)
        elif isinstance(effect, ef.PublishStatus):
            said = cm.RecordStatus(status_index=effect.status_index)
            self.later(5, lambda: self.settle(name, said), ours=True)
        elif isinstance(effect, ef.TellParent):
            raise TypeError(effect)  # a case of its own has no parent: families of cases are drawn in `families`
        elif (
            isinstance(effect, ef.SendAsk)
            and resumed
            and not bears_repeats(self.state.step(effect.place.step).contract)
        ):
            self.left.add(effect.place)
            doubted = wire.Unheard(key=effect.key, reason="cut off", sent=True)
            self.later(2, lambda: self.settle(name, told_of(effect, doubted)), ours=True)
        elif not isinstance(effect, ef.SendLookup) and (self._held_back(effect) or self._protected()):
            self._wait(effect, name, resumed=resumed)
        else:
            self._travel(effect, name, resumed=resumed)

    def _protected(self) -> bool:
        """An agency's protection holds an attempt back now and then."""
        return not self.calm and self.rng.random() < self.theme.held_back

    def _held_back(self, effect: ef.CaseEffect) -> bool:
        if not isinstance(effect, ef.SendAsk | ef.SendUndo):
            return False
        entry = self.state.round_at(effect.place)
        return entry is not None and entry.held_back_at is not None

    def _wait(self, effect: ef.SendAsk | ef.SendUndo, name: tuple[str, str, int], *, resumed: bool) -> None:
        """What is held back is recorded as not sent; let go, it leaves if that is still wanted."""
        place, verb = effect.place, "ask" if isinstance(effect, ef.SendAsk) else "undo"
        where = {"step": place.step, "item": place.item, "round": place.round, "verb": verb, "attempt": effect.attempt}
        because = self.rng.choice(["maintenance", "unreachable", "told_to_wait", "queue"])

        def let_go() -> None:
            if self._held_back(effect):
                self.submit(cm.LetGo(**where))  # type: ignore[arg-type]  # the fields of the command
            wanted = name in {name_of(each) for each in pending(self.state)} and not self._held_back(effect)
            if wanted:
                self._travel(effect, name, resumed=resumed)
            else:
                self.under_way.discard(name)

        def hold_back() -> None:
            self.submit(cm.HoldBack(because=because, sent=resumed, **where))  # type: ignore[arg-type]  # the same
            self.later(self.theme.holds_s, let_go, ours=True)

        self.later(5, hold_back, ours=True)

    def settle(self, name: tuple[str, str, int], command: cm.CaseCommand) -> None:
        """What came of an effect settles it: it is owed no more."""
        self.under_way.discard(name)
        self.submit(command)
        assert name not in {name_of(effect) for effect in owed(self.state)}, f"{name} is still owed after {command}"

    def _travel(
        self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, name: tuple[str, str, int], *, resumed: bool
    ) -> None:
        """The network: an ask may be lost, arrive late or twice, and its answer may be lost."""
        if effect.place.step in self.tills:
            travel(self, effect, name, resumed=resumed)
            return
        if isinstance(effect, ef.SendAsk):
            self.left.add(effect.place)
        if not isinstance(effect, ef.SendLookup) and self.rng.random() < self.theme.fetched:
            self._fetch(effect)
        drawn = 1.0 if self.calm else self.rng.random() / self.theme.lost
        if drawn < 0.10:
            unheard = wire.Unheard(key=effect.key, reason="refused connection", sent=resumed)
            self.later(2, lambda: self.settle(name, told_of(effect, unheard)), ours=True)
            return
        if drawn < 0.14:
            final = wire.Unheard(key=effect.key, reason="418", final=True)
            self.later(2, lambda: self.settle(name, told_of(effect, final)), ours=True)
            return
        if is_bound(self.state.step(effect.place.step).contract):
            self._call(effect, name, lost=drawn < 0.36)
            return
        lost_answer = drawn < 0.30
        arrives_late = drawn < 0.36
        if drawn < 0.45:
            self.later(4000, lambda: self._arrive(effect, None))
        if lost_answer or arrives_late:
            unheard = wire.Unheard(key=effect.key, reason="timed out", sent=True)
            self.later(10, lambda: self.settle(name, told_of(effect, unheard)), ours=True)
            if arrives_late:
                return
        self.later(3, lambda: self._arrive(effect, None if lost_answer else name))

    def _fetch(self, effect: ef.SendAsk | ef.SendUndo) -> None:
        """Some agencies fetch: once, or by several workers one after another; most say later that they have it."""
        for seconds in self.rng.choice([(0,), (0, 1), (1, 20)]):
            self.later(seconds, lambda: self.submit(fetch_of(effect)), ours=True)
        if isinstance(effect, ef.SendAsk) and self.rng.random() < 0.7:
            self.later(60, lambda: self.submit(sign_of(effect)))

    def _call(
        self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, name: tuple[str, str, int], *, lost: bool
    ) -> None:
        """A call of an agency's own API: it arrives once, and its answer may be lost."""
        agency = self.agencies[effect.place.step]
        if isinstance(effect, ef.SendAsk):
            agency.travelling.add(effect.key)
        elif isinstance(effect, ef.SendLookup) and effect.key in agency.travelling:
            lost = True  # what is still travelling cannot be found: `lookup_first` promises that nobody looks so early

        def arrive() -> None:
            if isinstance(effect, ef.SendAsk):
                agency.travelling.discard(effect.key)
            self._arrive(effect, None if lost else name)
            if lost:
                unheard = wire.Unheard(key=effect.key, reason="timed out", sent=True)
                self.later(10, lambda: self.settle(name, told_of(effect, unheard)), ours=True)

        self.later(3, arrive)

    def _arrive(self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, name: tuple[str, str, int] | None) -> None:
        """The agency decides; without a `name` nobody hears its answer."""
        agency = self.agencies[effect.place.step]
        agency.calm = self.calm
        contract = self.state.step(effect.place.step).contract
        desk = isinstance(contract.connection, DeskConnection)
        if isinstance(effect, ef.SendUndo):
            desk = decided_by_people(contract)
        answer: wire.Heard
        if isinstance(effect, ef.SendLookup):
            answer = agency.lookup(effect.key)
        elif desk:
            answer = wire.Accepted(key=effect.key)
            self.later(40_000, lambda: self._officer(effect))
        elif isinstance(effect, ef.SendUndo):
            answer = agency.call_to_undo(effect.key, effect.undoes)
            if not self.calm and self.rng.random() < 0.3:
                self._undo_later(effect, answer)
                answer = wire.Accepted(key=effect.key)
        else:
            answer = agency.ask(effect.key)
            if isinstance(answer, wire.Accepted) and agency.bound:
                self.later(90_000, lambda: agency.finish(effect.key))
            elif isinstance(answer, wire.Accepted):
                self.later(90_000, lambda: self._call_back(effect.place))
        if name is not None:
            self.later(3, lambda: self.settle(name, told_of(effect, answer)), ours=True)

    def _call_back(self, place: Place) -> None:
        """An agency's callback: sent again until heard, now and then twice."""
        if not self.calm and self.rng.random() < 0.3:
            self.later(5000, lambda: self._call_back(place))
            return
        answer = self.agencies[place.step].finish(ask_key(CASE, place))
        self.submit(heard_of(place, "ask", answer))
        if self.rng.random() < 0.2:
            self.later(5000, lambda: self.submit(heard_of(place, "ask", answer)))

    def _undo_later(self, effect: ef.SendUndo, answer: wire.Heard) -> None:
        """An agency's callback for an undo, which may be lost for ever."""
        if self.rng.random() < 0.6:
            self.later(90_000, lambda: self.submit(heard_of(effect.place, "undo", answer)))

    def _officer(self, effect: ef.SendAsk | ef.SendUndo) -> None:
        """A desk's officer decides what is (still) on the desk."""
        entry = self.state.round_at(effect.place)
        agency = self.agencies[effect.place.step]
        agency.calm = self.calm
        verb = "undo" if isinstance(effect, ef.SendUndo) else "ask"
        if entry is None or verb_of(self.state.step(effect.place.step), entry) != verb:
            return
        if isinstance(effect, ef.SendUndo):
            answer = agency.undo(effect.key, effect.undoes)
            if isinstance(answer, wire.Undone):
                # Officers see on their desk what was contributed, by hand too.
                agency.take_back(effect.undoes)
            self.people.officers(effect.place, "undo", answer)
        else:
            answer = agency.ask(effect.key)
            if isinstance(answer, wire.Accepted):
                answer = agency.finish(effect.key)
            if not self.people.officers(effect.place, "ask", answer):
                agency.take_back(effect.key)

    # --- the run ----------------------------------------------------------------------------------------------

    def run(self, *, calm_steps: int = 3000) -> CaseState:
        """Play both phases; give the case at its end."""
        form = form_of(self.rng)
        if not fill_in(self, self._of_draft, form):
            return self.state
        self.submit(cm.OpenCase(case=CASE, form=form))
        for _ in range(self.theme.disturbed):
            disturb(self)
            if not self.step():
                break
        self.calm = True
        for _ in range(calm_steps):
            if self.state.status in ENDED and not self._events:
                break
            if not self.step() and self.state.status not in ENDED:
                self.now += timedelta(hours=1)
            self.people.operator()
            self.people.applicant()
        while self.step():
            pass
        afterwards(self, calm_steps)
        check_end(self.state, {**self.agencies, **self.tills})
        check_list(self.state, self.journal)
        check_noted(self.state, self.journal)
        check_by_two(self)
        check_clocks(self.state, self.journal, self.now)
        return self.state
