"""Two faults in one case: which can meet, and which of them are tried when there are too many."""

from __future__ import annotations

from tests.unit.workflows.rehearsal.small import FORM, compiled
from workflows.core.compiled import CompiledPlan
from workflows.rehearsal.pairs import faults, pairs
from workflows.rehearsal.play import Play, Road
from workflows.rehearsal.script import SILENT, Says, Script


def straight(plan: CompiledPlan) -> Road:
    risky = Script(asks={"business": (Says(example=1),)})
    return Play(plan, FORM, risky, title="t", form_name="f").run()


def test_both_faults_of_a_pair_happen() -> None:
    plan = compiled()
    scripts = dict(pairs(plan, straight(plan)).tried)
    both = scripts["identity is refused: no_match and corrected, and nobody answers permit"]
    assert both.asks == {"identity": (Says(word="refuses", code="no_match"),), "permit": (SILENT,)}
    taken = scripts["business is not taken back, and withdrawn after permit"]
    assert (taken.undos, taken.withdraws_after) == ({"business": "refuses"}, "permit")


def test_what_waits_for_a_final_no_is_no_pair_with_it() -> None:
    plan = compiled()
    titles = [title for title, _ in pairs(plan, straight(plan)).tried]
    assert not [title for title in titles if "already_registered" in title and "permit" in title]
    assert [title for title in titles if "already_registered" in title and "identity" in title]


def test_two_faults_of_one_step_are_a_pair_only_with_its_undo() -> None:
    plan = compiled()
    road = straight(plan)
    of_business = [fault for fault in faults(plan, road) if fault.step == "business"]
    assert len(of_business) == 4
    titles = [title for title, _ in pairs(plan, road).tried if title.count("business") == 2]
    assert sorted(titles) == [
        "business is not taken back, and withdrawn after business",
        "business is refused: already_registered, and business is not taken back",
        "nobody answers business, and business is not taken back",
    ]


def test_too_many_pairs_are_thinned_out_evenly_and_always_in_the_same_way() -> None:
    plan = compiled()
    road = straight(plan)
    whole, few = pairs(plan, road), pairs(plan, road, 6)
    every = [title for title, _ in whole.tried]
    tried = [title for title, _ in few.tried]
    assert len(tried) == 6
    assert set(tried) | set(few.left_out) == set(every)
    assert every.index(tried[-1]) > len(every) * 3 // 4, "only the first of them are tried"
    assert pairs(plan, road, 6) == few
