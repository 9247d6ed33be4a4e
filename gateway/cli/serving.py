"""`gapura serve` and `gapura doctor`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import rich_click as click

from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, json_option, out
from gateway.settings import Settings, SettingsInvalid, load_settings

if TYPE_CHECKING:
    from gateway.doctor import Finding


def _settings(**given: object) -> Settings:
    try:
        return load_settings(os.environ, **given)
    except SettingsInvalid as invalid:
        raise Ends(USAGE, str(invalid)) from invalid


@click.command()
@click.option("--host", default=None, help="Address to listen on.")
@click.option("--port", type=int, default=None, help="Port; 0: any free one.")
@click.option("--data", default=None, help="Folder of everything that is kept.")
@ending
def serve(host: str | None, port: int | None, data: str | None) -> None:
    """Run the gateway until SIGTERM or Ctrl-C.

    The first line of standard output is the address, once requests are taken. Settings come from the file that
    GAPURA_CONFIG names, the environment (GAPURA_...) and these options; logs go to standard error as JSON.
    """
    settings = _settings(host=host, port=port, data=data)
    # Only now, once the settings are right: this is the whole gateway.
    from gateway.cli.starting import run_gateway  # noqa: PLC0415 - see above

    run_gateway(settings, ready=_say_ready)


def _say_ready(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


@click.command()
@json_option
@ending
def doctor(*, as_json: bool) -> None:
    """Look whether this machine and these settings can run a gateway, and say what to do where not."""
    # Only now: it can look at everything that a gateway is made of, and loads as long as one.
    from gateway.doctor import examine  # noqa: PLC0415 - see above

    findings = examine(os.environ)
    emit(findings, as_json=as_json, human=lambda: _print(findings))
    if any(finding.word == "bad" for finding in findings):
        raise Ends(NOT_SO)


def _print(findings: list[Finding]) -> None:
    marks = {"good": "[green]✓[/]", "warn": "[yellow]![/]", "bad": "[red]✗[/]"}
    for finding in findings:
        out.print(f"{marks[finding.word]} {finding.about}: {finding.detail}")
