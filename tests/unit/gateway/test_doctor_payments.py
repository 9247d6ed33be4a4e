"""What the doctor says of payments: each word is one that sends an operator to the right place, or the wrong one."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import structs

from contracts.declared import Derived
from contracts.ids import AskKey
from contracts.plan import ApplicantTask, PublishedPlan, Step
from contracts.units import Text
from contracts.wire import NothingHeld, Unheard, Unreadable
from gateway import doctor
from gateway.doctor_payments import answer_told, provider_told, services_told
from gateway.secrets import KeptSecrets
from gateway.settings import Settings
from tests.gateways import CONTRACTS, plan_of
from workflows.agencies.payments_http import Probe
from workflows.loading.plans import publish

KEY = AskKey("nobody/nothing/ask/1")
URL = "https://payments.example"
NAME = "PAYMENTS__SECRET"
LONG = "s" * 32
FREE = publish(plan_of("quick"), {entry.name: entry for entry in CONTRACTS.values()})
TASK = ApplicantTask(page="pay", within="7 days", amount=Derived(const=1), payee=Text("K", "T"))


def paid(service: str) -> PublishedPlan:
    steps = {**FREE.plan.steps, "fee": Step(title=Text("F", "F"), applicant=TASK)}
    return structs.replace(FREE, digest=service, plan=structs.replace(FREE.plan, service=service, steps=steps))


def by_digest(*plans: PublishedPlan) -> Mapping[str, PublishedPlan]:
    return {published.digest: published for published in plans}


def test_an_operator_is_not_told_which_services_nobody_can_apply_for() -> None:
    one, two = paid("one"), paid("two")
    plans = by_digest(FREE, one, two)
    word, said = services_told(Settings(), plans, [FREE, one])
    assert word == "bad"
    assert "payments_url is not set" in said
    assert "agreed: one; not agreed at the moment: two" in said
    assert "docs/how-to/payments.md" in said
    assert services_told(Settings(), plans, [FREE])[0] == "warn"


def test_a_gateway_in_which_nothing_is_paid_is_called_unwell() -> None:
    assert services_told(Settings(), by_digest(FREE), [FREE]) == ("good", "not set up, and no service needs them")
    assert list(provider_told(Settings(), KeptSecrets({}, None))) == []


def test_with_a_provider_the_services_that_use_it_are_not_named() -> None:
    settings = Settings(payments_url=URL)
    assert services_told(settings, by_digest(paid("one")), [])[1].endswith("not agreed at the moment: one")
    assert services_told(settings, {}, [])[1].endswith("none so far")


def test_a_secret_that_is_not_there_is_called_with_all_the_same() -> None:
    ((word, said),) = provider_told(Settings(payments_url=URL), KeptSecrets({}, None))
    assert word == "bad"
    assert f"set GAPURA_SECRET_{NAME}, or put a file {NAME}" in said


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_provider_that_is_away_or_not_allowed_is_called_wrongly_set_up() -> None:
    settings = Settings(payments_url=f"http://127.0.0.1:{closed_port()}")
    short = KeptSecrets({f"GAPURA_SECRET_{NAME}": "short"}, None)
    told = list(provider_told(settings, short))
    assert [word for word, _ in told] == ["warn", "warn", "good"]
    assert "can be guessed" in told[0][1]
    assert "short" not in "".join(said for _, said in told)
    assert "127.0.0.1 is not allowed" in told[1][1]
    assert told[2][1].endswith("/v1/payments/notices")


@pytest.mark.parametrize(
    ("what", "word", "said"),
    [
        (NothingHeld(key=KEY), "good", "takes our signature"),
        (Unheard(key=KEY, reason="401: the agency does not take this request", final=True), "bad", "the same S"),
        (Unheard(key=KEY, reason="no connection", sent=False), "warn", "bills wait"),
        (Unheard(key=KEY, reason="404: the agency does not take", final=True), "bad", "look at payments_url"),
        (Unreadable(key=KEY, mistakes=["JSON is malformed"]), "bad", "no provider of payments"),
    ],
    ids=["right", "another secret", "away", "another path", "a web page"],
)
def test_a_wrong_secret_a_wrong_address_and_an_absence_read_the_same(what: object, word: str, said: str) -> None:
    ((told, detail),) = answer_told(URL, "S", Probe(what=what))  # type: ignore[arg-type]  # one of its kinds
    assert told == word
    assert said in detail


@pytest.mark.parametrize(
    ("apart_s", "word", "said"),
    [
        (31.0, "warn", "31 s ahead of"),
        (-299.0, "warn", "299 s behind"),
        (301.0, "bad", "ahead"),
        (-3600.0, "bad", "behind"),
    ],
)
def test_clocks_apart_pass_until_no_signature_holds(apart_s: float, word: str, said: str) -> None:
    _, (told, detail) = answer_told(URL, "S", Probe(what=NothingHeld(key=KEY), apart_s=apart_s))
    assert told == word
    assert said in detail
    assert (
        len(list(answer_told(URL, "S", Probe(what=NothingHeld(key=KEY), apart_s=apart_s / 11)))) == 1 or word == "bad"
    )


def test_the_doctor_looks_at_everything_but_payments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"GAPURA_SECRET_{NAME}", raising=False)
    findings = doctor.examine({"GAPURA_DATA": str(tmp_path / "data"), "GAPURA_PORT": "0", "GAPURA_PAYMENTS_URL": URL})
    (found,) = [finding for finding in findings if finding.about == "payments"]
    assert found.word == "bad"
