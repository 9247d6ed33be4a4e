"""Addresses that other systems are told at: `gapura hook`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import rich_click as click
from msgspec import Struct

from contracts.hooks import KINDS, AttemptView, DeliveryPage, HookSecret, HookView, Resent
from gateway.cli.calling import Reply, at, connect, run, token_option, url_option
from gateway.cli.exits import emit, ending, err, escape, json_option, out, table

STATES = {"on": "on", "gone": "off: the receiver answered 410", "spent": "off: not heard until the last attempt"}


class HookList(Struct, frozen=True, kw_only=True):
    """Hooks, oldest first."""

    hooks: list[HookView]


def _call(url: str, token: str, method: str, path: str, body: object = None) -> Reply:
    async def work() -> Reply:
        async with connect(url, token) as client:
            return await (client.call(method, path) if body is None else client.send(method, path, body))

    return run(work())


@click.group()
def hook() -> None:
    """Addresses that are told by themselves what happens (agency, operator)."""


@hook.command("add")
@click.argument("address")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Of what; again for each. Default: all.")
@click.option("--agency", default="", help="Whose (operator); default: your own, or of everything for an operator.")
@url_option
@token_option
@json_option
@ending
def add(address: str, kinds: tuple[str, ...], agency: str, url: str, token: str, *, as_json: bool) -> None:
    """Let an https ADDRESS be told from now on. The secret that signs is told once: keep it."""
    body = {"url": address, "kinds": list(kinds or KINDS), "agency": agency}
    reply = _call(url, token, "POST", at("hooks"), body)
    emit(reply.json(), as_json=as_json, human=lambda: _print_secret(reply.into(HookSecret)))


@hook.command("list")
@click.option("--agency", default="", help="Whose (operator).")
@url_option
@token_option
@json_option
@ending
def list_hooks(agency: str, url: str, token: str, *, as_json: bool) -> None:
    """List addresses that are told, whether they are disabled, and how much was not delivered."""
    query = f"?{urlencode({'agency': agency})}" if agency else ""
    reply = _call(url, token, "GET", at("hooks") + query)
    emit(reply.json(), as_json=as_json, human=lambda: _print_hooks(reply.into(HookList).hooks))


@hook.command("deliveries")
@click.argument("name", metavar="HOOK")
@click.option("--state", type=click.Choice(["waiting", "delivered", "undelivered"]), default=None, help="Those only.")
@click.option("--cursor", default="", help="`next` of the page before.")
@url_option
@token_option
@json_option
@ending
def deliveries(name: str, state: str | None, cursor: str, url: str, token: str, *, as_json: bool) -> None:
    """List what a HOOK was told, newest first: its attempts, and when it is tried again."""
    query = urlencode({"state": state or "", "cursor": cursor})
    reply = _call(url, token, "GET", f"{at('hooks', name, 'deliveries')}?{query}")
    emit(reply.json(), as_json=as_json, human=lambda: _print_deliveries(reply.into(DeliveryPage)))


@hook.command("resend")
@click.argument("name", metavar="HOOK")
@click.option("--delivery", default="", help="This one, by its name.")
@click.option("--since", default=None, help="Those made since then that were not delivered: `2026-11-24T00:00:00Z`.")
@click.option("--delivered", is_flag=True, help="With --since: those that were delivered too.")
@url_option
@token_option
@json_option
@ending
def resend(name: str, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Send again what a HOOK was told, under the same names: one delivery, or all since a moment."""
    body = {key: value for key, value in given.items() if value}
    reply = _call(url, token, "POST", at("hooks", name, "resending"), body)
    count = reply.into(Resent).deliveries
    emit(reply.json(), as_json=as_json, human=lambda: out.print(f"{count} on their way."))


@hook.command("rotate")
@click.argument("name", metavar="HOOK")
@url_option
@token_option
@json_option
@ending
def rotate(name: str, url: str, token: str, *, as_json: bool) -> None:
    """Make a new secret for a HOOK, told once; for a day the old one signs too."""
    reply = _call(url, token, "POST", at("hooks", name, "rotation"))
    emit(reply.json(), as_json=as_json, human=lambda: _print_secret(reply.into(HookSecret)))


@hook.command("enable")
@click.argument("name", metavar="HOOK")
@url_option
@token_option
@json_option
@ending
def enable(name: str, url: str, token: str, *, as_json: bool) -> None:
    """Tell a HOOK again that was disabled; what it missed is sent by `gapura hook resend`."""
    reply = _call(url, token, "POST", at("hooks", name, "enabling"))
    emit(reply.json(), as_json=as_json, human=lambda: _print_hooks([reply.into(HookView)]))


@hook.command("remove")
@click.argument("name", metavar="HOOK")
@url_option
@token_option
@json_option
@ending
def remove(name: str, url: str, token: str, *, as_json: bool) -> None:
    """Tell a HOOK nothing any more, and forget what it was told."""
    _call(url, token, "DELETE", at("hooks", name))
    emit({"hook": name}, as_json=as_json, human=lambda: out.print(f"{escape(name)} is no more."))


def _print_secret(made: HookSecret) -> None:
    out.print(f"{made.hook}\n{made.secret}", markup=False)
    err.print("The second line is its secret; it is not shown again.")
    if made.old_until is not None:
        err.print(f"The one before signs too until {made.old_until:%Y-%m-%d %H:%M} UTC.")


def _print_hooks(hooks: list[HookView]) -> None:
    if not hooks:
        out.print("Nobody is told anything yet: `gapura hook add` does it.")
        return
    lines = table("hook", "agency", "address", "of", "waiting", "undelivered", "now")
    for each in hooks:
        kinds = "everything" if len(each.kinds) == len(KINDS) else ", ".join(each.kinds)
        agency = escape(each.agency) or "[dim]all[/]"
        counts = (str(each.waiting), str(each.undelivered))
        lines.add_row(each.hook, agency, escape(each.url), kinds, *counts, STATES[each.state])
    out.print(lines)


def _print_deliveries(page: DeliveryPage) -> None:
    if not page.deliveries:
        out.print("Nothing was told here, or nothing of this state.")
        return
    lines = table("delivery", "made", "state", "attempts", "the last one", "next")
    for each in page.deliveries:
        last = _attempt(each.attempts[-1]) if each.attempts else ""
        following = f"{each.next_at:%Y-%m-%d %H:%M:%S}" if each.next_at else ""
        lines.add_row(
            escape(each.delivery),
            f"{each.made_at:%Y-%m-%d %H:%M:%S}",
            each.state,
            str(len(each.attempts)),
            last,
            following,
        )
    out.print(lines)
    if page.next:
        err.print(f"Older ones: --cursor {page.next}")


def _attempt(attempt: AttemptView) -> str:
    answered = str(attempt.status) if attempt.status else escape(attempt.error)
    return f"{answered} ({attempt.took_ms} ms)"
