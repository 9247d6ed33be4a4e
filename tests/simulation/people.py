"""Who acts on the simulated case: its applicant, and operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import wire
from contracts.asked import Act
from contracts.contract import DeskConnection
from contracts.ids import AskKey, ItemKey, Place, StepName, ask_key
from tests.simulation import by_two, runs, tills
from tests.simulation.agencies import SimulatedAgency
from tests.simulation.messages import CASE, proof
from tests.simulation.plans import LIST, changed_rows
from workflows.core.desk import claim_of, verb_of
from workflows.core.graph import AMOUNT
from workflows.core.state import Round
from workflows.projections.case_view import acts_for
from workflows.projections.payments import can_refund

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

ACT = Act(actor="operator", reason="simulated")
_ONLY_TRIED = {"take-kept", "undo-again", "replace"}
"""What time, or a final step that was asked, may have made impossible."""


class _Where(TypedDict):
    step: StepName
    item: ItemKey
    round: int
    act: Act


class _Task(TypedDict):
    step: StepName
    item: ItemKey
    round: int
    verb: Literal["ask", "undo"]


class People:
    """The applicant and the operators of one simulated case."""

    def __init__(self, world: Simulation) -> None:
        """Take the world that they act in."""
        self.world = world

    def applicant(self) -> None:
        """Correct what is asked, or decline, or (in the faulty phase) withdraw."""
        if not self.world.calm and self.world.rng.random() < 0.02 * self.world.theme.given_up:
            self.world.submit(cm.Withdraw())
        for step, place, entry in list(self.world.state.currents()):
            if place.step in self.world.tills and entry.state == "accepted":
                tills.pays(self.world, place)
            elif entry.theirs and self.world.rng.random() < 0.3:
                self._do(place)
            if not entry.correcting or self.world.rng.random() > 0.6:
                continue
            if self.world.rng.random() < 0.1 * self.world.theme.given_up:
                self.world.submit(cm.DeclineCorrection(step=step.name, item=place.item))
                continue
            pointer = self.world.rng.choice(entry.correctable).strip("/")
            self.world.submit(cm.Correct(answers=self._changed(pointer)))

    def _changed(self, pointer: str) -> dict[str, object]:
        """Change one answer; of a list one answer of one item, or the whole list."""
        rng = self.world.rng
        chosen, *within = pointer.split("/")
        if chosen != LIST:
            return {chosen: f"{chosen}{rng.randint(1, 99)}"}
        rows = self.world.state.form[LIST]
        if not within:
            return {LIST: changed_rows(rng, rows)}
        number, name = int(within[0]), within[1]
        return {LIST: [{**row, name: f"v{rng.randint(1, 99)}"} if at == number else row for at, row in enumerate(rows)]}

    def _do(self, place: Place) -> None:
        """Do what a step asks, or decline, whether or not it still asks."""
        if self.world.rng.random() < 0.1:
            self.world.submit(cm.DeclineStep(step=place.step, item=place.item))
            return
        output = {"number": f"{self.world.rng.randint(1, 99)}"} if self.world.rng.random() < 0.9 else {}
        self.world.submit(cm.AnswerStep(step=place.step, item=place.item, output=output, evidence=proof()))

    def gives_up(self) -> None:
        """Withdraw the case, or end it by hand."""
        self.world.submit(self.world.rng.choice((cm.Withdraw(), cm.EndCase(act=ACT))))

    def neighbour(self) -> None:
        """Object, wherever others may, and (now and then) where nobody may."""
        for step, place, _ in list(self.world.state.currents()):
            if step.spec.publish is None or self.world.rng.random() > 0.7:
                continue
            self.world.submit(
                cm.RaiseObjection(
                    step=place.step, item=place.item, name="a neighbour", contact="next door", grounds="noise"
                )
            )

    def officers(self, place: Place, verb: Literal["ask", "undo"], answer: wire.Answer) -> bool:
        """Take a task, hand it over, decide it; and be the second officer where the contract asks for one.

        Say whether it was decided: time may take it off the desk while they are at it.
        """
        at = _Task(step=place.step, item=place.item, round=place.round, verb=verb)
        first, second = self.world.rng.sample(("office/Wati", "office/Joko"), 2)
        if self.world.rng.random() < 0.3:
            self.world.submit(dm.ClaimTask(**at, officer=first))
        if self.world.rng.random() < 0.1:
            self.world.submit(dm.HandTaskOver(**at, officer=first, to=second, reason="simulated"))
        if self.world.rng.random() < 0.1:
            self.world.submit(dm.ReleaseTask(**at, officer=first))
        holder = self._holder(place, verb)
        if holder and holder != first:
            first, second = holder, first
        if holder:
            assert not self.world.submit(self._decides(at, second, answer)), "two officers decide one task"
        if not self.world.submit(self._decides(at, first, answer)):
            entry = self.world.state.round_at(place)
            over = entry is None or verb_of(self.world.state.step(place.step), entry) != verb
            assert over, f"{place} is to be decided, and cannot be"
            return False
        self._waits_for_a_second(place, answer)
        while (entry := self.world.state.round_at(place)) is not None and entry.claim.proposal is not None:
            digest = entry.claim.proposal.evidence.digest
            assert not self.world.submit(dm.ConfirmDecision(**at, officer=first, digest=digest)), "nobody confirms it"
            if self.world.calm or self.world.rng.random() < 0.7:
                assert self.world.submit(dm.ConfirmDecision(**at, officer=second, digest=digest))
            else:
                assert self.world.submit(dm.RejectDecision(**at, officer=second, digest=digest, text="look again"))
                assert self.world.submit(self._decides(at, first, answer))
        return True

    def _waits_for_a_second(self, place: Place, answer: wire.Answer) -> None:
        """What the contract wants confirmed has moved nothing yet."""
        connection = self.world.state.step(place.step).contract.connection
        wanted = connection.second_officer if isinstance(connection, DeskConnection) else None
        needed = wanted == "all" or (wanted == "refusals" and isinstance(answer, wire.Refused | wire.UndoRefused))
        entry = self.world.state.round_at(place)
        assert entry is not None
        assert (entry.claim.proposal is not None) is needed, f"{wanted} must be confirmed at {place}: {answer}"

    def _reassigns(self) -> None:
        """Give a task to somebody else, whoever has it: what was proposed is given up."""
        for step, place, entry in self.world.state.everything():
            if verb_of(step, entry) is None or self.world.rng.random() < 0.5:
                continue
            to = self.world.rng.choice(("office/Wati", "office/Tono", ""))
            done = self.world.submit(
                dm.ReassignTask(step=place.step, item=place.item, round=place.round, to=to, act=ACT)
            )
            after = self.world.state.round_at(place)
            assert done and after is not None, f"{place} is not given to {to}"  # noqa: PT018 - one thing
            claim = claim_of(after, verb_of(step, after))
            assert claim.officer == to, f"{place} is not {to}'s"
            assert claim.proposal is None, "what was proposed outlives that the task is another's"

    def _holder(self, place: Place, verb: str) -> str:
        entry = self.world.state.round_at(place)
        return claim_of(entry, verb).officer if entry is not None else ""

    @staticmethod
    def _decides(at: _Task, officer: str, answer: wire.Answer) -> dm.DecideTask:
        return dm.DecideTask(**at, officer=officer, answer=answer, evidence=proof())

    def operator(self) -> None:
        """Act on an incident, or (in the faulty phase) pause, resume, end, revoke."""
        if self.world.state.paused:
            self.world.submit(cm.ResumeCase(act=ACT))
        elif not self.world.calm:
            self._meddle()
        for step, place, entry in list(self.world.state.everything()):
            if entry.held or entry.left_over:
                acts = acts_for(self.world.state, step, entry)
                if "end" in acts and self.world.rng.random() < 1 - 0.1 * self.world.theme.given_up:
                    acts.remove("end")
                if acts:
                    self._act(self.world.rng.choice(acts), place, entry)
        for incident in self.world.state.incidents:
            if incident.place.step in self.world.tills and self._pays_back(incident.place):
                continue
            if not incident.owner and self.world.rng.random() < 0.5:
                where = _Where(step=incident.place.step, item=incident.place.item, round=incident.place.round, act=ACT)
                assert self.world.submit(cm.TakeIncident(owner="head of office", **where))

    def _pays_back(self, place: Place) -> bool:
        """Pay money back that nobody asked for, where that is possible now; say whether it was begun."""
        command = cm.RefundPayment(step=place.step, item=place.item, round=place.round, act=ACT)
        step, entry = self.world.state.step(place.step), self.world.state.round_at(place)
        offered = entry is not None and can_refund(self.world.state, step, entry)
        if not offered or self.world.rng.random() < 0.3:
            return False
        assert self.world.submit(command), f"a refund is offered at {place}, and rejected: {entry}"
        return True

    def _meddle(self) -> None:
        drawn = self.world.rng.random()
        if drawn < 0.15:
            self.world.submit(cm.PauseCase(act=ACT))
        elif drawn < 0.15 + 0.01 * self.world.theme.given_up:
            self.world.submit(cm.EndCase(act=ACT))
        elif drawn < 0.22:
            self.world.submit(cm.RevokeOutput(act=ACT))
        elif drawn < 0.30:
            self._reassigns()
        elif drawn < 0.38:
            runs.carry_out(self.world)

    def agency_revokes(self) -> None:
        """An agency takes its part of the issued output back, and strikes it from its register; twice, now and then."""
        standing = [place for place in self.world.state.currents() if place[2].status_index is not None]
        if not standing:
            return
        conditions = {step.spec.conditional_on for step, _, entry in standing if entry.revoked is None}
        rested_on = [each for each in standing if each[0].name in conditions]
        step, place, entry = self.world.rng.choice(rested_on or standing)
        by_system = by_two.needs_two(step) and self.world.rng.random() < 0.3
        command = cm.RevokePart(
            step=place.step,
            item=place.item,
            act=Act(actor=step.contract.agency if by_system else "office/Wati", reason="given in error"),
            legal_basis="a law",
            objection="the office",
            evidence=proof(),
            at_desk=not by_system,
        )
        possible = entry.granted or entry.revoked is not None
        proposes = not by_system and by_two.needs_two(step) and entry.granted and entry.revoked is None
        if proposes and not by_two.colleagues_agree(self.world, place, command):
            return
        if possible and entry.revoked is None and step.contract.effect != "none":
            self.world.agencies[step.name].take_back(ask_key(CASE, place))
        if proposes:
            by_two.confirms(self.world, place)
        said_otherwise = entry.revoked is not None and entry.revoked.because == "undone"
        assert self.world.submit(command) == (possible and not said_otherwise), f"{place} is revoked, or not: {entry}"
        assert self.world.state.status != "issued" or self.world.submit(command) == (possible and not said_otherwise)

    def agencies_agree(self) -> None:
        """An operator asks holders of facts, who answer, or not; who differs is asked to correct until it agrees."""
        self.world.submit(cm.AskFacts(act=ACT))
        for _ in range(6):
            for asked in list(self.world.state.facts):
                drawn = self.world.rng.random()
                if not asked.answer and drawn < 0.8:
                    command = cm.AnswerFact(
                        step=asked.step,
                        item=asked.item,
                        round=asked.round,
                        fact=asked.fact,
                        number=asked.number,
                        answer="same" if drawn < 0.4 else "different" if drawn < 0.7 else "unknown",
                        evidence=proof(),
                    )
                    assert self.world.submit(command), f"{asked} is not answered"
                    assert self.world.submit(command), f"{asked} is answered twice"
                elif asked.answer and asked.differs:
                    wanted = cm.AskCorrection(step=asked.step, item=asked.item, act=ACT)
                    stands = self.world.state.current((asked.step, asked.item)).revoked is None
                    assert self.world.submit(wanted) == stands, f"{asked} differs, and is not asked to correct it"

    def _act(self, act: str, place: Place, entry: Round) -> None:
        """Do what is offered: it is never rejected, but where only trying shows whether it is possible."""
        key, agency = ask_key(CASE, place), self._register(place)
        agency.calm = self.world.calm
        where = _Where(step=place.step, item=place.item, round=place.round, act=ACT)
        commands: dict[str, Callable[[], cm.CaseCommand]] = {
            "ask-again": lambda: cm.AskAgain(**where),
            "replace": lambda: cm.ReplaceInput(input=self._other_input(place), **where),
            "skip": lambda: cm.SkipStep(**where),
            "end": lambda: cm.EndCase(act=ACT),
            "uphold": lambda: cm.DecideObjection(number=0, upheld=True, **where),
            "dismiss": lambda: cm.DecideObjection(number=0, upheld=False, **where),
            "undo-again": lambda: cm.UndoAgain(**where),
            "keep": lambda: cm.KeepContribution(owner="head of office", **where),
            "take-kept": lambda: cm.TakeKept(**where),
            "take-incident": lambda: cm.TakeIncident(owner="head of office", **where),
            # What is recorded by hand is true: somebody telephoned, and the agency did it.
            "nothing-done": lambda: cm.NothingWasDone(evidence=proof(), **where),
            "contribute": lambda: cm.ContributeByHand(
                output=self._given(place, agency, key), evidence=proof(), **where
            ),
            "undone": lambda: cm.UndoneByHand(evidence=self._taken_back(agency, key), **where),
        }
        if self.world.state.round_at(place) != entry or act not in acts_for(
            self.world.state, self.world.state.step(place.step), entry
        ):
            return
        if act == "nothing-done" and not agency.did_nothing(key):
            act = "contribute"
        if act == "contribute" and isinstance(agency, SimulatedAgency) and key in agency.travelling:
            return
        if act == "keep" and not agency.keep(key):
            act = "undone"
        done = self.world.submit(commands[act]())
        never_asked = act == "ask-again" and entry.input is None
        assert done or never_asked or act in _ONLY_TRIED, f"{act} is offered at {place}, and rejected: {entry}"
        if not done and act == "take-kept":
            self.world.submit(cm.EndCase(act=ACT))

    def _register(self, place: Place) -> SimulatedAgency | tills.SimulatedTill:
        till = self.world.tills.get(place.step)
        return self.world.agencies[place.step] if till is None else till

    def _other_input(self, place: Place) -> dict[str, Any]:
        if place.step in self.world.tills:
            return {AMOUNT: self.world.rng.choice((250, 1000))}
        if self.world.state.step(place.step).spec.wait:
            return {"until": "2026-11-04"} | ({"a": "a0"} if self.world.state.step(place.step).spec.publish else {})
        return {"a": f"replaced{self.world.rng.randint(1, 99)}"}

    def _given(self, place: Place, agency: SimulatedAgency | tills.SimulatedTill, key: AskKey) -> dict[str, Any]:
        if isinstance(agency, tills.SimulatedTill):
            entry = self.world.state.round_at(place)
            return agency.contribute(key, (entry.input or {}).get(AMOUNT, 1000) if entry is not None else 1000)
        kind = self.world.state.step(place.step).spec.kind
        return {} if kind == "wait" else {"number": "1"} if kind == "applicant" else agency.contribute(key)

    def _taken_back(self, agency: SimulatedAgency | tills.SimulatedTill, key: AskKey) -> wire.Evidence:
        agency.take_back(key)
        return proof()
