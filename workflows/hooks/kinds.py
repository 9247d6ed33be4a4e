"""What is told of which event, and to whom. Pure; nothing that is told is about a person, or comes from a form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from contracts import events as ev
from contracts.hooks import HookKind, HookMessage, ToldOf
from contracts.plan import PublishedPlan
from workflows.ports import Recorded

PREFIX: Final = "gapura."
"""What every `type` begins with."""
APPLICATIONS: Final = "/operasi/permohonan/"
OFFICE: Final = "/petugas"

STEP_WORDS: Final[Mapping[type, str]] = {
    ev.StepAsked: "asked",
    ev.StepBegun: "begun",
    ev.ApplicantAnswered: "contributed",
    ev.StepContributed: "contributed",
    ev.StepDeemed: "deemed",
    ev.StepRefused: "refused",
    ev.StepReturned: "returned",
    ev.StepExhausted: "exhausted",
    ev.StepOverdue: "overdue",
    ev.StepSkipped: "skipped",
    ev.StepUndone: "undone",
    ev.UndoRefused: "undo_refused",
    ev.UndoExhausted: "undo_exhausted",
    ev.StepKept: "kept",
}
"""`case.changed`, of a step: told to its agency."""
CASE_WORDS: Final[Mapping[type, str]] = {
    ev.CaseOpened: "opened",
    ev.FormCorrected: "corrected",
    ev.CasePaused: "paused",
    ev.CaseResumed: "resumed",
    ev.CaseWithdrawn: "withdrawn",
    ev.CaseClosing: "closing",
    ev.CaseClosed: "closed",
    ev.CaseIssued: "issued",
    ev.OutputRevoked: "revoked",
}
"""`case.changed`, of the case as a whole: told to every agency that was asked in it."""
FURTHER: Final[Mapping[type, tuple[HookKind, str]]] = {
    ev.CaseIssued: ("output.issued", "issued"),
    ev.OutputRevoked: ("output.revoked", "revoked"),
    ev.PartRevoked: ("part.revoked", "revoked"),
    ev.StepReturned: ("correction.asked", "returned"),
    ev.StepRefused: ("correction.asked", "refused"),
}
"""Kinds of their own. A part that is revoked is told to every agency that was asked in the case."""


class Told(Struct, frozen=True, kw_only=True):
    """One thing to tell: what happened, and to which agencies; hooks of the gateway's own are told of everything."""

    kind: HookKind
    word: str
    step: str = ""
    agencies: frozenset[str] = frozenset()


class Life(Struct, frozen=True, kw_only=True):
    """What must be known of a case to tell of it: its service, whose each step is, and who was asked up to when."""

    service: str
    agencies: Mapping[str, str]
    asked_at: Mapping[str, int]
    """By agency: the version of the case at which it was asked first."""

    def asked(self, version: int) -> frozenset[str]:
        """Give who had been asked by then: of a case that never came to them agencies hear nothing."""
        return frozenset(agency for agency, since in self.asked_at.items() if since <= version)


def is_told(event: object) -> bool:
    """Say whether an event is one of which anybody is told."""
    kind = type(event)
    return kind in STEP_WORDS or kind in CASE_WORDS or kind in FURTHER


def life_of(rows: Iterable[Recorded], plan: Mapping[str, PublishedPlan]) -> Life | None:
    """Give what must be known of a case from its events; None where it is none, or its plan is not known."""
    service, agencies = "", dict[str, str]()
    asked_at: dict[str, int] = {}
    for row in rows:
        event = row.event
        if isinstance(event, ev.CaseOpened):
            published = plan.get(event.plan)
            if published is None:
                return None
            service = event.service
            agencies = {step: contract.agency for step, contract in published.contracts.items()}
        elif isinstance(event, ev.StepAsked) and event.step in agencies:
            asked_at.setdefault(agencies[event.step], row.version)
    return Life(service=service, agencies=agencies, asked_at=asked_at) if service else None


def told_of(row: Recorded, life: Life) -> Iterator[Told]:
    """Give everything that is to be told of an event."""
    event, everybody = row.event, life.asked(row.version)
    kind: type = type(event)
    step = str(event.step) if isinstance(event, ev.StepEvent) else ""
    owner = frozenset({life.agencies[step]} if step in life.agencies else ())
    if kind in STEP_WORDS and not (isinstance(event, ev.StepAsked) and event.attempt > 1):
        yield Told(kind="case.changed", word=STEP_WORDS[kind], step=step, agencies=owner)
    if kind in CASE_WORDS:
        yield Told(kind="case.changed", word=CASE_WORDS[kind], agencies=everybody)
    if kind in FURTHER and not (isinstance(event, ev.StepRefused) and not event.correctable):
        further, word = FURTHER[kind]
        agencies = owner if further == "correction.asked" else everybody
        yield Told(kind=further, word=word, step=step, agencies=agencies)


def message(told: Told, row: Recorded, life: Life, *, agency: str, source: str) -> HookMessage:
    """Give what a hook of an agency (empty: the gateway's own) is sent; the same event always has the same id."""
    link = f"{source}{OFFICE}" if agency else f"{source}{APPLICATIONS}{row.stream}"
    return HookMessage(
        id=f"{row.stream}-{row.version}-{told.kind.replace('.', '-')}",
        source=source,
        type=f"{PREFIX}{told.kind}",
        subject=row.stream,
        time=row.event.at,
        data=ToldOf(word=told.word, at=row.event.at, link=link, case=row.stream, service=life.service, step=told.step),
    )
