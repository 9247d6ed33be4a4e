"""Items while a step that they read is asked anew: those whose input comes out the same stand, and only those."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.declared import Derived
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import (
    Playbook,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    is_undone,
    opens,
    refuses,
    refuses_undo,
)

ROWS = [{"id": "k1", "x": "1"}, {"id": "k2", "x": "2"}]
ONLY_FIRST = Derived(cel="row.id == 'k1' ? c.number : 'none'")


def standing(items: Part | None = None, **more: Part) -> Playbook:
    """Give a case in which a check `c` and two items that read it were given, and `b` asks for another x."""
    each = items or part("row.x", "c.number", each="form.rows")
    steps = plan(c=part("form.x", effect="none"), a=each, b=part("form.x", effect="none"), **more)
    play = Playbook(steps) >> opens(x="x0", rows=ROWS) << ... >> contributes("c", "7") << ...
    return play >> contributes("a:k1") << ... >> contributes("a:k2") << ... >> refuses("b", "fixable") << ...


def corrected(play: Playbook) -> Playbook:
    return play >> corrects(x="x1") << "corrected: ['/x']" << "c/2 opens: correction"


def test_items_whose_input_comes_out_the_same_stand_and_nobody_is_asked_about_them() -> None:
    play = corrected(standing()) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked"
    play = play >> contributes("b/2") << "b/2 contributed" >> contributes("c/2", "7") << "c/2 contributed" << "issuing"
    assert [play.at(f"a:{key}").state for key in ("k1", "k2")] == ["contributed", "contributed"]


def test_items_whose_input_comes_out_otherwise_are_taken_back_and_asked_anew_and_only_those() -> None:
    play = corrected(standing(part("row.x", each="form.rows", inputs={"c": ONLY_FIRST})))
    play = play << "b/2 opens: correction" << "c/2 asked" << "b/2 asked" >> contributes("b/2") << ...
    play = play >> contributes("c/2", "8") << "c/2 contributed"
    play = play << "a:k1 to be undone: replaced" << "a:k1/2 opens: dependency" << "a:k1 undo asked"
    play = play << "a:k1/2 ready: undo"
    play = play >> is_undone("a:k1") << "a:k1 undone" << "a:k1/2 asked"
    assert play.at("a:k1/2").input == {"x": "1", "c": "8"}
    assert play >> contributes("a:k1/2") << "a:k1/2 contributed" << "issuing"


def test_what_reads_the_items_waits_until_it_is_seen_whether_they_stand() -> None:
    steps = plan(
        c=part("form.x", effect="none"),
        b=part("form.x", effect="none"),
        a=part("row.x", "c.number", each="form.rows", effect="none"),
        d=part(inputs={"n": Derived(cel="size(a)")}, after=("b",)),
    )
    play = Playbook(steps) >> opens(x="x0", rows=ROWS) << ... >> contributes("c", "7") << ...
    play = play >> contributes("a:k1") << ... >> contributes("a:k2") << ... >> refuses("b", "fixable") << ...
    play = corrected(play) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked"
    play = play >> contributes("b/2") << "b/2 contributed"
    play = play >> contributes("c/2", "8") << "c/2 contributed"
    play = play << "a:k1/2 opens: dependency" << "a:k2/2 opens: dependency" << "a:k1/2 asked" << "a:k2/2 asked"
    play = play >> contributes("a:k1/2") << ... >> contributes("a:k2/2") << "a:k2/2 contributed" << "d asked"
    assert play.at("d").input == {"n": 2}


def test_items_are_taken_back_when_what_they_read_is_refused_in_its_new_round() -> None:
    play = corrected(standing()) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked"
    play = play >> refuses("c/2", "no") << "c/2 refused: no"
    play = play << "a:k1 to be undone: condition" << "a:k2 to be undone: condition" << "closing: refused"
    assert play << ... >> is_undone("a:k1") << ... >> is_undone("a:k2") << ...


def test_an_item_that_may_be_corrected_is_asked_anew_with_what_was_asked_anew_before_it() -> None:
    each = part("row.x", "c.number", each="form.rows", effect="none")
    steps = plan(c=part("form.x", effect="none"), a=each, b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens(x="x0", rows=ROWS) << ... >> contributes("c", "7") << ...
    play = play >> contributes("a:k1") << ... >> refuses("a:k2", "fixable") << ... >> refuses("b", "fixable") << ...
    play = corrected(play) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked"
    assert play.at("a:k2").correcting
    play = play >> contributes("c/2", "8") << "c/2 contributed"
    assert play << "a:k1/2 opens: dependency" << "a:k2/2 opens: dependency" << "a:k1/2 asked" << "a:k2/2 asked"


def test_an_item_that_could_not_be_asked_is_asked_once_what_it_reads_was_asked_anew() -> None:
    each = part(each="form.rows", effect="none", inputs={"c": Derived(cel="int(c.number) + size(row.id)")})
    steps = plan(c=part("form.x", effect="none"), a=each, b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens(x="x0", rows=ROWS[:1]) << ... >> contributes("c", "seven") << "c contributed"
    play = play << "a lists ['k1']" << "a:k1 exhausted: expression" >> refuses("b", "fixable") << ...
    play = corrected(play) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked"
    play = play >> contributes("c/2", "8") << "c/2 contributed"
    play = play << "a:k1 dropped: replaced" << "a:k1/2 opens: dependency" << "a:k1/2 asked"
    assert play.at("a:k1/2").input == {"c": 10}


def test_an_item_stands_that_was_given_another_input_by_hand() -> None:
    """A person answers for it."""
    each = part("row.x", "c.number", each="form.rows", effect="none")
    steps = plan(c=part("form.x", effect="none"), a=each, b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens(x="x0", rows=ROWS[:1]) << ... >> contributes("c", "7") << ...
    play = play >> all_exhausts("a:k1") << "a:k1 exhausted: attempts"
    play = play >> by_hand(cm.ReplaceInput, "a:k1", input={"x": "1", "c": "0"}) << ...
    play = play >> contributes("a:k1/2") << ... >> refuses("b", "fixable") << ...
    play = corrected(play) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked" >> contributes("b/2") << ...
    assert play >> contributes("c/2", "8") << "c/2 contributed" << "issuing"


def test_of_a_list_that_was_asked_anew_nobody_is_asked_about_who_came_to_it() -> None:
    """The register names a second owner: the first one's consent stands, and the second owner is asked for theirs."""
    steps = plan(c=part("form.x", effect="none"), a=part("row.x", each="c.rows"), b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens(x="x0") << ... >> contributes("c", rows=ROWS[:1]) << "c contributed"
    play = play << "a lists ['k1']" << "a:k1 asked" >> contributes("a:k1") << ... >> refuses("b", "fixable") << ...
    play = corrected(play) << "b/2 opens: correction" << "c/2 asked" << "b/2 asked" >> contributes("b/2") << ...
    play = play >> contributes("c/2", rows=ROWS) << "c/2 contributed" << "a lists ['k1', 'k2']" << "a:k2 asked"
    assert play.at("a:k1").state == "contributed"
    assert play >> contributes("a:k2") << "a:k2 contributed" << "issuing"


def test_nobody_is_asked_about_who_is_on_the_list_that_stands_in_for_one_that_fell() -> None:
    """A register's list of owners falls, and counts no more; the applicant's own has one who was not asked yet."""
    spec, contract = part("form.y", optional=True, conditional_on="o", otherwise="none")
    otherwise = {**(spec.otherwise or {}), "rows": "form.rows"}
    s = (structs.replace(spec, otherwise=otherwise), contract)
    steps = plan(o=part("form.x", optional=True), s=s, a=part("row.x", each="s.rows"), last=part("form.z"))
    play = Playbook(steps) >> opens(rows=ROWS) << ... >> contributes("s", rows=ROWS[:1]) << "s contributed"
    play = play << "a lists ['k1']" << "a:k1 asked" >> contributes("a:k1") << "a:k1 contributed" >> refuses("o")
    play = play << "o refused: no" << "s to be undone: condition" << "a lists ['k1', 'k2']"
    play = play << "s undo asked" >> is_undone("s") << "s undone" << "a:k2 asked"
    assert play.at("a:k1").state == "contributed"


def test_an_item_that_was_dropped_after_a_no_is_never_asked_although_that_no_is_asked_anew() -> None:
    """An owner said no, so the next was not asked any more; corrected, the first says yes, and the next is asked."""
    steps = plan(a=part("row.x", each="form.rows", at_once=1, optional=True), l=part("form.rows", effect="none"))
    play = Playbook(steps) >> opens(rows=ROWS) << ... >> refuses("a:k1") << "a:k1 refused: no"
    play = play << "a:k2 dropped: condition" >> refuses("l", "fixable") << ...
    play = play >> corrects(rows=[{"id": "k1", "x": "new"}, ROWS[1]]) << "corrected: ['/rows/0/x']"
    play = play << "a:k1/2 opens: correction" << "a:k2/2 opens: correction" << "l/2 opens: correction"
    play = play << "a:k1/2 asked" << "l/2 asked" >> contributes("l/2") << "l/2 contributed"
    play = play >> contributes("a:k1/2") << "a:k1/2 contributed" << "a:k2/2 asked"
    assert play >> contributes("a:k2/2") << "a:k2/2 contributed" << "issuing"


def test_a_case_is_refused_although_of_some_the_one_that_was_kept_may_still_be_taken() -> None:
    """One of two owners is enough: one said no, and the other's yes would not be taken back. A person says now."""
    steps = plan(
        o=part("form.x", optional=True),
        a=part("row.x", each="form.rows", partial=True, conditional_on="o"),
    )
    play = Playbook(steps) >> opens(rows=ROWS) << ... >> contributes("a:k1") << ... >> refuses("a:k2") << ...
    play = play >> refuses("o") << "o refused: no" << "a:k1 to be undone: condition" << "a:k1 undo asked"
    play = play >> refuses_undo("a:k1") << "a:k1 undo refused: used"
    play = play >> by_hand(cm.KeepContribution, "a:k1", owner="ani") << "a:k1 kept"
    assert (play.state.status, play.state.marks) == ("open", ("held",))
    assert play >> by_hand(cm.TakeKept, "a:k1") << "a:k1 taken" << "issuing"


@pytest.mark.parametrize("some", [True, False])
def test_an_output_waits_for_what_was_kept_although_it_can_do_without(some: bool) -> None:  # noqa: FBT001 - a case
    """Another owner's yes is enough, or nobody's is needed: what was kept stands under its owner, and holds nothing."""
    a = part("row.x", each="form.rows", partial=some, optional=not some, conditional_on="o")
    play = Playbook(plan(o=part("form.x", optional=True), a=a, g=part("form.y"))) >> opens(rows=ROWS) << ...
    play = play >> contributes("a:k1") << ... >> refuses("o") << "o refused: no" << ...
    for key in ("k1", "k2"):
        play = play >> refuses_undo(f"a:{key}") << ... >> by_hand(cm.KeepContribution, f"a:{key}", owner="ani") << ...
    play = play >> by_hand(cm.TakeKept, "a:k1") << ... if some else play
    assert play >> contributes("g") << "g contributed" << "issuing"
