"""What an operator's act is as a command, while a plan is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts import commands as cm
from contracts import wire
from contracts.asked import Act
from contracts.ids import Instant, Place
from workflows.core.compiled import CompiledStep
from workflows.core.state import Round
from workflows.rehearsal.forms import made_answer
from workflows.rehearsal.script import described, output_of

ACT: Final = Act(actor="operator", reason="tried")


class Untried(Exception):
    """This plan has something that cannot be tried yet; the message says what."""


def command_of(act: str, step: CompiledStep, place: Place, entry: Round, now: Instant) -> cm.CaseCommand:
    """Give the command of an act on a round, by the word that pages have for it.

    Raises:
        Untried: nobody knows yet how to do it here.

    """
    where: dict[str, Any] = {"step": place.step, "item": place.item, "round": place.round, "act": ACT}
    evidence = wire.Evidence(kind="attested", received_at=now, digest="", actor="operator")
    given = entry.input or {}
    made: Mapping[str, Callable[[], cm.CaseCommand]] = {
        "ask-again": lambda: cm.AskAgain(**where),
        "nothing-done": lambda: cm.NothingWasDone(evidence=evidence, **where),
        "replace": lambda: cm.ReplaceInput(input=_shown_input(step, given), **where),
        "contribute": lambda: cm.ContributeByHand(output=_given(step, given), evidence=evidence, **where),
        "skip": lambda: cm.SkipStep(**where),
        "end": lambda: cm.EndCase(act=ACT),
        "undo-again": lambda: cm.UndoAgain(**where),
        "undone": lambda: cm.UndoneByHand(evidence=evidence, **where),
        "keep": lambda: cm.KeepContribution(owner="head of office", **where),
        "take-kept": lambda: cm.TakeKept(**where),
        "open-anew": lambda: cm.AskAgain(**where),
        "take-rest": lambda: cm.TakeKept(**where),
        "take-incident": lambda: cm.TakeIncident(owner="head of office", **where),
    }
    if act not in made:
        raise Untried(f"the act {act} cannot be tried yet")
    return made[act]()


def _given(step: CompiledStep, given: dict[str, Any]) -> dict[str, Any]:
    """Give what a person says that an agency gave; where none carries the step out, what its form takes."""
    schema = step.contract.output
    return output_of(step.contract, given) if step.spec.ask is not None else described(made_answer(schema), schema)


def _shown_input(step: CompiledStep, given: dict[str, Any]) -> dict[str, Any]:
    """Give an input that the contract takes: what was resolved, where that is good, else an example's."""
    if not step.check_input(given):
        return given
    return next((dict(each.input) for each in step.contract.examples if not step.check_input(each.input)), given)
