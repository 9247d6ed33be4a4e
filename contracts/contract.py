"""A contract: one agency's machine-readable promise for one kind of step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from contracts.connection import Connection, DeskConnection, OpenApiConnection, PullConnection, WireConnection
from contracts.declared import Closed
from contracts.units import Duration, Name, Text, Version

__all__ = [
    "OPERATIONAL",
    "Attempts",
    "Closed",
    "Connection",
    "Contract",
    "DataClass",
    "Deemed",
    "DeskConnection",
    "Effect",
    "Example",
    "JsonSchema",
    "Limits",
    "Objection",
    "OpenApiConnection",
    "Promise",
    "PullConnection",
    "Refusal",
    "Undoing",
    "WireConnection",
]

Effect = Literal["none", "reversible", "final"]
DataClass = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_-]*$", description="A data class, such as identity, contact, business or location"),
]
JsonSchema = dict[str, Any]


class Objection(Closed, frozen=True, kw_only=True):
    """Where and until when a person may object to a refusal."""

    where: Text
    within: Duration
    legal_basis: str = ""


class Refusal(Closed, frozen=True, kw_only=True):
    """One business "no" of the closed list; `correct` names the inputs that the applicant may correct."""

    title: Text
    correct: list[str] = field(default_factory=list[str])
    within: Duration | None = None
    legal_basis: str = ""
    objection: Objection | None = None


class Undoing(Closed, frozen=True, kw_only=True):
    """How a reversible contribution is taken back, by whom, and until when after it was made."""

    by: Literal["system", "officer"]
    within: Duration | None = None
    legal_basis: str = ""


class Deemed(Closed, frozen=True, kw_only=True):
    """What the law grants when the agency stays silent (fiktif positif)."""

    legal_basis: str
    counts_from: Literal["complete"]
    output: dict[str, Any]


class Promise(Closed, frozen=True, kw_only=True):
    """How soon the agency answers, and what happens when it does not."""

    within: Duration
    on_deadline: Literal["escalate", "exhaust", "deemed"] = "escalate"


class Attempts(Closed, frozen=True, kw_only=True):
    """How an unheard ask is repeated: the waits grow by `factor` up to `longest_wait`, until `give_up_after`."""

    first_wait: Duration = "2 s"
    factor: Annotated[float, Meta(ge=1, le=10)] = 2
    longest_wait: Duration = "10 min"
    give_up_after: Duration = "2 days"


class Limits(Closed, frozen=True, kw_only=True):
    """What the agency's system bears."""

    rate: (
        Annotated[str, Meta(pattern=r"^[0-9]{1,6}/(s|min|h)$", description="A number of asks in a time: 50/s")] | None
    ) = None
    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 10
    maintenance: list[str] = field(default_factory=list[str])


class Example(Closed, frozen=True, kw_only=True):
    """One input and what comes of it: an output, or a refusal by its code."""

    title: str
    input: dict[str, Any]
    output: dict[str, Any] | None = None
    refusal: str | None = None


class Contract(Closed, frozen=True, kw_only=True):
    """One agency's promise for one kind of step, versioned, with the operational record that is no part of its hash."""

    agency: Name
    contract: Name
    version: Version
    title: Text
    purpose: Name
    legal_basis: str
    basis: Literal["public_task", "legal_obligation", "contract", "consent"]
    retention: Duration
    reads: dict[str, DataClass]
    input: JsonSchema
    output: JsonSchema
    effect: Effect
    promise: Promise
    connection: Connection
    onward: list[str] = field(default_factory=list[str])
    confirms: list[str] = field(default_factory=list[str])
    undo: Undoing | None = None
    lookup: bool = False
    refusals: dict[str, Refusal] = field(default_factory=dict[str, Refusal])
    deemed: Deemed | None = None
    attempts: Attempts = field(default_factory=Attempts)
    limits: Limits = field(default_factory=Limits)
    examples: list[Example] = field(default_factory=list[Example])

    @property
    def name(self) -> str:
        """The name that plans ask for: `agency/contract@major`."""
        return f"{self.agency}/{self.contract}@{self.version.split('.', maxsplit=1)[0]}"


OPERATIONAL = frozenset({"connection", "attempts", "limits", "examples"})
"""The fields that are versioned and audited but effective at once: no part of the promise, nor of its hash."""
