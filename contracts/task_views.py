"""What officers see of their desk: derived, like every view."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import field

from contracts.ids import AskKey, CaseId, Instant, ItemKey, StepName
from contracts.units import Text
from contracts.views import View


class ProposalView(View, frozen=True, kw_only=True):
    """What an officer decided and a second one has not confirmed; `digest` names it when it is confirmed."""

    answer: dict[str, Any]
    officer: str
    at: Instant
    digest: str


class TaskView(View, frozen=True, kw_only=True):
    """One thing for an officer to decide: an ask, or an undo, of a desk contract.

    `sources` says where each input came from (`form`, a step's name, `plan`), `givers` which agency each step is of.
    `officer` has it since `claimed_at` (empty: nobody), and it is `due` where a clock runs; what is not decided (and
    confirmed) by then is `granted_at` by law, where the law says so. `second_officer` says which decisions another
    confirms (`refusals`, `all`); `objection` is why the last was not.
    """

    key: AskKey
    case: CaseId
    step: StepName
    item: ItemKey
    round: int
    verb: Literal["ask", "undo"]
    agency: str
    contract: str
    title: Text
    service: Text
    since: Instant
    input: dict[str, Any]
    sources: dict[str, str] = field(default_factory=dict[str, str])
    givers: dict[str, str] = field(default_factory=dict[str, str])
    input_schema: dict[str, Any] = field(default_factory=dict[str, Any])
    output_schema: dict[str, Any] = field(default_factory=dict[str, Any])
    refusals: dict[str, Text] = field(default_factory=dict[str, Text])
    correctable: list[str] = field(default_factory=list[str])
    service_name: str = ""
    due: Instant | None = None
    granted_at: Instant | None = None
    officer: str = ""
    claimed_at: Instant | None = None
    second_officer: str = ""
    proposal: ProposalView | None = None
    objection: str = ""


class DoneTaskView(View, frozen=True, kw_only=True):
    """A task that officers have decided: what, who, when, and the digest of what is on record."""

    key: AskKey
    case: CaseId
    step: StepName
    agency: str
    title: Text
    service: Text
    service_name: str
    word: str
    officer: str
    at: Instant
    digest: str
