"""The register as it stands: who is known, what is on offer, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey
from msgspec import structs

from contracts import events as ev
from contracts.agreement import Agreement, Decision, Instrument
from contracts.contract import Contract, WireConnection
from contracts.ids import CaseId
from contracts.plan import PublishedPlan
from tests.declared import contracts, plan
from tests.unit.workflows.core.office_days import PUBLISHED as OFFICE_DAYS
from workflows.loading.agreement_standing import said_of
from workflows.loading.agreements import Terms, propose, sign
from workflows.loading.hashing import agreement_digest, contract_digest, digest
from workflows.loading.plans import publish
from workflows.projections.directory import Directory, connection_kind

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
AGENCIES = ("dpmptsp", "dukcapil", "oss", "djp")
TERMS = Terms(
    instrument=Instrument(kind="PKS", number="1", date="2026-11-01"),
    data_rights_contact="ppid@example",
    valid_from=NOW - timedelta(days=1),
    valid_until=NOW + timedelta(days=365),
)


def key_of(kid: str) -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256", {"kid": kid}, private=True).as_dict(private=True))


PRIVATE = {agency: key_of(f"{agency}-1") for agency in AGENCIES}


def public(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": [{name: value for name, value in key.items() if name != "d"} for key in keys]}


def agency(name: str, **changes: Any) -> ev.AgencyRegistered:
    registered = ev.AgencyRegistered(
        at=NOW, agency=name, title=name.upper(), keys=public(PRIVATE[name]), contact=f"{name}@example"
    )
    return structs.replace(registered, **changes)


def registered(contract: Contract, at: datetime = NOW) -> ev.ContractRegistered:
    return ev.ContractRegistered(
        at=at, contract=contract, digest=contract_digest(contract), source="{}", actor="agency"
    )


def agreed(published: PublishedPlan, **changes: Any) -> Agreement:
    return propose(published, structs.replace(TERMS, **changes))


def signed(
    agreement: Agreement,
    name: str,
    decision: Decision = "accept",
    *,
    at: datetime = NOW,
    by: dict[str, Any] | None = None,
) -> ev.AgreementSigned:
    signature = sign(agreement_digest(agreement), name, decision, by or PRIVATE[name], now=at)
    return ev.AgreementSigned(at=at, signature=signature)


def proposed(agreement: Agreement) -> ev.AgreementProposed:
    return ev.AgreementProposed(at=NOW, agreement=agreement, digest=agreement_digest(agreement), actor="operator")


def published_event(published: PublishedPlan) -> ev.PlanPublished:
    return ev.PlanPublished(at=NOW, published=published, actor="operator")


def fold(events: Iterable[ev.RegisterEvent]) -> Directory:
    directory = Directory()
    for event in events:
        directory.apply(event)
    return directory


PLAN = publish(plan(), contracts())
AGREEMENT = agreed(PLAN)
BASIS: tuple[ev.RegisterEvent, ...] = (
    *(agency(name) for name in AGENCIES),
    *(registered(contract) for contract in contracts().values()),
    published_event(PLAN),
    proposed(AGREEMENT),
)
ALL_SIGNED: tuple[ev.RegisterEvent, ...] = (*BASIS, *(signed(AGREEMENT, name) for name in AGENCIES))


def offered(directory: Directory, at: datetime = NOW) -> list[str]:
    return [published.digest for published in directory.offered(at)]


# --- on offer -----------------------------------------------------------------------------------------------


def test_a_service_is_offered_once_every_agency_accepts_and_not_before() -> None:
    directory = fold(BASIS)
    for name in AGENCIES:
        assert offered(directory) == []
        assert directory.agreement_of(PLAN.digest, NOW) == ""
        directory.apply(signed(AGREEMENT, name))
    assert offered(directory) == [PLAN.digest]
    assert directory.agreement_of(PLAN.digest, NOW) == agreement_digest(AGREEMENT)


@pytest.mark.parametrize("decision", ["reject", "revoke"])
def test_one_no_takes_it_off_the_catalogue(decision: Decision) -> None:
    later = NOW + timedelta(minutes=1)
    directory = fold([*ALL_SIGNED, signed(AGREEMENT, "djp", decision, at=later)])
    assert offered(directory, later) == []
    assert directory.plan(PLAN.digest) is not None, "open cases finish on it"


def test_a_new_yes_puts_it_back() -> None:
    later = NOW + timedelta(minutes=2)
    words = [
        signed(AGREEMENT, "djp", "revoke", at=NOW + timedelta(minutes=1)),
        signed(AGREEMENT, "djp", at=later),
    ]
    assert offered(fold([*ALL_SIGNED, *words]), later) == [PLAN.digest]


@pytest.mark.parametrize("at", [TERMS.valid_from - timedelta(seconds=1), TERMS.valid_until])
def test_outside_its_validity_nothing_is_offered(at: datetime) -> None:
    assert offered(fold(ALL_SIGNED), at) == []


def test_an_offer_that_was_looked_at_begins_and_ends_with_its_validity_all_the_same() -> None:
    directory, moment = fold(ALL_SIGNED), timedelta(microseconds=1)
    seen = [
        offered(directory, at)
        for at in (TERMS.valid_from - moment, TERMS.valid_from, TERMS.valid_until - moment, TERMS.valid_until, NOW)
    ]
    assert seen == [[], [PLAN.digest], [PLAN.digest], [], [PLAN.digest]]


def test_what_is_made_of_an_offer_is_kept_until_the_register_changes_and_no_longer() -> None:
    directory = fold(ALL_SIGNED)
    first = directory.offered(NOW)
    assert directory.offered(NOW + timedelta(minutes=1)) is first
    directory.apply(signed(AGREEMENT, "djp", "revoke", at=NOW))
    assert directory.offered(NOW) == ()


def test_a_word_under_another_key_does_not_count() -> None:
    directory = fold([*BASIS, *(signed(AGREEMENT, name, by=PRIVATE["oss"]) for name in AGENCIES)])
    assert offered(directory) == []
    assert [said_of(one).agency for one in directory.words(agreement_digest(AGREEMENT))] == ["oss"]


def test_a_word_stands_when_its_key_is_replaced_later() -> None:
    directory = fold([*ALL_SIGNED, agency("oss", keys=public(key_of("oss-2")))])
    assert offered(directory) == [PLAN.digest]


def test_an_agreement_about_fewer_agencies_offers_nothing() -> None:
    partial = structs.replace(AGREEMENT, agencies=["dpmptsp"])
    assert offered(fold([*BASIS, proposed(partial), signed(partial, "dpmptsp")])) == []


def test_an_agreement_may_come_before_its_plan() -> None:
    words = [signed(AGREEMENT, name) for name in AGENCIES]
    agencies = [agency(name) for name in AGENCIES]
    other = published_event(publish(plan({"version": "9.0.0"}), contracts()))
    directory = fold([*agencies, *words, proposed(AGREEMENT), other, published_event(PLAN)])
    assert offered(directory) == [PLAN.digest]


def test_of_one_service_the_plan_that_was_published_last_is_offered() -> None:
    newer = publish(plan({"version": "1.1.0"}), contracts())
    agreement = agreed(newer)
    words = [signed(agreement, name) for name in AGENCIES]
    directory = fold([*ALL_SIGNED, published_event(newer), proposed(agreement)])
    assert offered(directory) == [PLAN.digest]
    for event in words:
        directory.apply(event)
    assert offered(directory) == [newer.digest]
    directory.apply(published_event(PLAN))
    assert offered(directory) == [PLAN.digest]


def test_the_newest_agreement_in_force_is_the_one_that_counts() -> None:
    renewed = agreed(PLAN, valid_until=TERMS.valid_until + timedelta(days=365))
    words = [signed(renewed, name) for name in AGENCIES]
    directory = fold([*ALL_SIGNED, proposed(renewed), *words])
    assert directory.agreement_of(PLAN.digest, NOW) == agreement_digest(renewed)
    assert set(directory.agreements) == {agreement_digest(AGREEMENT), agreement_digest(renewed)}


def test_where_each_agency_stands_is_shown() -> None:
    view = fold([*BASIS, signed(AGREEMENT, "oss", "reject")]).agreement(agreement_digest(AGREEMENT), NOW)
    assert view is not None
    assert (view.decisions, view.in_force) == ({"oss": "reject"}, False)
    assert view.missing == list(AGENCIES)
    assert Directory().agreement("sha256:none", NOW) is None


# --- contracts ----------------------------------------------------------------------------------------------


def moved(url: str, **promise: str) -> Contract:
    changes = {"connection.url": url, **{f"promise.{name}": value for name, value in promise.items()}}
    return contracts({"oss": changes})["oss/register-business@2"]


def test_a_new_operational_record_is_effective_at_once_and_changes_no_digest() -> None:
    directory = fold(ALL_SIGNED)
    before = directory.plan(PLAN.digest)
    directory.apply(registered(moved("https://moved.example")))
    after = directory.plan(PLAN.digest)
    assert before is not None
    assert after is not None
    assert after.digest == before.digest == PLAN.digest
    assert after.contracts["business"].connection == WireConnection(url="https://moved.example")
    assert after.contracts["identity"] == before.contracts["identity"]
    assert directory.plans[PLAN.digest] == PLAN, "what was published stays as it was"
    assert directory.plan(PLAN.digest) is after, "nothing is made twice"
    assert offered(directory) == [PLAN.digest]


def test_the_record_of_another_promise_is_not_taken() -> None:
    directory = fold([*ALL_SIGNED, registered(moved("https://moved.example", within="9 working days"))])
    known = directory.plan(PLAN.digest)
    assert known is not None
    assert known.contracts["business"].connection == WireConnection(url="https://oss.example/gapura")
    assert directory.contracts["oss/register-business@2"].promise.within == "9 working days"


def test_a_plan_whose_contracts_were_never_registered_runs_as_published() -> None:
    assert fold([published_event(PLAN)]).plan(PLAN.digest) == PLAN
    assert Directory().plan("sha256:none") is None


def test_a_contract_is_known_by_its_name() -> None:
    known = fold(BASIS).contract("oss/register-business@2")
    assert known is not None
    assert known.contract == contracts()["oss/register-business@2"]
    assert fold(BASIS).contract("oss/none@1") is None


def test_the_newest_version_is_the_one_that_plans_ask_for() -> None:
    older = contracts({"oss": {"version": "2.0.9", "connection.url": "https://older.example"}})
    newer = contracts({"oss": {"version": "2.10.0"}})
    name = "oss/register-business@2"
    directory = fold([registered(newer[name]), registered(older[name])])
    assert directory.contracts[name].version == "2.10.0"
    known = directory.contract_version("oss", "register-business", "2.0.9")
    assert known is not None
    assert known.contract == older[name]


def test_agencies_are_listed_with_what_they_promise_and_who_uses_it() -> None:
    lines = fold(ALL_SIGNED).agency_lines()
    assert [line.agency for line in lines] == sorted(AGENCIES)
    (line,) = next(line for line in lines if line.agency == "oss").contracts
    assert (line.name, line.version, line.used_by) == ("oss/register-business@2", "2.1.0", ["mulai-usaha"])
    assert (line.effect, line.connection, line.digest) == ("reversible", "wire", PLAN.contract_digests["business"])


def test_the_kind_of_connection_is_a_word() -> None:
    assert {connection_kind(one) for one in contracts().values()} == {"wire", "desk"}


# --- agencies, tokens, statuses -----------------------------------------------------------------------------


def test_a_key_is_found_by_its_id_until_it_is_replaced() -> None:
    directory = fold([agency("oss"), agency("djp")])
    assert directory.agency_key("oss/oss-1") == public(PRIVATE["oss"])["keys"][0]
    assert directory.agency_key("djp/oss-1") is None
    directory.apply(agency("oss", keys=public(key_of("oss-2")), title="OSS RBA"))
    assert directory.agency_key("oss/oss-1") is None
    assert directory.agency_key("oss/oss-2") is not None
    assert directory.agency_key("djp/djp-1") is not None
    assert directory.agency_titles() == {"oss": "OSS RBA", "djp": "DJP"}
    assert set(directory.keys) == set(directory.agencies) == {"oss", "djp"}
    assert [key["kid"] for key in directory.keys_ever("oss")] == ["oss-1", "oss-2"]
    assert directory.keys_ever("pln") == []


def test_a_token_is_known_until_it_is_revoked() -> None:
    issued = ev.TokenIssued(
        at=NOW, digest="sha256:t", role="officer", agency="djp", person="Ani", expires_at=NOW + timedelta(days=1)
    )
    directory = fold([issued])
    assert directory.tokens["sha256:t"].person == "Ani"
    directory.apply(ev.TokenRevoked(at=NOW, digest="sha256:t"))
    directory.apply(ev.TokenRevoked(at=NOW, digest="sha256:t"))
    assert directory.tokens == {}


def test_a_status_once_set_stays() -> None:
    directory = fold([ev.StatusSet(at=NOW, status_index=7, case=CaseId("c1"))])
    assert 7 in directory.revoked_statuses
    assert 8 not in directory.revoked_statuses


def test_a_calendar_counts_as_it_was_registered_last_and_keeps_its_versions() -> None:
    directory = Directory()
    later = structs.replace(OFFICE_DAYS, free={})
    for published in (OFFICE_DAYS, later):
        directory.apply(ev.CalendarRegistered(at=NOW, published=published, digest=digest(published), actor="op"))
    assert [event.published for event in directory.calendars["office"]] == [OFFICE_DAYS, later]


def test_plans_are_given_anew_when_a_calendar_changes() -> None:
    directory = Directory()
    directory.apply(published_event(PLAN))
    before = directory.plan(PLAN.digest)
    assert directory.plan(PLAN.digest) is before
    directory.apply(ev.CalendarRegistered(at=NOW, published=OFFICE_DAYS, digest=digest(OFFICE_DAYS), actor="op"))
    assert directory.plan(PLAN.digest) is not before


def test_absences_are_kept_and_open_cases_count_without_them_at_once() -> None:
    directory = fold([published_event(PLAN)])
    before = directory.plan(PLAN.digest)
    away = ev.GatewayWasAway(at=NOW, since=NOW, until=NOW)
    directory.rehearse([away])
    rehearsed = len(directory.absences)
    directory.apply(away)
    assert (rehearsed, directory.absences) == (0, (away,))
    assert directory.plan(PLAN.digest) is not before


def test_maintenance_is_known_from_when_it_was_registered_and_the_same_again_is_no_change() -> None:
    contract = contracts()["oss/register-business@2"]
    night = structs.replace(contract, limits=structs.replace(contract.limits, maintenance=["daily 01:00-02:00 Asia/X"]))
    events = [
        registered(contract),
        registered(night, NOW + timedelta(days=1)),
        registered(night, NOW + timedelta(days=2)),
        registered(contract, NOW + timedelta(days=2)),
    ]
    directory = fold(events)
    digest_of = events[0].digest
    assert directory.maintenance(digest_of) == (
        (NOW + timedelta(days=1), ("daily 01:00-02:00 Asia/X",)),
        (NOW + timedelta(days=2), ()),
    )
    assert directory.maintenance("sha256:unknown") == ()
