"""The journals that the conformance suite judges, and what it records in them. A further adapter joins by one line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.events import CaseOpened, StepAsked, StepContributed
from contracts.ids import CaseId, Instant, StepName
from contracts.views import CaseLine
from contracts.wire import Evidence
from workflows.journal.memory import MemoryJournal
from workflows.journal.sqlite import SqliteJournal
from workflows.journal.vault import FileVault
from workflows.ports import Append, Claim, Journal

NOON = datetime(2026, 11, 2, 5, 0, 0, 123_456, tzinfo=UTC)
NIK = "3303081204850001"

Opening = Callable[[], AbstractAsyncContextManager[Journal]]


def memory(_: Path) -> Opening:
    kept = MemoryJournal()

    @asynccontextmanager
    async def opening() -> AsyncGenerator[Journal, None]:
        yield kept
        await kept.close()

    return opening


def sqlite(folder: Path) -> Opening:
    return lambda: SqliteJournal.open(folder / "journal.sqlite", FileVault.open(folder / "master.key"))


ADAPTERS: dict[str, Callable[[Path], Opening]] = {
    "memory": memory,
    "sqlite": sqlite,
}


def after(minutes: float) -> Instant:
    return NOON + timedelta(minutes=minutes)


def opened(case: str, *, nik: str = NIK) -> CaseOpened:
    return CaseOpened(
        at=NOON,
        case=CaseId(case),
        service="mulai-usaha",
        plan="sha256:" + "0" * 64,
        form={"nik": nik, "workers": [{"share": 0.5, "since": None}], "area": 12},
    )


def asked(step: str = "identity", attempt: int = 1) -> StepAsked:
    return StepAsked(at=after(attempt), step=StepName(step), attempt=attempt, input={"nik": NIK})


def contributed(step: str = "identity") -> StepContributed:
    evidence = Evidence(kind="agency", received_at=after(5), digest="sha256:ab", key_id="dukcapil/1")
    return StepContributed(at=after(5), step=StepName(step), output={"match": True}, evidence=evidence)


def line(case: str, *, state: str = "open", marks: tuple[str, ...] = (), service: str = "mulai-usaha") -> CaseLine:
    return CaseLine(
        case=CaseId(case),
        service=service,
        state=state,
        marks=list(marks),
        opened_at=NOON,
        updated_at=after(1),
        version=1,
        attempts=2,
        last_error="503 from oss",
    )


def claim(case: str, key: str = "key-1", body: str = "sha256:body") -> Claim:
    return Claim(scope="anyone POST /v1/cases", key=key, body_digest=body, stream=case, sealed_reply="sealed")


def opening_of(case: str, **more: object) -> Append:
    return Append(stream=case, expected_version=0, events=[opened(case)], **more)  # type: ignore[arg-type]  # as given
