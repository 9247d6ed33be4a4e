"""The few calls that the API and the pages both make. Each takes who is calling, and raises what `problems` maps.

Whatever a caller may not see does not exist for them: `NotFound`. `Declined` and the core's `Rejection` are the
caller's to change, an `Outage` passes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct

from contracts.ids import CaseId
from contracts.views import AgencyLine, CaseHistoryView, CaseView, ClosingRecord, JointOutput, ServiceView, TaskView
from gateway.acts import ActBody
from gateway.identity.callers import Caller
from gateway.idempotency import Wish
from gateway.parts import Parts
from workflows.outputs.verify import Verdict
from workflows.ports import CaseFilter, CasePage


class Applied(Struct, frozen=True, kw_only=True):
    """An application that is on record. `secret` opens the case and is told only here; `repeated`: the same wish before."""

    case: CaseId
    secret: str
    repeated: bool = False


class Issued(Struct, frozen=True, kw_only=True):
    """What came of a case: the sealed joint output (`credential`), or the closing record; exactly one is there."""

    credential: str = ""
    output: JointOutput | None = None
    record: ClosingRecord | None = None


class Decision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer decided of a task: `contribute` with the output, `refuse` with a code of the contract's list,
    `return` with the inputs that must change; of an undo `undone` or `undo_refused`.
    """

    decision: str
    output: dict[str, Any] | None = None
    code: str = ""
    text: str = ""
    inputs: list[str] = []


class Calls:
    """Everything that can be asked of the gateway, by whoever may."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._parts = parts

    # --- anyone -----------------------------------------------------------------------------------------------

    async def catalogue(self) -> list[ServiceView]:
        """Give the services whose agreement is in force now; without their forms."""
        raise NotImplementedError

    async def service(self, service: str) -> ServiceView:
        """Give one offered service with its form (JSON Schema with `x-ui`). Raises NotFound, or Gone once offered."""
        raise NotImplementedError

    async def directory(self) -> list[AgencyLine]:
        """Give the agencies, their contracts and which services use them."""
        raise NotImplementedError

    async def verify(self, presented: bytes) -> Verdict:
        """Judge a joint output: a `vc+jwt`, a PDF that carries one, or the QR code's compact form."""
        raise NotImplementedError

    async def apply(self, service: str, form: dict[str, Any], *, wish: Wish | None, traceparent: str) -> Applied:
        """Open a case; the same wish again gives the same case and secret. Raises FormInvalid with every mistake."""
        raise NotImplementedError

    # --- the applicant ----------------------------------------------------------------------------------------

    async def read_case(self, caller: Caller, case: str) -> CaseView:
        """Give a case to whoever holds its secret."""
        raise NotImplementedError

    async def form_of(self, caller: Caller, case: str) -> dict[str, Any]:
        """Give the applicant's own answers as they now stand."""
        raise NotImplementedError

    def watch_case(self, caller: Caller, case: str, *, after: int = 0) -> AsyncIterator[CaseView]:
        """Yield the case whenever it has grown beyond version `after`; ends at shutdown. Raises at the first step."""
        raise NotImplementedError

    async def wait_for_output(self, caller: Caller, case: str, seconds: float) -> CaseView:
        """Give the case once it is issued or closed, or as it stands after so many seconds (or at shutdown)."""
        raise NotImplementedError

    async def withdraw(self, caller: Caller, case: str, reason: str = "") -> CaseView:
        """Take the application back."""
        raise NotImplementedError

    async def correct(self, caller: Caller, case: str, answers: dict[str, Any]) -> CaseView:
        """Change the asked answers: `answers` is merged over the form. Raises FormInvalid with every mistake."""
        raise NotImplementedError

    async def decline(self, caller: Caller, case: str, step: str, item: str = "") -> CaseView:
        """Leave the asked answers as they are: the refusal is final."""
        raise NotImplementedError

    async def output(self, caller: Caller, case: str) -> Issued:
        """Give the joint output or the closing record. Raises NotPossibleNow while the case is open."""
        raise NotImplementedError

    async def output_pdf(self, caller: Caller, case: str) -> bytes:
        """Give the same as a PDF, the credential attached."""
        raise NotImplementedError

    # --- the officer ------------------------------------------------------------------------------------------

    async def tasks(self, caller: Caller) -> list[TaskView]:
        """Give the open tasks of the officer's agency, longest waiting first."""
        raise NotImplementedError

    async def task(self, caller: Caller, key: str) -> TaskView:
        """Give one open task of the officer's agency, by its ask key."""
        raise NotImplementedError

    async def decide_task(self, caller: Caller, key: str, decision: Decision) -> None:
        """Decide a task. Raises FormInvalid with every mistake in the output, NotFound once it is decided."""
        raise NotImplementedError

    # --- the operator -----------------------------------------------------------------------------------------

    async def list_cases(self, caller: Caller, wanted: CaseFilter) -> CasePage:
        """Give a page of all cases, newest first; no personal data."""
        raise NotImplementedError

    async def inspect(self, caller: Caller, case: str) -> CaseView:
        """Give any case, payloads masked."""
        raise NotImplementedError

    async def history(self, caller: Caller, case: str) -> CaseHistoryView:
        """Give attempts, acts and events of any case, payloads masked."""
        raise NotImplementedError

    async def act(self, caller: Caller, case: str, body: ActBody) -> CaseView:
        """Carry out one act of the table in `acts`, with its reason; the actor is recorded."""
        raise NotImplementedError
