"""What must be so at the end of a case, by how it ended."""

from __future__ import annotations

from contracts import events as ev
from contracts.ids import StepName
from tests.unwind.plays import Play


def closes_as_the_plan_says(play: Play, name: str, code: str) -> None:
    """A required step's last word was no: hold everything to what must be so then."""
    scene = play.scene
    unasked, fallen = scene.dependants(name), scene.loses(name)
    assert play.state.status == "refused"
    assert play.state.closed_by == name
    assert not play.asked() & unasked, "something was asked that waits for a step which was refused"
    assert not play.state.credential
    assert not list(play.recorded(ev.OutputSealed, ev.CaseIssuing))
    expected: dict[str, str] = {}
    for other in scene.names:
        usual = "undone" if other in fallen else "dropped" if given_up(play, name, other) else "contributed"
        expected[other] = "refused" if other == name else "dropped" if other in unasked else usual
    assert play.words == expected
    parts = play.parts()
    assert {other: part.word for other, part in parts.items()} == {other: expected[other] for other in parts}
    refusal = scene.contract(name).refusals[code]
    assert parts[name].refusal == refusal.title
    assert bool(parts[name].objection) == bool(refusal.objection), "where to object is not said, or invented"
    for other in map(StepName, parts):
        stands = expected[other] == "contributed"
        assert bool(parts[other].values) == stands, f"the record does not say what {other} gave"
        assert bool(parts[other].evidence) == (stands or other == name)


def given_up(play: Play, name: str, other: str) -> bool:
    """Whether a check beside the step that closed the case was still out then: nobody waits for what it finds."""
    looks = play.scene.contract(other).effect == "none" and other in play.scene.beside(name)
    return looks and not list(play.recorded(ev.StepContributed, step=other))


def issues_without(play: Play, name: str, code: str) -> None:
    """An optional step's last word was no."""
    scene = play.scene
    assert play.state.status == "issued"
    assert play.state.credential
    parts = play.parts()
    assert {part.step for part in parts.values() if part.word != "contributed"} == {name}
    assert parts[name].word == "refused"
    assert parts[name].refusal == scene.contract(name).refusals[code].title
    assert bool(parts[name].objection) == bool(scene.contract(name).refusals[code].objection)
    assert not parts[name].values


def holds_as_said(play: Play, name: str, code: str) -> None:
    assert not play.scene.step(name).asks or not play.offices[StepName(name)].live()
    if play.scene.step(name).optional:
        issues_without(play, name, code)
    else:
        closes_as_the_plan_says(play, name, code)


def is_withdrawn_whole(play: Play) -> None:
    """Everything reversible is taken back, once, and the record says so."""
    scene = play.scene
    assert (play.state.status, play.state.reason) == ("withdrawn", "another town")
    for name in scene.names:
        if scene.step(name).pays:
            assert not +play.tills[name].standing, f"{name} was not paid back"
            continue
        if not scene.step(name).asks:
            assert play.word(name) in {"contributed", "refused", "dropped"}
            continue
        office = play.offices[StepName(name)]
        if scene.contract(name).effect == "reversible":
            assert not office.live(), f"{name} still holds something"
            assert {key for key, _ in office.undone} <= {play.key(name, verb="undo")}
            assert len(list(play.recorded(ev.StepUndone, step=name))) == (play.word(name) == "undone")
        else:
            assert not office.undone, f"{name} was undone, and cannot be"
        assert play.word(name) in {"contributed", "undone", "dropped"}
        assert play.parts()[name].word == play.word(name)
    in_reverse(play)


def in_reverse(play: Play) -> None:
    """An undo leaves only when every undo of what rests on it is settled."""
    open_: set[str] = set()
    for event in play.journal:
        if isinstance(event, ev.UndoStarted):
            open_.add(event.step)
        elif isinstance(event, ev.StepUndone | ev.StepKept):
            open_.discard(event.step)
        elif isinstance(event, ev.UndoAsked):
            waits_for = open_ & play.scene.dependants(event.step)
            assert not waits_for, f"{event.step} was undone before {waits_for}"
