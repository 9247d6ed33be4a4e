"""Whole applications for a tender dossier: engine, bindings and replay server together, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.asked import Act
from contracts.contract import Attempts, Contract
from contracts.views import JointOutput
from examples.france.applications import Application, Expected, StepExpected, read_applications
from examples.france.prepared import EXAMPLE
from examples.france.recordings import Recordings
from examples.france.replay import Replay, read_fault, serving
from tests.integration.france_stage import (
    BUYER,
    at,
    open_agency,
    prepared,
    recorded_in,
    recorded_or_skip,
    write_by_hand,
)
from tests.unit.workflows.engines.stage import CASE, START, Stage
from workflows.core.allowed_moves import CLOSED
from workflows.core.state import CaseState
from workflows.loading.compiling import compile_plan
from workflows.loading.plans import load_published
from workflows.outputs.compose import compose_output
from workflows.projections.case_view import case_view

SAMPLES = read_applications()
QUICK = Attempts(first_wait="20 ms", factor=1, longest_wait="20 ms", give_up_after="1 h")
ACT = Act(actor="operator", reason="the buyer does without")
ENDS = CLOSED | {"issued"}


def made_by_hand(siren: str, siret: str, *, faults: list[str] | None = None, **expected: object) -> Application:
    """Give an application about answers that were written by hand."""
    form = {
        "siren": siren,
        "siret": siret,
        "building": True,
        "craft": True,
        "buyer": {"siret": BUYER, "name": "Acheteur"},
        "tender": {"number": "2026-LOT-01", "subject": "Menuiserie"},
    }
    expect = Expected(**{"steps": {}, **expected})  # type: ignore[arg-type]  # a row of the table below
    return Application(title="", form=form, faults=faults or [], expect=expect)


THERE = StepExpected(state="contributed")
EVERY_STEP = (
    *("company", "establishment", "tax", "social", "register", "vat", "history"),
    *("craft", "leave_fund", "pension"),
)
BY_HAND: Mapping[str, Application] = {
    "all-there": made_by_hand("100000009", "10000000900017", state="issued", steps=dict.fromkeys(EVERY_STEP, THERE)),
    "failures-pass": made_by_hand(
        "100000009",
        "10000000900017",
        faults=["502:2:dgfip", "429:1:acoss"],
        state="issued",
        steps={
            "tax": StepExpected(state="contributed", attempt=3),
            "social": StepExpected(state="contributed", attempt=2),
        },
    ),
    "ceased": made_by_hand(
        "100000025",
        "10000002500017",
        state="refused",
        steps={"company": StepExpected(state="refused", code="ceased")},
        never_read=["etablissements", "dgfip", "acoss", "infogreffe", "vies"],
    ),
    "no-tax-certificate": made_by_hand(
        "100000058",
        "10000005800017",
        state="refused",
        steps={"tax": StepExpected(state="refused", code="not_issued")},
    ),
    "not-allowed": made_by_hand(
        "100000009",
        "10000000900017",
        faults=["403:1:successions"],
        state="issued",
        incidents=["history"],
        steps={"history": StepExpected(state="skipped")},
    ),
}


class Play:
    """One application on its way, and whoever does something about it."""

    def __init__(self, application: Application, replay: Replay, contracts: Mapping[str, Contract]) -> None:
        plan = load_published(EXAMPLE / "services" / "dossier-de-candidature.yaml", contracts)
        self.application, self.replay = application, replay
        self.stage = Stage(compile_plan(plan))
        self.incidents: list[str] = []

    async def to_the_end(self) -> CaseState:
        """Apply, correct or decline what is asked for, skip what a person has to look at; give the last state."""
        await self.stage.engine.open(
            self.stage.plan.published.digest, cm.OpenCase(case=CASE, form=self.application.form)
        )
        corrected = False
        while True:
            state = await self.stage.until(self._wants_somebody)
            if state.status in ENDS:
                return state
            for correction in case_view(state).corrections:
                if self.application.correct and not corrected:
                    await self.stage.engine.submit(CASE, cm.Correct(answers=self.application.correct))
                    corrected = True
                else:
                    await self.stage.engine.submit(CASE, cm.DeclineCorrection(step=correction.step))
            for step, place, entry in state.currents():
                if entry.state == "exhausted":
                    self.incidents.append(step.name)
                    await self.stage.engine.submit(CASE, cm.SkipStep(step=place.step, act=ACT))

    @staticmethod
    def _wants_somebody(state: CaseState) -> bool:
        stuck = any(entry.state == "exhausted" for _, _, entry in state.currents())
        return state.status in ENDS or (state.status == "open" and (stuck or bool(case_view(state).corrections)))

    def check(self, state: CaseState) -> None:
        """Hold the end to what the sample says."""
        expect = self.application.expect
        view = {step.step: step for step in case_view(state).steps}
        found = {
            name: StepExpected(state=it.state, code=it.code, round=it.round, attempt=it.attempt)
            for name, it in view.items()
            if name in expect.steps
        }
        assert (state.status, found, self.incidents) == (expect.state, dict(expect.steps), expect.incidents)
        for word in expect.never_read:
            assert not [read for read in self.replay.reads if word in read.endpoint], word
        tender = self.application.form["tender"]["number"]
        purposes = {(read.recipient, read.context, read.object) for read in self.replay.reads}
        assert purposes == {(BUYER, "tender-eligibility", tender)}, "a read says another purpose, or none"
        if expect.holder:
            assert output_of(state).holder["name"] == expect.holder


async def played(application: Application, recorded: Path, work: Path) -> tuple[Play, CaseState]:
    """Play an application over the answers of a folder."""
    recordings = Recordings(recorded_in(recorded), application.stand_ins)
    faults = [read_fault(text) for text in application.faults]
    replay = Replay(recordings, faults=faults, retry_after=application.retry_after, live_links=True)
    async with serving(replay) as url:
        contracts = prepared(recorded, work / recorded.name).items()
        here = {name: structs.replace(at(url, contract), attempts=QUICK) for name, contract in contracts}
        play = Play(application, replay, here)
        async with open_agency(play.stage.clock) as agency:
            play.stage.reach_by(agency)
            await play.stage.start()
            try:
                async with asyncio.timeout(30):
                    state = await play.to_the_end()
            finally:
                await play.stage.engine.drain()
    play.check(state)
    return play, state


def output_of(state: CaseState) -> JointOutput:
    return compose_output(state, agency_titles={}, issued_at=START)


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_by_hand(tmp_path_factory.mktemp("by-hand"))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.mark.parametrize("name", BY_HAND)
async def test_an_application_over_answers_written_by_hand_ends_otherwise(name: str, by_hand: Path, work: Path) -> None:
    await played(BY_HAND[name], by_hand, work)


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_over_the_recorded_answers_ends_otherwise(name: str, work: Path) -> None:
    await played(SAMPLES[name], recorded_or_skip(), work)


async def test_a_read_is_repeated_before_the_api_said(by_hand: Path, work: Path) -> None:
    application = structs.replace(
        BY_HAND["failures-pass"], faults=["429:1:acoss"], retry_after="1", expect=Expected(state="issued", steps={})
    )
    play, _ = await played(application, by_hand, work)
    facts = [fact for fact in await play.stage.facts() if getattr(fact, "step", "") == "social"]
    failed = next(fact for fact in facts if isinstance(fact, ev.StepFailed))
    again = [later for fact, later in pairwise(facts) if fact is failed]
    assert (failed.again_at - failed.at).total_seconds() >= 1
    assert again[0].at >= failed.again_at


async def test_an_optional_part_that_is_missing_is_not_said_to_be_missing(by_hand: Path, work: Path) -> None:
    application = made_by_hand("100000009", "10000000900017", state="issued", faults=["404:1:vies"], steps={})
    _, state = await played(application, by_hand, work)
    parts = {str(part.step): part for part in output_of(state).parts}
    assert (parts["vat"].word, parts["vat"].values) == ("refused", {})
    assert parts["vat"].refusal is not None
    assert parts["vat"].refusal.en == "There is no EU VAT number"


async def test_a_certificate_is_not_kept_with_the_case(by_hand: Path, work: Path) -> None:
    play, state = await played(BY_HAND["all-there"], by_hand, work)
    parts = {str(part.step): part for part in output_of(state).parts}
    for step in ("tax", "social", "leave_fund"):
        described = parts[step].values["certificate"]
        content = await play.stage.journal.document(CASE, described["digest"])
        assert content is not None
        assert (content[:5], len(content)) == (b"%PDF-", described["size"])
