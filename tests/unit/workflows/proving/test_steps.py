"""The conversation of a verification: what it has for which contract, and what one row needs of it."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from contracts.contract import Contract, Example
from workflows.loading.contracts import load_contract
from workflows.proving.steps import conversation, first_contribution, input_of, key_of, needed

OSS = load_contract(Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts" / "oss-register-business.yaml")
CHECK = structs.replace(OSS, effect="none", lookup=False)
FINAL = structs.replace(OSS, effect="final")


def names(contract: Contract) -> list[str]:
    return [step.name for step in conversation(contract)]


def test_what_is_never_taken_back_is_undone() -> None:
    assert {"undo", "undo first", "late ask", "ask after undo", "lookup after undo"} <= set(names(OSS))
    assert [name for name in names(CHECK) + names(FINAL) if "undo" in name or name == "late ask"] == []


def test_a_contract_without_lookup_is_looked_up() -> None:
    assert [name for name in names(CHECK) if "lookup" in name] == []
    assert [name for name in names(FINAL) if "lookup" in name] == ["lookup of nothing", "lookup"]


def test_a_forged_wish_could_do_what_is_final() -> None:
    asked = {step.wish for step in conversation(FINAL) if step.bend}
    assert asked == {"example-1"}, "a key under which all was done before"
    assert len({step.wish for step in conversation(OSS) if step.bend}) > 10, "each shows by itself that it was taken"


def test_the_conversation_is_about_an_example_that_refuses() -> None:
    turned = structs.replace(OSS, examples=OSS.examples[::-1])
    assert first_contribution(turned) == 1
    assert {step.wish for step in conversation(turned) if step.name in {"repeat", "undo"}} == {"example-2"}
    refusing = structs.replace(OSS, examples=OSS.examples[1:])
    assert first_contribution(refusing) == 0
    assert "another input" not in names(refusing), "there is no other"


def test_a_step_comes_before_what_it_needs() -> None:
    seen: set[str] = set()
    for step in conversation(OSS):
        assert set(step.after) <= seen
        seen.add(step.name)


def test_a_row_alone_is_sent_without_what_it_needs() -> None:
    assert [step.name for step in needed(conversation(OSS), ["replayed"])] == ["example 1", "repeat", "replayed"]
    assert needed(conversation(OSS), ["nothing such"]) == ()


def test_keys_are_no_ask_keys() -> None:
    steps = {step.name: step for step in conversation(OSS)}
    assert key_of("verify-1", steps["repeat"]) == key_of("verify-1", steps["lookup"]) == "verify-1/example-1/ask/1"
    assert key_of("verify-1", steps["another undo"]) == "verify-1/example-1/undo/2"
    assert key_of("verify-1", steps["another undo"], "ask") == "verify-1/example-1/ask/1"


def test_a_document_that_nobody_has_is_sent() -> None:
    described = {"type": "image/png", "name": "photo.png", "size": 1, "digest": "sha256:" + "0" * 64}
    photo = Example(title="photo", input={"photo": described, "name": "Ani"}, output={})
    contract = structs.replace(OSS, examples=[photo])
    sent = input_of(contract, conversation(contract)[0])
    assert sent["name"] == "Ani"
    assert sent["photo"]["name"] == "photo.png"
    assert sent["photo"]["bytes"]
    assert sent["photo"]["digest"] != described["digest"], "its own content's"
