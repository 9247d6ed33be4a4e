"""`gapura case form`: what an applicant has answered, to be read, or edited and sent again."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import rich_click as click
import yaml

from gateway.cli.calling import Reply, at, connect, run, secret_option, url_option
from gateway.cli.exits import emit, ending, json_option
from gateway.cli.secrets import Secrets


@click.command("form")
@click.argument("case_id", metavar="CASE")
@secret_option
@url_option
@json_option
@ending
def answers_of(case_id: str, secret: str, url: str, *, as_json: bool) -> None:
    """Show your own answers as they now stand, as a file that `case correct --file` takes.

    With --json the form comes too, of the plan that the case runs on.
    """
    shown = run(_shown(url, Secrets().needed(case_id, secret), case_id)).json()
    text = yaml.safe_dump(shown["answers"], allow_unicode=True, sort_keys=False)
    emit(shown, as_json=as_json, human=lambda: click.echo(text, nl=False))


async def _shown(url: str, secret: str, case_id: str) -> Reply:
    async with connect(url, secret) as client:
        return await client.call("GET", at("cases", case_id, "form"))
