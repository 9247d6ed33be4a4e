"""Looking at plans before they are real: `gapura plan draw` and `gapura plan diff`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
import rich_click as click

from gateway.cli.exits import emit, ending, escape, json_option, out
from gateway.cli.files import FILE, FOLDER
from gateway.cli.registering import contracts_option, plan, read_plan
from workflows.core.diagram import draw as draw_plan
from workflows.loading.differences import Comparison, Difference, compare
from workflows.loading.picture import picture

HEADINGS: Final = {
    "service": "The service",
    "step": "Steps",
    "contract": "Contracts",
    "reading": "Who reads what",
    "order": "Order",
    "condition": "Conditions",
    "output": "The joint output",
    "form": "The form",
    "words": "Words alone",
}


@plan.command("draw")
@click.argument("file", type=FILE)
@contracts_option
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True, help="Of the titles.")
@click.option("--svg", is_flag=True, help="A picture that every browser shows, in place of Mermaid's text.")
@ending
def draw(file: Path, contracts: Path | None, language: str, *, svg: bool) -> None:
    """Draw a plan as a Mermaid flowchart, or as a picture (SVG)."""
    published = read_plan(file, contracts)
    out.print(picture(published, language) if svg else draw_plan(published, language), markup=False, end="")


@plan.command("diff")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@contracts_option
@click.option(
    "--contracts-before", type=FOLDER, default=None, help="Folder of the older plan's contracts; default: the same."
)
@json_option
@ending
def diff(before: Path, after: Path, contracts: Path | None, contracts_before: Path | None, *, as_json: bool) -> None:
    """Say in sentences what differs between two versions of a plan, and whether a new agreement is needed."""
    older = read_plan(before, contracts_before or contracts, as_json=as_json)
    compared = compare(older, read_plan(after, contracts, as_json=as_json))
    emit(msgspec.to_builtins(compared), as_json=as_json, human=lambda: _print(compared))


def _print(compared: Comparison) -> None:
    out.print(f"[bold]{escape(compared.before)} → {escape(compared.after)}[/]")
    if not compared.differences:
        out.print("Nothing differs.")

    def about(difference: Difference) -> int:
        return list(HEADINGS).index(difference.about)

    for place, differences in groupby(sorted(compared.differences, key=about), key=about):
        out.print(f"\n{list(HEADINGS.values())[place]}")
        for difference in differences:
            out.print(f"  {escape(difference.says)}")
    out.print(f"\nOpen cases {compared.open_cases}: no difference breaks one.")
    if not compared.new_agreement:
        out.print("No new agreement is needed: what was agreed is the same.")
        return
    out.print(f"A new agreement is needed: {', '.join(compared.must_sign)} must sign it.")
    for word, agencies in (("New among them", compared.joining), ("No longer taking part", compared.leaving)):
        if agencies:
            out.print(f"{word}: {', '.join(agencies)}.")
