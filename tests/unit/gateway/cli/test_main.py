"""`gapura` as a whole: every command loads, explains itself, and can talk to programs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
import rich_click as click
from click.testing import CliRunner

from gateway.cli.main import COMMANDS, main

FOR_PEOPLE_ONLY = {"gapura demo", "gapura serve", "gapura plan draw"}
"""A story, a server and a picture: what they print is no JSON."""


def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None, f"{name} {sub} is listed and not there"
            yield from walk(found, f"{name} {sub}")
    else:
        yield name, command


ALL = dict(walk(main, "gapura"))


def test_a_listed_command_is_not_there() -> None:
    assert {name.split()[1] for name in ALL} == set(COMMANDS)
    assert CliRunner().invoke(main, ["no-such"]).exit_code == 2


@pytest.mark.parametrize("name", ALL)
def test_a_command_or_an_option_does_not_say_what_it_is(name: str) -> None:
    command = ALL[name]
    assert command.help
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert not silent
    asked = CliRunner().invoke(main, [*name.split()[1:], "--help"])
    assert asked.exit_code == 0
    assert "Usage" in asked.output


@pytest.mark.parametrize("name", sorted(ALL.keys() - FOR_PEOPLE_ONLY))
def test_a_command_has_no_json_for_programs(name: str) -> None:
    assert any("--json" in option.opts for option in ALL[name].params)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("gateway.cli.main", "aiohttp celpy granian litestar typst"),
        ("gateway.cli.serving", "aiohttp celpy granian litestar structlog typst"),
        ("gateway.cli.cases", "aiohttp celpy granian litestar typst"),
        ("gateway.cli.outputs", "aiohttp celpy granian litestar pypdf"),
        ("gateway.cli.agreements", "aiohttp granian litestar pypdf"),
        ("gateway.serving", "opentelemetry pypdf"),
    ],
)
def test_what_is_not_needed_yet_is_loaded(module: str, heavy: str) -> None:
    code = f"import sys, {module}; sys.exit(bool(set({heavy.split()}) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
