"""What a provider of payments answered, read as if it wished us ill: its words are bounded, its numbers are rupiah."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, cast

import msgspec

from contracts.ids import AskKey
from contracts.payments import BillHeld, NotRefunded
from contracts.wire import NothingHeld, Unheard, Unreadable
from workflows.agencies.received import AnswerTooLarge, AnswerUndecodable, Received
from workflows.agencies.statuses import SUCCESS, meaning_of

Named = TypeVar("Named", BillHeld, NotRefunded)

LONGEST: Final[Mapping[str, int]] = {
    "number": 100,
    "url": 2000,
    "code": 1000,
    "code_for": 100,
    "receipt": 200,
    "method": 100,
    "code of the refusal": 64,
    "text of the refusal": 500,
}
"""In characters; a QRIS is the longest code by far. Longer ones would be kept with the case for ever."""
_YEARS: Final = range(2000, 3000)
"""Moments outside cannot be shown in every zone, or counted from."""
_UNKNOWN, _CONFLICT = 404, 409


def read_answer(
    received: Received, key: AskKey, *, plain: bool, later: float | None
) -> BillHeld | NotRefunded | NothingHeld | Unheard | Unreadable:
    """Give what an answer says of the bill under a key; one that breaks the protocol cannot be read.

    `plain`: the provider is called without TLS, so that its pages may be too. `later`: it asks to be asked again after
    so many seconds.
    """
    status = received.status
    try:
        if status in SUCCESS:
            return _right(key, msgspec.json.decode(received.decoded(), type=BillHeld), plain=plain)
        if status == _UNKNOWN and _says_nothing_held(received):
            return NothingHeld(key=key)
        if status == _CONFLICT:
            return _right(key, msgspec.json.decode(received.decoded(), type=NotRefunded), plain=plain)
    except (ValueError, RecursionError, AnswerUndecodable, AnswerTooLarge) as error:
        return Unreadable(key=key, mistakes=[_told(error)])
    meaning = meaning_of(status)
    return Unheard(key=key, reason=f"{status}: {meaning.words}", final=meaning.final, retry_after_s=later)


def _right(key: AskKey, read: Named, *, plain: bool) -> Named:
    """Give what was read, if it holds together; raises ValueError otherwise."""
    for mistake in _mistakes(key, read, plain=plain):
        raise ValueError(mistake)
    return read


def _mistakes(key: AskKey, read: BillHeld | NotRefunded, *, plain: bool) -> Iterator[str]:
    if read.key != key:
        yield "it is about another bill"
    if isinstance(read, NotRefunded):
        yield from _too_long({"code of the refusal": read.code, "text of the refusal": read.text})
        return
    bill = read.bill
    words = {"number": bill.number, "url": bill.url, "code": bill.code, "code_for": bill.code_for}
    yield from _too_long({**words, "receipt": read.receipt, "method": read.method})
    for name, moment in (("until", bill.until), ("paid_at", read.paid_at)):
        if moment is not None and moment.year not in _YEARS:
            yield f"{name} is in the year {moment.year}"
    if read.standing > 0 and read.paid_at is None:
        yield "it was paid, and no paid_at says when"
    if bill.url and not bill.url.startswith(("https://", "http://") if plain else "https://"):
        yield "the page of the bill is no http(s) address" if plain else "the page of the bill is no https address"
    if not bill.url.isprintable() or " " in bill.url:
        yield "the page of the bill is no address"


def _told(error: Exception) -> str:
    """Say what is wrong and where, without a word of what the provider sent: that stands behind a quotation mark."""
    if isinstance(error, AnswerTooLarge):
        return "the answer is larger than 4 MiB"
    what, _, place = str(error).rpartition(" - at ")
    said = (what or place).partition("'")[0].strip()
    return f"{said} at {place}" if what else said


def _too_long(words: Mapping[str, str]) -> Iterator[str]:
    for name, said in words.items():
        if len(said) > LONGEST[name]:
            yield f"{name} is longer than {LONGEST[name]} characters"


def _says_nothing_held(received: Received) -> bool:
    read: object = msgspec.json.decode(received.decoded())
    return isinstance(read, dict) and cast("dict[str, object]", read).get("code") == "nothing_held"
