"""`gapura case correct | withdraw`: how applicants mend an application, or take it back."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from contracts.views import CaseView
from gateway.cli.calling import Reply, at, connect, run, secret_option, url_option
from gateway.cli.case_text import print_case
from gateway.cli.exits import USAGE, Ends, emit, ending, json_option
from gateway.cli.files import FILE_OR_INPUT, read_object
from gateway.cli.secrets import Secrets


@click.command()
@click.argument("case_id", metavar="CASE")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="/POINTER=TEXT",
    help="A changed answer, where `case show` says it is; /POINTER:=JSON for numbers, lists, true, null (gone).",
)
@click.option("--file", type=FILE_OR_INPUT, default=None, help="All changed answers (YAML or JSON; - reads stdin).")
@click.option("--decline", default="", metavar="STEP", help="Change nothing: the refusal of this step is then final.")
@click.option("--item", default="", help="Which item of the declined step.")
@secret_option
@url_option
@json_option
@ending
def correct(  # noqa: PLR0913 - its options
    case_id: str,
    answers: tuple[str, ...],
    file: Path | None,
    decline: str,
    item: str,
    secret: str,
    url: str,
    *,
    as_json: bool,
) -> None:
    """Change the answers that an agency sent back, or decline to.

    `gapura case show CASE` says which answers, why, and until when. Those that are not named stay as they are.
    """
    if sum(map(bool, (answers, file, decline))) != 1 or (item and not decline):
        raise Ends(USAGE, "Give the changed answers with --answer or with --file, or decline a step with --decline.")
    if decline:
        body: dict[str, Any] = {"decline": decline, "item": item}
    else:
        body = {"answers": read_object(file) if file else changes(answers)}
    _send(url, Secrets().needed(case_id, secret), at("cases", case_id, "corrections"), body, as_json=as_json)


@click.command()
@click.argument("case_id", metavar="CASE")
@click.argument("step")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="/POINTER=TEXT",
    help="An answer to the step's form; /POINTER:=JSON for what is no text.",
)
@click.option("--file", type=FILE_OR_INPUT, default=None, help="All answers (YAML or JSON; - reads stdin).")
@click.option("--decline", is_flag=True, help="Do not do it: the step is refused.")
@click.option("--item", default="", help="Which item of the step.")
@secret_option
@url_option
@json_option
@ending
def answer(  # noqa: PLR0913 - its options
    case_id: str,
    step: str,
    answers: tuple[str, ...],
    file: Path | None,
    item: str,
    secret: str,
    url: str,
    *,
    decline: bool,
    as_json: bool,
) -> None:
    """Do what a STEP of your application asks of you, or decline to.

    `gapura case show CASE --json` has the form of each step that asks (`actions`).
    """
    if sum(map(bool, (answers, file, decline))) != 1:
        raise Ends(USAGE, "Give answers with --answer or with --file, or --decline.")
    body: dict[str, Any] = (
        {"decline": True} if decline else {"answers": read_object(file) if file else changes(answers)}
    )
    path = at("cases", case_id, "steps", step, "answer")
    _send(url, Secrets().needed(case_id, secret), path, {**body, "item": item}, as_json=as_json)


@click.command()
@click.argument("case_id", metavar="CASE")
@click.option("--reason", default="", help="Why, if you want to say it.")
@secret_option
@url_option
@json_option
@ending
def withdraw(case_id: str, reason: str, secret: str, url: str, *, as_json: bool) -> None:
    """Take an application back: what agencies did is undone, and the case ends with a closing record.

    Possible until the first step that cannot be undone is asked.
    """
    path = at("cases", case_id, "withdrawal")
    _send(url, Secrets().needed(case_id, secret), path, {"reason": reason}, as_json=as_json)


def _send(url: str, secret: str, path: str, body: dict[str, Any], *, as_json: bool) -> None:
    async def work() -> Reply:
        async with connect(url, secret) as client:
            return await client.send("POST", path, body)

    reply = run(work())
    emit(reply.json(), as_json=as_json, human=lambda: print_case(reply.into(CaseView)))


def changes(answers: Iterable[str]) -> dict[str, Any]:
    """Give changed answers as one object to be merged over the form (RFC 7396).

    Raises:
        Ends: an answer is not written as one, or two of them are about the same; says all of them.

    """
    merged: dict[str, Any] = {}
    mistakes: list[str] = []
    for answer in answers:
        try:
            pointer, value = _read(answer)
            _put(merged, pointer, value)
        except ValueError as error:
            mistakes.append(f"--answer {answer}: {error}")
    if mistakes:
        raise Ends(USAGE, "\n".join(mistakes))
    return merged


def _read(answer: str) -> tuple[str, object]:
    pointer, equals, value = answer.partition("=")
    if not equals or not pointer.startswith("/"):
        raise ValueError("is no answer; write /name=Siti, or /staff:=3 for what is no text")
    if not pointer.endswith(":"):
        return pointer, value
    try:
        return pointer.removesuffix(":"), msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise ValueError("what follows := is no JSON; write 3, true or [1, 2], or = alone for a text") from None


def _put(merged: dict[str, Any], pointer: str, value: object) -> None:
    """Put a value at a JSON Pointer (RFC 6901), objects above it included."""
    *above, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    place: Any = merged
    for name in above:
        place = place.setdefault(name, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last in place:
        raise ValueError("another --answer is about the same; give one of them")
    place[last] = value
