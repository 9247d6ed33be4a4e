"""The scenes: every shipped plan has one, in which every step is asked, and its story is the one that is told."""

from __future__ import annotations

import pytest

from contracts.ids import StepName
from tests.unwind.plays import Play
from tests.unwind.scenes import MAKERS, PLANS, SCENES, Scene
from tests.unwind.telling import told


def test_a_shipped_plan_has_no_scene() -> None:
    assert set(PLANS) == set(MAKERS)
    assert PLANS


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_step_of_a_plan_is_not_asked_or_the_case_not_issued(scene: Scene) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert play.state.status == "issued"
        assert play.words == dict.fromkeys(scene.names, "contributed")
        assert {part.word for part in play.parts().values()} == {"contributed"}
        assert all(office.did.total() == 1 for office in play.offices.values())

    told(scene, story)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_what_is_read_off_a_plans_text_is_not_what_the_core_makes_of_it(scene: Scene) -> None:
    for name in scene.names:
        compiled = scene.plan.steps[StepName(name)]
        assert scene.waits_for(name) == compiled.data | compiled.after
        assert scene.form_reads(name) == compiled.form_reads
        assert scene.dependants(name) == scene.plan.descendants[name]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_an_answer_that_may_be_corrected_has_no_other_answer_here(scene: Scene) -> None:
    for name in scene.names:
        for refusal in scene.contract(name).refusals.values():
            for pointer in scene.pointers(name, refusal.correct):
                assert scene.others[pointer] != scene.form.get(pointer.strip("/"))
