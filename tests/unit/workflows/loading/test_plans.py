"""Plans from files, checked against contracts and named by their content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.declared import PLAN, changed, contracts, plan
from workflows.loading.contracts import load_contracts
from workflows.loading.hashing import contract_digest
from workflows.loading.mistakes import LoadingError
from workflows.loading.plans import load_plan, load_published, parse_published, publish

RIGHT = Path(__file__).parent / "right"


def test_a_file_gives_the_plan_that_it_writes() -> None:
    assert load_plan(RIGHT / "plan.yaml") == plan()


def test_a_published_plan_names_what_it_resolved() -> None:
    published = load_published(RIGHT / "plan.yaml", contracts())
    assert published == publish(plan(), contracts())
    assert published.contracts["business"] == contracts()["oss/register-business@2"]
    assert published.contract_digests == {name: contract_digest(one) for name, one in published.contracts.items()}
    assert published.digest.startswith("sha256:")


def test_another_promise_makes_another_plan() -> None:
    other = publish(plan(), contracts({"oss": {"promise.within": "9 working days"}}))
    assert other.digest != publish(plan(), contracts()).digest


def test_a_plan_may_come_as_json_and_tells_lines() -> None:
    assert parse_published(msgspec.json.encode(PLAN), "body", contracts()) == publish(plan(), contracts())
    text = msgspec.json.format(msgspec.json.encode(changed(PLAN, {"steps.business.ask": "oss/gone@1"})))
    with pytest.raises(LoadingError) as refused:
        parse_published(text, "body", contracts())
    assert [mistake.pointer for mistake in refused.value.mistakes] == ["/steps/business/ask"]
    assert refused.value.mistakes[0].line > 1


def test_without_a_file_a_mistake_says_its_place() -> None:
    with pytest.raises(LoadingError) as refused:
        publish(plan({"steps.business.ask": "oss/gone@1"}), contracts())
    (mistake,) = refused.value.mistakes
    assert str(mistake).startswith("mulai-usaha:1:1: steps.business.ask: there is no contract oss/gone@1; write")
    assert mistake.pointer == "/steps/business/ask"


@pytest.mark.parametrize("form", [{"type": "strin"}, {"type": "object", "properties": {"a": {"pattern": "("}}}])
def test_a_form_that_is_no_schema_is_told_before_anything_else(form: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(msgspec.json.encode(changed(PLAN, {"form": form})))
    with pytest.raises(LoadingError) as refused:
        load_plan(path)
    assert [mistake.pointer.startswith("/form/") for mistake in refused.value.mistakes] == [True]
    with pytest.raises(LoadingError):
        load_published(path, contracts())


def test_the_examples_of_the_repository_are_right() -> None:
    # Those of `france` bind a document that stays with its data: tests/integration/test_france_*.py load them.
    example = Path(__file__).parents[4] / "examples" / "purbalingga"
    known = load_contracts(example / "contracts")
    assert load_published(example / "services" / "mulai-usaha.yaml", known).plan.service == "mulai-usaha"


def test_a_calendar_that_is_not_known_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    on_calendar = changed(PLAN, {"calendar": "id-purbalinga"})
    with pytest.raises(LoadingError) as refused:
        parse_published(msgspec.json.encode(on_calendar), "body", contracts(), ["id-purbalingga"])
    assert "there is no calendar id-purbalinga; write id-purbalingga?" in str(refused.value.mistakes[0])
    for folder in ("services", "calendars"):
        (tmp_path / folder).mkdir()
    path = tmp_path / "services" / "plan.yaml"
    path.write_bytes(msgspec.json.encode(on_calendar))
    with pytest.raises(LoadingError):
        load_published(path, contracts())
    (tmp_path / "calendars" / "id-purbalinga.yaml").touch()
    assert load_published(path, contracts()).plan.calendar == "id-purbalinga"
