"""A case whose agency has a REST API of its own: the engine, the adapter and the agency together, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.connection import BoundOperation, BoundOutcome, Repeat
from contracts.contract import Attempts
from tests.conformance.agencies import CHECKS, LOOPBACK
from tests.conformance.rest_office import ANSWERS, KnownSecrets, RestOffice, make_connection, open_rest_office
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.engines.stage import CASE, Stage, key
from workflows.agencies.fake import Behaviour
from workflows.agencies.openapi import OpenApiAgency
from workflows.agencies.reading import AnswerChecks

REFUSES = BoundOutcome(when="status == 422 && body.code == 'UNKNOWN'", refuse="no")
OUTCOMES = [REFUSES, *(outcome for outcome in ANSWERS if not outcome.refuse and not outcome.return_)]


@asynccontextmanager
async def played(
    behaviours: Sequence[Behaviour] = (), *, repeat: Repeat = "never"
) -> AsyncGenerator[tuple[Stage, RestOffice]]:
    """Run a plan of a bound step `a`, and a desk `b` after it."""
    async with open_rest_office(behaviours) as (office, url):
        spec, contract = part("form.x", lookup=True)
        connection = make_connection(url, repeat=repeat)
        # The office knows our key as a number of the request, whatever the binding says about repeats.
        ask = BoundOperation(
            operation="matchPerson",
            headers={"Idempotency-Key": "ask.key"},
            body={"full_name": "input.x"},
            outcomes=OUTCOMES,
        )
        bound = structs.replace(
            contract,
            connection=structs.replace(connection, ask=ask),
            attempts=Attempts(first_wait="1 s", longest_wait="1 s", give_up_after="1 h"),
        )
        stage = Stage(plan(a=(spec, bound), b=part("a.number", desk=True)))
        checks = AnswerChecks(CHECKS.check_output, CHECKS.verify_part)
        agency = OpenApiAgency(checks=checks, secrets=KnownSecrets(), clock=stage.clock, guard=LOOPBACK)
        stage.reach_by(agency)
        await stage.start()
        try:
            async with asyncio.timeout(20):
                yield stage, office
        finally:
            await stage.engine.drain()
            await agency.close()


async def test_what_an_api_answers_is_contributed_and_undone_when_the_applicant_withdraws() -> None:
    async with played() as (stage, office):
        await stage.open(x="Sari")
        state = await stage.at("b", "accepted")
        (word,) = state.word(state.plan.order[0])
        assert word.output == {"number": "N-1"}
        assert word.evidence is not None
        assert word.evidence.kind == "attested"
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.status("withdrawn")
        assert office.held[key("a")][0] == 410


async def test_a_no_of_an_api_closes_the_case() -> None:
    async with played() as (stage, _):
        await stage.open(x="Nobody")
        state = await stage.status("refused")
        assert state.word(state.plan.order[0])[0].code == "no"


@pytest.mark.parametrize("repeat", ["never", "lookup_first"])
async def test_an_answer_that_was_lost_is_looked_up_and_nothing_is_done_twice(repeat: Repeat) -> None:
    async with played(["mute"], repeat=repeat) as (stage, office):
        await stage.open(x="Sari")
        state = await stage.at("b", "accepted")
        assert state.word(state.plan.order[0])[0].attempt == 1
        assert office.effects == {key("a"): 1}


async def test_an_ask_that_was_lost_is_asked_again_only_after_a_look() -> None:
    async with played(["deaf"], repeat="lookup_first") as (stage, office):
        await stage.open(x="Sari")
        await stage.at("b", "accepted")
        assert office.effects == {key("a"): 1}
        assert [type(fact).__name__ for fact in await stage.facts()][1:6] == [
            "StepAsked",
            "StepFailed",
            "LookupAsked",
            "StepAsked",
            "StepContributed",
        ]
