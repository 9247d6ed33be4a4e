"""What the event of a known list makes of a case. Part of `evolve`."""

from __future__ import annotations

from msgspec import structs

from contracts import events as ev
from contracts.ids import NO_ITEM, ItemKey
from workflows.core.moves import move
from workflows.core.state import CaseState, Round, Track


def items_listed(state: CaseState, event: ev.ItemsListed) -> CaseState:
    """Open the next round of every item that was not on the list; a kept contribution opens none.

    Rounds count up for ever, also for an item that was removed and is added again.
    """
    before = state.listed.get(event.step, ())
    if event.step not in state.listed:
        # The list is no item: it ends here, and its items have the word.
        state = move(state, event, "dropped", cause="items")
    keys = tuple(ItemKey(key) for key in event.items)
    own: dict[Track, tuple[Round, ...]] = {(event.step, NO_ITEM): state.rounds((event.step, NO_ITEM))}
    for key in keys:
        track = (event.step, key)
        rounds = state.rounds(track)
        if key in before or (rounds and state.current(track).state == "kept"):
            own[track] = rounds
        else:
            own[track] = (*rounds, Round(number=len(rounds) + 1, opened=state.version + 1, since=event.at))
    own |= {track: rounds for track, rounds in state.tracks.items() if track[0] == event.step and track not in own}
    tracks: dict[Track, tuple[Round, ...]] = {}
    for track, rounds in state.tracks.items():  # in the order of the plan, and of the list
        tracks |= own if track[0] == event.step else {track: rounds}
    return structs.replace(state, tracks=tracks, listed={**state.listed, event.step: keys})
