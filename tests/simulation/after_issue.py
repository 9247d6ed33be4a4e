"""After issue: outputs end, and are renewed; agencies take their parts back, and the others take note of it.

What must hold of it is read off the plan, the sealed parts and the journal, and not asked of the core's own rules.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import CaseId, Instant
from tests.simulation.messages import CASE, proof
from tests.simulation.plans import form_of
from tests.simulation.reading import down
from workflows.core.allowed_moves import UNDO_OPEN
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.pending import wake_at
from workflows.core.state import CaseState

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

_NINETY_DAYS: Final = timedelta(days=90)
_NOBODYS: Final = CaseId("never-begun")


# --- what happens -------------------------------------------------------------------------------------------


def afterwards(world: Simulation, most_steps: int) -> None:
    """Let what was issued be looked after, taken back in part, renewed; then let everybody note what they were told."""
    if world.state.status == "issued" and world.plan.published.plan.facts:
        world.people.agencies_agree()
    while world.state.status == "issued" and world.rng.random() < 0.6:
        drawn = world.rng.random()
        if drawn < 0.45:
            world.people.agency_revokes()
        elif drawn < 0.65:
            _time_passes(world)
        elif drawn < 0.85:
            renews(world)
        else:
            notes(world)
        if world.rng.random() < 0.2:
            world.crash()
        _until_quiet(world, most_steps)
    for _ in range(3):
        renews(world)
        notes(world)
    _all_note(world)


def _until_quiet(world: Simulation, most_steps: int) -> None:
    for _ in range(most_steps):
        if world.is_quiet() and not world.state.has_any(UNDO_OPEN) and not world.state.paused:
            return
        if not world.step():
            world.now += timedelta(hours=1)
        world.people.operator()


def _time_passes(world: Simulation) -> None:
    """Days or years pass, to just before a renewal is possible or beyond the end of the output: nothing comes of it."""
    ends, rng = world.state.valid_until, world.rng
    moments = [world.now + timedelta(days=rng.randint(1, 2000))]
    if ends is not None:
        second = timedelta(seconds=1)
        moments += [ends - _NINETY_DAYS - second, ends - _NINETY_DAYS, ends - second, ends, ends + second]
    world.now = max(world.now, rng.choice(moments))
    before = world.state
    assert wake_at(before) is None, "time itself ends an output, which only says until when it is valid"
    world.submit(cm.Wake())
    assert world.state is before or world.state == before, "an output that stands came to something by itself"


def renews(world: Simulation) -> None:
    """Somebody begins a renewal: rightly, from a window that is old by now, or from two windows at the same moment."""
    begun = [event.renewal for event in world.journal if isinstance(event, ev.RenewalBegun)]
    last = begun[-1] if begun else CaseId("")
    instead = world.rng.choice((last, last, last, CaseId(""), _NOBODYS, *begun))
    for _ in range(world.rng.choice((1, 2))):
        renewal = CaseId(f"renewal-{len(world.journal)}")
        possible = _renewable(world.state, max(world.now, world.state.updated_at or world.now)) and instead == last
        done = world.submit(cm.BeginRenewal(renewal=renewal, instead_of=instead))
        assert done == possible or not world.calm, f"a renewal instead of {instead!r} after {last!r}: {done}"
        if done:
            last = renewal
            _is_filled_in(world, renewal)


def _renewable(state: CaseState, now: Instant) -> bool:
    ends = state.valid_until
    return state.status == "issued" and ends is not None and now >= ends - _NINETY_DAYS


def _is_filled_in(world: Simulation, renewal: CaseId) -> None:
    """The renewal is a draft under the old secret; saved and opened it says what it renews, or it comes to nothing."""
    state, until = CaseState.empty(world.plan), world.now + timedelta(days=30)
    saved = cm.SaveDraft(case=renewal, form={}, secret_digest=world.state.secret_digest, expires_at=until, renews=CASE)
    again = structs.replace(saved, form=form_of(world.rng), renews=CaseId(""))
    ends = world.rng.choice((cm.OpenCase(case=renewal, form=again.form), cm.CloseDraft()))
    for command in (saved, again, ends):
        state = fold(state, decide(state, command, now=world.now))
        assert state.renews == CASE, f"{renewal} is a case like any other, and not the renewal of one"


def notes(world: Simulation) -> None:
    """Agencies take note: of what they were told, once more, of what only others were told, or nobody."""
    agencies = [step.contract.agency for step in world.plan.steps.values()]
    number, agency = world.rng.randint(0, len(world.state.notices) + 1), world.rng.choice(agencies)
    for _ in range(world.rng.choice((1, 2))):
        told = 1 <= number <= len(world.state.notices) and agency in world.state.notices[number - 1].agencies
        done = world.submit(cm.TakeNotice(agency=agency, number=number, evidence=proof()))
        assert done == told, f"{agency} takes note of {number}: {done}, and was told: {told}"


def _all_note(world: Simulation) -> None:
    for number, notice in enumerate(world.state.notices, start=1):
        for agency in notice.agencies:
            assert world.submit(cm.TakeNotice(agency=agency, number=number, evidence=proof()))


# --- what must hold -----------------------------------------------------------------------------------------


def check_after_issue(before: CaseState, event: ev.CaseEvent, now: CaseState) -> None:
    """Check what one event did to an output's end, its renewals, and to who is told that something stands no more."""
    assert before.valid_until is None or now.valid_until == before.valid_until, "the end of an output has moved"
    if isinstance(event, ev.OutputSealed):
        ends = before.plan.published.plan.output.valid_for is not None
        assert (now.valid_until is not None) is ends, "an output ends, or does not, against its plan"
    if isinstance(event, ev.RenewalBegun):
        assert _renewable(before, event.at), "renewed too early, or what has no end or does not stand"
        same = structs.replace(now, renewals=before.renewals, version=before.version, updated_at=before.updated_at)
        assert same == before, "a renewal did something to the output that is renewed"
    if not isinstance(event, ev.NoticeTaken):
        _told_as_they_should_be(before, event, now)


def _told_as_they_should_be(before: CaseState, event: ev.CaseEvent, now: CaseState) -> None:
    known = len(before.notices)
    assert now.notices[:known] == before.notices, "what somebody was told has changed"
    told = [(sorted(notice.agencies), sorted(notice.resting)) for notice in now.notices[known:]]
    contributed = {step.contract.agency for step, _, entry in before.everything() if entry.status_index is not None}
    wanted = rest = set[str]()
    if isinstance(event, ev.PartRevoked):
        wanted = contributed - {before.step(event.step).contract.agency}
        reading = down(event.step, {name: step.data for name, step in before.plan.steps.items()})
        rest = wanted & {
            step.contract.agency
            for step, _, entry in before.everything()
            if entry.status_index is not None and step.name in reading
        }
    elif isinstance(event, ev.OutputRevoked):
        wanted = rest = contributed
    expected = [(sorted(wanted), sorted(rest))] if wanted else []
    assert told == expected, f"of {event} were told {told}, and not {expected}"


def check_noted(state: CaseState, journal: list[ev.CaseEvent]) -> None:
    """Check that at the end every agency has noted just what it was told, once, and each renewal was begun once."""
    noted = Counter((event.agency, event.number) for event in journal if isinstance(event, ev.NoticeTaken))
    told = {(agency, number) for number, notice in enumerate(state.notices, start=1) for agency in notice.agencies}
    assert noted == Counter(told), f"noted: {noted}; told: {told}"
    begun = [event.renewal for event in journal if isinstance(event, ev.RenewalBegun)]
    assert list(state.renewals) == begun, "a renewal is lost"
    assert len(set(begun)) == len(begun), "a renewal was begun twice"
