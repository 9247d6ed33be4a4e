"""What a stand-in answers, and what it remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from contracts.documents import described, without_contents
from contracts.ids import AskKey
from contracts.wire import Accepted, Contributed, NothingHeld, Refused, Returned, Undone, UndoRefused
from workflows.loading.contracts import load_contract, load_contracts
from workflows.loading.validation import compile_schema
from workflows.proving.papers import paper
from workflows.proving.standing_in import Asked, LookupAsked, NotTaken, StandIn, UndoAsked, with_part
from workflows.proving.values import value_for
from workflows.proving.wishes import NOTHING, Wished

CONTRACTS = Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts"
OSS = load_contract(CONTRACTS / "oss-register-business.yaml")
ALL = load_contracts(CONTRACTS)
SHOWN, REFUSED = OSS.examples
KEY = AskKey("case/business/ask/1")


def ask(given: dict[str, Any] | None = None, key: str = KEY, contract: str = OSS.name) -> Asked:
    return Asked(key=AskKey(key), contract=contract, input=dict(SHOWN.input) if given is None else given)


def undo(undoes: str = KEY) -> UndoAsked:
    return UndoAsked(key=AskKey("case/business/undo/1"), undoes=AskKey(undoes), contract=OSS.name)


def lookup(key: str = KEY) -> LookupAsked:
    return LookupAsked(key=AskKey(key), contract=OSS.name)


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn(OSS)


def contributed(answer: object) -> dict[str, Any]:
    assert isinstance(answer, Contributed)
    return answer.output


def test_an_input_of_an_example_gets_another_answer(stand_in: StandIn) -> None:
    output = contributed(stand_in.ask(ask(), NOTHING))
    assert output["nib"] == "9120000000010"
    assert output["nib_document"]["name"] == "NIB 9120000000010.pdf"
    answer = stand_in.ask(ask(REFUSED.input, "case/business/ask/2"), NOTHING)
    assert isinstance(answer, Refused)
    assert answer.code == "already_registered"
    assert answer.text.endswith("(stand-in: example 'registered before')")


@pytest.mark.parametrize("name", ALL)
def test_an_input_of_no_example_gets_what_the_contract_does_not_allow(name: str) -> None:
    contract = ALL[name]
    stand_in = StandIn(contract)
    given = dict.fromkeys(contract.input["properties"], "") | _made(contract.input)
    first, second = (
        contributed(StandIn(contract).ask(ask(given, key, contract.name), NOTHING))
        for key in ("a/b/ask/1", "c/d/ask/1")
    )
    assert first == second, "the same input, the same answer, whatever its key"
    bare = stand_in.signed_output(Contributed(key=KEY, output=first))
    assert compile_schema(described(contract.output))(bare) == []


def _made(schema: dict[str, Any]) -> dict[str, Any]:

    papers = {
        field: paper("application/pdf", field, "") for field, said in schema["properties"].items() if "document" in said
    }
    return value_for(schema, b"another") | papers


def test_a_stand_in_does_not_say_which_field_breaks_which_rule(stand_in: StandIn) -> None:
    with pytest.raises(NotTaken) as refused:
        stand_in.ask(ask({**SHOWN.input, "nik": "12"}), NOTHING)
    assert [(wrong.pointer, "^[0-9]{16}$" in wrong.detail) for wrong in refused.value.errors] == [("/input/nik", True)]


def test_a_repeat_is_another_wish(stand_in: StandIn) -> None:
    first = stand_in.ask(ask(), NOTHING)
    assert stand_in.ask(ask(), NOTHING) == first
    assert stand_in.ask(ask(), Wished(refuse="not_a_resident")) == first, "what is remembered is not decided again"
    with pytest.raises(NotTaken, match="a key is one wish"):
        stand_in.ask(ask(REFUSED.input), NOTHING)


def test_what_is_undone_is_done_again(stand_in: StandIn) -> None:
    stand_in.ask(ask(), NOTHING)
    assert stand_in.undo(undo(), NOTHING) == Undone(key=AskKey("case/business/undo/1"))
    assert stand_in.undo(undo(), NOTHING) == Undone(key=AskKey("case/business/undo/1"))
    assert stand_in.ask(ask(), NOTHING) == Undone(key=KEY)
    assert stand_in.lookup(lookup()) == Undone(key=KEY)


def test_an_undo_that_comes_first_is_forgotten(stand_in: StandIn) -> None:
    stand_in.undo(undo(), NOTHING)
    assert stand_in.ask(ask(), NOTHING) == Undone(key=KEY)


def test_a_lookup_changes_something(stand_in: StandIn) -> None:
    assert stand_in.lookup(lookup()) == NothingHeld(key=KEY)
    first = stand_in.ask(ask(), NOTHING)
    assert stand_in.lookup(lookup()) == first


def test_what_is_accepted_is_never_decided(stand_in: StandIn) -> None:
    late = Wished(late_callback_s=1, refuse="not_a_resident")
    accepted = stand_in.ask(ask(), late)
    assert isinstance(accepted, Accepted)
    assert stand_in.ask(ask(), NOTHING) == stand_in.lookup(lookup()) == accepted
    settled = stand_in.settled(KEY)
    assert isinstance(settled, Refused)
    assert stand_in.ask(ask(), NOTHING) == stand_in.settled(KEY) == settled


def test_what_was_undone_meanwhile_is_called_back(stand_in: StandIn) -> None:
    stand_in.ask(ask(), Wished(late_callback_s=1))
    stand_in.undo(undo(), NOTHING)
    assert stand_in.settled(KEY) is None
    assert stand_in.settled(AskKey("never/heard/ask/1")) is None


def test_a_wish_is_not_granted(stand_in: StandIn) -> None:
    refused = stand_in.ask(ask(key="a/b/ask/1"), Wished(refuse="not_a_resident"))
    assert isinstance(refused, Refused)
    assert refused.text.endswith("(stand-in: header refuse=not_a_resident; correct: nik)")
    returned = stand_in.ask(ask(key="a/b/ask/2"), Wished(return_=("nik",)))
    assert isinstance(returned, Returned)
    assert returned.inputs == ["nik"]
    assert contributed(stand_in.ask(ask(key="a/b/ask/3"), Wished(wrong_output=True))) == {"stand_in": "wrong"}
    again = [contributed(stand_in.ask(ask(key="a/b/ask/4"), Wished(duplicate=True)))["nib"] for _ in range(3)]
    assert len(set(again)) == 3
    assert isinstance(stand_in.undo(undo("a/b/ask/3"), Wished(refuse_undo="too_late")), UndoRefused)
    assert isinstance(stand_in.undo(undo("a/b/ask/9"), Wished(refuse_undo="too_late")), Undone), "nothing to refuse"


def test_another_contract_is_answered(stand_in: StandIn) -> None:
    only = "oss/register-business@2 only"
    with pytest.raises(NotTaken, match=only):
        stand_in.ask(ask(contract="oss/other@1"), NOTHING)
    with pytest.raises(NotTaken, match=only):
        stand_in.undo(structs.replace(undo(), contract="oss/other@1"), NOTHING)
    with pytest.raises(NotTaken, match=only):
        stand_in.lookup(structs.replace(lookup(), contract="oss/other@1"))


def test_an_input_that_cannot_be_hashed_ends_the_stand_in(stand_in: StandIn) -> None:
    with pytest.raises(NotTaken, match="canonical"):
        stand_in.ask(ask({**SHOWN.input, "more": 2**60}), NOTHING)


def test_an_output_that_cannot_be_made_ends_the_stand_in() -> None:
    output = {**OSS.output, "properties": {**OSS.output["properties"], "risk": {"type": "string", "pattern": r"\bx"}}}
    with pytest.raises(NotTaken, match="write an example"):
        StandIn(structs.replace(OSS, output=output)).ask(ask({**SHOWN.input, "name": "Other"}), NOTHING)


def test_contents_get_into_what_is_signed(stand_in: StandIn) -> None:
    answer = stand_in.ask(ask(), NOTHING)
    assert isinstance(answer, Contributed)
    assert stand_in.signed_output(answer) == without_contents(answer.output, OSS.output)
    assert "bytes" not in stand_in.signed_output(answer)["nib_document"]
    assert with_part(answer, "part~").part == "part~"
