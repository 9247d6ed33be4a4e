"""Facts that agencies keep in step: what they are asked, what they say, and where they differ."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from contracts.facts import FactLines, Questions
from gateway.facts import Confirmation, CursorBody, FactAnswer
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import ParameterInvalid
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    nothing,
    operator_of,
    path_of,
    query_of,
    reply,
    struct_of,
)
from gateway.routes.agencies import message_of

_CURSOR: Final = Param(name="cursor", where="query", about="`next` of the page before.")
_SIGNED: Final = (
    Param(name="Content-Digest", where="header", about="RFC 9530, sha-256; with a signature."),
    Param(name="Signature-Input", where="header", about="RFC 9421; or the agency's token instead."),
)
SHOWN: Final = ("differs", "all")


@get(
    "/v1/operations/facts",
    opt={
        OPERATION: Operation(
            id="listFacts",
            tag="operations",
            params=(
                Param(
                    name="show",
                    where="query",
                    about="Only holders that differ, or all that were ever asked.",
                    schema={"enum": list(SHOWN), "default": "differs"},
                ),
                _CURSOR,
            ),
            answers={200: Answered(about="How holders stand to facts; never a value.", type=FactLines)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_facts(request: GatewayRequest) -> Reply:
    """List where agencies differ: of which case, in which fact, since when, and whether a correction was asked."""
    operator_of(request)
    query = query_of(request, {"show": "differs", "cursor": ""})
    if query["show"] not in SHOWN:
        raise ParameterInvalid(f"show is one of {', '.join(SHOWN)}.")
    return reply(await calls_of(request).facts.lines(everything=query["show"] == "all", cursor=query["cursor"]))


@get(
    "/v1/questions",
    opt={
        OPERATION: Operation(
            id="listQuestions",
            tag="work",
            params=(_CURSOR,),
            answers={200: Answered(about="What your agency is asked.", type=Questions)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_questions(request: GatewayRequest) -> Reply:
    """List what the officer's agency is asked: "is it still X?", X being what it was given."""
    cursor = query_of(request, {"cursor": ""})["cursor"]
    return reply(await calls_of(request).facts.asked(caller_of(request), cursor))


@post(
    "/v1/questions/{question:str}/answer",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="answerQuestion",
            tag="work",
            body=FactAnswer,
            answers={204: Answered(about="It is on record; the same again changes nothing.")},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def answer_question(request: GatewayRequest) -> Reply:
    """Answer `same`, `different` or `unknown`: never what there is instead."""
    caller, body = caller_of(request), await struct_of(request, FactAnswer)
    await calls_of(request).facts.answer(caller, path_of(request, "question"), body)
    return nothing()


@post(
    "/v1/agencies/{agency:str}/questions",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="fetchQuestions",
            tag="agencies",
            body=CursorBody,
            params=_SIGNED,
            answers={200: Answered(about="What the agency is asked.", type=Questions)},
            problems=("not-found", "form-invalid", "parameter-invalid"),
        )
    },
)
async def fetch_questions(request: GatewayRequest) -> Reply:
    """Fetch what the agency is asked, by its own system: signed as callbacks are, or sent with its token."""
    query_of(request, {})
    message, agency = await message_of(request), path_of(request, "agency")
    return reply(await calls_of(request).facts.fetched(message, caller_of(request), agency))


@post(
    "/v1/agencies/{agency:str}/confirmations",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="confirmFact",
            tag="agencies",
            body=Confirmation,
            params=_SIGNED,
            answers={204: Answered(about="Recorded for ever; the same again changes nothing.")},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def confirm_fact(request: GatewayRequest) -> Reply:
    """Answer a question by the agency's own system: `same`, `different` or `unknown`."""
    query_of(request, {})
    message, agency = await message_of(request), path_of(request, "agency")
    await calls_of(request).facts.hear(message, caller_of(request), agency)
    return nothing()


ROUTES: Final = [list_facts, list_questions, answer_question, fetch_questions, confirm_fact]
