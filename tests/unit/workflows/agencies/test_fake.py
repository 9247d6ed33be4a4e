"""The fake behaves as its script says, line by line, and counts what it really did."""

from __future__ import annotations

import msgspec

from contracts.contract import Example
from contracts.wire import Accepted, Contributed, Refused, Unheard, Unreadable
from tests.conformance.agencies import PromptClock, make_ask, make_contract, make_undo
from workflows.agencies.fake import Behaviour, FakeAgency, answer_by_examples

ASK = make_ask()
EXAMPLES = [
    Example(title="known", input={"name": "Budi"}, output={"number": "N-2"}),
    Example(title="unknown", input={"name": "Sari"}, refusal="unknown"),
]
CONTRACT = msgspec.structs.replace(make_contract("http://127.0.0.1:1"), examples=EXAMPLES)


async def test_a_script_is_followed_line_by_line_and_then_the_agency_behaves() -> None:
    script: list[Behaviour] = ["unreachable", "deaf", "busy", "rejects", "mute", "garbles"]
    fake = FakeAgency(PromptClock(), script={CONTRACT.name: script})
    heard = [(await fake.ask(ASK, CONTRACT, traceparent="")).heard for _ in range(7)]
    assert [type(one) for one in heard] == [Unheard] * 5 + [Unreadable, Refused]
    assert [one.sent for one in heard if isinstance(one, Unheard)] == [False, True, True, True, True]
    assert fake.effects[ASK.key] == 1
    assert fake.calls == [("ask", ASK.key)] * 7


async def test_what_was_put_off_is_answered_later() -> None:
    fake = FakeAgency(PromptClock(), script={CONTRACT.name: ["later"]})
    assert isinstance((await fake.ask(ASK, CONTRACT, traceparent="")).heard, Accepted)
    later = await fake.decide_later(ASK.key, CONTRACT)
    assert isinstance(later.heard, Refused)
    assert (await fake.ask(ASK, CONTRACT, traceparent="")).heard == later.heard


async def test_the_register_shows_what_stands() -> None:
    fake = FakeAgency(PromptClock())
    ask = make_ask(name="Budi")
    await fake.ask(ask, CONTRACT, traceparent="")
    assert fake.standing() == {ask.key: {"number": "N-2"}}
    await fake.undo(make_undo(ask), CONTRACT, traceparent="")
    assert fake.standing() == {}


async def test_an_undo_that_is_not_heard_takes_nothing_back() -> None:
    fake = FakeAgency(PromptClock(), script={CONTRACT.name: ["answers", "deaf"]})
    ask = make_ask(name="Budi")
    await fake.ask(ask, CONTRACT, traceparent="")
    assert isinstance((await fake.undo(make_undo(ask), CONTRACT, traceparent="")).heard, Unheard)
    assert fake.standing()


def test_examples_answer_their_own_inputs_and_the_first_good_one_all_others() -> None:
    assert answer_by_examples(ASK, CONTRACT) == Refused(key=ASK.key, code="unknown")
    other = make_ask(name="Other")
    assert answer_by_examples(other, CONTRACT) == Contributed(key=other.key, output={"number": "N-2"})
    assert answer_by_examples(other, make_contract()) == Contributed(key=other.key, output={})
