"""Does an agency keep the wire protocol? A table of checks, each of which says in words what is wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from gapura_agency.agency import Agency
from gapura_agency.contracts import Contract
from gapura_agency.exchange import Call
from gapura_agency.keys import SigningKey
from gapura_agency.signatures import VALID_FOR_S
from gapura_agency.testing.stand_in import Heard, StandIn, Wrong

_SIGNATURE_REFUSED = 401
_NOT_ASKED = 422
_UNREADABLE = 400


class Subject(Struct):
    """What is checked: an agency, under one contract, with an input that its examples have."""

    gateway: StandIn
    agency: Agency
    contract: Contract
    values: Mapping[str, Any]

    def ask(self, key: str) -> Heard:
        """Ask under a key."""
        return self.gateway.ask(self.agency, self.contract.name, self.values, key=key)

    def undo(self, key: str) -> Heard:
        """Undo what was asked under a key."""
        return self.gateway.undo(self.agency, self.contract.name, key)


Check: TypeAlias = Callable[[Subject, str], Iterator[str]]


def check(agency: Agency, gateway: StandIn) -> None:
    """Ask for everything that the protocol wants under each contract with examples, and take it back.

    Raises:
        AssertionError: names everything that is wrong, by contract and check.

    """
    mistakes = list(_all(agency, gateway))
    if mistakes:
        raise AssertionError(f"{len(mistakes)} things are wrong:\n" + "\n".join(f"- {mistake}" for mistake in mistakes))


def _all(agency: Agency, gateway: StandIn) -> Iterator[str]:
    case = f"check-{secrets.token_hex(8)}"
    for contract in agency.contracts.values():
        yield from (f"{contract.name}: {mistake}" for mistake in _examples(agency, gateway, contract, case))
        values = next((values for _, values, output, _ in contract.examples if output is not None), None)
        if values is None:
            yield f"{contract.name}: no example has an output: write one into the contract, it is what is asked with"
            continue
        subject = Subject(gateway, agency, contract, values)
        for number, (title, look) in enumerate(CHECKS.items(), start=1):
            try:
                yield from (
                    f"{contract.name}: {title}: {mistake}" for mistake in look(subject, _key(case, contract, number))
                )
            except Wrong as wrong:
                yield f"{contract.name}: {title}: {wrong}"


def _key(case: str, contract: Contract, number: int) -> str:
    return f"{case}-{number:02d}/{contract.name.partition('/')[2].partition('@')[0]}/ask/1"


def _examples(agency: Agency, gateway: StandIn, contract: Contract, case: str) -> Iterator[str]:
    for number, (title, values, _, refusal) in enumerate(contract.examples, start=50):
        key = _key(case, contract, number)
        try:
            heard = gateway.ask(agency, contract.name, values, key=key)
            if heard.outcome == "accepted":
                pass  # what comes of it comes by callback
            elif refusal is None and heard.outcome != "contributed":
                yield f"the example {title!r}: answered {heard.outcome} {heard.code}, an output was promised"
            elif refusal is not None and (heard.outcome, heard.code) != ("refused", refusal):
                yield f"the example {title!r}: answered {heard.outcome} {heard.code}, refused {refusal} was promised"
            if not contract.is_final:
                gateway.undo(agency, contract.name, key)
        except Wrong as wrong:
            yield f"the example {title!r}: {wrong}"


# --- the checks -----------------------------------------------------------------------------------------------


def _repeated(subject: Subject, key: str) -> Iterator[str]:
    first, second = subject.ask(key), subject.ask(key)
    if (first.outcome, first.output, first.code) != (second.outcome, second.output, second.code):
        yield "the same key was answered otherwise the second time: the first answer is to be remembered"
    changed = {**subject.values, "and_more": True}
    message = subject.gateway.ask_message(subject.contract.name, changed, key=key)
    yield from _status(subject, message, _NOT_ASKED, "the same key with another input")


def _looked_up(subject: Subject, key: str) -> Iterator[str]:
    nothing = subject.gateway.lookup(subject.agency, subject.contract.name, key)
    if nothing.outcome != "nothing_held":
        yield f"a key that never came was answered {nothing.outcome}, not nothing_held"
    asked = subject.ask(key)
    held = subject.gateway.lookup(subject.agency, subject.contract.name, key)
    if (held.outcome, held.output) != (asked.outcome, asked.output):
        yield f"a lookup was answered {held.outcome}, the ask before it {asked.outcome}: they must be the same"


def _undone(subject: Subject, key: str) -> Iterator[str]:
    if subject.contract.is_final:
        return
    subject.ask(key)
    for turn in ("an undo", "the same undo again"):
        said = subject.undo(key)
        if said.outcome != "undone":
            yield f"{turn} was answered {said.outcome} {said.code}"
    again = subject.ask(key)
    if again.outcome != "undone":
        yield f"after its undo a repeat of the ask was answered {again.outcome}, not undone"


def _undone_first(subject: Subject, key: str) -> Iterator[str]:
    said = subject.undo(key)
    if said.outcome != "undone":
        yield f"an undo that came before its ask was answered {said.outcome}, not undone"
    late = subject.ask(key)
    if late.outcome != "undone":
        yield f"an ask that came after its undo was answered {late.outcome}: it must be undone, and nothing done"


def _forged(subject: Subject, key: str) -> Iterator[str]:
    message = subject.gateway.ask_message(subject.contract.name, subject.values, key=key)
    _, answer = subject.gateway.exchange(subject.agency, "ask", message, by=SigningKey.new("gateway"))
    if answer.status != _SIGNATURE_REFUSED:
        yield f"a signature of another key was answered {answer.status}, not 401"
    stale = subject.gateway.now() - 2 * VALID_FOR_S
    _, answer = subject.gateway.exchange(subject.agency, "ask", message, at=stale)
    if answer.status != _SIGNATURE_REFUSED:
        yield f"a signature of ten minutes ago was answered {answer.status}, not 401"
    yield from _altered(subject, key)


def _altered(subject: Subject, key: str) -> Iterator[str]:
    body = b'{"key":"%b","contract":"%b"}' % (key.encode(), subject.contract.name.encode())
    call = subject.gateway.signed(subject.agency, "lookup", body, key)
    altered = subject.gateway.sent(subject.agency, Call(call.url, call.headers, body + b" "))
    if altered.status != _SIGNATURE_REFUSED:
        yield f"a body that was altered on its way was answered {altered.status}, not 401"
    subject.gateway.sent(subject.agency, call)
    replayed = subject.gateway.sent(subject.agency, call)
    if replayed.status != _SIGNATURE_REFUSED:
        yield f"the very same request again was answered {replayed.status}, not 401: remember nonces"


def _unasked(subject: Subject, key: str) -> Iterator[str]:
    stranger = subject.gateway.ask_message(f"{subject.contract.agency}/no-such@1", subject.values, key=key)
    yield from _status(subject, stranger, _NOT_ASKED, "a contract that there is not")
    call = subject.gateway.signed(subject.agency, "ask", b'{"key": ', key)
    broken = subject.gateway.sent(subject.agency, call)
    if broken.status != _UNREADABLE:
        yield f"a body that is no JSON was answered {broken.status}, not 400"


def _status(subject: Subject, message: Mapping[str, Any], wanted: int, what: str) -> Iterator[str]:
    _, answer = subject.gateway.exchange(subject.agency, "ask", message)
    if answer.status != wanted:
        yield f"{what} was answered {answer.status}, not {wanted}"


CHECKS: dict[str, Check] = {
    "a repeat": _repeated,
    "a lookup": _looked_up,
    "an undo": _undone,
    "an undo before its ask": _undone_first,
    "who asks": _forged,
    "what is no ask": _unasked,
}
