"""The command `gapura` and its groups; each is loaded when it is needed, so that small commands start quickly."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from importlib import import_module
from typing import Final

import rich_click as click

COMMANDS: Final = {
    "demo": ("gateway.cli.demo.command", "demo"),
    "serve": ("gateway.cli.serving", "serve"),
    "doctor": ("gateway.cli.serving", "doctor"),
    "agency": ("gateway.cli.parties", "agency"),
    "contract": ("gateway.cli.proving.commands", "contract"),
    "plan": ("gateway.cli.planning", "plan"),
    "calendar": ("gateway.cli.calendars", "calendar"),
    "agreement": ("gateway.cli.agreements", "agreement"),
    "case": ("gateway.cli.cases", "case"),
    "draft": ("gateway.cli.drafts", "draft"),
    "facts": ("gateway.cli.facts", "facts"),
    "approval": ("gateway.cli.approvals", "approval"),
    "output": ("gateway.cli.outputs", "output"),
    "hook": ("gateway.cli.hooks", "hook"),
    "token": ("gateway.cli.parties", "token"),
    "bench": ("gateway.cli.bench.command", "bench"),
}
"""Every command: its module, and its name there."""


class LazyGroup(click.RichGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands, in the order in which people meet them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command, or None when there is no such."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gapura", prog_name="gapura")
def main() -> None:
    """Gapura: one form, one joint-service endpoint, one joint output that anyone can verify.

    Exit codes: 0 done, 1 it is not so, 2 wrong usage, 3 the gateway cannot be reached, 4 the gateway declined,
    130 interrupted.
    """
