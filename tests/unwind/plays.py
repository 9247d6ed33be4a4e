"""One case of a shipped plan in virtual time, from its form to its end: the engine, the world around it, and people.

A `Play` goes in one of three ways: **straight**; **restarted**, where after everything that is recorded (what is
decided at once is appended at once) the engine loses whatever was under way and starts again from the journal as it
is written; and **doubled**, where every ask arrives twice and every answer is heard twice in a row. An ask that leaves
once, since its agency would do it again, arrives once, and no restart falls into it: what a crash in it makes of a case
is a story of its own (`crash`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import wire
from contracts.ids import NO_ITEM, AskKey, CaseId, ItemKey, Place, StepName, Verb, ask_key, parse_ask_key
from contracts.views import PartView
from tests.simulation.invariants import check_at_rest, check_step
from tests.simulation.messages import name_of
from tests.unwind.acts import ACT, Where, act_of, own_work, record
from tests.unwind.kinds import begins
from tests.unwind.offices import Does, Office, Table, entry
from tests.unwind.scenes import Scene
from tests.unwind.tills import Till
from tests.unwind.written import Written
from workflows.core.allowed_moves import OUT
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.pending import owed, pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round
from workflows.core.undoing import decided_by_people
from workflows.engines.asks import doubted
from workflows.outputs.compose import compose_closing, compose_output

CASE = CaseId("unwind")
MONDAY = datetime(2026, 11, 2, 2, tzinfo=UTC)
GRANTS = Does()
UNDOES = Does("undoes")
COME_BACK_S = 12 * 3600.0
"""What stands before a silent office says when to try again: else a spent wait is hundreds of attempts long."""
MOST_THINGS = 500
"""That happen in a case before something is wrong with it."""
Way = Literal["straight", "restarted", "doubled"]


class Play:
    """One case, the offices around it, and the way in which it is told."""

    def __init__(
        self, scene: Scene, way: Way = "straight", *, asks: Table | None = None, undos: Table | None = None
    ) -> None:
        """Begin before the application; `asks` and `undos` are the tables of what offices do."""
        self.scene, self.way = scene, way
        self.asks: dict[str, Any] = dict(asks or {})
        self.undos: dict[str, Any] = dict(undos or {})
        self.signer_is_away = 0
        """For so many attempts."""
        self.now = MONDAY
        self.state = CaseState.empty(scene.plan)
        self.journal: list[ev.CaseEvent] = []
        self.offices = {
            name: Office(name, scene.contract(name).effect, scene.output(name), forgets=not scene.bears_repeats(name))
            for name in self.state.plan.order
            if scene.step(name).asks
        }
        self.tills = {name: Till(scene.plan.steps[name]) for name in self.state.plan.order if scene.step(name).pays}
        self.registers: dict[StepName, Office | Till] = {**self.offices, **self.tills}
        self.written = Written(scene.plan)
        self._under_way: set[tuple[str, str, int]] = set()
        self._in_doubt: set[tuple[str, str, int]] = set()
        self._starts = 0
        self._queue: list[tuple[datetime, int, int | None, Callable[[], object]]] = []
        self._order = count()

    # --- time -----------------------------------------------------------------------------------------------------

    def later(self, seconds: float, work: Callable[[], object], *, ours: bool = False) -> None:
        """Let something happen then; what is `ours` is lost when the engine starts again."""
        at = self.now + timedelta(seconds=seconds)
        heapq.heappush(self._queue, (at, next(self._order), self._starts if ours else None, work))

    def step(self) -> bool:
        """Let the next thing happen; say whether there was one."""
        wake = wake_at(self.state)
        if wake is not None and (not self._queue or wake <= self._queue[0][0]):
            self.now = max(self.now, wake)
            assert self.submit(cm.Wake()) == ""
            return True
        if not self._queue:
            return False
        at, _, start, work = heapq.heappop(self._queue)
        self.now = max(self.now, at)
        if start is None or start == self._starts:
            work()
        return True

    def goes_on(self) -> None:
        """Let everything happen that happens by itself, until nothing does any more."""
        for _ in range(MOST_THINGS):
            if not self.step():
                return
        raise AssertionError("the case does not come to rest")

    def until(self, so: Callable[[], bool]) -> None:
        """Let things happen until it is so."""
        for _ in range(MOST_THINGS):
            if so():
                return
            assert self.step(), f"nothing more happens: {self.said}"
        raise AssertionError("it never comes to that")

    def until_step(self, name: str, *states: str, round_: int = 1) -> None:
        self.until(lambda: self.at(name, round_).state in states if self.has(name, round_) else False)

    def passes(self, **time: float) -> None:
        """Let so much time pass, with whatever happens in it."""
        until = self.now + timedelta(**time)
        while (due := self._next()) is not None and due <= until:
            self.step()
        self.now = until

    def _next(self) -> datetime | None:
        moments = [self._queue[0][0]] if self._queue else []
        wake = wake_at(self.state)
        return min(moments + ([wake] if wake is not None else []), default=None)

    # --- the engine -----------------------------------------------------------------------------------------------

    def opens(self) -> None:
        """Somebody applies."""
        assert self.submit(cm.OpenCase(case=CASE, form=self.scene.form)) == ""

    def submit(self, command: cm.CaseCommand) -> str:
        """Decide, record, carry out; give the code of a rejection, or nothing."""
        events, code = self._decided_now(command)
        if code:
            return code
        for event in events:
            before = self.state
            self.state = fold(self.state, (event,))
            check_step(before, event, self.state)
        self.journal += events
        for event in events:
            if isinstance(event, ev.StepBegun | ev.BillMade):
                begins(self, event)
        check_at_rest(self.state, self.now)
        if events and self.way == "restarted":
            self._start_again(events)
        self._carry_out()
        return ""

    def allows(self, command: cm.CaseCommand) -> str:
        """Say what `submit` would, and do nothing."""
        return self._decided_now(command)[1]

    def _decided_now(self, command: cm.CaseCommand) -> tuple[tuple[ev.CaseEvent, ...], str]:
        try:
            return decide(self.state, command, now=self.now), ""
        except Rejection as rejection:
            return (), rejection.code

    def crash(self) -> None:
        """Lose everything but the journal, and start again from it."""
        self._in_doubt = {name for name in self._under_way if self._leaves_once(name)}
        self._under_way.clear()
        self._start_again(self.journal[len(self.written) :])
        self._carry_out()

    def _start_again(self, events: tuple[ev.CaseEvent, ...] | list[ev.CaseEvent]) -> None:
        self._starts += 1
        self._under_way = {name for name in self._under_way if self._leaves_once(name)}
        again = self.written.add(events)
        assert again == self.state, "the journal folds to something else than what was in memory"
        self.state = again

    def _leaves_once(self, name: tuple[str, str, int]) -> bool:
        """Whether an attempt is an ask of an agency that would do it again: a restart does not repeat it."""
        return name[1] == "SendAsk" and not self.scene.bears_repeats(parse_ask_key(AskKey(name[0]))[1].step)

    def _carry_out(self) -> None:
        for effect in pending(self.state):
            name = name_of(effect)
            if name in self._under_way:
                continue
            self._under_way.add(name)
            if isinstance(effect, ef.SendAsk) and name in self._in_doubt:
                self._settle(name, doubted(effect, self.now))
            else:
                self._send(effect, name)

    def _settle(self, name: tuple[str, str, int], command: cm.CaseCommand) -> None:
        """What came of an effect settles it: it is owed no more."""
        self._under_way.discard(name)
        assert self.submit(command) == ""
        assert name not in {name_of(effect) for effect in owed(self.state)}, f"{name} is still owed after {command}"
        if self.way == "doubled":
            assert self.submit(command) == ""

    # --- the world ------------------------------------------------------------------------------------------------

    def _send(self, effect: ef.CaseEffect, name: tuple[str, str, int]) -> None:
        if isinstance(effect, ef.SealOutput | ef.PublishStatus | ef.TellParent):
            command = own_work(effect, self.state, self.now, signer_is_away=self.signer_is_away)
            self.later(1, lambda: self._settle(name, command), ours=True)
            return
        if effect.place.step in self.tills:
            self._hears(1, effect, self.tills[effect.place.step].says(effect, self.now), name)
            return
        office = self.offices[effect.place.step]
        if isinstance(effect, ef.SendLookup):
            held = office.answers.get(effect.key)
            answer = wire.NothingHeld(key=effect.key) if held is None or effect.key in office.working else held
            self._hears(1, effect, answer, name)
            return
        verb: Verb = "undo" if isinstance(effect, ef.SendUndo) else "ask"
        does = self._does(effect.place, verb)
        silent = does.heard in {"silence", "slow", "4xx"} or (does.heard == "lost" and effect.attempt == 1)
        if does.heard not in {"silence", "4xx"}:
            wait = 1800 if does.heard == "slow" else 1
            self.later(wait, lambda: self._arrive(effect, does, None if silent else name))
        if silent:
            unheard = wire.Unheard(
                key=effect.key,
                reason="timed out",
                final=does.heard == "4xx",
                retry_after_s=COME_BACK_S if does.heard in {"silence", "slow"} else None,
            )
            self._hears(5, effect, unheard, name)

    def _does(self, place: Place, verb: Verb) -> Does:
        table, usual = (self.undos, UNDOES) if verb == "undo" else (self.asks, GRANTS)
        return entry(table, place.step, place.round, usual, place.item)

    def _arrive(self, effect: ef.SendAsk | ef.SendUndo, does: Does, name: tuple[str, str, int] | None) -> None:
        """The office decides; without a `name` nobody hears its answer."""
        answer = self._decided(effect, does)
        if self.way == "doubled" and not self.offices[effect.place.step].forgets:
            again = self._decided(effect, does)
            assert does.heard == "broken" or type(again) is type(answer), "the same wish is answered otherwise"
        if name is not None:
            self._hears(1, effect, answer, name)

    def _hears(
        self,
        seconds: float,
        effect: ef.SendAsk | ef.SendUndo | ef.SendLookup,
        heard: wire.Heard,
        name: tuple[str, str, int],
    ) -> None:
        """Hear an answer, or that there is none, unless the engine started again: what leaves once outlives that."""
        once = self._leaves_once(name)

        def settle() -> None:
            if not once or name in self._under_way:
                self._settle(name, record(effect, heard, self.now))

        self.later(seconds, settle, ours=not once)

    def _decided(self, effect: ef.SendAsk | ef.SendUndo, does: Does) -> wire.Answer:
        office, place = self.offices[effect.place.step], effect.place
        contract = self.scene.contract(place.step)
        if isinstance(effect, ef.SendUndo):
            office.undone.append((effect.key, effect.attempt))
            if decided_by_people(contract) or does.heard == "later":
                wait = 10_800 if decided_by_people(contract) else 3600
                self.later(wait, lambda: self._call_back(place, "undo", does))
                return wire.Accepted(key=effect.key)
            if does.heard == "broken":
                return wire.NothingHeld(key=effect.key)
            return office.undo(effect.key, effect.undoes, does)
        office.asked.append((effect.key, effect.attempt))
        desk = self.scene.at_desk(place.step)
        if desk or (does.heard in {"later", "uncalled", "undecided"} and effect.key not in office.answers):
            if office.accept(effect.key, does) and does.heard != "undecided":
                self.later(10_800 if desk else 3600, lambda: self._call_back(place, "ask", does))
            return wire.Accepted(key=effect.key, ticket="t")
        answer = office.ask(effect.key, does)
        return wire.Contributed(key=effect.key, output={}) if does.heard == "broken" else answer

    def _call_back(self, place: Place, verb: Verb, does: Does) -> None:
        """An answer that comes of itself, from a system or from an officer."""
        office, key = self.offices[place.step], ask_key(CASE, place)
        if verb == "undo":
            answer = office.undo(ask_key(CASE, place, "undo"), key, does)
        elif office.states[key] == "undone" or (self.scene.at_desk(place.step) and not self._on_the_desk(place)):
            return  # meanwhile; what is taken off a desk is decided by nobody
        else:
            answer = office.finish(key)
            if does.heard == "uncalled" and not self.scene.at_desk(place.step):
                return
            answer = wire.Contributed(key=key, output={}) if does.heard == "broken" else answer
        self.says(place, answer, verb)
        if self.way == "doubled":
            self.says(place, answer, verb)

    def _on_the_desk(self, place: Place) -> bool:
        found = self.state.round_at(place)
        return found is not None and found.state in OUT

    def says_again(self, name: str, answer: wire.Heard, verb: Verb = "ask", *, round_: int = 1) -> list[ev.CaseEvent]:
        """An agency says something, again or otherwise than before; give what is recorded of it."""
        before = len(self.journal)
        self.says(self.place(name, round_), answer, verb)
        return self.journal[before:]

    def says(self, place: Place, answer: wire.Heard, verb: Verb = "ask") -> None:
        """An agency says something of itself: a callback, an officer's word."""
        evidence = wire.Evidence(kind="attested", received_at=self.now, digest="sha256:0")
        said = cm.RecordAnswer(
            step=place.step, item=place.item, round=place.round, verb=verb, heard=answer, evidence=evidence
        )
        assert self.submit(said) == ""

    def mends(self, name: str) -> None:
        """From now on the office does as usual, and is heard at once."""
        for told in (name, f"{name}/{self.scene.item(name)}"):
            self.asks.pop(told, None)
            self.undos.pop(told, None)
        self.offices[StepName(name)].think_again()

    # --- people ---------------------------------------------------------------------------------------------------

    def where(self, name: str, round_: int = 1) -> Where:
        return {"step": StepName(name), "item": self.scene.item(name), "round": round_, "act": ACT}

    def act(self, act: str, name: str, round_: int = 1) -> cm.CaseCommand:
        """Give the command of an operator's act, by the word that pages have for it."""
        entry = self.at(name, round_) if act == "replace" else None
        given = {"output": self.scene.output(name), "input": (entry.input if entry else None) or {}}
        return act_of(act, self.where(name, round_), given, self.now)

    def does(self, act: str, name: str, round_: int = 1) -> str:
        """Act; what is recorded by hand is true, because somebody telephoned. Gives the code of a rejection."""
        key, office = self.key(name, round_), self.offices[StepName(name)]
        code = self.submit(self.act(act, name, round_))
        if not code and act == "contribute":
            office.contribute(key)
        if not code and act == "undone":
            office.take_back(key)
        return code

    # --- what is seen ---------------------------------------------------------------------------------------------

    def place(self, name: str, round_: int = 1) -> Place:
        """Where a step is asked: of one with items, the item that the scene tells of."""
        return Place(StepName(name), self.scene.item(name), round_)

    def has(self, name: str, round_: int = 1) -> bool:
        return self.state.round_at(self.place(name, round_)) is not None

    def at(self, name: str, round_: int = 1) -> Round:
        found = self.state.round_at(self.place(name, round_))
        assert found is not None, f"there is no round {round_} of {name}"
        return found

    def word(self, name: str) -> str:
        """The state of the round that counts."""
        track = (StepName(name), self.scene.item(name))
        return self.state.current(track if track in self.state.tracks else (track[0], NO_ITEM)).state

    def key(self, name: str, round_: int = 1, verb: Verb = "ask", *, item: str | None = None) -> AskKey:
        which = self.scene.item(name) if item is None else ItemKey(item)
        return ask_key(CASE, Place(StepName(name), which, round_), verb)

    @property
    def words(self) -> dict[str, str]:
        return {name: self.word(name) for name in self.scene.names}

    @property
    def said(self) -> str:
        return f"{self.state.status} {self.state.marks} {self.words}"

    def asked(self) -> set[str]:
        """The steps that were asked, or begun."""
        return {event.step for event in self.recorded(ev.StepAsked, ev.StepBegun)}

    def recorded(self, *kinds: type[Any], step: str = "") -> Iterator[Any]:
        for event in self.journal:
            if isinstance(event, kinds) and (not step or getattr(event, "step", "") == step):
                yield event

    def every_part(self) -> list[PartView]:
        """The parts of the joint output, or of the closing record, whichever this case gives."""
        if self.state.status == "issued":
            return compose_output(self.state, agency_titles={}, issued_at=self.now).parts
        return compose_closing(self.state, agency_titles={}, closed_at=self.now).parts

    def parts(self) -> dict[str, PartView]:
        """By step: every step is a part."""
        made: dict[str, PartView] = {part.step: part for part in self.every_part()}
        mute = {name for name in self.scene.names if not self.scene.step(name).sends and self.word(name) != "refused"}
        assert set(made) == set(self.scene.names) - mute, "a step is not told of, or one that no agency carries out is"
        return made
