"""A verification that went well, to be changed by a test: exchanges as a player would have kept them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from contracts.contract import Contract
from contracts.ids import AskKey
from contracts.wire import Answer, Contributed, NothingHeld, Refused, Undone
from workflows.loading.contracts import load_contract
from workflows.proving.rows import Judging
from workflows.proving.steps import Exchange, Message, Step, conversation, key_of

KKPR = load_contract(Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts" / "dpupr-confirm-kkpr.yaml")
CASE = "verify-1"
_UNDONE = {"undo", "undo again", "another undo", "undo first", "late ask", "ask after undo", "lookup after undo"}
_STATUS = {"another input": 422, "no such contract": 422, "cut": 400, "bytes": 400, "nested": 400, "oversize": 413}


def answered(step: Step, answer: Answer, **more: Any) -> Exchange:
    """An exchange that came to an answer."""
    output = answer.output if isinstance(answer, Contributed) else {}
    return Exchange(
        step=step,
        sent=Message("http://127.0.0.1:7102/asks", {"Content-Type": "application/json"}, b"{}"),
        status=200,
        headers={"content-type": "application/json"},
        body=msgspec.json.encode(answer),
        answer=answer,
        output=output,
        took_s=0.1,
        **more,
    )


def turned_away(step: Step, status: int) -> Exchange:
    """An exchange that came to a problem."""
    return Exchange(step=step, sent=Message("http://127.0.0.1:7102/asks", {}, b"{}"), status=status, took_s=0.1)


def silent(step: Step) -> Exchange:
    """An exchange that came to nothing."""
    sent = Message("http://127.0.0.1:7102/asks", {}, b"{}")
    return Exchange(step=step, sent=sent, silence="no whole answer after 10 s", took_s=10)


def usual(step: Step, contract: Contract = KKPR) -> Exchange:
    """What comes of a step where all is well."""
    key = key_of(CASE, step)
    if step.name in _UNDONE:
        return answered(step, Undone(key=key))
    if step.name == "lookup of nothing":
        return answered(step, NothingHeld(key=key))
    if step.bend:
        return turned_away(step, _STATUS.get(step.name, 401))
    example = contract.examples[step.example]
    if example.refusal is not None:
        return answered(step, Refused(key=key, code=example.refusal))
    return answered(step, Contributed(key=AskKey(key), output=dict(example.output or {})))


def judging(contract: Contract = KKPR, /, **changed: Exchange) -> Judging:
    """A verification in which all went well, but for the steps that are given (spaces in names are underlines)."""
    talk = {step.name: usual(step, contract) for step in conversation(contract)}
    talk |= {name.replace("_", " "): exchange for name, exchange in changed.items()}
    return Judging(contract=contract, talk=talk, case=CASE, salt="AAAA", deadline_s=5, waited_s=30, jwks={"keys": []})


def step(name: str, contract: Contract = KKPR) -> Step:
    """A step of the conversation by its name."""
    return next(each for each in conversation(contract) if each.name == name)


def without(judged: Judging, *names: str) -> Judging:
    """The same verification, as if these steps had not been played."""
    return structs.replace(judged, talk={name: each for name, each in judged.talk.items() if name not in names})
