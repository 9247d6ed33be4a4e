"""What the demonstration says: nothing that was not seen."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from gateway.cli.demo.collector import Collector
from gateway.cli.demo.story import Story, Untrue, contribution, leaves, only_waits, within
from gateway.cli.demo.town import Town


@pytest.fixture
def said() -> Console:
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def story(tmp_path: Path, said: Console) -> Story:
    return Story(Town(tmp_path), Collector(), said)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_untrue_claim_is_said(story: Story, said: Console) -> None:
    with pytest.raises(Untrue, match=r"not seen to be true: all is well {'state': 'open'}"):
        story.claim(seen=False, line="all is well", found={"state": "open"})
    assert text(said) == ""


def test_a_true_claim_is_not_said(story: Story, said: Console) -> None:
    story.claim(seen=True, line="all is well")
    assert text(said) == "all is well\n"


async def test_waiting_for_ever_is_not_told() -> None:
    with pytest.raises(Untrue, match="the tide did not turn within 0 s"):
        async with within(0, "the tide did not turn"):
            await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("states", "waits"),
    [
        ([("wire", "contributed"), ("desk", "accepted"), ("wire", "accepted")], True),
        ([("desk", "accepted"), ("wire", "asked")], False),
        ([("desk", "accepted"), ("wire", "failed")], False),
        ([("wire", "accepted"), ("desk", "skipped")], False),
        ([("desk", "accepted"), ("wire", "skipped")], True),
    ],
)
def test_the_gateway_is_killed_while_something_is_to_be_asked(states: list[tuple[str, str]], *, waits: bool) -> None:
    steps = [{"connection": connection, "state": state} for connection, state in states]
    assert only_waits({"steps": steps}) is waits


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ({"output": {"match": True}, "signed": "agency"}, "match true, signed by the agency"),
        ({"output": {"nib": "91"}, "attempt": 3, "signed": "agency"}, "nib 91, attempt 3, signed by the agency"),
        ({"output": None, "connection": "desk"}, "contributed, attested: an officer answered"),
        ({"output": {"npwpd": "P.2"}, "connection": "openapi"}, "npwpd P.2, attested: its own API answered"),
    ],
)
def test_what_an_agency_gave_is_told_otherwise(step: dict[str, object], line: str) -> None:
    assert contribution({"attempt": 1, "connection": "wire", "signed": "attested", **step}) == line


def test_an_answer_of_the_form_is_not_counted() -> None:
    assert len(leaves({"a": 1, "b": {"c": [1, 2], "d": {}}, "e": [{"f": "x"}]})) == 4
