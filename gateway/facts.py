"""Facts that agencies keep in step: questions to holders, their answers, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from contracts.commands import AnswerFact
from contracts.contract import JsonSchema
from contracts.facts import WORDS, FactLines, Questions, QuestionView, StillSo
from contracts.ids import AskKey, parse_ask_key
from contracts.problems import Mistake
from contracts.wire import Evidence
from gateway.attesting import attested
from gateway.bodies import JSON_TYPES, media_type, parse_object, take
from gateway.deciding import officer_of
from gateway.hearing import Hearing, Message
from gateway.identity.callers import Caller
from gateway.known import known_case
from gateway.listing import listed_cases
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotFound
from workflows.core.state import CaseState
from workflows.ports import CaseFilter
from workflows.projections.case_view import ASKED_OF_FACTS, DIFFERS
from workflows.projections.facts import fact_lines, questions

_WORDS: Final[Mapping[str, StillSo]] = {word: word for word in WORDS}


class FactAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer to "is it still X?": `same`, `different` or `unknown`. Never what there is instead."""

    answer: str


class Confirmation(FactAnswer, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same by an agency's system; `question` is as it was given."""

    question: str


class CursorBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the list of questions goes on; empty: from the newest."""

    cursor: str = ""


class Facts:
    """Gives agencies what they are asked, takes what they say, and gives operators what differs."""

    def __init__(self, parts: Parts, hearing: Hearing) -> None:
        """Take the parts to call upon, and who knows an agency by its signature."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._hearing = hearing

    async def lines(self, *, everything: bool = False, cursor: str = "") -> FactLines:
        """Give a page of holders that differ, or of everything that was ever asked."""
        wanted = CaseFilter(mark=ASKED_OF_FACTS if everything else DIFFERS)
        states, following = await listed_cases(self._engine, self._journal, wanted, cursor)
        lines = [line for state in states for line in fact_lines(state) if everything or line.differs]
        return FactLines(facts=lines, next=following)

    async def asked(self, caller: Caller, cursor: str = "") -> Questions:
        """Give a page of what the officer's agency is asked."""
        return await self._asked(officer_of(caller).agency, cursor)

    async def fetched(self, message: Message, caller: Caller, agency: str) -> Questions:
        """Give a page of what an agency is asked to its system: a signed call, or one with its token."""
        media_type(message.headers, JSON_TYPES)
        await self._hearing.sender(message, caller, agency)
        return await self._asked(agency, take(parse_object(message.body), CursorBody).cursor)

    async def one(self, caller: Caller, question: str) -> QuestionView:
        """Give one question to the officer's agency. Raises NotFound: it is not asked that (any more)."""
        return (await self._found(officer_of(caller).agency, question))[1]

    async def source(self, caller: Caller, question: str) -> tuple[JsonSchema, str]:
        """Give the form of a question's case, and the reference that its fact is read by. Raises as `one` does."""
        state, view = await self._found(officer_of(caller).agency, question)
        plan = state.plan.published.plan
        return plan.form, plan.facts[view.fact].value

    async def answer(self, caller: Caller, question: str, body: FactAnswer) -> None:
        """Record an officer's answer.

        Raises:
            NotFound: the officer's agency is not asked that (any more).
            FormInvalid: it is none of the three words.

        """
        officer = officer_of(caller)
        said = {"question": question, "answer": body.answer}
        evidence = attested(said, by=officer.actor, at=self._clock.now())
        await self._record(officer.agency, question, body, evidence)

    async def hear(self, message: Message, caller: Caller, agency: str) -> None:
        """Record the answer of an agency's system: a signed call, or one with its token; raises as `answer` does."""
        media_type(message.headers, JSON_TYPES)
        sender = await self._hearing.sender(message, caller, agency)
        body = take(parse_object(message.body), Confirmation)
        evidence = sender.evidence(message.body, self._clock.now())
        await self._record(agency, body.question, body, evidence)

    async def _record(self, agency: str, question: str, body: FactAnswer, evidence: Evidence) -> None:
        word = _WORDS.get(body.answer)
        if word is None:
            raise FormInvalid("This is no answer.", [Mistake("/answer", f"Write one of: {', '.join(WORDS)}.")])
        _, view = await self._found(agency, question)
        _, place, _ = parse_ask_key(AskKey(view.key))
        command = AnswerFact(
            step=place.step,
            item=place.item,
            round=place.round,
            fact=view.fact,
            number=view.number,
            answer=word,
            evidence=evidence,
        )
        await self._engine.submit(view.case, command)

    async def _found(self, agency: str, question: str) -> tuple[CaseState, QuestionView]:
        state = await known_case(self._engine, question.partition(":")[0])
        for view in questions(state, agency, answered=True) if state is not None else ():
            if view.question == question and state is not None:
                return state, view
        raise NotFound("Your agency is not asked this (any more).")

    async def _asked(self, agency: str, cursor: str) -> Questions:
        wanted = CaseFilter(mark=ASKED_OF_FACTS)
        states, following = await listed_cases(self._engine, self._journal, wanted, cursor)
        return Questions(questions=[view for state in states for view in questions(state, agency)], next=following)
