"""The samples of `examples/purbalingga/samples`, typed: what is handed in, who does what, what must come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import yaml
from msgspec import Struct, field

from examples.purbalingga.agencies.documents import pdf_of
from gapura_agency import Document

BY_SIMULATED_CLOCK = frozenset({"persetujuan-bangunan-gedung"})
"""Services that wait for days: a real clock would have to, so their samples are played by one that is moved on."""
FOLDER = Path(__file__).parents[2] / "examples" / "purbalingga" / "samples"


class Closed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A misspelt field of a sample is a mistake, never an expectation that nobody checks."""


class Decision(Closed, frozen=True):
    """What officers decide when a step's ask comes to their desk: as the desk's route takes it."""

    decision: Literal["contribute", "refuse", "return"]
    output: dict[str, Any] | None = None
    code: str = ""
    text: str = ""
    inputs: list[str] = field(default_factory=list[str])


class When(Closed, frozen=True):
    """The moment at which an applicant acts: this step (`structure/house` is an item's) is in this state and round."""

    step: str
    state: str
    round: int = 1


class ApplicantAct(Closed, frozen=True):
    """What the applicant does then: exactly one of five, but for who pays and withdraws.

    `asked`: the answers that the case then asks to change.
    """

    when: When
    asked: list[str] = field(default_factory=list[str])
    correct: dict[str, Any] | None = None
    decline: bool = False
    withdraw: str | None = None
    answer: dict[str, Any] | None = None
    pay: bool = False


class Neighbour(Closed, frozen=True):
    """Somebody else objects as soon as this step waits for that, and what the lead agency decides."""

    step: str
    grounds: str
    upheld: bool


class StepExpected(Closed, frozen=True):
    """The last word of a step: of its counting round, which is `round`."""

    state: str
    round: int = 1
    code: str = ""
    signed: str = ""


class Held(Closed, frozen=True):
    """What an agency's own register holds of this case: wishes known, things done ever, and what stands of them."""

    asks: int
    effects: int
    standing: int


class Money(Closed, frozen=True):
    """What the provider of payments received for this case, and what of it was not paid back; whole rupiah."""

    received: int = 0
    standing: int = 0


class Part(Closed, frozen=True):
    """A part of what is issued or recorded: its word, some values that it shows, whether it says where to object."""

    word: str
    shows: dict[str, Any] = field(default_factory=dict[str, Any])
    objection: bool = False


class Expected(Closed, frozen=True):
    """What must come of an application; a register that is not named holds nothing of it."""

    accepted: bool = True
    mistakes: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    state: str = ""
    steps: dict[str, StepExpected] = field(default_factory=dict[str, StepExpected])
    registers: dict[str, Held] = field(default_factory=dict[str, Held])
    money: Money = Money()
    parts: dict[str, Part] = field(default_factory=dict[str, Part])


class Sample(Closed, frozen=True):
    """One application; `service` is the folder that it lies in."""

    title: str
    form: dict[str, Any]
    expect: Expected
    officers: dict[str, list[Decision]] = field(default_factory=dict[str, list[Decision]])
    applicant: list[ApplicantAct] = field(default_factory=list[ApplicantAct])
    neighbours: list[Neighbour] = field(default_factory=list[Neighbour])
    faults: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    service: str = ""


def load_samples(service: str = "*") -> dict[str, Sample]:
    """Read those of one service, or every sample that needs no simulated clock, by service and file, in order."""
    files = sorted(FOLDER.glob(f"{service}/*.yaml"))
    return {
        f"{path.parent.name}/{path.stem}": _load(path)
        for path in files
        if service != "*" or path.parent.name not in BY_SIMULATED_CLOCK
    }


def _load(path: Path) -> Sample:
    sample = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Sample)
    officers = {step: [_with_files(each) for each in decisions] for step, decisions in sample.officers.items()}
    acts = [msgspec.structs.replace(act, answer=_files_in(act.answer)) for act in sample.applicant]
    assert not sample.service, f"{path}: its folder says the service"
    form = _files_in(sample.form) or sample.form
    return msgspec.structs.replace(sample, service=path.parent.name, form=form, officers=officers, applicant=acts)


def _with_files(decision: Decision) -> Decision:
    """Give a decision with a small PDF wherever the sample says `{pdf: TITLE}`, as an officer's browser sends it."""
    return msgspec.structs.replace(decision, output=_files_in(decision.output) or None)


def _files_in(given: dict[str, Any] | None) -> dict[str, Any] | None:
    return given and {
        name: Document(f"{value['pdf']}.pdf", pdf_of([value["pdf"]])).sent() if _is_file(value) else value
        for name, value in given.items()
    }


def _is_file(value: object) -> bool:
    return isinstance(value, dict) and list(cast("dict[str, object]", value)) == ["pdf"]
