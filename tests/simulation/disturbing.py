"""What happens to a simulated case in its faulty phase, beside what its agencies do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from contracts import commands as cm
from contracts import wire
from contracts.ids import Place, ask_key
from tests.simulation.after_issue import notes, renews
from tests.simulation.messages import CASE, heard_of
from tests.simulation.plans import FIELDS
from tests.simulation.tills import pays_again

if TYPE_CHECKING:
    from tests.simulation.world import Simulation


def disturb(world: Simulation) -> None:
    """Let something happen that no plan provides for: a crash, an act, an answer that nobody waits for."""
    drawn = world.rng.random()
    happens = next((happens for below, happens in _HAPPENS if drawn < below), None)
    if happens is not None:
        happens(world)


def _operator(world: Simulation) -> None:
    world.people.operator()


def _applicant(world: Simulation) -> None:
    world.people.applicant()


def _neighbour(world: Simulation) -> None:
    world.people.neighbour()


def _strays(world: Simulation) -> None:
    """An agency says again what it said, perhaps of a round that nobody asked for."""
    step, item = world.rng.choice([track for track in world.state.tracks if track[0] in world.agencies])
    stray = Place(step, item, round=world.rng.randint(1, 3))
    agency = world.agencies[stray.step]
    held = agency.lookup(ask_key(CASE, stray))
    if not agency.bound and not isinstance(held, wire.NothingHeld):
        world.submit(heard_of(stray, "ask", held))


def _corrects_unasked(world: Simulation) -> None:
    world.submit(cm.Correct(answers={world.rng.choice(FIELDS): "unasked"}))


def _breaks_its_word(world: Simulation) -> None:
    """An agency does, and says so, what it had refused or taken back: somebody must see it."""
    agency = world.agencies[world.rng.choice(list(world.agencies))]
    over = {"refused", "undone"}
    keys = [place for _, place, entry in world.state.everything() if place.step == agency.name and entry.state in over]
    if keys and agency.effect != "none":
        place = world.rng.choice(keys)
        world.submit(heard_of(place, "ask", agency.does_all_the_same(ask_key(CASE, place))))


_HAPPENS: Final[tuple[tuple[float, Callable[[Simulation], object]], ...]] = (
    (0.05, lambda world: world.crash()),
    (0.15, _operator),
    (0.40, _applicant),
    (0.60, _neighbour),
    (0.63, _strays),
    (0.66, _corrects_unasked),
    (0.68, pays_again),
    (0.70, _breaks_its_word),
    (0.72, renews),
    (0.74, notes),
)
"""What happens, below which number drawn between 0 and 1; above them all, nothing does."""
