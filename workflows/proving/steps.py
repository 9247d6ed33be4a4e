"""The conversation by which a system is checked: what is sent, one step after another, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from contracts.contract import Contract
from contracts.ids import AskKey, CaseId, Place, StepName, Verb, ask_key
from contracts.wire import Accepted, Answer
from workflows.core.json_kinds import is_fields
from workflows.proving.papers import paper

Bend = Literal[
    "",
    "no signature",
    "the signature of a stranger's key",
    "the name of a key that nobody registered",
    "a signature for another address",
    "another body than was signed",
    "another body and its digest",
    "a signature ten minutes old",
    "a signature ten minutes ahead",
    "the very bytes that came before",
    "another contract",
    "another input",
    "a body that is cut off",
    "a body that is not UTF-8",
    "a body nested without end",
    "a body of 16 MiB",
]
"""How a message differs from what the gateway would send."""


class Step(Struct, frozen=True, kw_only=True):
    """One message: `wish` names the ask that it is, undoes or looks up; `after` the steps that it needs before it."""

    name: str
    verb: Verb = "ask"
    wish: str = ""
    example: int = 0
    round: int = 1
    bend: Bend = ""
    after: tuple[str, ...] = ()
    waits: bool = False
    """Where it is accepted, the callback is waited for."""


class Message(Struct, frozen=True):
    """What is sent by POST: `signed_for` is its address as its signature has it."""

    url: str
    headers: dict[str, str]
    body: bytes


class Called(Struct, frozen=True, kw_only=True):
    """A callback that came: what it says, whether it may be believed (nothing: it may), and what we answered."""

    body: bytes
    answer: Answer | None
    fault: str
    status: int


class Exchange(Struct, kw_only=True):
    """What was sent in one step, and what came of it.

    `silence` says why there is no whole answer; `fault` what is wrong with its signature; `unread` why its body is no
    answer; `wrong` what is wrong with the documents in it. `output` is the answer's, with documents described.
    """

    step: Step
    sent: Message
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    silence: str = ""
    took_s: float = 0
    fault: str = ""
    unread: str = ""
    wrong: list[str] = []
    answer: Answer | None = None
    output: dict[str, Any] = {}
    called: list[Called] = []

    @property
    def word(self) -> str:
        """Give the outcome that it says, or nothing."""
        return outcome_of(self.answer)

    @property
    def later(self) -> Answer | None:
        """Give what it comes to: its own answer, or what was called back after an `accepted`."""
        if not isinstance(self.answer, Accepted):
            return self.answer
        return next((call.answer for call in self.called if call.answer is not None), self.answer)


Talk = Mapping[str, Exchange]
"""What came of each step that was played, by its name."""


def outcome_of(answer: Answer | None) -> str:
    """Give an answer's outcome as it is written on the wire; nothing for no answer."""
    return "" if answer is None else str(answer.__struct_config__.tag)


def key_of(case: str, step: Step, verb: Verb | None = None) -> AskKey:
    """Give the key that a step carries; a lookup carries its ask's."""
    verb = verb or ("ask" if step.verb == "lookup" else step.verb)
    return ask_key(CaseId(case), Place(StepName(step.wish), round=step.round if verb == "undo" else 1), verb)


def conversation(contract: Contract) -> tuple[Step, ...]:
    """Give every step by which the system of a contract is checked, in their order."""
    first = first_contribution(contract)
    examples = [
        Step(name=f"example {number + 1}", wish=f"example-{number + 1}", example=number, waits=True)
        for number in range(len(contract.examples))
    ]
    main = f"example {first + 1}"
    wish = f"example-{first + 1}"
    steps = [*examples, Step(name="repeat", wish=wish, example=first, after=(main,))]
    if len({str(each.input) for each in contract.examples}) > 1:
        steps.append(Step(name="another input", wish=wish, example=first, bend="another input", after=(main,)))
    if contract.lookup:
        steps.append(Step(name="lookup of nothing", verb="lookup", wish="never-asked"))
        steps.append(Step(name="lookup", verb="lookup", wish=wish, after=(main, "repeat")))
    steps += _forged(contract, wish, first)
    if contract.effect == "reversible":
        steps += _undoing(contract, main, wish, first)
    return tuple(steps)


_FORGED: Final[Mapping[str, Bend]] = {
    "unsigned": "no signature",
    "stranger": "the signature of a stranger's key",
    "unregistered": "the name of a key that nobody registered",
    "elsewhere": "a signature for another address",
    "altered": "another body than was signed",
    "altered with its digest": "another body and its digest",
    "old": "a signature ten minutes old",
    "ahead": "a signature ten minutes ahead",
    "no such contract": "another contract",
    "cut": "a body that is cut off",
    "bytes": "a body that is not UTF-8",
    "nested": "a body nested without end",
    "oversize": "a body of 16 MiB",
}
"""Messages that the gateway never sends. Each is under a key of its own, so that one that is taken shows."""


def _forged(contract: Contract, wish: str, first: int) -> Iterable[Step]:
    for name, bend in _FORGED.items():
        # What is final cannot be taken back: a message that is wrongly taken must be a wish that was done before.
        own = wish if contract.effect == "final" else name.replace(" ", "-")
        yield Step(name=name, wish=own, example=first, bend=bend)
    main = f"example {first + 1}"
    yield Step(
        name="replayed", wish=wish, example=first, bend="the very bytes that came before", after=(main, "repeat")
    )
    yield Step(name="still there", wish=wish, example=first, after=(main, "oversize"))


def _undoing(contract: Contract, main: str, wish: str, first: int) -> Iterable[Step]:
    yield Step(name="undo", verb="undo", wish=wish, after=(main,))
    yield Step(name="undo again", verb="undo", wish=wish, after=(main, "undo"))
    yield Step(name="another undo", verb="undo", wish=wish, round=2, after=(main, "undo"))
    yield Step(name="ask after undo", wish=wish, example=first, after=(main, "undo"))
    if contract.lookup:
        yield Step(name="lookup after undo", verb="lookup", wish=wish, after=(main, "undo"))
    yield Step(name="undo first", verb="undo", wish="undone-first")
    yield Step(name="late ask", wish="undone-first", example=first, after=("undo first",))


def first_contribution(contract: Contract) -> int:
    """Give the first example that contributes, by its index; the first of all where none does."""
    return next((index for index, each in enumerate(contract.examples) if each.output is not None), 0)


def input_of(contract: Contract, step: Step) -> dict[str, Any]:
    """Give the input of a step: its example's, with documents of ours in place of what the example describes."""
    given = dict(contract.examples[step.example].input)
    if step.bend == "another input":
        given = next(dict(each.input) for each in contract.examples if each.input != given)
    for name, value in given.items():
        if is_fields(value) and value.keys() >= {"type", "name", "digest"}:
            given[name] = paper(str(value["type"]), name, "A check of the wire protocol", str(value["name"]))
    return given


def needed(steps: Iterable[Step], names: Iterable[str]) -> tuple[Step, ...]:
    """Give the named steps with everything that they need before them, in order."""
    every = tuple(steps)
    known = {step.name: step for step in every}
    wanted, pending = set[str](), [name for name in names if name in known]
    while pending:
        name = pending.pop()
        if name not in wanted:
            wanted.add(name)
            pending += known[name].after
    return tuple(step for step in every if step.name in wanted)
