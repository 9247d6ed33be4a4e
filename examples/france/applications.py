"""The sample applications: what is handed in, which recorded answers speak for whom, and what must come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field

FOLDER = Path(__file__).parent / "samples"
FIRST = "01-all-there"


class Closed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A misspelt field of a sample is a mistake, never an expectation that nobody checks."""


class StepExpected(Closed, frozen=True):
    """How a step ends, by which refusal, in which round, and in which attempt it was heard."""

    state: str
    code: str = ""
    round: int = 1
    attempt: int = 1


class Expected(Closed, frozen=True):
    """What must come of an application.

    `incidents` are steps that a person had to look at meanwhile, `never_read` words of endpoints where nobody asked.
    """

    state: str
    steps: dict[str, StepExpected]
    incidents: list[str] = field(default_factory=list[str])
    never_read: list[str] = field(default_factory=list[str])
    holder: str = ""


class Application(Closed, frozen=True):
    """One application.

    `stand_ins`: by number, which recording of which endpoint speaks for it; `faults` as told to the replay server;
    `correct` is what the applicant changes when asked to (nothing: declines).
    """

    title: str
    form: dict[str, Any]
    expect: Expected
    stand_ins: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    faults: list[str] = field(default_factory=list[str])
    retry_after: str = ""
    correct: dict[str, Any] = field(default_factory=dict[str, Any])


def read_application(path: Path) -> Application:
    """Read one sample; raises msgspec.ValidationError."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Application)


def read_applications() -> dict[str, Application]:
    """Read every sample, by its file's name, in order."""
    return {path.stem: read_application(path) for path in sorted(FOLDER.glob("*.yaml"))}
