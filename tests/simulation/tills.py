"""Payments in the simulated world: a till for each step that is paid, those who pay there, and what gets lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from contracts import commands as cm
from contracts import effects as ef
from contracts import events as ev
from contracts import wire
from contracts.ids import AskKey, Place, ask_key, parse_ask_key
from tests.simulation.messages import CASE, told_of
from tests.unwind.tills import PAID_AT, Till
from workflows.core.compiled import CompiledStep
from workflows.core.graph import AMOUNT

if TYPE_CHECKING:
    from tests.simulation.world import Simulation


class SimulatedTill(Till):
    """The books of one step that is paid, and what was paid in cash where no provider saw it (`by_hand`)."""

    def __init__(self, step: CompiledStep) -> None:
        """Begin with nothing billed."""
        super().__init__(step)
        self.by_hand: set[AskKey] = set()
        self.calm = False

    def live(self) -> list[Place]:
        """Give where money stands."""
        return [*super().live(), *(parse_ask_key(key)[1] for key in sorted(self.by_hand))]

    def did_nothing(self, key: AskKey) -> bool:
        """Say whether nobody was billed, so that nobody can have paid."""
        return key not in self.bills

    def contribute(self, key: AskKey, amount: int) -> dict[str, Any]:
        """Take cash for a bill."""
        self.by_hand.add(key)
        return {AMOUNT: amount, "paid_at": PAID_AT, "receipt": f"cash-{key}"}

    def keep(self, key: AskKey) -> bool:
        """Say whether there is money that could be kept."""
        return key in self.by_hand or bool(self.standing[key])

    def take_back(self, key: AskKey) -> None:
        """Pay everything back, at the provider's and in cash; nobody can pay this bill any more."""
        self.ended.add(key)
        self.standing[key] = 0
        self.by_hand.discard(key)


def travel(
    world: Simulation,
    effect: ef.SendAsk | ef.SendUndo | ef.SendLookup,
    name: tuple[str, str, int],
    *,
    resumed: bool,
) -> None:
    """Let the provider be called: the call may be lost, and so may its answer."""
    till = world.tills[effect.place.step]
    if isinstance(effect, ef.SendAsk):
        world.left.add(effect.place)
    drawn = 1.0 if world.calm else world.rng.random()
    if drawn < 0.10:
        unheard = wire.Unheard(key=effect.key, reason="refused connection", sent=resumed)
        world.later(2, lambda: world.settle(name, told_of(effect, unheard)), ours=True)
        return

    def arrive() -> None:
        answer = till.says(effect, world.now)
        if drawn < 0.25:
            answer = wire.Unheard(key=effect.key, reason="timed out", sent=True)
        world.later(3, lambda: world.settle(name, told_of(effect, answer)), ours=True)

    world.later(3, arrive)


def pays(world: Simulation, place: Place) -> None:
    """Pay a bill: mostly just that; now and then twice, another amount, or not at all."""
    till, key, rng = world.tills[place.step], ask_key(CASE, place), world.rng
    if key not in till.bills or key in till.ended:
        return
    drawn = rng.random()
    if drawn < 0.1:
        world.submit(cm.DeclineStep(step=place.step, item=place.item))
        return
    if not till.standing[key] and drawn > 0.2:
        till.pay(key, till.amounts[key] + 1 if drawn > 0.95 and not world.calm else None)
    if drawn > 0.3:
        says_so(world, place, rng.choice(("provider", "applicant")))


def pays_again(world: Simulation) -> None:
    """Money comes that nobody asks for any more, or a second time: the provider tells it until it is heard."""
    for till in world.tills.values():
        for key in sorted(till.bills):
            place = parse_ask_key(key)[1]
            entry = world.state.round_at(place)
            if entry is not None and entry.state in {"contributed", "refused", "undone"} and world.rng.random() < 0.5:
                till.pay(key)
                for seconds in (10, 4000, 90_000):
                    world.later(seconds, lambda place=place: says_so(world, place, "provider"))  # type: ignore[misc]  # its place


def says_so(world: Simulation, place: Place, by: Literal["provider", "applicant"]) -> None:
    """The provider, or whoever has paid, says that something happened to a bill: once, or twice."""
    for _ in range(world.rng.choice((1, 2))):
        world.submit(cm.CheckPayment(step=place.step, item=place.item, round=place.round, by=by))


def check_paid(world: Simulation, event: ev.CaseEvent) -> None:
    """Check that nothing passes for paid that is not, and nobody is billed for another amount than was asked."""
    if isinstance(event, ev.StepContributed) and event.step in world.tills and not event.actor:
        key, till = ask_key(CASE, event.place), world.tills[event.step]
        assert till.standing[key] >= event.output[AMOUNT] == till.amounts[key], f"{event.place} passes for paid"
