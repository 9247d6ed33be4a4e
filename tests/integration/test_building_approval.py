"""A service of weeks, through the public API: every sample of the building approval comes to its end, within seconds.

The gateway's real application on its real file, agencies by HTTP, officers, the applicant, neighbours and the lead
agency by their routes, and one simulated clock. All samples are played twice: straight; and with the gateway ended
after everything that it records, and between what it does for the first time and the record of it, so that every ask
is sent twice. The same must come of both, at the same moments.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.contract import DeskConnection
from tests.integration.samples import load_samples
from tests.integration.weeks import Played, played
from tests.integration.weeks_case import Weeks
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published

pytestmark = pytest.mark.timeout(300)
SERVICE = "persetujuan-bangunan-gedung"
SAMPLES = load_samples(SERVICE)
ACCEPTED = {name: sample for name, sample in SAMPLES.items() if sample.expect.accepted}
WRONG = {name: sample for name, sample in SAMPLES.items() if not sample.expect.accepted}
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "examples" / "purbalingga"
PUBLISHED = load_published(EXAMPLE / "services" / f"{SERVICE}.yaml", load_contracts(EXAMPLE / "contracts"))


def play(folder: Path, *, restarted: bool) -> Played:
    return asyncio.run(played(folder, SERVICE, SAMPLES, TUESDAY, restarted=restarted))


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("straight"), restarted=False)


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("restarted"), restarted=True)


def sample_of(found: Played, name: str) -> Weeks:
    return found.journeys[f"{SERVICE}/{name}"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_weeks_through_the_api_come_to_another_end_than_the_sample_says(name: str, straight: Played) -> None:
    journey = straight.journeys[name]
    journey.check()
    if journey.view["state"] == "issued":
        opened, issued = (datetime.fromisoformat(journey.view[name]) for name in ("opened_at", "updated_at"))
        assert timedelta(weeks=1) < issued - opened < timedelta(weeks=6)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_restart_after_every_event_changes_what_comes_of_a_case_or_when(
    name: str, straight: Played, restarted: Played
) -> None:
    restarted.journeys[name].check()
    assert restarted.journeys[name].end() == straight.journeys[name].end()


def test_the_gateway_was_not_started_anew_after_every_event_or_no_ask_was_sent_twice(
    straight: Played, restarted: Played
) -> None:
    assert straight.lives == 3
    assert restarted.lives > straight.most_moves
    assert restarted.most_moves == 1
    for found, attempts in ((straight, 1), (restarted, 2)):
        held = [wish for each in found.journeys.values() for asks in each.held.values() for wish in asks.values()]
        assert min(wish["attempts"] for wish in held) == attempts
        assert max(wish["effects"] for wish in held) == 1


def test_a_correction_asks_somebody_again_who_reads_nothing_of_what_was_changed(straight: Played) -> None:
    """One building's floors are corrected: the site is not visited again, the other building is not assessed again."""
    asks: dict[str, int] = {}
    for task in sample_of(straight, "02-house-and-store").tasks:
        name = f"{task['step']}/{task['item']}" if task["item"] else task["step"]
        asks[name] = asks.get(name, 0) + 1
    assert asks == {
        "visit": 1,
        "structure/house": 1,
        "structure/store-1": 2,
        "fire_safety": 2,
        "environment": 2,
        "charge": 1,
        "approval": 1,
    }
    assert sample_of(straight, "02-house-and-store").registers()["dukcapil"].asks == 1


def test_a_correction_starts_an_offices_time_from_zero(tmp_path: Path) -> None:
    """Officers take four days. Of ten working days from a Saturday, two are over on Wednesday: eight are left."""
    name = f"{SERVICE}/02-house-and-store"
    slow = asyncio.run(played(tmp_path, SERVICE, {name: SAMPLES[name]}, TUESDAY, takes=timedelta(days=4)))
    tasks = [task for task in slow.journeys[name].tasks if task["item"] == "store-1"]
    assert [(task["round"], task["since"][:10], task["due"][:10]) for task in tasks] == [
        (1, "2026-11-28", "2026-12-11"),
        (2, "2026-12-02", "2026-12-14"),
    ]


def test_a_front_end_cannot_show_what_is_to_be_corrected_or_what_was(straight: Played) -> None:
    """A list is corrected whole: whoever changes one building needs the others, and the form that asks for them."""
    journey = sample_of(straight, "02-house-and-store")
    handed_in = journey.sample.form["buildings"]
    assert journey.answered["answers"] == {
        **journey.sample.form,
        "buildings": [handed_in[0], {**handed_in[1], "floors": 1}],
    }
    assert journey.answered["form"] == PUBLISHED.plan.form


def test_what_the_applicant_agrees_to_is_not_told_in_their_words(straight: Played) -> None:
    """Two offices gave an opinion: which is whose is said, in both languages."""
    seen = {action["step"]: action for view in sample_of(straight, "01-house").seen for action in view["actions"]}
    assert {name: label["id"] for name, label in seen["agreed"]["labels"].items()} == {
        "findings": "Peninjauan lokasi: Temuan",
        "fire_safety": "Pertimbangan keselamatan kebakaran: Nomor pertimbangan",
        "environment": "Pertimbangan lingkungan hidup: Nomor pertimbangan",
    }


def test_a_document_reaches_an_office_that_needs_none_or_another_than_was_handed_in(straight: Played) -> None:
    journey = sample_of(straight, "01-house")
    (handed_in,) = (step["output"] for step in journey.view["steps"] if step["step"] == "plans")
    given = {
        task["step"]: {name: value for name, value in task["input"].items() if value in handed_in.values()}
        for task in journey.tasks
    }
    assert {step: documents for step, documents in given.items() if documents} == {
        "visit": {"site_plan": handed_in["site_plan"]},
        "structure": {"drawings": handed_in["drawings"]},
        "fire_safety": {"drawings": handed_in["drawings"]},
        "environment": {"statement": handed_in["environment"]},
    }


def test_days_are_counted_otherwise_than_offices_in_purbalingga_do(straight: Played) -> None:
    """Three working days from a Tuesday end on Friday at 16:30; five from a Wednesday on the next one at 16:00."""
    seen: dict[str, dict[str, Any]] = {}
    for view in sample_of(straight, "05-environment-is-silent").seen:
        seen |= {step["step"]: step for step in view["steps"] if step["state"] == "accepted"}
    assert seen["visit"]["promised_by"] == "2026-11-27T09:30:00Z"
    assert seen["neighbours"]["until"] == seen["environment"]["deemed_at"] == "2026-12-02T09:00:00Z"


def test_a_wrong_form_is_taken_or_another_mistake_is_found(straight: Played) -> None:
    found = {name: straight.journeys[name].mistakes for name in WRONG}
    assert found == {name: set(sample.expect.mistakes) for name, sample in WRONG.items()}


def test_a_refusal_or_a_way_to_end_is_shown_by_no_sample() -> None:
    decided = [each for sample in SAMPLES.values() for given in sample.officers.values() for each in given]
    assert {each.code for each in decided if each.code} == {
        code
        for contract in PUBLISHED.contracts.values()
        if isinstance(contract.connection, DeskConnection)
        for code in contract.refusals
    }
    assert {sample.expect.state for sample in SAMPLES.values()} == {"issued", "refused", "withdrawn", ""}
    assert all(sample.form["nik"].endswith("0000") for sample in SAMPLES.values()), (
        "a NIK in a sample could be somebody's"
    )
