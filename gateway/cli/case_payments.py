"""`gapura case check-payment`: say that a bill is paid."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import rich_click as click

from contracts.views import CaseView
from gateway.cli.calling import Reply, at, connect, run, secret_option, url_option
from gateway.cli.case_text import print_case
from gateway.cli.exits import emit, ending, json_option
from gateway.cli.secrets import Secrets


@click.command("check-payment")
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@secret_option
@url_option
@json_option
@ending
def check_payment(case_id: str, step: str, secret: str, url: str, *, as_json: bool) -> None:
    """Say that the bill of a STEP is paid: the provider of payments is asked now.

    `gapura case show CASE` says how it is paid, and what the provider answered.
    """

    async def work() -> Reply:
        async with connect(url, Secrets().needed(case_id, secret)) as client:
            return await client.send("POST", at("cases", case_id, "steps", step, "payment-check"), {})

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: print_case(reply.into(CaseView)))
