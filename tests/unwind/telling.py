"""Telling a story in every way: straight, with restarts, with everything doubled. The same must come of all.

A story is a function of a `Play`: somebody applies, agencies do what their table says, people act, and what must be
so is asserted on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.simulation.invariants import ENDED, check_end
from tests.unwind.offices import Table
from tests.unwind.plays import Play, Way
from tests.unwind.scenes import Scene

WAYS: tuple[Way, ...] = ("straight", "restarted", "doubled")
Story = Callable[[Play], None]


def told(scene: Scene, story: Story, *, asks: Table | None = None, undos: Table | None = None) -> None:
    """Tell a story in every way; each time it must hold, come to the end it says, and to the same."""
    ends: dict[Way, dict[str, Any]] = {}
    for way in WAYS:
        play = Play(scene, way, asks=asks, undos=undos)
        try:
            story(play)
            assert play.written.whole() == play.written.state, "the journal folds to something else from its beginning"
            if play.state.status in ENDED:
                check_end(play.state, play.registers)
        except Exception as error:
            error.add_note(f"told {way}, at {play.said}")
            raise
        ends[way] = end_of(play)
    for way, end in ends.items():
        other = {what: (end[what], usual) for what, usual in ends["straight"].items() if end[what] != usual}
        assert not other, f"told {way}, something else comes of it"


def end_of(play: Play) -> dict[str, Any]:
    """Everything that must be the same however the story is told: all but moments, attempts and repetitions.

    What became of an answer that was under way while its round was taken back is luck, and so is what it said.
    """
    rounds = {
        str(place): (
            (entry.state, entry.cause, entry.owner, entry.undo_cause, entry.final, entry.taken),
            (entry.input, entry.by_hand, entry.correctable),
            None if entry.state == "undone" else (entry.code, entry.output),
        )
        for _, place, entry in play.state.everything()
    }
    incidents = {(str(incident.place), incident.cause, incident.owner) for incident in play.state.incidents}
    registers = {
        name: ({key: state for key, state in office.states.items() if state == "done"}, office.did)
        for name, office in play.offices.items()
    }
    return {
        "case": (play.state.status, play.state.outcome, play.state.marks, play.state.form),
        "rounds": rounds,
        "incidents": incidents,
        "registers": registers,
    }
