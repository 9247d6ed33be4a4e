"""`gapura case sheet | decide-sheet`: a day's tasks of a step as CSV, out and in."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import rich_click as click

from contracts.sheet import SheetView
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.exits import emit, ending, escape, json_option, out, table
from gateway.cli.files import FILE, read_file

service_option = click.option("--service", default="", help="The service, where two have such a step.")


@click.command()
@click.argument("step")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@service_option
@url_option
@token_option
@json_option
@ending
def sheet(step: str, file: Path, service: str, url: str, token: str, *, as_json: bool) -> None:
    """Write the tasks of a STEP that are yours or nobody's into a FILE (CSV), to be filled in (officer)."""

    async def work() -> Reply:
        async with connect(url, token) as client:
            return await client.call("GET", f"{at('sheets', step)}?{urlencode({'service': service})}")

    data = run(work()).body
    file.write_bytes(data)
    told = {"file": str(file), "bytes": len(data)}
    emit(told, as_json=as_json, human=lambda: out.print(f"Written: {file}", markup=False))


@click.command("decide-sheet")
@click.argument("step")
@click.argument("file", type=FILE)
@service_option
@click.option("--yes", is_flag=True, help="Decide; without this you only see what would be decided.")
@url_option
@token_option
@json_option
@ending
def decide_sheet(step: str, file: Path, service: str, url: str, token: str, *, yes: bool, as_json: bool) -> None:
    """Decide the tasks of a STEP by a FILE that was filled in (officer). The same file again decides nothing again."""
    query = urlencode({"service": service, "preview": "false" if yes else "true"})
    data = read_file(file)

    async def work() -> Reply:
        async with connect(url, token) as client:
            path = f"{at('sheets', step)}?{query}"
            return await client.call("POST", path, body=data, headers={"Content-Type": "text/csv"})

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: _print_sheet(reply.into(SheetView)))


def _print_sheet(view: SheetView) -> None:
    lines = table("row", "task", "decision", "word", "why")
    for line in view.lines:
        lines.add_row(str(line.row), escape(line.task), escape(line.decision), line.word, escape(line.detail))
    out.print(lines)
    if view.preview:
        out.print(f"{view.ready} would be decided, {view.empty} rows are empty. Decide them with --yes.")
