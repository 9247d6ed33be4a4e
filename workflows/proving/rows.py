"""One row of a verification: what was checked, what was sent, what came, and what should have come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, structs

from contracts.contract import Contract
from contracts.wire import Accepted, Answer, Contributed
from workflows.agencies.statuses import SUCCESS
from workflows.core.json_kinds import is_fields
from workflows.proving.steps import Exchange, Step, Talk, key_of, outcome_of

State = Literal["passed", "failed", "blocked", "not applicable"]
"""Blocked: it could not be judged, since something before it did not come about; that has a row of its own."""

_LONGEST_TOLD: Final = 300
_CLIENT_ERRORS: Final = range(400, 500)


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A check, judged. `why` says why it was not."""

    name: str
    what: str
    state: State
    sent: str = ""
    got: str = ""
    expected: str = ""
    why: str = ""
    at: str = ""
    """The step whose message is told."""


class Judging(Struct, frozen=True, kw_only=True):
    """Everything that came of a verification. `jwks` are the agency's keys, `waited_s` how long for callbacks.

    `stopped` says why not every step was played.
    """

    contract: Contract
    talk: Talk
    case: str
    salt: str
    deadline_s: float
    waited_s: float
    jwks: Mapping[str, Any]
    stopped: str = ""

    def settled(self, name: str) -> Answer | None:
        """Give what an ask came to: at once, by callback, or else when it was asked again."""
        exchange = self.talk.get(name)
        answer = exchange.later if exchange is not None else None
        again = self.talk.get(asked_again(name))
        if isinstance(answer, Accepted) and again is not None and again.answer is not None:
            return again.answer
        return answer

    def contributions(self) -> list[tuple[str, Exchange, Contributed]]:
        """Give every contribution that was answered or called back, with the step that it came in."""
        found: list[tuple[str, Exchange, Contributed]] = []
        for name, exchange in self.talk.items():
            answer = exchange.later
            if exchange.step.bend == "" and isinstance(answer, Contributed):
                found.append((name, exchange, answer))
        return found


class Expect(Struct, frozen=True):
    """What should come: in words, and whether this does."""

    words: str
    holds: Callable[[Exchange, Judging], bool]
    more: Callable[[Judging], str] = lambda _judging: ""
    """What stands behind the words, once it is known."""

    def told(self, judging: Judging) -> str:
        """Say what should come."""
        return self.words + self.more(judging)


class Look(Struct, frozen=True):
    """What should come of a step. `silence_fails`: no answer is wrong here; else the deadline's row fails of it."""

    step: str
    expect: Expect
    silence_fails: bool = False


class Check(Struct, frozen=True, kw_only=True):
    """One check of the table. `unless` gives why it does not apply, if so; `given` must hold for it to be judged."""

    name: str
    what: str
    judge: Callable[[Check, Judging], Row]
    unless: Callable[[Contract], str] = lambda _contract: ""
    given: tuple[Look, ...] = ()
    looks: tuple[Look, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """Give the steps that it looks at."""
        return tuple(dict.fromkeys(look.step for look in (*self.given, *self.looks)))

    def row(self, state: State, **said: str) -> Row:
        """Give its row in this state."""
        return Row(name=self.name, what=self.what, state=state, **said)

    def judged(self, judging: Judging) -> Row:
        """Judge it."""
        reason = self.unless(judging.contract)
        return self.row("not applicable", why=reason) if reason else self.judge(self, judging)


def asked_again(name: str) -> str:
    """Name the repeat of an ask whose callback did not come in time."""
    return f"{name} asked again"


# --- expectations ---------------------------------------------------------------------------------------------


def said(*outcomes: str) -> Expect:
    """Expect an answer with one of these outcomes."""
    return Expect(f"200 {' or '.join(outcomes)}", lambda got, _: got.status in SUCCESS and got.word in outcomes)


def comes_to(words: str, holds: Callable[[Answer], bool]) -> Expect:
    """Expect that an ask comes to an answer, be it by callback."""

    def held(got: Exchange, judging: Judging) -> bool:
        answer = judging.settled(got.step.name)
        return answer is not None and holds(answer)

    return Expect(words, held)


UNAUTHORIZED: Final = Expect("401, and nothing done", lambda got, _: got.status == HTTPStatus.UNAUTHORIZED)
DECLINED: Final = Expect("a 4xx, and nothing done", lambda got, _: got.status in _CLIENT_ERRORS)
UNSHAKEN: Final = Expect(
    "a 4xx (or an answer, where what is not known is left unread), never a 5xx",
    lambda got, _: got.status in _CLIENT_ERRORS or (got.status in SUCCESS and bool(got.word)),
)
TOO_LARGE: Final = Expect(
    "413 or another 4xx, or a connection that is closed",
    lambda got, judging: got.status in _CLIENT_ERRORS or (not got.status and got.took_s < judging.deadline_s),
)


def same_as(name: str) -> Expect:
    """Expect the answer that an earlier ask came to, its signature and part aside."""

    def held(got: Exchange, judging: Judging) -> bool:
        first = judging.settled(name)
        return got.answer is not None and told_of(got.answer, judging) == told_of(first, judging)

    def first(judging: Judging) -> str:
        answer = judging.settled(name)
        return f": {brief(msgspec.json.encode(told_of(answer, judging)))}" if answer is not None else ""

    return Expect("the answer that this key was given first", held, first)


def told_of(answer: Answer | None, judging: Judging) -> object:
    """Give what an answer says, without its part and without what travels beside documents."""
    if not isinstance(answer, Contributed):
        return msgspec.to_builtins(answer)
    fields = judging.contract.output.get("properties", {})
    documents = {name for name, field in fields.items() if isinstance(field, dict) and "document" in field}
    output = {name: _described(value) if name in documents else value for name, value in answer.output.items()}
    return {"outcome": outcome_of(answer), "key": answer.key, "output": output}


def _described(value: object) -> object:
    if not is_fields(value):
        return "a document"  # a text alone is its content or its link, and a link may be another each time
    return {name: said for name, said in value.items() if name in {"type", "name", "digest"}}


# --- judging --------------------------------------------------------------------------------------------------


def looked(check: Check, judging: Judging) -> Row:
    """Judge a check by what it looks at."""
    for look in check.given:
        if missing := _missing(look, judging):
            return check.row("blocked", why=missing)
    row = check.row("passed")
    for look in check.looks:
        exchange = judging.talk.get(look.step)
        if exchange is None:
            return check.row("blocked", why=_not_played(look, judging))
        if look.expect.holds(exchange, judging):
            row = _seen(check, "passed", look, judging)
            continue
        if reason := "" if look.silence_fails else _unanswered(exchange, judging):
            return check.row("blocked", why=f"{look.step}: {reason}")
        return _seen(check, "failed", look, judging)
    return row


def _seen(check: Check, state: State, look: Look, judging: Judging) -> Row:
    exchange = judging.talk[look.step]
    row = check.row(state, got=_came(exchange, judging), expected=look.expect.told(judging))
    return about(row, exchange, judging)


def about(row: Row, exchange: Exchange, judging: Judging) -> Row:
    """Give a row with the one exchange that it is about."""
    return structs.replace(row, sent=sent_words(exchange.step, judging.case), at=exchange.step.name)


def _unanswered(exchange: Exchange, judging: Judging) -> str:
    """Say why there is nothing to judge yet; another row fails of it."""
    if exchange.silence:
        return f"{exchange.silence}; see the row `deadline`"
    if exchange.step.waits and isinstance(judging.settled(exchange.step.name), Accepted):
        return "it was accepted, and its answer never came; see the row `callback`"
    return ""


def _missing(look: Look, judging: Judging) -> str:
    exchange = judging.talk.get(look.step)
    if exchange is None:
        return _not_played(look, judging)
    if look.expect.holds(exchange, judging):
        return ""
    if reason := _unanswered(exchange, judging):
        return f"{look.step}: {reason}"
    word = outcome_of(judging.settled(exchange.step.name)) or "no answer"
    return f"{look.step} came to {exchange.status} {word}, not to {look.expect.words}"


def _not_played(look: Look, judging: Judging) -> str:
    return judging.stopped or f"the step {look.step!r} was not played"


def _came(exchange: Exchange, judging: Judging) -> str:
    """Say what came of a step, and by callback afterwards."""
    answer = judging.settled(exchange.step.name)
    later = f", later {brief(msgspec.json.encode(answer))}" if answer is not exchange.answer else ""
    return got_words(exchange) + later


def sent_words(step: Step, case: str) -> str:
    """Say what was sent in a step."""
    bent = f", with {step.bend}" if step.bend else ""
    return f"POST /{step.verb}s {key_of(case, step)}{bent}"


def got_words(exchange: Exchange) -> str:
    """Say what came of a step."""
    if not exchange.status:
        return exchange.silence
    return f"{exchange.status} {brief(exchange.body)}".strip()


def brief(body: bytes) -> str:
    """Give a body as a person reads it: on one line, and not all of a long one."""
    text = " ".join(body[: 4 * _LONGEST_TOLD].decode("utf-8", "replace").split())
    return text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}…"
