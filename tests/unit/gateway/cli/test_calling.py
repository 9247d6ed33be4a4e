"""What commands need to call a gateway: a wrong address or secret is told before anything is sent."""

from __future__ import annotations

import pytest
import rich_click as click
from click.testing import CliRunner

from gateway.cli.calling import secret_option, url_option
from gateway.cli.exits import USAGE


@click.command()
@url_option
@secret_option
def options(url: str, secret: str) -> None:
    click.echo(f"{url} {secret}")


@pytest.mark.parametrize(
    "url",
    [
        "x",
        "ftp://a",
        "http://",
        "http://a:99999",
        "http://[::1",
        "http://a/v1",
        "http://a?b",
        "http://a#b",
        "http://a:0",
    ],
)
def test_a_wrong_address_is_taken(url: str) -> None:
    ended = CliRunner().invoke(options, ["--url", url])
    assert ended.exit_code == USAGE
    assert "write" in ended.output


def test_an_address_or_a_secret_is_not_taken_from_the_environment() -> None:
    environment = {"GAPURA_URL": " http://[::1]:8000/ ", "GAPURA_SECRET": "gpc_x\n"}
    ended = CliRunner().invoke(options, [], env=environment)
    assert ended.output == "http://[::1]:8000 gpc_x\n"


@pytest.mark.parametrize("secret", ["gpc_\u00e9", "a\nb", "a\x00b"])
def test_a_secret_that_no_header_can_carry_is_taken(secret: str) -> None:
    ended = CliRunner().invoke(options, ["--secret", secret])
    assert ended.exit_code == USAGE
    assert "--secret" in ended.output
