"""What agencies do in these plays: a table by step, and a register that is as idempotent as their contracts say.

    {"business": refuses("already_registered"), "workers": Does(heard="lost")}

says that the office behind `business` refuses, and that the answer of the one behind `workers` is lost once. A list is
one entry per round; what the table does not name is done, and heard at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from contracts import wire
from contracts.ids import AskKey, Place, StepName, parse_ask_key

Word = Literal["contributes", "refuses", "returns", "undoes", "refuses the undo"]
Heard = Literal["at once", "later", "uncalled", "undecided", "lost", "slow", "silence", "4xx", "broken"]
"""How it is heard: at once; accepted, and called back an hour later; accepted, and found by a lookup; accepted, and
never decided; done, but the first attempt's answer is lost; arriving after every attempt was given up as unheard;
never; told that repeating is no use; in a way that breaks the contract."""


@dataclass(frozen=True)
class Does:
    """What an office does about one wish."""

    word: Word = "contributes"
    heard: Heard = "at once"
    code: str = ""
    inputs: tuple[str, ...] = ()


Table: TypeAlias = Mapping[str, "Does | Sequence[Does]"]


def refuses(code: str, heard: Heard = "at once") -> Does:
    return Does("refuses", heard, code)


def returns(*inputs: str) -> Does:
    return Does("returns", inputs=inputs)


def keeps_it(code: str = "used") -> Does:
    """No to an undo."""
    return Does("refuses the undo", code=code)


def entry(table: Table, name: str, round_: int, usual: Does, item: str = "") -> Does:
    """What the table says of a round of a step: of an item of it (`structure/west`) first."""
    said = table.get(f"{name}/{item}", table.get(name, usual))
    rounds = [said] if isinstance(said, Does) else list(said)
    return rounds[round_ - 1] if round_ <= len(rounds) else usual


@dataclass
class Office:
    """One agency: everything it ever held, by ask key."""

    name: StepName
    effect: str
    output: dict[str, Any]
    forgets: bool = False
    """It knows no keys: what is asked twice is done twice, also what was undone meanwhile."""
    states: dict[AskKey, str] = field(default_factory=dict[AskKey, str])
    answers: dict[AskKey, wire.Answer] = field(default_factory=dict[AskKey, wire.Answer])
    working: dict[AskKey, Does] = field(default_factory=dict[AskKey, Does])
    did: Counter[AskKey] = field(default_factory=Counter[AskKey])
    asked: list[tuple[AskKey, int]] = field(default_factory=list[tuple[AskKey, int]])
    undone: list[tuple[AskKey, int]] = field(default_factory=list[tuple[AskKey, int]])
    """Every ask, and every undo, that came here: its key and its attempt."""

    def ask(self, key: AskKey, does: Does) -> wire.Answer:
        """Decide an ask, or repeat what was decided; work that goes on is only accepted."""
        if key not in self.states or self.forgets:
            self._decide(key, does)
        return wire.Accepted(key=key, ticket="t") if key in self.working else self.answers[key]

    def accept(self, key: AskKey, does: Does) -> bool:
        """Begin work that `finish` ends; say whether somebody is not at it already."""
        if key in self.working:
            return False
        self.working[key] = does
        self.states.setdefault(key, "working")
        return True

    def finish(self, key: AskKey) -> wire.Answer:
        """Decide what was accepted, or say again what was decided before."""
        does = self.working.pop(key)
        if key not in self.answers:
            self._decide(key, does)
        return self.answers[key]

    def _decide(self, key: AskKey, does: Does) -> None:
        if does.word == "refuses":
            self.states[key], self.answers[key] = "refused", wire.Refused(key=key, code=does.code, text="so it is")
        elif does.word == "returns":
            self.states[key] = "returned"
            self.answers[key] = wire.Returned(key=key, inputs=list(does.inputs), text="look again")
        else:
            self.did[key] += self.forgets and self.states.get(key) == "done"
            self.contribute(key)

    def contribute(self, key: AskKey) -> dict[str, Any]:
        """Do it; no register of an effect holds two rounds of one step, or of one item of it, at a time."""
        if self.states.get(key) != "done":
            self.did[key] += 1
        self.states[key], self.answers[key] = "done", wire.Contributed(key=key, output=self.output)
        live = [place for place in self.live() if place.item == parse_ask_key(key)[1].item]
        assert self.effect == "none" or len(live) == 1, f"{self.name} holds two rounds at a time"
        return self.output

    def undo(self, key: AskKey, undoes: AskKey, does: Does) -> wire.Answer:
        """Take back, or remember that this ask must not work any more."""
        if does.word == "refuses the undo" and self.states.get(undoes) == "done":
            return wire.UndoRefused(key=key, code=does.code)
        self.take_back(undoes)
        return wire.Undone(key=key)

    def take_back(self, undoes: AskKey) -> None:
        self.working.pop(undoes, None)
        self.states[undoes], self.answers[undoes] = "undone", wire.Undone(key=undoes)

    def think_again(self) -> None:
        """Be ready to decide anew what was answered, and not done."""
        for key in [key for key, state in self.states.items() if state in {"refused", "returned"}]:
            del self.states[key], self.answers[key]

    def against(self) -> list[Place]:
        """Give where something was done after all: stories say themselves what they make of that."""
        return []

    def live(self) -> list[Place]:
        """Give where something stands in the register."""
        return [parse_ask_key(key)[1] for key, state in self.states.items() if state == "done"]
