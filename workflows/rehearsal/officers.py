"""Officers at a desk while a plan is tried: one decides, and where the contract asks for it, a second one confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from contracts import desk_commands as dm
from contracts import wire
from workflows.core.desk import needs_second
from workflows.rehearsal.script import of_track

if TYPE_CHECKING:
    from contracts.ids import Place
    from workflows.rehearsal.play import Play

FIRST: Final = "first officer"
SECOND: Final = "second officer"
_THINKS_AGAIN_S: Final = 3600.0


def decide(play: Play, place: Place, answer: wire.Answer) -> None:
    """Decide what lies on a desk; a second officer confirms it, or lets it be decided again first."""
    contract = play.state.step(place.step).contract
    if not needs_second(contract, answer):
        play.says(place, "ask", answer)
        return
    _proposes(play, place, answer)
    where = _where(play, place)
    if of_track(play.script.second, place, "confirms") == "rejects" and play.once(("rejects", place)):
        play.submit(dm.RejectDecision(officer=SECOND, digest=_DIGEST, text="look again", **where))
        play.later(_THINKS_AGAIN_S, lambda: _again(play, place, answer))
    else:
        play.submit(dm.ConfirmDecision(officer=SECOND, digest=_DIGEST, **where))


def _again(play: Play, place: Place, answer: wire.Answer) -> None:
    """The first officer still thinks so, unless it was taken off the desk meanwhile."""
    _proposes(play, place, answer)
    play.submit(dm.ConfirmDecision(officer=SECOND, digest=_DIGEST, **_where(play, place)))


def _proposes(play: Play, place: Place, answer: wire.Answer) -> None:
    evidence = wire.Evidence(kind="attested", received_at=play.now, digest=_DIGEST, actor=FIRST)
    play.submit(dm.DecideTask(officer=FIRST, answer=answer, evidence=evidence, **_where(play, place)))


def _where(play: Play, place: Place) -> dict[str, Any]:
    del play
    return {"step": place.step, "item": place.item, "round": place.round, "verb": "ask"}


_DIGEST: Final = "sha256:" + "1" * 64
