"""What a stand-in may be wished to do, as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.loading.contracts import load_contract
from workflows.proving.wishes import WISHES, Wished, WishesUnknown, possible, read_wishes

OSS = load_contract(Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts" / "oss-register-business.yaml")


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("", Wished()),
        ("refuse=not_a_resident", Wished(refuse="not_a_resident")),
        ("return=nik+name", Wished(return_=("nik", "name"))),
        ("refuse-undo", Wished(refuse_undo="too_late")),
        ("refuse-undo=used_up", Wished(refuse_undo="used_up")),
        ("Silence", Wished(silence=True)),
        ("status=503", Wished(status=503)),
        ("slow=3 s", Wished(slow_s=3)),
        ("slow=500ms", Wished(slow_s=0.5)),
        ("duplicate", Wished(duplicate=True)),
        ("late-callback=5 s", Wished(late_callback_s=5)),
        ("bad-signature", Wished(bad_signature=True)),
        ("wrong-output", Wished(wrong_output=True)),
        (" slow = 1 min ; silence,duplicate ", Wished(slow_s=60, silence=True, duplicate=True)),
    ],
)
def test_a_wish_is_read_as_another(text: str, wished: Wished) -> None:
    assert read_wishes(text, OSS) == wished


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "refuse=nobody",
            "refuse=nobody is none of the contract's refusals (already_registered, not_a_resident, activity_not_open)",
        ),
        ("return=age", "return=age names no inputs of the contract (nik, name, business_name, kbli, kkpr, address)"),
        ("return", "return names no inputs of the contract (nik, name, business_name, kbli, kkpr, address)"),
        ("refuse-undo=No!", "refuse-undo=No! is no code: lower-case letters, digits and underscores"),
        ("silence=yes", "silence=yes takes no value"),
        ("status=200", "status=200 is no status from 400 to 599"),
        ("status=many", "status=many is no status from 400 to 599"),
        ("slow=3 parsecs", "slow=3 parsecs is no duration such as 3 s or 500 ms"),
        ("slow=3 days", "slow=3 days is longer than 10 min"),
        ("explode", "explode is nothing that can be wished for"),
        ("silence,", "(nothing) is nothing that can be wished for"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_taken(text: str, wrong: str) -> None:
    with pytest.raises(WishesUnknown) as refused:
        read_wishes(text, OSS)
    assert refused.value.wrong == [wrong]
    assert len(refused.value.possible) == len(WISHES)


def test_only_the_first_mistake_is_told() -> None:
    with pytest.raises(WishesUnknown) as refused:
        read_wishes("explode, status=1, silence", OSS)
    assert len(refused.value.wrong) == 2


def test_wishes_of_the_operator_and_of_who_asks_replace_each_other() -> None:
    always = Wished(slow_s=3, refuse="not_a_resident")
    assert always.and_also(Wished(refuse="activity_not_open")) == Wished(slow_s=3, refuse="activity_not_open")
    assert always.and_also(Wished()) == always


def test_the_list_does_not_name_the_contracts_own_refusals() -> None:
    assert possible(OSS)[0].endswith("(already_registered, not_a_resident, activity_not_open)")
