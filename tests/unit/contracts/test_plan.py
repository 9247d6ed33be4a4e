"""A plan as it is written, and as it is published."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from contracts.declared import Derived
from contracts.ids import StepName
from contracts.plan import Plan
from contracts.units import Text
from tests.declared import contracts, plan
from workflows.loading.compiling import compile_plan
from workflows.loading.plans import publish


def test_a_value_is_a_reference_or_derived() -> None:
    inputs = plan().steps["business"].in_
    assert inputs["nik"] == "form.nik"
    assert inputs["staff"] == Derived(cel="size(form.staff)")


def test_a_literal_null_is_a_literal() -> None:
    assert msgspec.convert({"const": None}, type=Derived).const is None
    assert Derived(cel="1").const is UNSET


@pytest.mark.parametrize("name", ["Business", "1st", "a-b", "", "a" * 64])
def test_a_step_is_called_by_a_word(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        plan({f"steps.{name}": {"ask": "oss/register-business@2"}})


def test_a_plan_has_steps() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.steps"):
        plan({"steps": {}})


def test_every_agency_signs_once_the_lead_first() -> None:
    assert publish(plan(), contracts()).agencies == ("dpmptsp", "dukcapil", "oss", "djp")


def test_what_is_written_comes_back_as_it_was() -> None:
    assert msgspec.json.decode(msgspec.json.encode(plan()), type=Plan) == plan()


OWN = {"id": "Pencocokan NIK ibu", "en": "Match of the mother"}


def test_a_step_with_a_title_of_its_own_is_called_by_its_contracts() -> None:
    titled = publish(plan({"steps.identity.title": OWN}), contracts())
    assert titled.title_of("identity") == Text(**OWN)
    assert titled.title_of("business") == titled.contracts["business"].title
    assert compile_plan(titled).steps[StepName("identity")].title == Text(**OWN)
    assert compile_plan(titled).steps[StepName("business")].title == titled.contracts["business"].title


def test_what_a_step_is_called_changes_what_is_signed() -> None:
    assert publish(plan({"steps.identity.title": OWN}), contracts()).digest == publish(plan(), contracts()).digest


def test_a_step_that_waits_is_called_by_its_own_title_or_its_kind_and_is_signed_by_nobody() -> None:
    waiting = publish(plan({"steps.pause": {"wait": "2 days"}}), contracts())
    assert waiting.title_of("pause").en == "Waiting period"
    assert publish(plan({"steps.pause": {"wait": "2 days", "title": OWN}}), contracts()).title_of("pause") == Text(
        **OWN
    )
    assert waiting.agencies == publish(plan(), contracts()).agencies
    assert waiting.contracts.keys() == waiting.contract_digests.keys() == plan().steps.keys()
    assert waiting.digest != publish(plan({"steps.pause": {"wait": "3 days"}}), contracts()).digest
