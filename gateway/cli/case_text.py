"""How a case reads in a terminal: its state, a line per step, its events, its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from contracts.after_issue import AfterIssue, Ending
from contracts.ids import CaseId, Instant
from contracts.units import Text
from contracts.views import (
    ActView,
    AttemptView,
    CaseLine,
    CaseView,
    CorrectionView,
    HeldBackView,
    PaymentView,
    StepView,
)
from gateway.cli.exits import escape, out, table
from gateway.clock import SystemClock

MARKS: Final = {
    "contributed": "[green]✓[/]",
    "deemed": "[green]✓[/]",
    "refused": "[red]✗[/]",
    "returned": "[yellow]?[/]",
    "exhausted": "[red]![/]",
    "failed": "[yellow]↻[/]",
    "asked": "[cyan]…[/]",
    "accepted": "[cyan]…[/]",
    "undoing": "[yellow]↶[/]",
    "undone": "[dim]↶[/]",
    "undo_refused": "[red]![/]",
    "undo_exhausted": "[red]![/]",
    "skipped": "[dim]-[/]",
    "dropped": "[dim]-[/]",
}
"""How a step's state looks at a glance; what waits has no mark."""
HELD_BACK: Final = {
    "maintenance": "the agency's system is under maintenance",
    "unreachable": "the agency cannot be reached",
    "told_to_wait": "the agency asks us to wait",
    "queue": "others are first",
}
"""Why nothing is sent to an agency."""
_ALREADY_SAID: Final = frozenset({"at", "event", "version", "step", "item"})


class Receipt(Struct, frozen=True, kw_only=True):
    """What the gateway gives an applicant at once."""

    case: str
    secret: str
    view: CaseView


class History(Struct, frozen=True, kw_only=True):
    """What operations see of a case beside its view."""

    attempts: list[AttemptView]
    acts: list[ActView]
    events: list[dict[str, Any]]


class Page(Struct, frozen=True, kw_only=True):
    """A page of cases."""

    cases: list[CaseLine]
    next: str
    ends: dict[CaseId, Ending] = field(default_factory=dict[CaseId, Ending])


def english(words: Text | None) -> str:
    """Give a text of two languages in the command line's."""
    return escape(words.into("en")) if words is not None else ""


def clock(instant: Instant | None) -> str:
    """Give an instant in this machine's zone: the time of today, or the day too."""
    if instant is None:
        return ""
    local, today = instant.astimezone(), SystemClock().now().astimezone()
    return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M}"


def print_case(view: CaseView) -> None:
    """Print a case: its state, its steps, and what is asked of the applicant."""
    marks = f" ({', '.join(view.marks)})" if view.marks else ""
    promised = f", promised within {escape(view.promised_within)}" if view.promised_within else ""
    out.print(f"[bold]{english(view.title)}[/]  case {view.case}")
    out.print(f"{view.state}{marks}, version {view.version}, since {clock(view.opened_at)}{promised}")
    if view.parent:
        out.print(f"part of case {view.parent}, as its step {escape(view.parent_step)}")
    if view.after_issue is not None:
        _print_ending(view.after_issue, stands=view.state == "issued")
    lines = table("", "step", "agency", "state", "since", "")
    for step in view.steps:
        name = f"{step.step}/{step.item}" if step.item else step.step
        notes = "; ".join(_notes(step))
        lines.add_row(MARKS.get(step.state, ""), escape(name), step.agency, step.state, clock(step.since), notes)
    out.print(lines)
    for step in view.steps:
        for shown in step.documents:
            name = f"{english(shown.label)} of {step.step}: {escape(shown.document.name)}"
            out.print(f"{name}, {shown.document.size} bytes\n  {shown.document.digest}")
    for action in view.actions:
        out.print(f"[bold]To be done[/] until {clock(action.until)}: {english(action.title)} ({action.step})")
    for correction in view.corrections:
        out.print(_correction(correction))


def _print_ending(after: AfterIssue, *, stands: bool) -> None:
    """Say until when an output is valid, since when it can be renewed, and what renews what."""
    if after.renews:
        out.print(f"renews case {after.renews}")
    if after.valid_until is not None and stands:
        since = f", can be renewed from {clock(after.renewable_from)} on" if after.renewable_from else ""
        out.print(f"valid until {clock(after.valid_until)}{since}")
    if after.renewals:
        out.print(f"its renewal: {after.renewals[-1]}")


def _notes(step: StepView) -> list[str]:
    """Give what matters about a step now."""
    notes = [f"signed: {step.signed}" if step.signed else "", english(step.refusal), escape(step.text)]
    if step.sub_case:
        notes.append(f"case {step.sub_case} of {escape(step.service)}")
    if step.until is not None:
        notes.append(f"until {clock(step.until)}")
    if step.again_at is not None:
        notes.append(f"attempt {step.attempt} was not heard, again at {clock(step.again_at)}")
    if step.held_back is not None:
        notes.append(f"not sent yet: {held_back_words(step.held_back)}")
    if step.payment is not None:
        notes.append(payment_words(step.payment))
    if step.being_checked:
        notes.append("being checked: it may have worked")
    if step.revoked is not None and step.revoked.parts:
        fell = ", ".join(f"{part.step} of {part.agency} on {part.at:%Y-%m-%d}" for part in step.revoked.parts)
        notes.append(f"[bold]revoked in part:[/] {escape(fell)}")
    elif step.revoked is not None:
        law = f" ({escape(step.revoked.legal_basis)})" if step.revoked.legal_basis else ""
        notes.append(f"[bold]revoked[/] on {step.revoked.at:%Y-%m-%d}{law} {escape(step.revoked.reason)}")
    if step.incident is not None:
        acts = ", ".join(step.incident.acts) or "none"
        notes.append(f"[bold]held:[/] {escape(step.incident.reason or step.incident.cause)}; acts: {acts}")
    return [note for note in notes if note]


def payment_words(payment: PaymentView) -> str:
    """Say how a payment stands, and how it is paid while it can be."""
    told = f"[bold]{payment.state}[/]: IDR {payment.amount:,} to {english(payment.payee)}"
    told += f", by {clock(payment.until)}" if payment.until else ""
    told += f"; {escape(payment.code_for or 'code')} {escape(payment.code)}" if payment.code else ""
    told += f"; {escape(payment.url)}" if payment.url else ""
    return told + (f"; receipt {escape(payment.receipt)}" if payment.receipt else "")


def held_back_words(held: HeldBackView) -> str:
    """Say why nothing is sent to an agency, and until when."""
    until = f" until {clock(held.until)}" if held.until else ""
    return f"{HELD_BACK[held.because]}{until}"


def _correction(correction: CorrectionView) -> str:
    until = f" until {clock(correction.until)}" if correction.until else ""
    why = escape(correction.text) or english(correction.refusal)
    return f"[bold]To be corrected[/]{until}: {escape(', '.join(correction.pointers))}  ({why}; {correction.step})"


def print_history(history: History) -> None:
    """Print the attempts and the acts of a case."""
    if history.attempts:
        lines = table("step", "verb", "round", "attempt", "started", "ended", "result", "reason")
        for row in history.attempts:
            name = f"{row.step}/{row.item}" if row.item else row.step
            times = (clock(row.started_at), clock(row.ended_at))
            lines.add_row(
                escape(name), row.verb, str(row.round), str(row.attempt), *times, row.result, escape(row.reason)
            )
        out.print(lines)
    if history.acts:
        lines = table("at", "act", "step", "by", "reason")
        for act in history.acts:
            lines.add_row(clock(act.at), act.act, act.step, escape(act.actor), escape(act.reason))
        out.print(lines)


def event_line(event: dict[str, Any]) -> str:
    """Give one event as a line: when, its version, what, of which step, and the rest of it."""
    place = "/".join(str(event[name]) for name in ("step", "item") if event.get(name))
    rest = {name: value for name, value in event.items() if name not in _ALREADY_SAID and value not in ("", None)}
    told = "  ".join(f"{name} {escape(_short(value))}" for name, value in rest.items())
    line = f"[dim]{_short(event['at'])}[/] {event['version']:>3} {event['event']:18} {escape(place):12} {told}"
    return line.rstrip()


def _short(value: object) -> str:
    """Give a value of an event; an instant as the time that it is."""
    if isinstance(value, str):
        try:
            return clock(msgspec.convert(value, datetime))
        except msgspec.ValidationError:
            return value
    return str(value)


def print_within(lines: list[CaseLine]) -> None:
    """Say how the sub-cases of a case stand, and theirs, while they go on."""
    for line in lines:
        marks = f" ({escape(', '.join(line.marks))})" if line.marks else ""
        error = f", {escape(line.last_error)}" if line.last_error else ""
        out.print(f"within it: case {line.case} of {escape(line.service)}, {line.state}{marks}{error}")


def print_page(page: Page) -> None:
    """Print a page of cases, and how to get the next one."""
    ends = ("valid until", "renewable from") if page.ends else ()
    lines = table("case", "service", "state", "marks", "opened", "attempts", *ends, "last error")
    for line in page.cases:
        marks, ending = ", ".join(line.marks), page.ends.get(line.case)
        row = (line.case, line.service, line.state, marks, clock(line.opened_at), str(line.attempts))
        days = (f"{ending.valid_until:%Y-%m-%d}", f"{ending.renewable_from:%Y-%m-%d}") if ending else ("", "")
        lines.add_row(*row, *(days if ends else ()), escape(line.last_error))
    if page.cases:
        out.print(lines)
    else:
        out.print("No case fits.")
    if page.next:
        out.print(f"more: --cursor {escape(page.next)}")
