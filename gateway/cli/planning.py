"""Looking at plans before they are real: `gapura plan draw`, `gapura plan diff` and `gapura plan try`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec
import rich_click as click
import yaml

from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, escape, json_option, out
from gateway.cli.files import FILE, FOLDER, read_file
from gateway.cli.registering import contracts_option, plan, read_plan
from workflows.core.compiled import CompiledPlan
from workflows.core.diagram import draw as draw_plan
from workflows.core.json_kinds import is_fields
from workflows.loading.compiling import compile_plan
from workflows.loading.differences import Comparison, Difference, compare
from workflows.loading.picture import picture
from workflows.rehearsal.acts import Untried
from workflows.rehearsal.explore import Report, explore
from workflows.rehearsal.forms import NoForm, made_forms
from workflows.rehearsal.play import Road
from workflows.rehearsal.script import described

MOST_TOLD: Final = 5
"""Roads that are told in full of those that come to no end; programs get them all."""

HEADINGS: Final = {
    "service": "The service",
    "step": "Steps",
    "payment": "What is paid",
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


@plan.command("try")
@click.argument("file", type=FILE)
@contracts_option
@click.option(
    "--form",
    "forms",
    type=FILE,
    multiple=True,
    help="A form to try it with (again for more); default: made of examples.",
)
@click.option("--all", "every", is_flag=True, help="Tell every road on which agencies contribute, not just the first.")
@json_option
@ending
def try_plan(file: Path, contracts: Path | None, forms: tuple[Path, ...], *, every: bool, as_json: bool) -> None:
    """Try a plan before it is real: what everybody would see, and whether every road comes to an end.

    Agencies answer as their contracts' examples show; then each says no, sends back, is silent or late, one item of
    several and two things at once too, applicants correct, decline or let it expire, and operators do each thing that
    they are offered. Ends with 1 where a case would strand.
    """
    published = read_plan(file, contracts, as_json=as_json)
    compiled = compile_plan(published)
    try:
        given = {str(form): _form(form, compiled) for form in forms} or made_forms(compiled)
        report = explore(published, given)
    except NoForm as none:
        raise Ends(USAGE, f"No form could be made that this plan takes; give one with --form. {none}") from none
    except (Untried, LookupError) as untried:
        raise Ends(USAGE, f"This plan cannot be tried: {untried.args[0]}.") from untried
    emit(msgspec.to_builtins(report), as_json=as_json, human=lambda: _print_report(report, len(given), every=every))
    if not report.good:
        raise Ends(NOT_SO, "" if as_json else f"{len(report.stranded)} of {report.roads} roads come to no end.")


def _form(file: Path, compiled: CompiledPlan) -> dict[str, Any]:
    """Read a form, by itself or as a sample has it (`form:`), and hold it to the plan."""
    try:
        read: object = yaml.safe_load(read_file(file))
    except yaml.YAMLError as error:
        raise Ends(USAGE, f"{file} is no YAML: {error}") from error
    if is_fields(read) and "form" in read and "form" not in compiled.published.plan.form.get("properties", {}):
        read = read["form"]
    if not is_fields(read):
        raise Ends(USAGE, f"{file} holds no form.")
    read = described(read, compiled.published.plan.form)
    mistakes = compiled.check_form(read)
    if mistakes:
        told = "; ".join(f"{mistake.pointer}: {mistake.detail}" for mistake in mistakes)
        raise Ends(NOT_SO, f"{file} is no form of this plan: {told}")
    return read


def _print_report(report: Report, forms: int, *, every: bool) -> None:
    ends = ", ".join(f"{count} {end}" for end, count in report.ends.items())
    out.print(f"[bold]{escape(report.service)} {report.version}[/]: {report.roads} roads with {forms} forms: {ends}.")
    for road in report.straight if every else report.straight[:1]:
        _print_road(road)
    if not every and len(report.straight) > 1:
        out.print(f"\n{len(report.straight) - 1} more roads ask other steps: --all tells them.")
    if report.never_asked:
        out.print(f"\nNo form and no example leads to: {', '.join(report.never_asked)}.")
    if report.pairs or report.pairs_left_out:
        left = (
            f"; {len(report.pairs_left_out)} more pairs were left out (--json names them)"
            if report.pairs_left_out
            else ""
        )
        out.print(f"\n{report.pairs} roads have two faults at once{left}.")
    if report.cut_short:
        out.print("\nThere are more roads than are tried.")
    for road in report.stops[:MOST_TOLD]:
        steps = ", ".join(dict.fromkeys(each.step for each in road.incidents))
        out.print(f"\n[yellow]![/] The plan itself lets {escape(steps)} stand still: {escape(road.title)}.")
    for road in report.stranded[:MOST_TOLD]:
        out.print(f"\n[red]✗[/] A case strands: {escape(road.why)}.")
        _print_road(road)
    if report.good:
        out.print("\n[green]✓[/] Every road comes to an end.")


def _print_road(road: Road) -> None:
    out.print(f"\n{escape(road.title)} (form: {escape(road.form)}) → {road.end}")
    for line in road.lines:
        out.print(f"  {line.moment:>10}  {escape(line.who):<16} {escape(line.says)}")
