"""One answer at one round, as it is judged."""

from __future__ import annotations

from msgspec import Struct

from contracts import commands as cm
from contracts.ids import Instant, Place
from workflows.core.compiled import CompiledStep
from workflows.core.state import CaseState, Round


class Heard(Struct, frozen=True):
    """One answer at one round, with everything needed to judge it."""

    state: CaseState
    step: CompiledStep
    place: Place
    entry: Round
    command: cm.RecordAnswer
    now: Instant
