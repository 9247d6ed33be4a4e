"""The bills of a case in a terminal, for operators: how each stands, and every call to the provider with its answer."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.bills import BillEntry, BillView
from gateway.cli.case_text import clock, english
from gateway.cli.exits import escape, out, table


def print_bills(bills: Iterable[BillView]) -> None:
    """Print each bill and what was asked of the provider of payments; nothing where nothing is paid."""
    for bill in bills:
        payment = bill.payment
        due = f", due {clock(bill.due_at)}" if bill.due_at else ""
        number = f"bill {escape(payment.number)}" if payment.number else "no bill yet"
        out.print(f"[bold]{english(bill.title)}[/] ({bill.step}, round {bill.round}): {number}, {payment.state}{due}")
        receipt = f"; receipt {escape(payment.receipt)}" if payment.receipt else ""
        out.print(f"  IDR {payment.amount:,} to {english(payment.payee)}{receipt}")
        if bill.incident is not None:
            owner = escape(bill.incident.owner) or "nobody"
            out.print(
                f"  [bold]{bill.incident.cause}[/], owned by {owner}; acts: {', '.join(bill.incident.acts) or 'none'}"
            )
        lines = table("at", "asked of the provider", "by", "what it gave")
        for entry in bill.entries:
            lines.add_row(clock(entry.at), entry.call, escape(entry.by), _gave(entry))
        if bill.entries:
            out.print(lines)


def _gave(entry: BillEntry) -> str:
    amount = f": IDR {entry.amount:,}" if entry.amount is not None else ""
    reason = f" ({escape(entry.reason)})" if entry.reason else ""
    again = f", again at {clock(entry.again_at)}" if entry.again_at else ""
    return f"{entry.result.replace('_', ' ')}{amount}{reason}{again}"
