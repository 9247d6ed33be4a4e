"""A service of weeks, by a simulated clock: every sample of the building approval comes to its end, through the core.

Each is played twice: straight, and with the engine starting anew from the written journal after every single event,
where every ask is sent twice because nobody knows whether it left. The same must come of both, at the same moments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts.contract import DeskConnection
from contracts.documents import without_contents
from contracts.ids import CaseId, ItemKey, Place, StepName, ask_key
from contracts.views import StepView
from contracts.wire import Accepted, Answer, Contributed, Evidence, Heard
from examples.purbalingga.agencies.dukcapil import DUKCAPIL
from examples.purbalingga.agencies.keys import own_key
from examples.purbalingga.agencies.procedure import Procedure
from examples.purbalingga.agencies.register import Register
from examples.purbalingga.agencies.tracing import CarryingTracer
from tests.integration.samples import ApplicantAct, Decision, Held, Part, Sample, StepExpected, load_samples
from tests.simulation.invariants import check_at_rest, check_step
from tests.unwind.written import Written
from workflows.core.allowed_moves import CLOSED
from workflows.core.compiled import CompiledStep
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.pending import pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round
from workflows.engines.asks import make_ask
from workflows.loading.calendars import load_calendar, on_calendar
from workflows.loading.compiling import compile_plan
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published
from workflows.outputs.compose import compose_closing, compose_output
from workflows.projections.case_view import case_view

SERVICE = "persetujuan-bangunan-gedung"
EXAMPLE = Path(__file__).parents[2] / "examples" / "purbalingga"
PLAN = on_calendar(
    compile_plan(load_published(EXAMPLE / "services" / f"{SERVICE}.yaml", load_contracts(EXAMPLE / "contracts"))),
    load_calendar(EXAMPLE / "calendars" / "id-purbalingga.yaml", year=2026),
)
SAMPLES = load_samples(SERVICE)
ACCEPTED = {name: sample for name, sample in SAMPLES.items() if sample.expect.accepted}
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
A_DECISION = timedelta(days=1)
"""How long people take: officers for what comes to their desk, the lead agency for an objection."""
MOST_MOVES = 300
ACT = cm.Act(actor="operator", reason="looked at it")


class Weeks:
    """One application on its way through simulated weeks; `restarted`: the engine starts anew after every event."""

    def __init__(self, sample: Sample, office: Procedure, *, restarted: bool) -> None:
        self.office, self.restarted = office, restarted
        self.now = TUESDAY
        self.state = CaseState.empty(PLAN)
        self.journal: list[ev.CaseEvent] = []
        self.written = Written(PLAN)
        self.acts = deque(sample.applicant)
        self.decisions = {step: deque(decisions) for step, decisions in sample.officers.items()}
        self.neighbours = deque(sample.neighbours)
        self.do(cm.OpenCase(case=CaseId("weeks"), form=sample.form))

    def do(self, command: cm.CaseCommand) -> None:
        for event in decide(self.state, command, now=self.now):
            before, self.state = self.state, fold(self.state, (event,))
            check_step(before, event, self.state)
            self.journal.append(event)
            again = self.written.add((event,))
            if self.restarted:
                assert again == self.state, "the journal folds to something else than what was in memory"
                self.state = again
        check_at_rest(self.state, self.now)

    def go_on(self) -> None:
        """Let everybody do what is due, and the clock go on to the next thing, until nothing is left."""
        for _ in range(MOST_MOVES):
            if not self.moves():
                return
        pytest.fail(f"still moving after {MOST_MOVES} moves: {case_view(self.state)}")

    def moves(self) -> bool:
        """Let the next thing happen; say whether there was one."""
        return self.applicant_acts() or self.neighbour_objects() or self.carry_out() or self.time_passes()

    def applicant_acts(self) -> bool:
        """Let the applicant do what the sample says, once its moment has come."""
        if not self.acts:
            return False
        act = self.acts[0]
        step, _, item = act.when.step.partition("/")
        track = (StepName(step), ItemKey(item))
        if track not in self.state.tracks:
            return False
        entry = self.state.current(track)
        if (entry.state, entry.number) != (act.when.state, act.when.round):
            return False
        asked = [pointer for correction in case_view(self.state).corrections for pointer in correction.pointers]
        assert asked == act.asked
        self.acts.popleft()
        self.do(self.command_of(act, StepName(step)))
        return True

    def command_of(self, act: ApplicantAct, step: StepName) -> cm.CaseCommand:
        if act.correct is not None:
            return cm.Correct(answers=act.correct)
        if act.withdraw is not None:
            return cm.Withdraw(reason=act.withdraw)
        if act.answer is None:
            assert act.decline, f"the applicant does nothing when {act.when}"
            return cm.DeclineStep(step=step)
        task = self.state.step(step).spec.applicant
        assert task is not None
        return cm.AnswerStep(
            step=step, output=without_contents(act.answer, task.form), evidence=self.evidence("applicant")
        )

    def neighbour_objects(self) -> bool:
        """Object as soon as the case waits for that."""
        for step, _, entry in self.state.currents():
            if self.neighbours and step.name == self.neighbours[0].step and entry.state == "accepted":
                if any(isinstance(event, ev.ObjectionRaised) for event in self.journal):
                    return False  # it lies with the lead agency
                grounds = self.neighbours[0].grounds
                self.do(cm.RaiseObjection(step=step.name, name="A neighbour", contact="x@example.org", grounds=grounds))
                return True
        return False

    def carry_out(self) -> bool:
        """Carry out the first thing that is owed; who starts anew does not know that it was, and does it again."""
        for effect in pending(self.state):
            if isinstance(effect, ef.SealOutput):
                self.do(cm.RecordSeal(credential="sealed", digest="sha256:" + "0" * 64, status_index=0))
                return True
            assert isinstance(effect, ef.SendAsk), effect
            heard = self.answer(effect)
            self.record(effect.place, self.answer(effect) if self.restarted else heard, attempt=effect.attempt)
            return True
        return False

    def answer(self, effect: ef.SendAsk) -> Heard:
        """Give what the agency answers; officers have a desk, where an ask is put."""
        step = self.state.step(effect.place.step)
        if isinstance(step.contract.connection, DeskConnection):
            return Accepted(key=effect.key)
        ask = make_ask(effect, step, b"sixteen bytes ok", "http://127.0.0.1/v1/callbacks", self.now)
        answer: Answer = msgspec.json.decode(self.office.ask(msgspec.json.encode(ask), "").body, type=Answer)
        return answer

    def record(self, place: Place, heard: Heard, *, attempt: int = 0, actor: str = "") -> None:
        part = heard.part if isinstance(heard, Contributed) else ""
        said = cm.RecordAnswer(
            step=place.step,
            item=place.item,
            round=place.round,
            verb="ask",
            heard=heard,
            evidence=structs.replace(self.evidence(actor), kind="agency" if part else "attested", part=part),
            attempt=attempt,
        )
        self.do(said)

    def evidence(self, actor: str) -> Evidence:
        return Evidence(kind="attested", received_at=self.now, digest="", actor=actor)

    # --- time ---------------------------------------------------------------------------------------------------------

    def time_passes(self) -> bool:
        """Go on to the next moment at which a person or a clock moves the case; people are as late as they may be."""
        people = [*self.on_desks(), *self.objections()]
        wake = wake_at(self.state)
        moments = [at for at, _ in people] + ([wake] if wake is not None else [])
        if not moments:
            return False
        self.now = max(self.now, min(moments))
        if wake is not None and wake <= self.now:
            self.do(cm.Wake())
        else:
            next(does for at, does in people if at <= self.now)()
        return True

    def on_desks(self) -> Iterator[tuple[datetime, Any]]:
        """Walk over what lies on desks and which the sample has a decision for: when, and what is then done."""
        for step, place, entry in self.state.currents():
            waiting = self.decisions.get(f"{step.name}/{place.item}" if place.item else step.name)
            if waiting and entry.state == "accepted" and step.spec.ask:
                yield self.since(place) + A_DECISION, self.decides(step, place, entry, waiting)

    def decides(self, step: CompiledStep, place: Place, entry: Round, waiting: deque[Decision]) -> Any:  # noqa: ANN401 - called without arguments
        def decide_it() -> None:
            assert entry.input is not None
            decision = waiting.popleft()
            output = without_contents(decision.output or {}, step.contract.output)
            tags = {"contribute": "contributed", "refuse": "refused", "return": "returned"}
            given = msgspec.to_builtins(structs.replace(decision, output=output or None))
            fields = {name: value for name, value in given.items() if value and name != "decision"}
            answer = {"outcome": tags[decision.decision], "key": ask_key(CaseId("weeks"), place), **fields}
            self.record(place, msgspec.convert(answer, Answer), actor="officer")

        return decide_it

    def objections(self) -> Iterator[tuple[datetime, Any]]:
        """Walk over objections that are not decided."""
        raised = [event for event in self.journal if isinstance(event, ev.ObjectionRaised)]
        if raised and self.neighbours and self.state.status == "open":
            yield (
                raised[-1].at + A_DECISION,
                lambda: self.do(
                    cm.DecideObjection(
                        step=raised[-1].step, number=raised[-1].number, upheld=self.neighbours.popleft().upheld, act=ACT
                    )
                ),
            )

    def since(self, place: Place) -> datetime:
        return next(
            event.at
            for event in reversed(self.journal)
            if isinstance(event, ev.StepAccepted) and (event.step, event.item, event.round) == tuple_of(place)
        )

    # --- what came of it ----------------------------------------------------------------------------------------------

    @property
    def story(self) -> list[tuple[object, ...]]:
        """What was recorded, when, and of which round: all that does not differ with a signature's luck."""
        round_of = ("step", "item", "round")
        return [
            (type(event).__name__, event.at, *(getattr(event, name, "") for name in round_of)) for event in self.journal
        ]

    def steps(self) -> dict[str, StepExpected]:
        return {
            f"{step.step}/{step.item}" if step.item else step.step: StepExpected(
                state=step.state, round=step.round, code=step.code, signed=step.signed
            )
            for step in case_view(self.state).steps
        }

    def parts(self, expected: dict[str, Part]) -> dict[str, Part]:
        composed = (
            compose_closing(self.state, agency_titles={}, closed_at=self.now).parts
            if self.state.status in CLOSED
            else compose_output(self.state, agency_titles={}, issued_at=self.now).parts
        )
        return {
            part.step: Part(
                word=part.word,
                shows={name: part.values.get(name) for name in expected[part.step].shows},
                objection=part.objection is not None,
            )
            for part in composed
            if part.step in expected
        }

    def registers(self) -> dict[str, Held]:
        asks: dict[str, Any] = dict(msgspec.convert(self.office.register.dump()["asks"], dict[str, Any]))
        effects, standing = (sum(held[name] for held in asks.values()) for name in ("effects", "standing"))
        return {"dukcapil": Held(asks=len(asks), effects=effects, standing=standing)}


def tuple_of(place: Place) -> tuple[StepName, ItemKey, int]:
    return place.step, place.item, place.round


def dukcapil(folder: Path) -> Procedure:
    folder.mkdir(exist_ok=True)
    register = Register(folder / "register.sqlite", DUKCAPIL.schema)
    return Procedure(DUKCAPIL, register, own_key("dukcapil", folder), CarryingTracer())


def played(sample: Sample, folder: Path, *, restarted: bool) -> Weeks:
    play = Weeks(sample, dukcapil(folder), restarted=restarted)
    play.go_on()
    assert not play.acts, "the moment for what the applicant does never came"
    assert not any(play.decisions.values()), "an officer was never asked for a decision"
    assert not play.neighbours, "nobody could object"
    assert play.written.whole() == play.state, "the journal folds to something else from its beginning"
    expect = sample.expect
    assert play.state.status == expect.state
    assert play.steps() == expect.steps
    assert play.registers() == expect.registers
    assert play.parts(expect.parts) == expect.parts
    play.office.register.close()
    return play


@pytest.mark.parametrize("name", ACCEPTED)
def test_weeks_of_a_case_come_to_another_end_or_to_another_one_when_the_engine_starts_anew_after_every_event(
    name: str, tmp_path: Path
) -> None:
    straight = played(ACCEPTED[name], tmp_path / "straight", restarted=False)
    restarted = played(ACCEPTED[name], tmp_path / "restarted", restarted=True)
    assert straight.story == restarted.story
    if straight.state.status == "issued":
        assert timedelta(weeks=1) < straight.now - TUESDAY < timedelta(weeks=6)


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - set(ACCEPTED)))
def test_a_wrong_form_is_taken_or_another_mistake_is_found(name: str) -> None:
    with pytest.raises(Rejection) as rejected:
        decide(CaseState.empty(PLAN), cm.OpenCase(case=CaseId("x"), form=SAMPLES[name].form), now=TUESDAY)
    assert {mistake.pointer for mistake in rejected.value.mistakes} == set(SAMPLES[name].expect.mistakes)


def test_a_refusal_or_a_way_to_end_is_shown_by_no_sample() -> None:
    decided = [each for sample in SAMPLES.values() for given in sample.officers.values() for each in given]
    shown = {each.code for each in decided if each.code}
    assert shown == {
        code for step, contract in PLAN.published.contracts.items() for code in contract.refusals if step != "identity"
    }
    assert {sample.expect.state for sample in SAMPLES.values()} == {"issued", "refused", "withdrawn", ""}
    assert all(sample.form["nik"].endswith("0000") for sample in SAMPLES.values()), (
        "a NIK in a sample could be somebody's"
    )


def test_a_document_reaches_an_office_that_needs_none_or_another_than_was_handed_in(tmp_path: Path) -> None:
    play = played(ACCEPTED[f"{SERVICE}/01-house"], tmp_path / "one", restarted=False)
    handed_in = play.state.current((StepName("plans"), ItemKey(""))).output
    assert handed_in is not None
    given = {
        event.step: {name: value for name, value in (event.input or {}).items() if value in handed_in.values()}
        for event in play.journal
        if isinstance(event, ev.StepAsked)
    }
    assert {step: documents for step, documents in given.items() if documents} == {
        "visit": {"site_plan": handed_in["site_plan"]},
        "structure": {"drawings": handed_in["drawings"]},
        "fire_safety": {"drawings": handed_in["drawings"]},
        "environment": {"statement": handed_in["environment"]},
    }


def test_days_are_counted_otherwise_than_offices_in_purbalingga_do(tmp_path: Path) -> None:
    """Three working days from a Tuesday end on Friday at 16:30; five from a Wednesday on the next one at 16:00."""
    play = Weeks(ACCEPTED[f"{SERVICE}/05-environment-is-silent"], dukcapil(tmp_path), restarted=False)
    seen: dict[str, StepView] = {}
    while play.moves():
        seen |= {view.step: view for view in case_view(play.state).steps if view.state == "accepted"}
    assert seen["visit"].promised_by == datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    assert seen["neighbours"].until == seen["environment"].deemed_at == datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
