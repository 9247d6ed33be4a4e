"""The signer of the simulated world: away now and then, or so slow that the case has changed when its seal comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from tests.simulation.messages import places_of
from workflows.core.state import CaseState
from workflows.core.validity import valid_until

if TYPE_CHECKING:
    from tests.simulation.world import Simulation


def seal_it(world: Simulation, name: tuple[str, str, int]) -> None:
    """Have the output sealed as it stands now; somebody may give the case up meanwhile, and a seal may come twice."""
    rng = world.rng
    if not world.calm and rng.random() < 0.3:
        failure = cm.RecordSealFailure(reason="signer away")
        world.later(5, lambda: world.settle(name, failure), ours=True)
        return
    seal = cm.RecordSeal(
        credential="sealed",
        digest="d",
        status_index=0,
        parts=places_of(world.state),
        valid_until=valid_until(world.state, world.now),
    )
    if rng.random() < 0.15:
        world.later(5, world.people.gives_up)

    def comes() -> None:
        world.settle(name, seal)
        assert world.state.credential, "an output was sealed, and the case does not know of it"
        if rng.random() < 0.2:
            world.submit(structs.replace(seal, credential="sealed again", digest="e"))

    world.later(5, comes, ours=True)


def check_sealed(before: CaseState, event: ev.CaseEvent, now: CaseState) -> None:
    """Check that what is sealed is what stands, and only that, once; and that what is given up is not issued."""
    assert not before.credential or now.credential == before.credential, "an output was sealed twice"
    if isinstance(event, ev.CaseIssued):
        assert before.status == "issuing", f"issued, and was {before.status}"
        assert before.credential, "issued without a seal"
        standing = {place for step, place, entry in now.currents() if entry.granted and step.spec.ask}
        sealed = {place for _, place, entry in now.everything() if entry.status_index is not None}
        assert sealed == standing, f"the seal says {sealed}, and {standing} stand"
