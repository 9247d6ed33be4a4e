"""After issue: questions whether facts are still so, notices of what was revoked, and taking one's own part back."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gapura_agency.asked import Confirmation, Notice, NoticeFunction, Question
from gapura_agency.exchange import Unheard
from gapura_agency.gateway import Calls, title_of
from gapura_agency.messages import AskMessage
from gapura_agency.procedure import Duty
from gapura_agency.stores import Store
from gapura_agency.wording import AnswerWrong

_WORDS = ("same", "different", "unknown")
_log = logging.getLogger("gapura_agency")


class NotTaken(Exception):
    """The gateway did not take what was said; the text says why."""


class _Asked(Struct):
    question: str
    key: str
    value: Any
    fact: str = ""
    correct: bool = False


class _Questions(Struct):
    questions: list[_Asked]
    next: str = ""


class _Notices(Struct):
    notices: list[Notice]
    next: str = ""


_Page = TypeVar("_Page", _Questions, _Notices)


def answer_questions(store: Store, calls: Calls, duties: Mapping[str, Duty]) -> None:
    """Answer everything that is asked now; what is not taken is asked again by itself.

    Raises:
        Unheard: the gateway was not reached.

    """
    for page in _pages(calls, "questions", _Questions):
        for asked in page.questions:
            word = _confirmed(store, duties, asked)
            if word is None:
                continue
            body = msgspec.json.encode({"question": asked.question, "answer": word})
            answer = calls.post(f"{calls.agency}/confirmations", asked.question, body)
            if answer.status != HTTPStatus.NO_CONTENT:
                _log.warning("the answer to question %s was not taken: %s", asked.question, title_of(answer))


def _confirmed(store: Store, duties: Mapping[str, Duty], asked: _Asked) -> Confirmation | None:
    """Give the agency's word; None: it has no function that could say, or that failed."""
    with store.transaction() as memory:
        held = memory.held(asked.key)
    if held is None or held.done_at is None:
        return "unknown"
    ask = msgspec.json.decode(held.message, type=AskMessage)
    duty = duties.get(ask.contract)
    confirm = duty.confirm if duty else None
    if confirm is None:
        return None
    try:
        with store.transaction() as memory:
            word = confirm(
                Question(
                    question=asked.question,
                    ask_key=asked.key,
                    fact=asked.fact,
                    value=asked.value,
                    input=msgspec.json.decode(ask.input),
                    correct=asked.correct,
                    connection=lambda: memory.database,
                )
            )
        return _one_of_the_words(word, ask.contract)
    except Exception:  # noqa: BLE001 - whatever a function of the agency raises
        _log.exception("the function that confirms %s failed; it is asked again", ask.contract)
        return None


def _one_of_the_words(word: Confirmation, contract: str) -> Confirmation:
    if word not in _WORDS:
        raise AnswerWrong(f"{contract}: a confirm function returns one of {', '.join(_WORDS)}")
    return word


def take_notices(calls: Calls, note: NoticeFunction) -> None:
    """Tell the agency what it is to note, and the gateway that it did; one whose function fails comes again.

    Raises:
        Unheard: the gateway was not reached.

    """
    for page in _pages(calls, "notices", _Notices):
        for notice in page.notices:
            try:
                note(notice)
            except Exception:  # noqa: BLE001 - whatever a function of the agency raises
                _log.exception("the function that takes note of %s failed; it comes again", notice.notice)
                continue
            body = msgspec.json.encode({"notice": notice.notice})
            answer = calls.post(f"{calls.agency}/noted", notice.notice, body)
            if answer.status != HTTPStatus.NO_CONTENT:
                _log.warning("that %s was noted was not taken: %s", notice.notice, title_of(answer))


def revoke(calls: Calls, ask_key: str, *, reason: str, legal_basis: str, objection: str) -> bool:
    """Take one's own part of an issued output back; see `Agency.revoke`."""
    said = {"key": ask_key, "reason": reason, "legal_basis": legal_basis, "objection": objection}
    answer = calls.post(f"{calls.agency}/revocations", ask_key, msgspec.json.encode(said))
    if answer.status != HTTPStatus.OK:
        raise NotTaken(title_of(answer))
    return bool(msgspec.json.decode(answer.body, type=dict[str, Any]).get("required"))


def _pages(calls: Calls, path: str, kind: type[_Page]) -> Iterator[_Page]:
    cursor, more = "", True
    while more:
        answer = calls.post(f"{calls.agency}/{path}", path, msgspec.json.encode({"cursor": cursor} if cursor else {}))
        if answer.status != HTTPStatus.OK:
            raise Unheard(f"{path} cannot be fetched: {title_of(answer)}")
        page = msgspec.json.decode(answer.body, type=kind)
        yield page
        cursor, more = page.next, bool(page.next)
