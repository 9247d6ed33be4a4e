"""The table of checks: what a system on the wire protocol is held to, row by row (docs/reference/wire.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from contracts.connection import WireConnection
from contracts.contract import Contract, Example
from contracts.wire import Accepted, Answer, Contributed, Refused
from workflows.proving import overall
from workflows.proving.rows import (
    DECLINED,
    TOO_LARGE,
    UNAUTHORIZED,
    UNSHAKEN,
    Check,
    Expect,
    Judging,
    Look,
    Row,
    comes_to,
    looked,
    said,
    same_as,
)
from workflows.proving.steps import Step, conversation, first_contribution, needed

_ANSWERED: Final = comes_to("an answer", lambda answer: not isinstance(answer, Accepted))
_CONTRIBUTED: Final = comes_to("contributed", lambda answer: isinstance(answer, Contributed))
_TAKEN_BACK: Final = said("undone", "accepted")


def checks_of(contract: Contract) -> tuple[Check, ...]:
    """Give every check of a contract's system, in the order in which it is told."""
    main = f"example {first_contribution(contract) + 1}"
    return (*_examples(contract), *_overall(), *_keys(main), *_trust(), *_bodies(main), *_undos(main))


def judged(judging: Judging, names: Iterable[str] = ()) -> list[Row]:
    """Judge a verification; `names` are the rows that are wanted, all where there are none."""
    wanted = set(names)
    return [check.judged(judging) for check in checks_of(judging.contract) if not wanted or check.name in wanted]


def steps_for(contract: Contract, names: Iterable[str] = ()) -> tuple[Step, ...]:
    """Give the steps that the named rows need, in order; all where none is named, or a row looks at everything."""
    every, wanted = conversation(contract), set(names)
    chosen = [check for check in checks_of(contract) if check.name in wanted]
    if not chosen or any(not check.steps for check in chosen):
        return every
    return needed(every, [step for check in chosen for step in check.steps])


# --- what the contract shows ----------------------------------------------------------------------------------


def _examples(contract: Contract) -> Iterable[Check]:
    for number, example in enumerate(contract.examples, start=1):
        words = f"{example.title}: {_promised(example)}"
        look = Look(f"example {number}", _as_shown(example))
        yield Check(name=f"example-{number}", what=words, judge=looked, looks=(look,))
    shown = {example.refusal for example in contract.examples}
    for code in contract.refusals:
        if code not in shown:
            why = f"no example of the contract is refused with {code}: write one, with an input that is"
            yield Check(name=f"refusal-{code}", what=f"refuses with {code}", judge=looked, unless=_never(why))


def _promised(example: Example) -> str:
    return f"refused, {example.refusal}" if example.refusal is not None else "contributed"


def _as_shown(example: Example) -> Expect:
    if example.refusal is None:
        return _CONTRIBUTED
    code = example.refusal

    def refused(answer: Answer) -> bool:
        return isinstance(answer, Refused) and answer.code == code

    return comes_to(f"refused with {code}", refused)


def _never(why: str) -> Callable[[Contract], str]:
    return lambda _contract: why


# --- what holds of everything that it says --------------------------------------------------------------------


def _overall() -> tuple[Check, ...]:
    return (
        Check(
            name="answers", what="says what the wire protocol knows, under the key that was asked", judge=overall.words
        ),
        Check(name="output", what="contributes what the contract's output allows", judge=overall.outputs),
        Check(name="signed", what="signs every answer, bound to what was asked", judge=overall.signatures),
        Check(name="part", what="signs its part, bound to this ask", judge=overall.parts),
        Check(name="deadline", what="answers in time", judge=overall.times),
        Check(name="callback", what="calls back what it accepted, signed", judge=overall.callbacks),
    )


# --- one key is one wish --------------------------------------------------------------------------------------


def _keys(main: str) -> tuple[Check, ...]:
    answered, same = (Look(main, _ANSWERED),), same_as(main)
    return (
        Check(
            name="repeat",
            what="gives a repeat the answer that it gave first, and does it once",
            judge=looked,
            given=answered,
            looks=(Look("repeat", same),),
        ),
        Check(
            name="other-wish",
            what="does not take a known key with another input",
            judge=looked,
            unless=_one_input,
            given=answered,
            looks=(Look("another input", DECLINED, silence_fails=True),),
        ),
        Check(
            name="lookup",
            what="says what it holds under a key, and that it holds nothing",
            judge=looked,
            unless=_no_lookup,
            given=(*answered, Look("repeat", same)),
            looks=(Look("lookup of nothing", said("nothing_held")), Look("lookup", same)),
        ),
    )


def _one_input(contract: Contract) -> str:
    several = len({str(each.input) for each in contract.examples}) > 1
    return "" if several else "the contract shows one input alone: write a second example"


def _no_lookup(contract: Contract) -> str:
    return "" if contract.lookup else "the contract says `lookup: false`"


# --- whom it believes -----------------------------------------------------------------------------------------


def _trust() -> tuple[Check, ...]:
    rows = (
        ("wrong-signature", "believes only what the gateway signed for it", _SIGNATURES),
        ("altered-body", "notices that a body is not the one whose digest was signed", ("altered",)),
        ("stale", "takes no signature from long ago, nor from times to come", ("old", "ahead")),
    )
    unauthorized = [
        Check(
            name=name,
            what=what,
            judge=looked,
            looks=tuple(Look(step, UNAUTHORIZED, silence_fails=True) for step in steps),
        )
        for name, what, steps in rows
    ]
    replayed = Check(
        name="replay",
        what="takes the same signed bytes once",
        judge=looked,
        given=(Look("repeat", said("contributed", "refused", "returned", "accepted", "undone")),),
        looks=(Look("replayed", UNAUTHORIZED, silence_fails=True),),
    )
    return (*unauthorized, replayed)


_SIGNATURES: Final = ("unsigned", "stranger", "unregistered", "elsewhere", "altered with its digest")


# --- bodies that are none -------------------------------------------------------------------------------------


def _bodies(main: str) -> tuple[Check, ...]:
    return (
        Check(
            name="unknown-contract",
            what="turns away an ask under a contract that is not its own",
            judge=looked,
            looks=(Look("no such contract", DECLINED, silence_fails=True),),
        ),
        Check(
            name="malformed",
            what="turns away what is no JSON",
            judge=looked,
            looks=(
                Look("cut", DECLINED, silence_fails=True),
                Look("bytes", DECLINED, silence_fails=True),
                Look("nested", UNSHAKEN, silence_fails=True),
            ),
        ),
        Check(
            name="oversize",
            what="turns away a body beyond what it must take, and goes on",
            judge=looked,
            given=(Look(main, _ANSWERED),),
            looks=(Look("oversize", TOO_LARGE, silence_fails=True), Look("still there", _ALIVE, silence_fails=True)),
        ),
    )


_ALIVE: Final = Expect("an answer to the next ask", lambda got, _: bool(got.status) and got.status < 500)  # noqa: PLR2004 - the first 5xx


# --- taking back ----------------------------------------------------------------------------------------------


def _undos(main: str) -> tuple[Check, ...]:
    contributed, undone = Look(main, _CONTRIBUTED), Look("undo", said("undone"))
    after = (Look("ask after undo", said("undone")),)
    rows = (
        ("undo", "takes back what it contributed", (contributed,), (Look("undo", _TAKEN_BACK),)),
        (
            "undo-twice",
            "is asked twice to take back, under one key and another, and says the same",
            (contributed, Look("undo", _TAKEN_BACK)),
            (Look("undo again", _TAKEN_BACK), Look("another undo", _TAKEN_BACK)),
        ),
        (
            "undo-first",
            "remembers an undo that comes before its ask, and then does not do it",
            (),
            (Look("undo first", said("undone")), Look("late ask", said("undone"))),
        ),
        ("ask-after-undo", "does not do again what was taken back", (contributed, undone), after),
        (
            "lookup-after-undo",
            "says that it was taken back",
            (contributed, undone),
            (Look("lookup after undo", said("undone")),),
        ),
    )
    return tuple(
        Check(
            name=name,
            what=what,
            judge=looked,
            unless=_UNLESS.get(name, _no_undo),
            given=given,
            looks=looks,
        )
        for name, what, given, looks in rows
    )


def _no_undo(contract: Contract) -> str:
    if contract.effect == "reversible":
        return ""
    return f"its effect is {contract.effect}: nothing is ever taken back"


def _not_at_once(contract: Contract) -> str:
    by_officer = contract.undo is not None and contract.undo.by == "officer"
    return _no_undo(contract) or ("an officer takes back, so that may take a while" if by_officer else "")


_UNLESS: Final[Mapping[str, Callable[[Contract], str]]] = {
    "ask-after-undo": _not_at_once,
    "lookup-after-undo": lambda contract: _not_at_once(contract) or _no_lookup(contract),
}


def cannot_be_verified(contract: Contract) -> str:
    """Say why the system of a contract cannot be verified; nothing where it can."""
    if not isinstance(contract.connection, WireConnection):
        kind = contract.connection.__struct_config__.tag
        return f"its connection is {kind}: only systems that are called by the wire protocol can be verified"
    if all(example.output is None for example in contract.examples):
        return "none of its examples contributes, and a verification asks what they show: write one that does"
    return ""
