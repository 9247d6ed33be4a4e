"""Cases for observers to follow: the events of one that goes through most of what can happen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from contracts import events as ev
from contracts.contract import Contract
from contracts.ids import CaseId, StepName
from contracts.plan import PublishedPlan
from contracts.wire import Contributed, Evidence

CASE = CaseId("k7pm-2xq9-3fhz-8wtc")
SUBMISSION = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OPENED = datetime(2026, 11, 2, 5, tzinfo=UTC)
PLAN = "sha256:" + "1" * 64
CANARIES = ("3303081204850001", "09.254.294.3-407.000", "Siti Canary", "siti@canary.example")


def at(seconds: float) -> datetime:
    return OPENED + timedelta(seconds=seconds)


def evidence(seconds: float) -> Evidence:
    return Evidence(kind="agency", received_at=at(seconds), digest="sha256:ab", key_id=CANARIES[3], actor=CANARIES[2])


def opened(**more: str) -> ev.CaseOpened:
    form = {"nik": CANARIES[0], "npwp": CANARIES[1], "name": CANARIES[2], "mail": CANARIES[3]}
    traceparent = more.get("traceparent", SUBMISSION)
    return ev.CaseOpened(at=at(0), case=CASE, service="mulai-usaha", plan=PLAN, form=form, traceparent=traceparent)


def asked(step: str, seconds: float, attempt: int = 1) -> ev.StepAsked:
    values = {"nik": CANARIES[0]}
    return ev.StepAsked(
        at=at(seconds), step=StepName(step), attempt=attempt, input=values, actor=CANARIES[2], reason=CANARIES[0]
    )


def failed(step: str, seconds: float, attempt: int = 1) -> ev.StepFailed:
    reason = f"503 for {CANARIES[0]} of {CANARIES[2]}"
    return ev.StepFailed(
        at=at(seconds), step=StepName(step), attempt=attempt, reason=reason, sent=True, again_at=at(seconds + 1)
    )


def accepted(step: str, seconds: float) -> ev.StepAccepted:
    return ev.StepAccepted(at=at(seconds), step=StepName(step), evidence=evidence(seconds), ticket=CANARIES[0])


def contributed(step: str, seconds: float) -> ev.StepContributed:
    return ev.StepContributed(
        at=at(seconds),
        step=StepName(step),
        output={"npwp": CANARIES[1]},
        evidence=evidence(seconds),
        actor=CANARIES[2],
        reason=CANARIES[2],
    )


def refused(step: str, seconds: float) -> ev.StepRefused:
    return ev.StepRefused(
        at=at(seconds), step=StepName(step), code="not_a_resident", evidence=evidence(seconds), text=CANARIES[2]
    )


def issued(seconds: float) -> list[ev.CaseEvent]:
    sealed = ev.OutputSealed(at=at(seconds + 0.1), credential=CANARIES[0], digest="sha256:cd", status_index=1)
    return [ev.CaseIssuing(at=at(seconds)), sealed, ev.CaseIssued(at=at(seconds + 0.1))]


def journey() -> Sequence[ev.CaseEvent]:
    """Give a case in which `oss` fails twice, `bpjs` answers later, and everything is issued after 20 seconds."""
    place = StepName("workers")
    return [
        opened(),
        asked("identity", 0),
        contributed("identity", 0.2),
        asked("business", 0.2),
        asked("workers", 0.2),
        failed("business", 0.3),
        accepted("workers", 0.4),
        asked("business", 1.3, 2),
        failed("business", 1.4, 2),
        asked("business", 3.4, 3),
        contributed("business", 3.5),
        contributed("workers", 10),
        ev.AnswerRecorded(
            at=at(11),
            step=place,
            verb="ask",
            answer=Contributed(key="x", output={"nik": CANARIES[0]}),  # type: ignore[arg-type]  # any text
            evidence=evidence(11),
            incident=CANARIES[2],
            owner=CANARIES[3],
        ),
        *issued(20),
    ]


def published() -> ev.PlanPublished:
    """Give a plan whose steps are asked of dukcapil, oss and bpjs."""
    contracts = {
        "identity": contract("dukcapil", "match-identity", "1.0.0"),
        "business": contract("oss", "register-business", "2.1.0"),
        "workers": contract("bpjs", "enrol-employer", "1.0.0"),
    }
    plan = {
        "service": "mulai-usaha",
        "version": "1.0.0",
        "title": {"id": "Memulai usaha", "en": "Start a business"},
        "life_event": "business/start",
        "lead": "dpmptsp",
        "promise": {"within": "3 days"},
        "form": {},
        "steps": {step: {"ask": each.name} for step, each in contracts.items()},
        "output": {"title": {"id": "Hasil", "en": "Output"}, "holder": {}, "parts": {}},
    }
    made = {"digest": PLAN, "plan": plan, "contracts": contracts, "contract_digests": {}}
    return ev.PlanPublished(at=at(-60), published=msgspec.convert(msgspec.to_builtins(made), PublishedPlan), actor="x")


def contract(agency: str, name: str, version: str) -> Contract:
    made = {
        "agency": agency,
        "contract": name,
        "version": version,
        "title": {"id": name, "en": name},
        "purpose": "testing",
        "legal_basis": "none",
        "basis": "public_task",
        "retention": "10 years",
        "reads": {},
        "input": {},
        "output": {},
        "effect": "none",
        "promise": {"within": "1 day"},
        "connection": {"kind": "wire", "url": "https://agency.example"},
    }
    return msgspec.convert(made, Contract)
