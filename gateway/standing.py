"""How agencies stand at this moment, laid over what the journal and the register say. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import structs

from contracts.contract import Contract
from contracts.views import AgencyLine, CaseView, HeldBackView
from workflows.core.state import CaseState

if TYPE_CHECKING:
    from workflows.projections.directory import Directory

Standing: TypeAlias = Callable[[Contract], HeldBackView | None]
"""Says why nothing is sent under a contract at the moment; None: nothing is in the way."""


def as_of_now(view: CaseView, state: CaseState, standing: Standing) -> CaseView:
    """Say of what is held back why it is now: the journal says why it was."""
    if not any(step.held_back for step in view.steps):
        return view
    steps = [
        structs.replace(step, held_back=standing(state.step(step.step).contract) or HeldBackView(because="queue"))
        if step.held_back
        else step
        for step in view.steps
    ]
    return structs.replace(view, steps=steps)


def lines_as_of_now(directory: Directory, standing: Standing) -> list[AgencyLine]:
    """Give the directory's agencies; of each contract, why nothing is sent under it at the moment."""
    contracts = directory.contracts
    lines: list[AgencyLine] = []
    for line in directory.agency_lines():
        held = [structs.replace(each, held_back=standing(contracts[each.name])) for each in line.contracts]
        lines.append(structs.replace(line, contracts=held))
    return lines
