"""What every sample says must come of it does come: the core, with the agencies' own procedures in this process.

No HTTP and no waiting, so that a wrong expectation is found here within seconds; the same samples are sent through the
real gateway elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest
from msgspec import structs

import gapura_agency
from contracts import commands as cm
from contracts import effects as ef
from contracts.contract import DeskConnection
from contracts.documents import without_contents
from contracts.ids import NO_ITEM, CaseId, StepName
from contracts.wire import Accepted, Answer, Ask, Contributed, Evidence, Heard, Undo, Undone, Unheard
from examples.purbalingga.agencies.duties import Agency, Clerk, account_of, open_register, take_on
from gapura_agency import SigningKey
from gapura_agency.testing import StandIn
from gateway.pages.answers import list_lengths
from gateway.pages.forms import build_form
from gateway.pages.warnings import warnings_of
from tests.integration.purbalingga_stage import OFFICES
from tests.integration.revenue_office import RevenueOffice
from tests.integration.samples import (
    BY_SIMULATED_CLOCK,
    ApplicantAct,
    Decision,
    Held,
    Part,
    Sample,
    StepExpected,
    load_samples,
)
from workflows.core.allowed_moves import CLOSED
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.pending import pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.engines.asks import make_ask, make_undo
from workflows.loading.compiling import compile_plan
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published
from workflows.outputs.compose import compose_closing, compose_output
from workflows.projections.case_view import case_view

EXAMPLE = Path(__file__).parents[2] / "examples" / "purbalingga"
CONTRACTS = load_contracts(EXAMPLE / "contracts")
PLANS = {
    path.stem: compile_plan(load_published(path, CONTRACTS))
    for path in sorted((EXAMPLE / "services").glob("*.yaml"))
    if path.stem not in BY_SIMULATED_CLOCK
}
"""The others are played by `test_building_approval.py`."""
SAMPLES = load_samples()
CASES = itertools.count(1)
Offices: TypeAlias = dict[str, "Office | RevenueOffice"]
MOST_MOVES = 200
"""A case that is not at rest after so many moves never will be."""


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """Every agency's procedure, with one register for all samples, as in life."""
    offices: Offices = {"bakeuda": RevenueOffice(tmp_path_factory.mktemp("bakeuda"))}
    for agency in OFFICES:
        folder = tmp_path_factory.mktemp(agency.name)
        offices[agency.name] = Office(agency, folder)
    yield offices
    for office in offices.values():
        office.close()


class Office:
    """An agency's functions on the kit, with its register, and no socket."""

    def __init__(self, about: Agency, folder: Path) -> None:
        self.name = about.name
        self._register = open_register(about, folder / "register.sqlite")
        self._system = gapura_agency.Agency(
            key=SigningKey.new(about.name), gateway=StandIn(), contracts=EXAMPLE / "contracts", store=self._register
        )
        for duty in about.duties:
            take_on(self._system, duty, Clerk(), answer_after_s=None)

    def answer(self, verb: str, message: Ask | Undo) -> Answer:
        reply = self._system.reply_to(verb, msgspec.json.encode(message), "")
        answer: Answer = msgspec.json.decode(reply.body, type=Answer)
        return answer

    def account(self) -> dict[str, object]:
        return account_of(self._register)

    def close(self) -> None:
        self._register.close()


class Run:
    """One application on its way."""

    def __init__(self, sample: Sample, offices: Offices) -> None:
        self.offices, self.faults = offices, Faults(sample.faults)
        self.state = CaseState.empty(PLANS[sample.service])
        self.now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        self.acts: deque[ApplicantAct] = deque(sample.applicant)
        self.decisions = {step: deque(decisions) for step, decisions in sample.officers.items()}
        # The gateway has kept the files, and describes them.
        form = without_contents(sample.form, PLANS[sample.service].published.plan.form)
        self.do(cm.OpenCase(case=CaseId(f"case-{next(CASES)}"), form=form))

    def do(self, command: cm.CaseCommand) -> None:
        self.state = fold(self.state, decide(self.state, command, now=self.now))

    def go_on(self) -> None:
        """Move until nothing moves any more."""
        for _ in range(MOST_MOVES):
            if not (self.applicant_acts() or self.carry_out() or self.officers_decide() or self.time_passes()):
                return
        pytest.fail(f"still moving after {MOST_MOVES} moves: {case_view(self.state)}")

    def applicant_acts(self) -> bool:
        """Let the applicant do what the sample says, once its moment has come."""
        if not self.acts:
            return False
        act = self.acts[0]
        entry = self.state.current((StepName(act.when.step), NO_ITEM))
        if (entry.state, entry.number) != (act.when.state, act.when.round):
            return False
        asked = [pointer for correction in case_view(self.state).corrections for pointer in correction.pointers]
        assert asked == act.asked
        self.acts.popleft()
        self.do(command_of(act))
        return True

    def carry_out(self) -> bool:
        """Carry out the first thing that is owed."""
        for effect in pending(self.state):
            if isinstance(effect, ef.SealOutput):
                self.do(cm.RecordSeal(credential="sealed", digest="sha256:" + "0" * 64, status_index=0))
                return True
            assert isinstance(effect, ef.SendAsk | ef.SendUndo), effect
            self.record(effect, self.answer(effect))
            return True
        return False

    def answer(self, effect: ef.SendAsk | ef.SendUndo) -> Heard:
        """Give what the agency answers; officers have a desk, where an ask is put."""
        step = self.state.step(effect.place.step)
        if isinstance(step.contract.connection, DeskConnection):
            return Accepted(key=effect.key) if isinstance(effect, ef.SendAsk) else Undone(key=effect.key)
        office = self.offices[step.contract.agency]
        if isinstance(office, RevenueOffice):
            if isinstance(effect, ef.SendAsk):
                return office.ask(effect, self.state, self.now)
            office.undo(effect)
            return Undone(key=effect.key)
        fault = self.faults.of(office.name, effect)
        if fault == "unavailable":
            return Unheard(key=effect.key, reason="503", retry_after_s=1)
        if isinstance(effect, ef.SendAsk):
            ask = make_ask(effect, step, b"sixteen bytes ok", "http://127.0.0.1/v1/callbacks", self.now)
            answer = office.answer("ask", ask)
        else:
            answer = office.answer("undo", make_undo(effect, step, "", self.now))
        if isinstance(answer, Contributed):
            schema = self.state.step(effect.place.step).contract.output
            answer = structs.replace(answer, output=without_contents(answer.output, schema))
        return Unheard(key=effect.key, reason="cut") if fault == "lost" else answer

    def record(self, effect: ef.SendAsk | ef.SendUndo, heard: Heard) -> None:
        part = getattr(heard, "part", "")
        evidence = Evidence(kind="agency" if part else "attested", received_at=self.now, digest="", part=part)
        self.do(
            cm.RecordAnswer(
                step=effect.place.step,
                round=effect.place.round,
                verb="ask" if isinstance(effect, ef.SendAsk) else "undo",
                heard=heard,
                evidence=evidence,
                attempt=effect.attempt,
            )
        )

    def officers_decide(self) -> bool:
        """Let an officer decide what lies on a desk, if the sample says how."""
        for step, place, entry in self.state.currents():
            decisions = self.decisions.get(step.name)
            if entry.state == "accepted" and decisions:
                decision = decisions.popleft()
                given = without_contents(decision.output or {}, step.contract.output)
                heard = answer_of(
                    structs.replace(decision, output=given), f"{self.state.case}/{step.name}/ask/{place.round}"
                )
                evidence = Evidence(kind="attested", received_at=self.now, digest="", actor="officer")
                self.do(cm.RecordAnswer(step=step.name, round=place.round, verb="ask", heard=heard, evidence=evidence))
                return True
        return False

    def time_passes(self) -> bool:
        """Go on to the next repeat; corrections and promises are days away, and nobody waits for them here."""
        at = wake_at(self.state)
        if at is None or at > self.now + timedelta(hours=1):
            return False
        self.now = max(at, self.now)
        self.do(cm.Wake())
        return True


class Faults:
    """The faults of a sample, as the agencies' processes make them."""

    def __init__(self, options: dict[str, list[str]]) -> None:
        self.left: Counter[tuple[str, str]] = Counter()
        for agency, given in options.items():
            match given:
                case ["--fail-first", number]:
                    self.left[agency, "unavailable"] = int(number)
                case ["--lose-answer-once"]:
                    self.left[agency, "lost"] = 1
                case _:
                    pytest.fail(f"{given} is no fault that this test knows")

    def of(self, agency: str, effect: ef.SendAsk | ef.SendUndo) -> str:
        for fault in ("unavailable", "lost"):
            if isinstance(effect, ef.SendAsk) and self.left[agency, fault] > 0:
                self.left[agency, fault] -= 1
                return fault
        return ""


def command_of(act: ApplicantAct) -> cm.CaseCommand:
    if act.correct is not None:
        return cm.Correct(answers=act.correct)
    if act.withdraw is not None:
        return cm.Withdraw(reason=act.withdraw)
    assert act.decline, f"the applicant does nothing when {act.when}"
    return cm.DeclineCorrection(step=StepName(act.when.step))


def answer_of(decision: Decision, key: str) -> Answer:
    tags = {"contribute": "contributed", "refuse": "refused", "return": "returned"}
    fields = {name: value for name, value in msgspec.structs.asdict(decision).items() if value and name != "decision"}
    answer: Answer = msgspec.convert({"outcome": tags[decision.decision], "key": key, **fields}, Answer)
    return answer


def registers_of(run: Run) -> dict[str, Held]:
    """What each agency's register holds of this case, as its `GET /register` tells."""
    found: dict[str, Held] = {}
    for name, office in run.offices.items():
        asks: dict[str, Any] = dict(msgspec.convert(office.account()["asks"], dict[str, Any]))
        if not (mine := [held for key, held in asks.items() if key.startswith(f"{run.state.case}/")]):
            continue
        found[name] = Held(
            asks=len(mine),
            effects=sum(held["effects"] for held in mine),
            standing=sum(held["standing"] for held in mine),
        )
    return found


def parts_of(run: Run, expected: dict[str, Part]) -> dict[str, Part]:
    """The parts that were composed, reduced to what is expected of each."""
    composed = (
        compose_closing(run.state, agency_titles={}, closed_at=run.now).parts
        if run.state.status in CLOSED
        else compose_output(run.state, agency_titles={}, issued_at=run.now).parts
    )
    assert [part.step for part in composed] == list(run.state.plan.published.plan.steps)
    return {
        part.step: Part(
            word=part.word,
            shows={name: part.values.get(name) for name in expected[part.step].shows},
            objection=part.objection is not None,
        )
        for part in composed
        if part.step in expected
    }


def steps_of(run: Run) -> dict[str, StepExpected]:
    return {
        step.step: StepExpected(state=step.state, round=step.round, code=step.code, signed=step.signed)
        for step in case_view(run.state).steps
    }


def named(accepted: bool) -> Sequence[str]:  # noqa: FBT001  # it is what is chosen by
    return [name for name, sample in SAMPLES.items() if sample.expect.accepted is accepted]


@pytest.mark.parametrize("name", named(accepted=True))
def test_another_thing_comes_of_a_sample_than_it_says(name: str, offices: Offices) -> None:
    sample = SAMPLES[name]
    run = Run(sample, offices)
    run.go_on()
    assert not run.acts, "the moment for what the applicant does never came"
    assert not any(run.decisions.values()), "an officer was never asked for a decision"
    assert run.state.status == sample.expect.state
    assert steps_of(run) == sample.expect.steps
    assert registers_of(run) == sample.expect.registers
    assert parts_of(run, sample.expect.parts) == sample.expect.parts


@pytest.mark.parametrize("name", named(accepted=False))
def test_a_wrong_form_is_taken_or_another_mistake_is_found(name: str) -> None:
    sample = SAMPLES[name]
    with pytest.raises(Rejection) as rejected:
        decide(
            CaseState.empty(PLANS[sample.service]),
            cm.OpenCase(case=CaseId("x"), form=sample.form),
            now=datetime.now(UTC),
        )
    assert {mistake.pointer for mistake in rejected.value.mistakes} == set(sample.expect.mistakes)


@pytest.mark.parametrize("name", named(accepted=True))
def test_what_looks_unusual_is_not_said_or_said_without_cause(name: str) -> None:
    sample = SAMPLES[name]
    schema = PLANS[sample.service].published.plan.form
    found = warnings_of(build_form(schema, list_lengths(schema, sample.form)), sample.form)
    assert [warning.pointer for warning in found] == sample.expect.warnings


@pytest.mark.parametrize("service", PLANS)
def test_a_refusal_a_desk_or_a_way_to_end_is_shown_by_no_sample(service: str) -> None:
    samples, plan = [sample for sample in SAMPLES.values() if sample.service == service], PLANS[service].published
    shown = {(step, end.code) for sample in samples for step, end in sample.expect.steps.items() if end.code}
    corrected = {act.when.step for sample in samples for act in sample.applicant if act.correct is not None}
    assert {sample.expect.state for sample in samples} == {"issued", "refused", "withdrawn", ""}
    for step, contract in plan.contracts.items():
        final = {code for code, refusal in contract.refusals.items() if not refusal.correct}
        seen = {code for named, code in shown if named == step}
        assert seen & final or step in corrected or not contract.refusals, f"{step} never refuses"
        if isinstance(contract.connection, DeskConnection):
            assert any(step in sample.officers for sample in samples), f"nobody decides {step}"
    # A service of few steps has few roads.
    assert len(samples) >= min(12, 3 * len(plan.contracts))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_nik_in_a_sample_could_be_somebodys(name: str) -> None:
    """The serial 0000 is never issued; wrong numbers of other lengths are nobody's either."""
    form = msgspec.json.encode(SAMPLES[name].form).decode()
    niks = re.findall(r'"nik":"?([0-9]+)', form)
    assert niks
    assert all(nik.endswith("0000") for nik in niks if len(nik) > len("33022610"))
    cards = re.findall(r'"family_card":"([0-9]+)', form)
    assert all(card[4:6] == "99" for card in cards), "no regency has a district 99"
