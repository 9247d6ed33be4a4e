"""`gapura case`: submit, show, watch, list, retry."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import rich_click as click
import yaml
from rich.markup import escape

from gateway.cli.client import FILE, Client, Secrets, connect, read_file, run, secret_option, token_option, url_option
from gateway.cli.exits import NOT_SO, USAGE, Ends, emit, ending, json_option, out, table, text

MARKS: Final = {
    "contributed": "[green]✓[/]",
    "deemed": "[green]✓[/]",
    "refused": "[red]✗[/]",
    "exhausted": "[red]![/]",
    "failed": "[yellow]↻[/]",
    "asked": "[cyan]…[/]",
    "accepted": "[cyan]…[/]",
    "undoing": "[yellow]↶[/]",
    "undone": "[dim]↶[/]",
    "skipped": "[dim]-[/]",
    "dropped": "[dim]-[/]",
}
UNFINISHED: Final = frozenset({"draft", "open", "issuing", "closing", "revoking"})


@click.group()
def case() -> None:
    """Applications: submit, follow, mend."""


@case.command()
@click.argument("service")
@click.argument("form", type=FILE)
@click.option("--wait", type=click.IntRange(0, 30), default=0, help="Wait so many seconds for the output.")
@click.option("--key", default="", help="Idempotency-Key; default: a new one, which is printed when the call fails.")
@url_option
@json_option
@ending
def submit(service: str, form: Path, wait: int, key: str, url: str, *, as_json: bool) -> None:
    """Apply: send a form (YAML or JSON). Prints the case and its secret, which is kept for you."""
    answers = _read_form(form)
    key = key or str(uuid.uuid4())

    async def work() -> tuple[int, dict[str, Any]]:
        async with connect(url) as client:
            headers = {"Idempotency-Key": f'"{key}"', **({"Prefer": f"wait={wait}"} if wait else {})}
            reply = await client.send("POST", f"/v1/services/{service}/cases", answers, headers)
            return reply.status, reply.json()

    try:
        _, receipt = run(work())
    except Ends as ends:
        if ends.code == 3:  # noqa: PLR2004 - unreachable: it may have arrived all the same
            raise Ends(ends.code, f"{ends}\nSend it again with --key {key}: the same wish is one case.") from ends
        raise
    Secrets().keep(receipt["case"], receipt["secret"])
    emit(receipt, as_json=as_json, human=lambda: _print_receipt(receipt))


def _read_form(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(read_file(path))
    except yaml.YAMLError as error:
        raise Ends(USAGE, f"{path} is neither YAML nor JSON: {error}") from error
    form = loaded.get("form", loaded) if isinstance(loaded, dict) else loaded
    if not isinstance(form, dict):
        raise Ends(USAGE, f"{path} has no form: it must be an object, or have one under `form`.")
    return form


def _print_receipt(receipt: dict[str, Any]) -> None:
    out.print(f"case   [bold]{receipt['case']}[/]\nsecret {receipt['secret']}")
    print_case(receipt["view"])


@case.command()
@click.argument("case_id", metavar="CASE")
@secret_option
@url_option
@token_option
@json_option
@ending
def show(case_id: str, secret: str, url: str, token: str, *, as_json: bool) -> None:
    """Show where each step stands. With an operator's token: any case, its attempts, payloads masked."""

    async def work() -> dict[str, Any]:
        held = Secrets().of(case_id, secret) if secret or not token else ""
        if held:
            async with connect(url, held) as client:
                return {"view": await client.get(f"/v1/cases/{case_id}")}
        async with connect(url, token) as client:
            inspected: dict[str, Any] = await client.get(f"/v1/operations/cases/{case_id}")
            return inspected

    shown = run(work())
    emit(shown, as_json=as_json, human=lambda: _print_shown(shown))


def _print_shown(shown: dict[str, Any]) -> None:
    print_case(shown["view"])
    history = shown.get("history")
    if history:
        lines = table("step", "verb", "round", "attempt", "started", "ended", "result", "reason")
        for row in history["attempts"]:
            numbers = (str(row["round"]), str(row["attempt"]))
            times = (clock(row["started_at"]), clock(row["ended_at"]))
            lines.add_row(row["step"], row["verb"], *numbers, *times, row["result"], escape(row["reason"]))
        out.print(lines)


def clock(instant: str | None) -> str:
    """Give the time of day of an instant, in this machine's zone."""
    return "" if not instant else datetime.fromisoformat(instant).astimezone().strftime("%H:%M:%S")


def moment(instant: str) -> str:
    """Give the day and time of an instant, in this machine's zone."""
    return f"{datetime.fromisoformat(instant).astimezone():%Y-%m-%d %H:%M}"


def print_case(view: dict[str, Any]) -> None:
    """Print a case: its state, and a line per step."""
    marks = f" ({', '.join(view['marks'])})" if view["marks"] else ""
    out.print(f"[bold]{text(view['title'])}[/]: {view['state']}{marks}, version {view['version']}")
    for step in view["steps"]:
        out.print(step_line(step))
    for correction in view["corrections"]:
        until = f" until {correction['until']}" if correction["until"] else ""
        out.print(f"  [bold]please correct[/] {', '.join(correction['pointers'])}{until}: {escape(correction['text'])}")


def step_line(step: dict[str, Any]) -> str:
    """Give one step as a line: mark, agency, step, state, and what matters now."""
    notes = [step["signed"] and f"signed: {step['signed']}", step["refusal"] and text(step["refusal"]), step["text"]]
    if step["again_at"]:
        notes.append(f"attempt {step['attempt']}, again at {clock(step['again_at'])}")
    if step["being_checked"]:
        notes.append("being checked")
    if step["incident"]:
        notes += _incident(step["incident"])
    told = "; ".join(escape(str(note)) for note in notes if note)
    mark = MARKS.get(step["state"], " ")
    return f"  {mark} {escape(step['agency']):10} {step['step']:12} {step['state']:12} {told}".rstrip()


def _incident(incident: dict[str, Any]) -> list[str]:
    owner = f", {incident['owner']} has it" if incident["owner"] else ""
    return [f"incident: {incident['cause']}{owner}", incident["reason"], f"possible: {', '.join(incident['acts'])}"]


@case.command()
@click.argument("case_id", metavar="CASE")
@secret_option
@url_option
@json_option
@ending
def watch(case_id: str, secret: str, url: str, *, as_json: bool) -> None:
    """Follow a case until it is issued or closed; exit 0 only when it is issued."""
    held = Secrets().of(case_id, secret)
    if not held:
        raise Ends(USAGE, "This case's secret is not kept here; give it with --secret.")
    state = run(_follow(url, held, case_id, as_json=as_json))
    if state != "issued":
        raise Ends(NOT_SO)


async def _follow(url: str, secret: str, case_id: str, *, as_json: bool) -> str:
    async with connect(url, secret) as client:
        view = await client.get(f"/v1/cases/{case_id}")
        while view["state"] in UNFINISHED:
            async for event in client.events(f"/v1/cases/{case_id}/events", view["version"]):
                _tell(event, as_json=as_json)
                if event["event"] in {"CaseIssued", "CaseClosed", "CaseRevoked"}:
                    break
            view = await _again(client, case_id)
        emit(view, as_json=as_json, human=lambda: print_case(view))
        return str(view["state"])


def _tell(event: dict[str, Any], *, as_json: bool) -> None:
    emit(event, as_json=as_json, human=lambda: out.print(event_line(event)))


async def _again(client: Client, case_id: str) -> dict[str, Any]:
    view: dict[str, Any] = await client.get(f"/v1/cases/{case_id}")
    return view


def event_line(event: dict[str, Any]) -> str:
    """Give one event as a line."""
    details = {name: value for name, value in event.items() if name not in {"at", "event", "version"}}
    told = "  ".join(f"{name} {escape(str(value))}" for name, value in details.items())
    return f"[dim]{clock(event['at'])}[/] {event['event']:16} {told}"


@case.command("list")
@click.option("--state", default="")
@click.option("--mark", default="", help="waiting, held, paused or retrying.")
@click.option("--service", default="")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def list_cases(  # noqa: PLR0913 - its options
    state: str, mark: str, service: str, limit: int, cursor: str, url: str, token: str, *, as_json: bool
) -> None:
    """List cases, newest first (operator)."""
    wanted = {"state": state, "mark": mark, "service": service, "cursor": cursor, "limit": str(limit)}
    query = "&".join(f"{name}={value}" for name, value in wanted.items() if value)

    async def work() -> Any:  # noqa: ANN401 - the gateway's reply
        async with connect(url, token) as client:
            return await client.get(f"/v1/operations/cases?{query}")

    page = run(work())
    emit(page, as_json=as_json, human=lambda: _print_page(page))


def _print_page(page: dict[str, Any]) -> None:
    lines = table("case", "service", "state", "marks", "opened", "attempts", "last error")
    for line in page["cases"]:
        marks = ", ".join(line["marks"])
        row = (line["case"], line["service"], line["state"], marks, moment(line["opened_at"]), str(line["attempts"]))
        lines.add_row(*row, escape(line["last_error"]))
    out.print(lines)
    if page["next"]:
        out.print(f"more: --cursor {page['next']}")


@case.command()
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@click.option("--reason", required=True, help="Why; it is recorded with your name.")
@click.option("--undo", is_flag=True, help="Send the undo again, not the ask.")
@url_option
@token_option
@json_option
@ending
def retry(case_id: str, step: str, reason: str, url: str, token: str, *, undo: bool, as_json: bool) -> None:
    """Ask an agency again now, under the same key (operator)."""
    body = {"act": "undo-again" if undo else "ask-again", "step": step, "reason": reason}

    async def work() -> Any:  # noqa: ANN401 - the gateway's reply
        async with connect(url, token) as client:
            return (await client.send("POST", f"/v1/operations/cases/{case_id}/acts", body)).json()

    view = run(work())
    emit(view, as_json=as_json, human=lambda: print_case(view))
