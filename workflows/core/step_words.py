"""What a picture of a plan says of a step beside its title: whose it is, how often, how long, what silence does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.contract import Contract, DeskConnection
from contracts.plan import Step
from contracts.units import Text

_SAID: Final = Text("{}", "{}")
_OPTIONAL: Final = Text("tidak wajib", "optional")
_CONDITION: Final = Text("hanya bila: {}", "only if: {}")
_EACH: Final = Text("untuk setiap {}", "for each {}")
_AT_ONCE: Final = Text("{} sekaligus", "{} at once")
_PARTIAL: Final = Text("sebagian cukup", "some are enough")
_UNTIL: Final = Text("sampai {}", "until {}")
_OBJECTIONS: Final = Text("orang lain dapat berkeberatan", "others may object")
_WITHIN: Final = Text("dalam {}", "within {}")
_DEEMED: Final = Text("diam = dikabulkan: {}", "silence grants it: {}")
_SECOND: Final = {
    "all": Text("petugas kedua ikut memutuskan", "a second officer confirms"),
    "refusals": Text("petugas kedua menyetujui penolakan", "a second officer confirms a no"),
}


def words_of(step: Step, contract: Contract | None, language: str) -> list[str]:
    """Give these words, in an order that does not change; `contract` is none where no agency carries the step out."""
    return [text.into(language).format(word) for text, word in _words(step, contract)]


def _words(step: Step, contract: Contract | None) -> Iterator[tuple[Text, str]]:
    if contract is not None:
        yield _SAID, contract.agency
    if step.service is not None:
        yield _SAID, step.service
    if step.each is not None:
        yield _EACH, f"{step.as_} ({step.each})"
        yield _AT_ONCE, str(step.at_once)
    if step.partial:
        yield _PARTIAL, ""
    yield from _of_kind(step) if contract is None else _of_contract(contract)
    if step.optional:
        yield _OPTIONAL, ""
    if step.when is not None:
        yield _CONDITION, step.when


def _of_kind(step: Step) -> Iterator[tuple[Text, str]]:
    """Say what a step does that no agency carries out."""
    if isinstance(step.wait, str):
        yield _SAID, step.wait
    elif step.wait is not None:
        until = step.wait.until
        yield _UNTIL, until if isinstance(until, str) else until.cel or str(until.const)
    if step.publish is not None:
        yield _OBJECTIONS, ""
    if step.applicant is not None:
        yield _WITHIN, step.applicant.within


def _of_contract(contract: Contract) -> Iterator[tuple[Text, str]]:
    if contract.deemed is not None:
        yield _DEEMED, contract.promise.within
    second = contract.connection.second_officer if isinstance(contract.connection, DeskConnection) else None
    if second is not None:
        yield _SECOND[second], ""
