"""What an operator can do to a case by hand: one table from the act's name to the core's command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct, field

from contracts import commands
from contracts import desk_commands as dm
from contracts.asked import Act
from contracts.commands import CaseCommand
from contracts.ids import Instant, ItemKey, StepName
from contracts.problems import Mistake
from contracts.wire import Evidence
from gateway.attesting import attested
from gateway.bodies import Sentence, written
from gateway.problems import FormInvalid


class ActBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act: its name, why, on which step, and what the act needs.

    `evidence` says from where the operator knows (a letter's number, a call); `owner` is who answers from now on;
    `objection` which one is decided, by its number; `legal_basis` by which law a part is revoked, and `remedy` where
    and until when the applicant may object to that. `break_glass`: do not wait for a second person.
    """

    act: str
    reason: Sentence
    step: str = ""
    item: str = ""
    round: int = 0
    input: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    evidence: Sentence = ""
    owner: Sentence = ""
    objection: int | None = None
    legal_basis: Sentence = ""
    remedy: Sentence = ""
    break_glass: bool = False


class Kind(Struct, frozen=True, kw_only=True):
    """One act: which members its body needs beside the reason, and how it becomes a command."""

    needs: tuple[str, ...]
    command: Callable[[ActBody, Act, Instant], CaseCommand]
    on: tuple[str, ...] = field(default_factory=tuple)


def _at(body: ActBody) -> dict[str, Any]:
    return {"step": StepName(body.step), "item": ItemKey(body.item), "round": body.round}


def _evidence(body: ActBody, act: Act, now: Instant) -> Evidence:
    return attested({"evidence": body.evidence, "output": body.output or {}}, by=act.actor, at=now)


def _objection(body: ActBody, act: Act, *, upheld: bool) -> CaseCommand:
    return commands.DecideObjection(**_at(body), number=body.objection or 0, upheld=upheld, act=act)


def _by_hand(body: ActBody, act: Act, now: Instant) -> CaseCommand:
    output = body.output or {}
    return commands.ContributeByHand(**_at(body), output=output, evidence=_evidence(body, act, now), act=act)


def _revoke_part(body: ActBody, act: Act, now: Instant) -> CaseCommand:
    evidence = _evidence(body, act, now)
    return commands.RevokePart(
        **_at(body), legal_basis=written(body.legal_basis), objection=written(body.remedy), evidence=evidence, act=act
    )


ACTS: Final[Mapping[str, Kind]] = {
    "ask-again": Kind(needs=("step",), command=lambda b, act, _: commands.AskAgain(**_at(b), act=act)),
    "replace": Kind(
        needs=("step", "input"),
        command=lambda b, act, _: commands.ReplaceInput(**_at(b), input=b.input or {}, act=act),
    ),
    "nothing-done": Kind(
        needs=("step", "evidence"),
        command=lambda b, act, now: commands.NothingWasDone(**_at(b), evidence=_evidence(b, act, now), act=act),
    ),
    "contribute": Kind(needs=("step", "output", "evidence"), command=_by_hand),
    "skip": Kind(needs=("step",), command=lambda b, act, _: commands.SkipStep(**_at(b), act=act)),
    "end": Kind(needs=(), command=lambda _b, act, _: commands.EndCase(act=act)),
    "pause": Kind(needs=(), command=lambda _b, act, _: commands.PauseCase(act=act)),
    "resume": Kind(needs=(), command=lambda _b, act, _: commands.ResumeCase(act=act)),
    "undo-again": Kind(needs=("step",), command=lambda b, act, _: commands.UndoAgain(**_at(b), act=act)),
    "undone": Kind(
        needs=("step", "evidence"),
        command=lambda b, act, now: commands.UndoneByHand(**_at(b), evidence=_evidence(b, act, now), act=act),
    ),
    "keep": Kind(
        needs=("step", "owner"),
        command=lambda b, act, _: commands.KeepContribution(**_at(b), owner=b.owner, act=act),
    ),
    "take-kept": Kind(needs=("step",), command=lambda b, act, _: commands.TakeKept(**_at(b), act=act)),
    "open-anew": Kind(needs=("step",), command=lambda b, act, _: commands.AskAgain(**_at(b), act=act)),
    "take-rest": Kind(needs=("step",), command=lambda b, act, _: commands.TakeKept(**_at(b), act=act)),
    "take-incident": Kind(
        needs=("step", "owner"),
        command=lambda b, act, _: commands.TakeIncident(**_at(b), owner=b.owner, act=act),
    ),
    "refund": Kind(needs=("step",), command=lambda b, act, _: commands.RefundPayment(**_at(b), act=act)),
    "uphold": Kind(needs=("step", "objection"), command=lambda b, act, _: _objection(b, act, upheld=True)),
    "dismiss": Kind(needs=("step", "objection"), command=lambda b, act, _: _objection(b, act, upheld=False)),
    "reassign-task": Kind(needs=("step",), command=lambda b, act, _: dm.ReassignTask(**_at(b), to=b.owner, act=act)),
    "ask-facts": Kind(needs=(), command=lambda _b, act, _: commands.AskFacts(act=act)),
    "ask-correction": Kind(needs=("step",), command=lambda b, act, _: commands.AskCorrection(**_at(b), act=act)),
    "revoke-part": Kind(needs=("step", "evidence", "legal_basis", "remedy"), command=_revoke_part),
    "revoke": Kind(needs=(), command=lambda _b, act, _: commands.RevokeOutput(act=act)),
}


def _is_missing(said: object) -> bool:
    return not written(said) if isinstance(said, str) else said is None


FILLED_IN: Final[Mapping[str, str]] = {"replace": "input", "contribute": "output"}
"""Acts that give what a contract describes, and which of its schemas that is."""


def command_of(body: ActBody, *, actor: str, now: Instant) -> CaseCommand:
    """Give the command that an act is.

    Raises:
        FormInvalid: there is no such act, or something that it needs is missing; all of it at once.

    """
    kind = ACTS.get(body.act)
    if kind is None:
        raise FormInvalid("There is no such act.", [Mistake("/act", f"Write one of: {', '.join(ACTS)}.")])
    missing = [name for name in ("reason", *kind.needs) if _is_missing(getattr(body, name))]
    if missing:
        mistakes = [Mistake(f"/{name}", f"The act {body.act} needs {name}.") for name in missing]
        raise FormInvalid("Something that the act needs is missing.", mistakes)
    return kind.command(body, Act(actor=actor, reason=body.reason), now)
