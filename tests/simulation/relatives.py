"""What must hold between a case and its sub-cases, and who else acts on them: agencies with a memory, and operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import wire
from contracts.asked import Act
from contracts.ids import AskKey, CaseId, StepName, ask_key, parse_ask_key
from tests.unit.workflows.core.playbook import PROOF
from tests.unwind.tills import Till
from workflows.core.allowed_moves import GRANTED
from workflows.core.pending import pending
from workflows.core.state import CaseState
from workflows.core.sub_cases import sub_case_id

PARENT = CaseId("play")
SERVICE = StepName("s")
ENDED = frozenset({"issued", "refused", "withdrawn", "expired", "ended", "revoked"})
_OVER = ENDED | {"revoking"}
"""One that its lead revoked has ended for its parent: only the status list has still to say so."""
ACT = Act(actor="operator", reason="telephoned")


class Agencies:
    """All agencies of a family: what they said to an ask they say again, and what was undone stays so."""

    def __init__(self, rng: Random) -> None:
        """Begin with nothing asked."""
        self._rng = rng
        self._said: dict[AskKey, wire.Answer] = {}

    def answers(self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, *, calm: bool) -> wire.Heard:
        """Do what is asked, or not; what was accepted is decided when it is asked `finally_`."""
        if isinstance(effect, ef.SendUndo):
            if not calm and self._rng.random() < 0.1:
                return wire.UndoRefused(key=effect.key, code="used")
            self._said[effect.undoes] = wire.Undone(key=effect.undoes)
            return wire.Undone(key=effect.key)
        drawn = self._rng.random()
        if drawn < 0.1 and not calm:
            return wire.Unheard(key=effect.key, reason="lost", sent=drawn < 0.05)
        if drawn < 0.35 and effect.key not in self._said:
            return wire.Accepted(key=effect.key, ticket="t")
        return self.finally_(effect.key)

    def finally_(self, key: AskKey) -> wire.Answer:
        """Decide an ask, or say again what was decided."""
        place = parse_ask_key(key)[1]
        code = self._rng.choice(["no", "fixable"])
        refused = self._rng.random() < 0.12
        output = {"number": f"{place.step}-{place.round}"}
        fresh = wire.Refused(key=key, code=code) if refused else wire.Contributed(key=key, output=output)
        return self._said.setdefault(key, fresh)


def meddles(rng: Random, case: CaseId, state: CaseState) -> cm.CaseCommand:
    """Draw what an operator does to a case in the faulty phase, whether or not it is possible now."""
    track, step = rng.choice(list(state.tracks)), state.plan.order[0]
    at: dict[str, Any] = {"step": track[0], "item": track[1], "round": len(state.rounds(track)), "act": ACT}
    last = cm.EndCase(act=ACT) if case != PARENT else cm.Withdraw()
    return rng.choice(
        [
            cm.PauseCase(act=ACT),
            cm.SkipStep(**at),
            cm.AskAgain(**at),
            cm.ReplaceInput(input={"x": "replaced"}, **at),
            cm.ContributeByHand(output={"number": f"{step} by hand"}, evidence=PROOF, **at),
            cm.Correct(answers={"x": "unasked"}),
            last,
        ]
    )


def revokes(rng: Random, state: CaseState) -> cm.CaseCommand:
    """Draw a revocation of what a case has issued: of the whole by its lead, or of one agency's part."""
    parts = [place for step, place, entry in state.currents() if entry.granted and step.spec.ask is not None]
    if not parts or rng.random() < 0.4:
        return cm.RevokeOutput(act=ACT)
    spared = [place for place in parts if state.step(place.step).spec.optional]  # the rest stands without them
    place = rng.choice(spared or parts)
    return cm.RevokePart(
        step=place.step, item=place.item, act=ACT, legal_basis="a law", objection="the office", evidence=PROOF
    )


def pays_bill(till: Till, case: CaseId, state: CaseState, submit: Callable[[cm.CaseCommand], object]) -> None:
    """Pay what a sub-case asks to be paid, and let the provider tell it, which nobody need hear."""
    for step, place, entry in state.currents():
        key = ask_key(case, place)
        if step.spec.pays and entry.state == "accepted" and key in till.bills and key not in till.ended:
            if not till.standing[key]:
                till.pay(key)
            submit(cm.CheckPayment(step=place.step, item=place.item, round=place.round, by="provider"))


def check_money(till: Till, states: Mapping[CaseId, CaseState]) -> None:
    """Check at the end that money stands only for what a sub-case was issued with, or where a person owns it."""
    for key, amount in till.standing.items():
        case, place, _ = parse_ask_key(key)
        state = states[case]
        entry = state.round_at(place)
        owned = any(incident.place == place and incident.owner for incident in state.incidents)
        paid = state.status in {"issued", "revoked"} and entry is not None and (entry.granted or bool(entry.owner))
        assert not amount or paid or owned, f"{amount} stand for {place} of {case}, which is {state.status}"


# --- what must hold -------------------------------------------------------------------------------------------


def check_between(states: Mapping[CaseId, CaseState], case: CaseId, event: ev.CaseEvent) -> None:
    """Check what one case may say only as the other stands."""
    if case != PARENT:
        assert not isinstance(event, ev.CaseWithdrawn), "a sub-case was withdrawn on its own"
        return
    if isinstance(event, ev.CaseClosed):
        asks = {sub_case_id(ask_key(PARENT, place)): entry for _, place, entry in states[PARENT].everything()}
        alive = [each for name, each in states.items() if name != PARENT and each.status not in _OVER]
        assert all(asks[each.case].owner for each in alive), "a case closed before its sub-case, which nobody owns"
    if not isinstance(event, ev.StepEvent) or event.step != SERVICE:
        return
    child = states.get(sub_case_id(ask_key(PARENT, event.place)))
    if isinstance(event, ev.StepContributed):
        assert not event.actor, "somebody contributed in the place of a sub-case"
        assert child is not None, "contributed, and there is no sub-case"
        assert child.credential, "contributed from a sub-case that was never issued"
    if isinstance(event, ev.StepOverdue):
        waits = states[PARENT].round_at(event.place)
        assert waits is not None, f"{event.place} is overdue, and was never asked"
        assert not waits.theirs, f"{event.place} is overdue while its sub-case waits for the applicant"
    if isinstance(event, ev.StepUndone) and child is not None:
        assert _has_nothing(child), f"undone, and its sub-case is {child.status}, or something of it stands"
    if isinstance(event, ev.StepRefused):
        assert child is not None, "refused, and there is no sub-case"
        assert child.status in _OVER, f"refused, and its sub-case is {child.status}"


def _has_nothing(child: CaseState) -> bool:
    stands = any(
        entry.state in GRANTED and step.contract.effect == "reversible" for step, _, entry in child.everything()
    )
    return child.status in ENDED - {"issued"} and not stands


def check_waits(states: Mapping[CaseId, CaseState], mailed: bool) -> None:  # noqa: FBT001 - one of two facts
    """Check that a step that waits for its sub-case waits for one that is there, and will say something."""
    parent = states[PARENT]
    for step, place, entry in parent.everything():
        if step.name != SERVICE or entry.state != "accepted" or mailed:
            continue
        child = states.get(sub_case_id(ask_key(PARENT, place)))
        assert child is not None, f"{place} waits for a sub-case that is not there"
        speaks = child.paused or any(isinstance(effect, ef.TellParent) for effect in pending(child))
        assert speaks or child.status not in ENDED, f"{place} waits for a sub-case that has {child.status}, and said so"


def check_family(states: Mapping[CaseId, CaseState]) -> None:
    """Check at the end that each ask has its sub-case, which stands only where the ask's answer does."""
    parent = states[PARENT]
    rounds = parent.rounds((SERVICE, ""))  # type: ignore[arg-type]  # a track
    asks = {sub_case_id(AskKey(f"{PARENT}/{SERVICE}/ask/{entry.number}")): entry for entry in rounds if entry.begun}
    assert set(states) - {PARENT} == set(asks), "not exactly one case for each ask"
    for name, entry in asks.items():
        child = states[name]
        owned = entry.owner or any(incident.place.round == entry.number for incident in parent.incidents)
        if child.status == "issued":
            assert entry.granted or owned, f"{name} stands, and its parent's step is {entry.state}"
            assert entry.revoked is None, f"{name} stands, and its parent says that it was revoked"
        elif entry.granted and parent.status == "issued":
            assert entry.revoked is not None or owned, f"{name} is {child.status}, and its parent is issued with it"
        if entry.state == "undone":
            assert _has_nothing(child), f"{name} is {child.status}, and its parent's step is undone"
