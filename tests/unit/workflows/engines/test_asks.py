"""From effects to what travels."""

# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false
# They look inside the engine: what it remembers and has under way.
from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import effects as ef
from contracts.ids import StepName
from tests.conformance.journals import opening_of
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import START, Playbook, accepts, contributes, opens, passes
from workflows.core.pending import pending
from workflows.engines import asks
from workflows.journal.memory import MemoryJournal
from workflows.ports import JournalDamaged

A = StepName("a")


def owed(play: Playbook) -> ef.CaseEffect:
    (effect,) = pending(play.state)
    return effect


def asked(**more: object) -> Playbook:
    return Playbook(plan(a=part("form.x", lookup=True, **more))) >> opens() << ...  # type: ignore[arg-type]


def test_an_ask_carries_exactly_the_recorded_input_under_the_recorded_key() -> None:
    play = asked()
    effect = owed(play)
    assert isinstance(effect, ef.SendAsk)
    step = play.state.step(A)
    ask = asks.make_ask(effect, step, b"0123456789abcdef", "http://127.0.0.1/callbacks", START)
    assert (ask.key, ask.input, ask.attempt) == ("play/a/ask/1", {"x": "x0"}, 1)
    assert (ask.contract, ask.contract_digest) == ("a/do@1", play.state.plan.published.contract_digests["a"])
    assert (ask.purpose, ask.legal_basis) == ("testing", "UU 1/2026")
    assert ask.salt == "MDEyMzQ1Njc4OWFiY2RlZg"
    assert ask.callback == "http://127.0.0.1/callbacks"


async def test_an_agency_that_reads_a_document_gets_it_whole_beside_its_description() -> None:
    journal = MemoryJournal()
    await journal.append(opening_of("play"))
    digest = await journal.keep_document("play", b"%PDF-whole")
    description = {"type": "application/pdf", "name": "letter", "size": 10, "digest": digest}
    effect = owed(asked())
    assert isinstance(effect, ef.SendAsk)
    effect = structs.replace(effect, input={"x": "x0", "letter": description})
    reads = structs.replace(asked().state.step(A).contract, input={"properties": {"letter": {"document": "x"}}})

    whole = await asks.with_documents(effect, reads, journal)

    assert whole.input == {"x": "x0", "letter": {**description, "bytes": b64encode(b"%PDF-whole").decode()}}
    assert await asks.with_documents(effect, asked().state.step(A).contract, journal) is effect
    lost = structs.replace(effect, input={"letter": {**description, "digest": "sha256:lost"}})
    with pytest.raises(JournalDamaged, match="lacks the document letter of play/a/ask/1"):
        await asks.with_documents(lost, reads, journal)


def test_an_undo_names_the_key_that_it_undoes_and_why() -> None:
    play = asked() >> contributes("a") << ... >> cm.Withdraw() << ...
    effect = owed(play)
    assert isinstance(effect, ef.SendUndo)
    undo = asks.make_undo(effect, play.state.step(A), "http://127.0.0.1/callbacks", START)
    assert (undo.key, undo.undoes, undo.reason, undo.attempt) == ("play/a/undo/1", "play/a/ask/1", "withdrawn", 1)


def test_a_lookup_asks_by_the_key_of_the_ask() -> None:
    play = asked() >> accepts("a") << ... >> passes("10 min") << ...
    effect = owed(play)
    assert isinstance(effect, ef.SendLookup)
    lookup = asks.make_lookup(effect, play.state.step(A), START)
    assert (lookup.key, lookup.contract) == ("play/a/ask/1", "a/do@1")


@pytest.mark.parametrize("desk", [False, True])
def test_an_attempt_has_a_deadline(desk: bool) -> None:  # noqa: FBT001 - a parameter of the test
    step = asked(desk=desk).state.step(A)
    assert asks.deadline(step, START) == START + timedelta(seconds=10)
