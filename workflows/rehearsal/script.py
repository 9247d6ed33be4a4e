"""What everybody does in one case that is tried: agencies by step and round, the applicant, and the operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypeVar

from msgspec import Struct, field

from contracts.contract import Contract
from contracts.documents import document_fields
from contracts.ids import AskKey, Place
from contracts.wire import Answer, Contributed, Refused, Returned

Applicant: TypeAlias = Literal["corrects", "declines", "lets it expire"]
Undoing: TypeAlias = Literal["undoes", "refuses", "silent"]
Entry = TypeVar("Entry")
_NO_DIGEST = "sha256:" + "0" * 64


class Says(Struct, frozen=True, kw_only=True):
    """What an agency says in one round: it contributes as an example shows, refuses, sends back, or is silent."""

    word: Literal["contributes", "refuses", "returns", "silent"] = "contributes"
    code: str = ""
    inputs: tuple[str, ...] = ()
    example: int = -1
    """Which of the contributing examples; -1: the one with this input, else the first."""
    instead: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Other values than the example's, by field."""


CONTRIBUTES = Says()
SILENT = Says(word="silent")


class Script(Struct, frozen=True, kw_only=True):
    """One road. Whoever is not named contributes, and takes back what is asked; rounds beyond those named too.

    What is said of `step/item` is said of that item, what is said of a step of all its items.

    `acts` are the operator's by step; where none is named, or that one is not offered, the usual one is taken.
    """

    asks: Mapping[str, tuple[Says, ...]] = field(default_factory=dict[str, tuple[Says, ...]])
    undos: Mapping[str, Undoing] = field(default_factory=dict[str, Undoing])
    applicant: Applicant = "corrects"
    acts: Mapping[str, str] = field(default_factory=dict[str, str])
    does: Mapping[str, Literal["declines", "lets it expire"]] = field(default_factory=dict[str, Any])
    """What the applicant does not do, of the steps that ask them; the others are done."""
    objections: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Others object at these steps, and are upheld or not."""
    withdraws_after: str = ""
    """The applicant withdraws once this step has contributed."""
    late: Mapping[str, Literal["contributes", "refuses"]] = field(default_factory=dict[str, Any])
    """What agencies say after their time, of those that were silent."""
    second: Mapping[str, Literal["confirms", "rejects"]] = field(default_factory=dict[str, Any])
    """What second officers do first with what another decided; what is decided again they confirm."""
    pauses_at: str = ""
    """An operator pauses the case while this step is out, and lets it go on a month later."""

    def but(self, other: Script) -> Script:
        """Give this road with whatever another one says too; where both say something, the other's."""
        merged: dict[str, Any] = {}
        for name in self.__struct_fields__:
            ours, theirs = getattr(self, name), getattr(other, name)
            own = ours if theirs == _USUAL[name] else theirs
            merged[name] = {**ours, **theirs} if isinstance(ours, Mapping) else own
        return Script(**merged)

    def says(self, place: Place) -> Says:
        """Give what the agency of a step says in a round, of an item of it where the script names that."""
        rounds = of_track(self.asks, place, ())
        return rounds[place.round - 1] if place.round <= len(rounds) else CONTRIBUTES


_USUAL: dict[str, Any] = {name: getattr(Script(), name) for name in Script.__struct_fields__}


def track_of(place: Place) -> str:
    """Give how a road names a step, or an item of it: `structure/house`."""
    return f"{place.step}/{place.item}" if place.item else place.step


def of_track(table: Mapping[str, Entry], place: Place, usual: Entry) -> Entry:
    """Give what a table says of an item, else of its step, else the usual."""
    return table.get(track_of(place), table.get(place.step, usual))


def answer(says: Says, key: AskKey, contract: Contract, given: Mapping[str, Any]) -> Answer:
    """Give the agency's answer to an ask with this input.

    Raises:
        LookupError: no example of the contract contributes.

    """
    if says.word == "refuses":
        return Refused(key=key, code=says.code, text="")
    if says.word == "returns":
        return Returned(key=key, inputs=list(says.inputs), text="")
    return Contributed(key=key, output={**output_of(contract, given, says.example), **says.instead})


def output_of(contract: Contract, given: Mapping[str, Any], example: int = -1) -> dict[str, Any]:
    """Give what an example of the contract contributes, its documents described.

    Raises:
        LookupError: none does.

    """
    granted = [each for each in contract.examples if each.output is not None]
    if not granted:
        message = f"{contract.name} shows no example that contributes: write one, with input and output"
        raise LookupError(message)
    alike = [each for each in granted if each.input == given]
    chosen = granted[example] if 0 <= example < len(granted) else (alike or granted)[0]
    return described(dict(chosen.output or {}), contract.output)


def described(values: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give values with every document described, whatever stands in its place."""
    documents = {
        name: {"type": types[0], "name": f"{name}.{types[0].rpartition('/')[2]}", "size": 1, "digest": _NO_DIGEST}
        for name, types in document_fields(schema).items()
        if name in values
    }
    return {**values, **documents}
