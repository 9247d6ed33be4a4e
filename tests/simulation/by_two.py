"""Parts that officers revoke where a contract asks for two of them; read off the contract and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import events as ev
from contracts.contract import DeskConnection
from contracts.ids import Place
from contracts.units import same_person
from workflows.core.compiled import CompiledStep

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

_SECOND = "office/Tono"


def needs_two(step: CompiledStep) -> bool:
    """Whether no officer alone takes back what was contributed under this contract."""
    connection = step.contract.connection
    return isinstance(connection, DeskConnection) and connection.second_officer is not None


def colleagues_agree(world: Simulation, place: Place, command: cm.RevokePart) -> bool:
    """One officer revokes a part, which moves nothing; a second one confirms that now, or does not, or leaves it.

    Gives whether the second one is about to confirm it: that is left to `confirms`.
    """
    before = world.state
    assert world.submit(command), f"{place} is to be revoked, and cannot be"
    assert world.submit(command), "the same words again are another proposal"
    entry = world.state.round_at(place)
    assert entry is not None
    assert entry.revoked is None, f"{place} is revoked on one officer's word"
    proposal = entry.revocation
    assert proposal is not None, f"nobody is asked to confirm that {place} is revoked"
    assert world.state.notices == before.notices, "agencies are told of what is only proposed"
    other = structs.replace(command, act=structs.replace(command.act, actor=_SECOND))
    assert not world.submit(other), "a proposal is overwritten"
    alone = _confirms(place, command.act.actor, proposal.evidence.digest)
    assert not world.submit(alone), "an officer confirms what they proposed"
    assert not world.submit(_confirms(place, _SECOND, "unseen")), "an officer confirms what they have not seen"
    drawn = world.rng.random()
    if drawn < 0.2:
        looked = _confirms(place, _SECOND, proposal.evidence.digest)
        rejects = dm.RejectRevocation(
            step=place.step,
            item=place.item,
            round=place.round,
            officer=_SECOND,
            digest=proposal.evidence.digest,
            text="it is right",
        )
        assert world.submit(rejects)
        assert not world.submit(looked), "what was not confirmed is confirmed"
        after = world.state.round_at(place)
        assert after == structs.replace(entry, revocation=None, not_confirmed="it is right"), "a no has moved the part"
    return drawn >= 0.4


def confirms(world: Simulation, place: Place) -> None:
    """Let the second officer confirm what was proposed: the part stands no more."""
    entry = world.state.round_at(place)
    assert entry is not None
    assert entry.revocation is not None
    assert world.submit(_confirms(place, _SECOND, entry.revocation.evidence.digest)), f"{place} is not confirmed"
    after = world.state.round_at(place)
    assert after is not None
    assert after.revoked is not None, f"two officers revoked {place}, and it stands"


def _confirms(place: Place, officer: str, digest: str) -> dm.ConfirmRevocation:
    return dm.ConfirmRevocation(step=place.step, item=place.item, round=place.round, officer=officer, digest=digest)


def check_by_two(world: Simulation) -> None:
    """Check that no part was revoked on one officer's word, or confirmed that nobody proposed."""
    proposed: dict[Place, ev.RevocationProposed] = {}
    confirmed: ev.CaseEvent | None = None
    for event in world.journal:
        if isinstance(event, ev.RevocationProposed):
            proposed[event.place] = event
        elif isinstance(event, ev.RevocationConfirmed):
            before = proposed.pop(event.place)
            assert (before.officer, before.evidence.digest) == (event.proposed_by, event.digest)
            assert not same_person(event.officer, before.officer), f"{event.officer} confirms their own {event.place}"
        elif isinstance(event, ev.RevocationRejected):
            del proposed[event.place]
        elif isinstance(event, ev.PartRevoked) and event.because == "agency":
            by_officer = "/" in event.actor
            alone = not isinstance(confirmed, ev.RevocationConfirmed) or confirmed.place != event.place
            wanted = needs_two(world.state.step(event.step))
            assert not (by_officer and wanted and alone), f"{event.place} is revoked on one officer's word"
        confirmed = event
