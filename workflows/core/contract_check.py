"""What must hold within one contract beyond its shape: fields that exist, an undo that fits, what the law may grant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from contracts.contract import (
    Contract,
    DeskConnection,
    JsonSchema,
    PullConnection,
    WireConnection,
)
from contracts.units import seconds
from workflows.core.document_check import check_documents
from workflows.core.form_check import check_texts
from workflows.core.json_kinds import is_fields
from workflows.core.maintenance import read_window
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.schema_paths import names_in

NEVER_DEEMED: Final = frozenset({"identity", "population", "tax", "taxation", "taxpayer"})
"""Words of purposes that silence never grants: population identity and tax."""


def check_contract(contract: Contract) -> list[Finding]:
    """Give every mistake in a contract; its schemas and examples are judged where they are loaded."""
    return [finding for check in _CHECKS for finding in check(contract)]


def _check_schemas(contract: Contract) -> Iterator[Finding]:
    for name, schema in (("input", contract.input), ("output", contract.output)):
        if schema.get("type") != "object" or not is_fields(schema.get("properties")):
            yield Finding((name,), f"{name} is no group of fields", "type: object, and properties")
    if contract.input.get("additionalProperties") is not False:
        yield Finding(
            ("input",),
            "input does not refuse further fields: an agency receives exactly what it declares",
            "additionalProperties: false",
        )


def _check_words(contract: Contract) -> Iterator[Finding]:
    """An officer's form is made from these schemas."""
    yield from check_texts(contract.input, ("input",))
    yield from check_texts(contract.output, ("output",))


def _check_reads(contract: Contract) -> Iterator[Finding]:
    fields = _fields(contract.input)
    yield from _unknown(("reads",), contract.reads, fields, "input")
    for name in fields:
        if name not in contract.reads:
            yield Finding(
                ("reads",),
                f"the input field {name} has no data class",
                f"{name}: and its class, such as identity, contact, business or location",
            )


def _check_named_fields(contract: Contract) -> Iterator[Finding]:
    yield from _unknown(("confirms",), contract.confirms, _fields(contract.input), "input")
    yield from _unknown(("onward",), contract.onward, _fields(contract.output), "output")
    for code, refusal in contract.refusals.items():
        yield from _unknown(("refusals", code, "correct"), refusal.correct, _fields(contract.input), "input")
        if refusal.within is not None and not refusal.correct:
            yield Finding(
                ("refusals", code, "within"),
                "within says until when inputs may be corrected, and none may",
                "correct: and the inputs, or nothing here (until when to object stands under objection)",
            )


def _unknown(place: Place, names: Iterable[str], fields: Iterable[str], schema: str) -> Iterator[Finding]:
    known = list(fields)
    for index, name in enumerate(names):
        if name not in known:
            step: str | int = name if place == ("reads",) else index
            yield Finding((*place, step), f"{schema} has no field {name}", did_you_mean(name, known))


def _fields(schema: JsonSchema) -> list[str]:
    return names_in(schema, "properties")


def _check_undo(contract: Contract) -> Iterator[Finding]:
    undo = contract.undo
    if undo is None:
        if contract.effect == "reversible":
            yield Finding((), "a reversible contribution says how it is undone", "undo: {by: system, within: 30 days}")
        return
    if contract.effect != "reversible":
        yield Finding(("undo",), f"an effect that is {contract.effect} has no undo", "effect: reversible, or no undo")
    if isinstance(contract.connection, DeskConnection) and undo.by == "system":
        yield Finding(("undo", "by"), "a desk has no system that could undo", "by: officer")


def _check_deemed(contract: Contract) -> Iterator[Finding]:
    deemed, on_deadline = contract.deemed, contract.promise.on_deadline
    if (deemed is None) is (on_deadline == "deemed"):
        place: Place = ("promise", "on_deadline") if deemed is None else ("deemed",)
        yield Finding(
            place,
            "deemed and on_deadline: deemed belong together",
            "both: what the law grants, its legal_basis, and on_deadline: deemed; or neither",
        )
    if deemed is not None and not NEVER_DEEMED.isdisjoint(contract.purpose.split("-")):
        yield Finding(
            ("deemed",),
            f"silence never grants anything of the purpose {contract.purpose} (population identity, tax)",
            "on_deadline: escalate, without deemed",
        )


def _check_waits(contract: Contract) -> Iterator[Finding]:
    waits = [(("attempts", name), getattr(contract.attempts, name)) for name in _WAITS]
    connection = contract.connection
    bounds = _PULL_WAITS if isinstance(connection, PullConnection) else _CALL_WAITS
    if not isinstance(connection, DeskConnection):
        waits += [(("connection", name), getattr(connection, name)) for name in bounds]
    for place, duration in waits:
        least, most = (_WAITS if place[0] == "attempts" else bounds)[place[1]]
        try:
            fits = seconds(least) <= seconds(duration) <= seconds(most)
        except ValueError:
            yield Finding(place, f"{duration} depends on a calendar", "elapsed time: s, min, h, days or weeks")
            return
        if not fits:
            yield Finding(place, f"{duration} is too short or too long to wait", f"from {least} to {most}")
    if seconds(contract.attempts.first_wait) > seconds(contract.attempts.longest_wait):
        yield Finding(("attempts", "first_wait"), "the first wait is longer than the longest", "a shorter first_wait")
    if isinstance(connection, PullConnection) and seconds(connection.lease) > seconds(connection.deadline):
        yield Finding(
            ("connection", "lease"), "a lease is longer than the whole attempt", "a lease within the deadline"
        )


_WAITS: Final = {
    "first_wait": ("1 s", "1 day"),
    "longest_wait": ("1 s", "1 week"),
    "give_up_after": ("1 s", "52 weeks"),
}
"""From and to. These change without an agreement: they must neither hammer an agency nor leave the calendar."""
_CALL_WAITS: Final = {"deadline": ("100 ms", "10 min")}
_PULL_WAITS: Final = {"lease": ("1 s", "1 h"), "deadline": ("1 s", "1 day")}
"""The same of a connection. What waits to be fetched bears more: nobody holds a line open."""


def _check_connection(contract: Contract) -> Iterator[Finding]:
    if not isinstance(contract.connection, WireConnection):
        return
    scheme, separator, rest = contract.connection.url.partition("://")
    host = rest.split("/", 1)[0]
    if scheme not in {"https", "http"} or not separator or not host or set(rest) & set("@?# \t"):
        yield Finding(
            ("connection", "url"),
            "this is no address that asks can be sent to",
            "https://host/path, without user, query or fragment; secrets do not belong into a contract",
        )


def _check_limits(contract: Contract) -> Iterator[Finding]:
    rate = contract.limits.rate
    if rate is not None and int(rate.partition("/")[0]) == 0:
        yield Finding(("limits", "rate"), f"{rate} lets nothing through, ever", "at least 1/h; or a maintenance window")
    for index, text in enumerate(contract.limits.maintenance):
        try:
            read_window(text)
        except ValueError as error:
            yield Finding(("limits", "maintenance", index), f"{text!r} {error}", _WINDOW)


_WINDOW: Final = (
    "a day, from-to and a zone: Sun 22:00-24:00 Asia/Jakarta (or daily, or 2026-12-24; over midnight, two windows)"
)


def _check_examples(contract: Contract) -> Iterator[Finding]:
    for index, example in enumerate(contract.examples):
        if (example.output is None) is (example.refusal is None):
            yield Finding(("examples", index), "an example has either an output or a refusal", "one of the two")
        elif example.refusal is not None and example.refusal not in contract.refusals:
            yield Finding(
                ("examples", index, "refusal"),
                f"{example.refusal} is none of this contract's refusals",
                did_you_mean(example.refusal, contract.refusals),
            )


_CHECKS: tuple[Callable[[Contract], Iterator[Finding]], ...] = (
    _check_schemas,
    check_documents,
    _check_words,
    _check_reads,
    _check_named_fields,
    _check_undo,
    _check_deemed,
    _check_waits,
    _check_connection,
    _check_limits,
    _check_examples,
)
