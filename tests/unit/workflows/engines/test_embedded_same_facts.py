"""The embedded engine and the simulator record the same facts for the same answers.

The engine carries out random plans with random agencies, in virtual time; everything that was asked of a case, answers
and timers included, is then given to the simulator's core, at the same moments. Both must have recorded the same.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TypeAlias

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.contract import Contract
from contracts.ids import CaseId, Instant, ask_key, parse_ask_key
from contracts.wire import Ask, Lookup, Undo
from tests.simulation.agencies import SimulatedAgency
from tests.simulation.invariants import check_at_rest, check_step
from tests.simulation.plans import form_of, random_plan
from tests.unit.workflows.core.playbook import PROOF
from tests.unit.workflows.engines.stage import Stage
from workflows.core.decide import decide, decided
from workflows.core.evolve import fold
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.ports import Told

pytestmark = pytest.mark.looptime
CASE = CaseId("sim")
# Agencies alone are played here: a plan in which something is paid needs a provider of payments as well.
SEEDS = [seed for seed in range(200, 260) if not random_plan(Random(seed)).paid]  # noqa: S311 - drawn to be repeated
Asked: TypeAlias = list[tuple[Instant, cm.CaseCommand]]


class SimulatedWay:
    """The simulator's agencies, reached as the engine reaches agencies: now and then nobody hears them."""

    def __init__(self, seed: int, stage: Stage) -> None:
        """Take the plan's agencies."""
        self.rng = Random(seed)  # noqa: S311 - a seeded simulation, not a secret
        self.agencies = {
            name: SimulatedAgency(name, step.contract.effect, sorted(step.inputs), self.rng)
            for name, step in stage.plan.steps.items()
        }
        self.stage = stage

    def of(self, key: str) -> SimulatedAgency:
        """Give the agency that a key is for."""
        return self.agencies[parse_ask_key(key)[1].step]

    async def told(self, heard: wire.Heard) -> Told:
        """Take some time, and be heard or not."""
        await self.stage.clock.sleep(self.rng.random() * 5)
        drawn = self.rng.random()
        if drawn < 0.2:
            heard = wire.Unheard(key=heard.key, reason="lost", sent=drawn < 0.15, final=drawn < 0.03)
        return Told(heard, PROOF)

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Ask."""
        return await self.told(self.of(ask.key).ask(ask.key))

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Undo."""
        return await self.told(self.of(undo.undoes).undo(undo.key, undo.undoes))

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Look up: work that was accepted is finished by then."""
        agency = self.of(lookup.key)
        return await self.told(
            agency.finish(lookup.key) if lookup.key in agency.register else agency.lookup(lookup.key)
        )


async def played(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Stage, Asked]:
    """Let the engine carry a random case out for two days; give everything that was asked of the case, and when."""
    rng = Random(seed)  # noqa: S311 - a seeded simulation, not a secret
    stage = Stage(random_plan(rng))
    stage.reach_by(SimulatedWay(seed, stage))
    asked: Asked = []

    def noted(state: CaseState, command: cm.CaseCommand, *, now: Instant) -> tuple[tuple[ev.CaseEvent, ...], CaseState]:
        asked.append((now, command))
        return decided(state, command, now=now)

    monkeypatch.setattr("workflows.engines.driver.decided", noted)
    await stage.start()
    await stage.engine.open(stage.plan.published.digest, cm.OpenCase(case=CASE, form=form_of(rng)))
    for hour in range(48):
        await stage.clock.sleep(3600)
        if hour == 30 and rng.random() < 0.4:
            await tried(stage, cm.Withdraw())
        state = await stage.engine.state(CASE)
        assert state is not None
        for step, place, entry in state.currents():
            if entry.correcting and rng.random() < 0.3:
                chosen = rng.choice(entry.correctable).strip("/")
                await tried(stage, cm.Correct(answers={chosen: f"{chosen}{hour}"}))
            elif entry.state == "accepted" and step.spec.ask and rng.random() < 0.3:
                heard = wire.Contributed(key=ask_key(CASE, place), output={"number": step.name})
                await tried(
                    stage,
                    cm.RecordAnswer(step=step.name, round=place.round, verb="ask", heard=heard, evidence=PROOF),
                )
    await stage.engine.drain()
    return stage, asked


async def tried(stage: Stage, command: cm.CaseCommand) -> None:
    """Ask it of the case; it may not be possible."""
    try:
        await stage.engine.submit(CASE, command)
    except Rejection:
        return


def simulated(stage: Stage, asked: Asked) -> list[ev.CaseEvent]:
    """Give what the simulator's core records of the same, holding it to what always holds."""
    state = CaseState.empty(stage.plan)
    facts: list[ev.CaseEvent] = []
    for now, command in asked:
        try:
            events = decide(state, command, now=now)
        except Rejection:
            continue
        for event in events:
            before, state = state, fold(state, (event,))
            check_step(before, event, state)
        check_at_rest(state, now)
        facts += events
    return facts


@pytest.fixture(autouse=True)
def nobody_sets_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let timers sleep until the next is due: two days of looking up every 15 seconds prove nothing more."""
    monkeypatch.setattr("workflows.engines.timers._LONGEST_SLEEP_S", 86_400.0)


@pytest.mark.parametrize("seed", SEEDS)
async def test_both_record_the_same_facts_for_the_same_answers(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, asked = await played(seed, monkeypatch)
    facts = await stage.facts(CASE)
    assert simulated(stage, asked) == facts
    assert facts[-1].at - facts[0].at < timedelta(days=3)


async def test_the_cases_played_reach_what_matters_or_they_would_prove_little(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    for seed in SEEDS:
        stage, _ = await played(seed, monkeypatch)
        seen |= {type(event).__name__ for event in await stage.facts(CASE)}
    assert {"StepFailed", "StepContributed", "StepRefused", "UndoAsked", "StepUndone", "LookupAsked"} <= seen
    assert {"FormCorrected", "OutputSealed", "CaseClosed", "RoundOpened"} <= seen
