"""The command `gapura` and its groups."""

from __future__ import annotations

from importlib.metadata import version

import rich_click as click

from gateway.cli import agreements, cases, outputs, registering, serving
from gateway.cli.demo import command as demo

click.rich_click.USE_MARKDOWN = True
click.rich_click.SHOW_ARGUMENTS = True


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("gapura"), prog_name="gapura")
def main() -> None:
    """Gapura: one form, one joint-service endpoint, one joint output that anyone can verify.

    Exit codes: 0 done, 1 it is not so, 2 wrong usage, 3 the gateway cannot be reached, 4 the gateway declined.
    """


main.add_command(demo.demo)
main.add_command(serving.serve)
main.add_command(serving.doctor)
main.add_command(registering.agency)
main.add_command(registering.contract)
main.add_command(registering.plan)
main.add_command(registering.token)
main.add_command(agreements.agreement)
main.add_command(cases.case)
main.add_command(outputs.output)
