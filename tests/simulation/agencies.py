"""Simulated agencies: a register per contract, idempotent by key, with tombstones; random in what they decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from contracts import wire
from contracts.ids import AskKey, Place, StepName, parse_ask_key
from tests.simulation.messages import is_bound
from tests.simulation.themes import Theme
from workflows.core.compiled import CompiledPlan, CompiledStep
from workflows.core.unknown import bears_repeats


@dataclass
class Entry:
    """What one agency holds under one ask key."""

    state: str  # done, refused, returned, working, silent, undone
    answer: wire.Answer


@dataclass
class SimulatedAgency:
    """One agency. In the calm it never refuses an undo, and always answers, but what it is silent about for ever.

    `silence` is the share of accepted asks that it never answers. `by_hand` is what its people did outside its system,
    under no key: no undo by key takes it back.
    """

    name: str
    effect: str
    inputs: Sequence[str]
    rng: Random
    calm: bool = False
    silence: float = 0.0
    slow: bool = False
    """It decides late whatever it is asked."""
    reluctance: float = 0.03
    """The share of asks to which it says no for good."""
    fixable: float = 0.24
    """The share of asks that it refuses with something to be corrected (0: it reads nothing that could be)."""
    accepted: float = 0.26
    """The share of asks that it decides later."""
    second_thoughts: float = 0.0
    """How much more it refuses for good of what it has been asked before."""
    register: dict[AskKey, Entry] = field(default_factory=dict[AskKey, Entry])
    kept: set[AskKey] = field(default_factory=set[AskKey])
    bound: bool = False
    """It has an API of its own: it knows no undo that comes before its ask."""
    repeatable: bool = True
    """Asked twice it does it once; else whoever asks it twice has done harm."""
    travelling: set[AskKey] = field(default_factory=set[AskKey])
    by_hand: set[AskKey] = field(default_factory=set[AskKey])
    did_all_the_same: set[AskKey] = field(default_factory=set[AskKey])

    def ask(self, key: AskKey) -> wire.Answer:
        """Decide an ask, or repeat what was decided."""
        held = self.register.get(key)
        done = held is not None and held.state in {"done", "working"}
        assert self.repeatable or not done, f"{self.name} was asked twice for {key}, and did it twice"
        if held is None:
            held = self.register[key] = self._decide(key)
            self._one_live_round(key)
        return held.answer

    def _decide(self, key: AskKey) -> Entry:
        drawn = self.rng.random()
        again = parse_ask_key(key)[1].round > 1
        no = self.reluctance + (self.second_thoughts if again else 0)
        if drawn < no and not self.slow:
            return Entry("refused", wire.Refused(key=key, code="no"))
        drawn = self.rng.random()
        if drawn < self.fixable * (0.3 if again else 1):
            return Entry("refused", wire.Refused(key=key, code="fixable"))
        drawn = self.rng.random()
        if drawn < 0.04 and not self.calm:
            return Entry("refused", wire.Refused(key=key, code="never listed"))
        if drawn < (0.9 if self.slow else 0.04 + self.accepted):
            state = "silent" if self.rng.random() < self.silence else "working"
            return Entry(state, wire.Accepted(key=key, ticket="t"))
        return self._done(key)

    def _done(self, key: AskKey) -> Entry:
        broken = self.rng.random() < 0.04 and not self.calm
        output = {"wrong": True} if broken else self._output(key)
        return Entry("done", wire.Contributed(key=key, output=output))

    def _output(self, key: AskKey) -> dict[str, Any]:
        """Give what is contributed: now and then a list, now and then one whose items have no name of their own."""
        if self.rng.random() < 0.3:
            return {"number": f"{key}!"}
        rows = [{"id": f"r{number}", "v": f"{key}"} for number in range(self.rng.randint(0, 3))]
        return {"number": f"{key}!", "rows": rows * 2 if self.rng.random() < 0.05 and not self.calm else rows}

    def finish(self, key: AskKey) -> wire.Answer:
        """Finish work that was accepted; later calls repeat the answer."""
        held = self.register[key]
        if held.state == "working":
            drawn = self.rng.random()
            if drawn < self.reluctance:
                held = Entry("refused", wire.Refused(key=key, code="no"))
            elif drawn < 0.2:
                inputs = self.rng.sample(self.inputs, min(1, len(self.inputs)))
                held = Entry("returned", wire.Returned(key=key, inputs=inputs, text="check"))
            else:
                held = self._done(key)
            self.register[key] = held
            self._one_live_round(key)
        return held.answer

    def undo(self, key: AskKey, undoes: AskKey) -> wire.Answer:
        """Take back, or remember that an ask must not work any more."""
        held = self.register.get(undoes)
        unwilling = held is not None and held.state == "done" and not self.calm and self.rng.random() < 0.2
        if unwilling or undoes in self.kept:
            return wire.UndoRefused(key=key, code="used")
        self.register[undoes] = Entry("undone", wire.Undone(key=undoes))
        return wire.Undone(key=key)

    def call_to_undo(self, key: AskKey, undoes: AskKey) -> wire.Heard:
        """Take back by a call of its own API: it knows nothing of an ask that never came."""
        if self.bound and undoes not in self.register:
            return wire.Unheard(key=key, reason="404: the agency does not take this request", final=True)
        return self.undo(key, undoes)

    def keep(self, key: AskKey) -> bool:
        """Agree that a contribution stands, whatever is still travelling; say whether there is one."""
        held = self.register.get(key)
        if key not in self.by_hand and (held is None or held.state != "done"):
            return False
        self.kept.add(key)
        return True

    def take_back(self, undoes: AskKey) -> None:
        """Hold nothing of this ask any more, by key or by hand, whatever comes."""
        self.register[undoes] = Entry("undone", wire.Undone(key=undoes))
        self.by_hand.discard(undoes)

    def contribute(self, key: AskKey) -> dict[str, Any]:
        """Do it because somebody telephoned: under the key where its system has the ask, or on paper."""
        held = self.register.get(key)
        if held is None or (held.state != "done" and self.rng.random() < 0.5):
            self.by_hand.add(key)
            self._one_live_round(key)
            return {"number": f"{key} on paper"}
        output = self._output(key)
        self.register[key] = Entry("done", wire.Contributed(key=key, output=output))
        self._one_live_round(key)
        return output

    def lookup(self, key: AskKey) -> wire.Answer:
        """Say what is held."""
        held = self.register.get(key)
        return held.answer if held else wire.NothingHeld(key=key)

    def does_all_the_same(self, key: AskKey) -> wire.Contributed:
        """Do what was refused, or taken back, and say so: it breaks its word."""
        self.did_all_the_same.add(key)
        return wire.Contributed(key=key, output={"number": f"{key} all the same"})

    def against(self) -> list[Place]:
        """Give where something was done all the same."""
        return [parse_ask_key(key)[1] for key in sorted(self.did_all_the_same)]

    def did_nothing(self, key: AskKey) -> bool:
        """Say whether nothing was done under a key, and nothing will be by what is still travelling."""
        held = self.register.get(key)
        return key not in self.travelling and (held is None or held.state not in {"done", "working"})

    def live(self) -> list[Place]:
        """Give where something stands in the register."""
        done = {key for key, entry in self.register.items() if entry.state == "done"}
        return [parse_ask_key(key)[1] for key in sorted(done | self.by_hand)]

    def _one_live_round(self, key: AskKey) -> None:
        """No register of an effect holds two live rounds of one step, or of one item of it."""
        if self.effect == "none" or (key not in self.by_hand and self.register[key].state != "done"):
            return
        at = parse_ask_key(key)[1]
        live = [place for place in self.live() if (place.step, place.item) == (at.step, at.item)]
        assert len(live) == 1, f"two live rounds of {at.step} {at.item}: {live}"


def agencies_of(plan: CompiledPlan, theme: Theme, rng: Random) -> dict[StepName, SimulatedAgency]:
    """Draw the agencies of a plan; a condition is refused often, and late where the theme wants it."""
    asked = [step for step in plan.steps.values() if not step.spec.pays]
    conditions = {step.spec.conditional_on for step in asked}
    return {
        step.name: SimulatedAgency(
            step.name,
            step.contract.effect,
            sorted(step.inputs),
            rng,
            silence=rng.choice(theme.silences),
            slow=theme.slow_conditions and step.name in conditions and step.spec.conditional_on is None,
            reluctance=_reluctance(step, theme, condition=step.name in conditions),
            fixable=_fixable(step, theme, number / max(len(asked) - 1, 1)),
            accepted=theme.accepted,
            second_thoughts=rng.choice(theme.second_thoughts),
            bound=is_bound(step.contract),
            repeatable=bears_repeats(step.contract),
        )
        for number, step in enumerate(asked)
    }


def _reluctance(step: CompiledStep, theme: Theme, *, condition: bool) -> float:
    if not (condition and step.spec.optional):
        return theme.no[step.spec.optional]
    return 0.75 if theme.slow_conditions else 0.4


def _fixable(step: CompiledStep, theme: Theme, place: float) -> float:
    """How much is sent back by an agency at this place in the order of the plan, from 0 to 1."""
    if not any(refusal.correct for refusal in step.contract.refusals.values()):
        return 0.0
    return theme.fixable * (2 * place if theme.late_corrections else 1)
