"""A plan as it is written, and as it is published."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from contracts.declared import Derived
from contracts.plan import Plan
from tests.declared import contracts, plan
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
