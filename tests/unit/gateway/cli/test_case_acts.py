"""`gapura case act`: what it offers is what the gateway does."""

from __future__ import annotations

from typing import get_args

import pytest
from click.testing import CliRunner

from gateway.acts import ACTS as KNOWN
from gateway.cli.case_acts import ACTS, MARKS, STATES
from gateway.cli.main import main
from gateway.routes.operations import MARKS as KNOWN_MARKS
from workflows.core.allowed_moves import CaseStatus


def test_an_act_of_the_gateway_is_not_offered_or_needs_something_else() -> None:
    assert {name: set(about.split(": ")[-1].split()) & OPTIONS for name, about in ACTS.items()} == {
        name: {f"--{needed.replace('_', '-')}" for needed in kind.needs} for name, kind in KNOWN.items()
    }


OPTIONS = {"--step", "--input", "--output", "--evidence", "--owner", "--objection", "--legal-basis", "--remedy"}


def test_cases_are_listed_by_words_that_the_gateway_does_not_know() -> None:
    assert get_args(CaseStatus) == STATES
    assert KNOWN_MARKS == MARKS


@pytest.mark.parametrize(
    "arguments",
    [["act", "c", "nonsense", "--reason", "x"], ["act", "c", "skip"], ["retry", "c"], ["list", "--limit", "0"]],
)
def test_what_cannot_be_is_asked_of_the_gateway(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["case", *arguments, "--url", "http://127.0.0.1:1"]).exit_code == 2
