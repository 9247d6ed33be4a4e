"""A contract as it is written: closed, with its name and its operational record apart."""

from __future__ import annotations

import msgspec
import pytest

from contracts.contract import OPERATIONAL, Contract, DeskConnection
from tests.declared import BUSINESS, PERMIT, contract


def test_plans_ask_for_it_by_agency_name_and_major_version() -> None:
    assert contract(BUSINESS, {"version": "12.3.4"}).name == "oss/register-business@12"


def test_a_field_that_is_not_known_is_a_mistake() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `speed`"):
        contract(BUSINESS, {"speed": "high"})


def test_what_is_left_out_is_what_most_agencies_mean() -> None:
    made = contract(BUSINESS)
    assert made.promise.on_deadline == "escalate"
    assert (made.attempts.first_wait, made.attempts.give_up_after) == ("2 s", "2 days")
    assert made.limits.in_flight == 10
    assert not made.lookup


def test_the_kind_of_connection_is_told_by_its_word() -> None:
    assert contract(PERMIT).connection == DeskConnection()
    with pytest.raises(msgspec.ValidationError, match="'carrier-pigeon'"):
        contract(PERMIT, {"connection.kind": "carrier-pigeon"})


def test_what_is_written_comes_back_as_it_was() -> None:
    made = contract(BUSINESS)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Contract) == made


def test_the_operational_record_is_a_part_of_the_contract() -> None:
    assert {field.name for field in msgspec.structs.fields(Contract)} >= OPERATIONAL
