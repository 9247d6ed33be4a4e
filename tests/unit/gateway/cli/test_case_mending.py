"""`gapura case correct`: what is typed becomes the answers that are meant; mistakes are told before it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.case_mending import changes
from gateway.cli.exits import USAGE, Ends
from gateway.cli.main import main


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["/kbli=56101"], {"kbli": "56101"}),
        (["/name=a=b "], {"name": "a=b "}),
        (["/name="], {"name": ""}),
        (["/staff:=3", "/email:=null", '/list:=["a"]'], {"staff": 3, "email": None, "list": ["a"]}),
        (["/a/b=1", "/a/c=2"], {"a": {"b": "1", "c": "2"}}),
        (["/a~1b/c~0=x"], {"a/b": {"c~": "x"}}),
        (["/=x"], {"": "x"}),
    ],
)
def test_something_else_than_was_typed_is_sent(typed: list[str], meant: dict[str, Any]) -> None:
    assert changes(typed) == meant


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["name=x"], "write /name=Siti"),
        (["/name"], "write /name=Siti"),
        (["/staff:=three"], "is no JSON"),
        (["/a=1", "/a=2"], "about the same"),
        (["/a=1", "/a/b=2"], "about the same"),
        (["/a/b=2", "/a=1"], "about the same"),
        (["/a:=null", "/a/b/c=2"], "about the same"),
    ],
)
def test_an_answer_that_is_none_is_guessed_at(typed: list[str], told: str) -> None:
    with pytest.raises(Ends, match=told) as end:
        changes(typed)
    assert end.value.code == USAGE


def test_only_the_first_mistake_is_told() -> None:
    with pytest.raises(Ends) as end:
        changes(["x", "/ok=1", "/y:=z"])
    assert [line.split(":")[0] for line in str(end.value).splitlines()] == ["--answer x", "--answer /y"]


@pytest.mark.parametrize(
    "arguments", [[], ["--answer", "/a=1", "--decline", "beta"], ["--answer", "/a=1", "--item", "x"]]
)
def test_what_cannot_be_is_asked_of_the_gateway(arguments: list[str]) -> None:
    ended = CliRunner().invoke(main, ["case", "correct", "c", *arguments, "--url", "http://127.0.0.1:1"])
    assert ended.exit_code == USAGE
    assert "--answer" in ended.stderr
