"""`gapura serve` and `gapura doctor`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
import os
import sys

import rich_click as click

from gateway.bootstrap import UNUSABLE
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, json_option, out
from gateway.doctor import Finding, ForeignPackages, examine
from gateway.serving import AddressTaken
from gateway.serving import serve as serve_gateway
from gateway.settings import Settings, SettingsInvalid, load_settings
from observability.logs import configure_logs


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
    configure_logs(settings.log_level)
    try:
        asyncio.run(serve_gateway(settings, ready=_say_ready))
    except (AddressTaken, ForeignPackages, *UNUSABLE) as error:
        raise Ends(NOT_SO, str(error)) from error
    except OSError as error:
        if error.filename is None:
            raise
        message = f"{error.filename} cannot be used: {error.strerror}. Set --data or GAPURA_DATA to a folder of yours."
        raise Ends(NOT_SO, message) from error


def _say_ready(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


@click.command()
@json_option
@ending
def doctor(*, as_json: bool) -> None:
    """Look whether this machine and these settings can run a gateway, and say what to do where not."""
    findings = examine(os.environ)
    emit(findings, as_json=as_json, human=lambda: _print(findings))
    if any(finding.word == "bad" for finding in findings):
        raise Ends(NOT_SO)


def _print(findings: list[Finding]) -> None:
    marks = {"good": "[green]✓[/]", "warn": "[yellow]![/]", "bad": "[red]✗[/]"}
    for finding in findings:
        out.print(f"{marks[finding.word]} {finding.about}: {finding.detail}")
