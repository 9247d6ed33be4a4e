"""What happens to a simulated case in its faulty phase, beside what its agencies do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts import commands as cm
from contracts import wire
from contracts.ids import Place, ask_key
from tests.simulation.messages import CASE, heard_of
from tests.simulation.plans import FIELDS
from tests.simulation.tills import pays_again

if TYPE_CHECKING:
    from tests.simulation.world import Simulation


def disturb(world: Simulation) -> None:
    """Let something happen that no plan provides for: a crash, an act, an answer that nobody waits for."""
    drawn = world.rng.random()
    if drawn < 0.05:
        world.crash()
    elif drawn < 0.15:
        world.people.operator()
    elif drawn < 0.40:
        world.people.applicant()
    elif drawn < 0.60:
        world.people.neighbour()
    elif drawn < 0.63:
        step, item = world.rng.choice([track for track in world.state.tracks if track[0] in world.agencies])
        stray = Place(step, item, round=world.rng.randint(1, 3))
        agency = world.agencies[stray.step]
        held = agency.lookup(ask_key(CASE, stray))
        if not agency.bound and not isinstance(held, wire.NothingHeld):
            world.submit(heard_of(stray, "ask", held))
    elif drawn < 0.66:
        world.submit(cm.Correct(answers={world.rng.choice(FIELDS): "unasked"}))
    elif drawn < 0.68:
        pays_again(world)
    elif drawn < 0.70:
        _breaks_its_word(world)


def _breaks_its_word(world: Simulation) -> None:
    """An agency does, and says so, what it had refused or taken back: somebody must see it."""
    agency = world.agencies[world.rng.choice(list(world.agencies))]
    over = {"refused", "undone"}
    keys = [place for _, place, entry in world.state.everything() if place.step == agency.name and entry.state in over]
    if keys and agency.effect != "none":
        place = world.rng.choice(keys)
        world.submit(heard_of(place, "ask", agency.does_all_the_same(ask_key(CASE, place))))
