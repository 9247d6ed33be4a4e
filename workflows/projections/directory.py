"""The register as it stands: agencies and their keys, contracts, plans, agreements, tokens, statuses. A pure fold.

A signature is verified once, when its event is applied, with the keys that its agency had then. Plans are given with
the operational record (address, attempts, limits) that was registered last for the same promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct, structs

from contracts import events as ev
from contracts.agreement import Agreement
from contracts.agreement_views import AgreementView
from contracts.contract import OPERATIONAL, Contract
from contracts.ids import CaseId, Instant
from contracts.plan import PublishedPlan
from contracts.views import AgencyLine, ContractLine
from workflows.core.service_terms import service_name
from workflows.loading.agreement_standing import Recorded, Word
from workflows.loading.agreements import is_valid
from workflows.projections.agreed import Agreed
from workflows.projections.hooks import HOOK_EVENTS, Hook, after_hook
from workflows.projections.runs import BulkRun, Erasure, RevokedToken, RunEvent, after

JwkSet: TypeAlias = Mapping[str, Any]
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class _Offer(Struct, frozen=True):
    """What is on offer, and from when to when, unless the register changes."""

    plans: tuple[PublishedPlan, ...]
    since: Instant
    until: Instant


class Directory:
    """Apply register events in their order with `apply`; everything else only reads."""

    def __init__(self) -> None:
        """Start with an empty register."""
        self._agencies: dict[str, ev.AgencyRegistered] = {}
        self._keys: dict[str, JwkSet] = {}
        self._by_key_id: dict[str, Mapping[str, Any]] = {}
        self._ever: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._contracts: dict[str, ev.ContractRegistered] = {}
        self._versions: dict[tuple[str, str, str], ev.ContractRegistered] = {}
        self._records: dict[str, Contract] = {}
        self._calendars: dict[str, list[ev.CalendarRegistered]] = {}
        self._absences: dict[Instant, ev.GatewayWasAway] = {}
        self._maintenance: dict[str, list[tuple[Instant, tuple[str, ...]]]] = {}
        self._plans: dict[str, PublishedPlan] = {}
        self._current: dict[str, PublishedPlan] = {}
        self._tokens: dict[str, ev.TokenIssued] = {}
        self._revoked: dict[str, RevokedToken] = {}
        self._statuses: dict[int, ev.StatusSet] = {}
        self.erasures: dict[CaseId, Erasure] = {}
        self._bulk: dict[str, BulkRun] = {}
        self._agreed = Agreed()
        self.hooks: dict[str, Hook] = {}
        self._offer: _Offer | None = None
        self._takes: Mapping[type[ev.RegisterEvent], Callable[[Any], None]] = {
            ev.AgencyRegistered: self._agency_registered,
            ev.ContractRegistered: self._contract_registered,
            ev.CalendarRegistered: self._calendar_registered,
            ev.GatewayWasAway: self._gateway_was_away,
            ev.PlanPublished: self._plan_published,
            ev.AgreementProposed: self._agreement_proposed,
            ev.AgreementSigned: self._agreement_signed,
            ev.AgreementPaperRecorded: self._paper_recorded,
            ev.AgreementPaperStruck: self._paper_struck,
            ev.TokenIssued: self._token_issued,
            ev.TokenRevoked: self._token_revoked,
            ev.StatusSet: self._status_set,
            ev.ErasureDecided: self._erasure_decided,
            ev.CasesErased: self._cases_erased,
            ev.BulkStarted: self._bulk_started,
            ev.BulkApproved: self._bulk_went_on,
            ev.BulkStopped: self._bulk_went_on,
            ev.BulkReviewed: self._bulk_went_on,
            ev.BulkDone: self._bulk_went_on,
        }

    def apply(self, event: ev.RegisterEvent) -> None:
        """Take the next event of the register."""
        self._offer = None
        if isinstance(event, HOOK_EVENTS):
            self.hooks = after_hook(self.hooks, event)
        else:
            self._takes[type(event)](event)

    def rehearse(self, events: Iterable[ev.RegisterEvent]) -> None:
        """Raise what applying these events would raise, and change nothing."""
        stage = Directory()
        for name, kept in vars(self).items():
            if name not in {"_takes", "_offer"}:
                setattr(stage, name, kept.copied() if isinstance(kept, Agreed) else _copied(kept))
        for event in events:
            stage.apply(event)

    # --- agencies -----------------------------------------------------------------------------------------------

    @property
    def agencies(self) -> Mapping[str, ev.AgencyRegistered]:
        """Every agency as it was registered last, by name."""
        return self._agencies

    @property
    def keys(self) -> Mapping[str, JwkSet]:
        """Every agency's JWK Set, by name."""
        return self._keys

    def keys_ever(self, agency: str) -> list[Mapping[str, Any]]:
        """Give every key that an agency ever registered, replaced ones included: what they signed then still holds."""
        return list(self._ever.get(agency, {}).values())

    def agency_titles(self) -> Mapping[str, str]:
        """Give every agency's name for people."""
        return {name: agency.title for name, agency in self._agencies.items()}

    def agency_key(self, key_id: str) -> Mapping[str, Any] | None:
        """Give the public JWK of a key id (`agency/kid`); None when it is not, or no longer, registered."""
        return self._by_key_id.get(key_id)

    def agency_lines(self) -> list[AgencyLine]:
        """Give the agencies with their contracts and the services that use them, by name."""
        return [
            AgencyLine(agency=name, title=agency.title, contact=agency.contact, contracts=self._contract_lines(name))
            for name, agency in sorted(self._agencies.items())
        ]

    # --- contracts and plans --------------------------------------------------------------------------------------

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts as registered last, by the name that plans ask for (`oss/register-business@2`)."""
        return {name: registered.contract for name, registered in self._contracts.items()}

    def contract(self, name: str) -> ev.ContractRegistered | None:
        """Give a contract with its digest and source, as registered last."""
        return self._contracts.get(name)

    def contract_version(self, agency: str, contract: str, version: str) -> ev.ContractRegistered | None:
        """Give one version of a contract, as registered last."""
        return self._versions.get((agency, contract, version))

    @property
    def calendars(self) -> Mapping[str, list[ev.CalendarRegistered]]:
        """Every calendar by name: all its versions, the one that counts last."""
        return self._calendars

    @property
    def absences(self) -> tuple[ev.GatewayWasAway, ...]:
        """When the gateway heard nobody, oldest first."""
        return tuple(self._absences.values())

    def maintenance(self, contract_digest: str) -> tuple[tuple[Instant, tuple[str, ...]], ...]:
        """Give the maintenance windows of a promise: all that ever were registered, each from when on."""
        return tuple(self._maintenance.get(contract_digest, ()))

    @property
    def plans(self) -> Mapping[str, PublishedPlan]:
        """Every plan ever published, by digest, as it was published."""
        return self._plans

    def plan(self, digest: str) -> PublishedPlan | None:
        """Give a plan with today's operational records."""
        published = self._plans.get(digest)
        if published is None:
            return None
        if digest not in self._current:
            self._current[digest] = self._with_records(published)
        return self._current[digest]

    def services(self) -> Mapping[str, PublishedPlan]:
        """Give the plans that others may have as a step, by `service@major`: of each the one published last."""
        return {service_name(published.plan): published for published in self._plans.values()}

    def not_offered(self, published: PublishedPlan, now: Instant) -> list[str]:
        """Give the services that a plan has as steps, theirs included, and that are not agreed now as it has them."""
        missing: list[str] = []
        for name, inner in published.services.items():
            child = self._plans.get(inner.digest)
            if child is None or not self.agreement_of(inner.digest, now):
                missing.append(str(published.plan.steps[name].service))
            elif deeper := self.not_offered(child, now):
                missing += deeper
        return missing

    def _with_records(self, published: PublishedPlan) -> PublishedPlan:
        contracts = {
            step: _with_record(contract, self._records.get(published.contract_digests[step]))
            for step, contract in published.contracts.items()
        }
        return structs.replace(published, contracts=contracts)

    def _contract_lines(self, agency: str) -> list[ContractLine]:
        return [
            ContractLine(
                name=name,
                version=registered.contract.version,
                digest=registered.digest,
                title=registered.contract.title,
                effect=registered.contract.effect,
                connection=connection_kind(registered.contract),
                purpose=registered.contract.purpose,
                registered_at=registered.at,
                used_by=self._services_using(registered.digest),
            )
            for name, registered in sorted(self._contracts.items())
            if registered.contract.agency == agency
        ]

    def _services_using(self, contract_digest: str) -> list[str]:
        return sorted(
            {
                published.plan.service
                for published in self._plans.values()
                if contract_digest in published.contract_digests.values()
            }
        )

    # --- agreements -----------------------------------------------------------------------------------------------

    @property
    def agreements(self) -> Mapping[str, Agreement]:
        """Every agreement, by digest."""
        return self._agreed.agreements

    def was_agreed(self, digest: str) -> bool:
        """Whether every agency accepted this agreement once, whatever came after."""
        return self._agreed.once(digest)

    def words(self, digest: str) -> list[Word]:
        """Give the valid words on an agreement, signed and on paper, in the order in which they were recorded."""
        return self._agreed.words(digest)

    def agreement(self, digest: str, now: Instant) -> AgreementView | None:
        """Say where each agency stands on an agreement."""
        return self._agreed.view(digest, now)

    def agreement_of(self, plan_digest: str, now: Instant) -> str:
        """Give the digest of the agreement under which a plan is offered now, the newest of them; else nothing."""
        for digest, known in reversed(self._agreed.of_plan(plan_digest).items()):
            if known.valid_from <= now < known.valid_until:
                return digest
        return ""

    def offered(self, now: Instant) -> tuple[PublishedPlan, ...]:
        """Give the plans on offer, by service: of each service the one that was published last and is agreed.

        As long as the same is on offer, it is the same tuple: what is made of it can be kept.
        """
        offer = self._offer
        if offer is None or not offer.since <= now < offer.until:
            offer = self._offer = self._offer_at(now)
        return offer.plans

    def _offer_at(self, now: Instant) -> _Offer:
        newest: dict[str, PublishedPlan] = {}
        for digest, published in self._plans.items():
            if self.agreement_of(digest, now) and not self.not_offered(published, now):
                newest[published.plan.service] = self.plan(digest) or published
        turns = self._agreed.turns()
        return _Offer(
            plans=tuple(newest[service] for service in sorted(newest)),
            since=max((moment for moment in turns if moment <= now), default=now),
            until=min((moment for moment in turns if moment > now), default=_FOREVER),
        )

    # --- tokens and statuses --------------------------------------------------------------------------------------

    @property
    def tokens(self) -> Mapping[str, ev.TokenIssued]:
        """The tokens that were not revoked, by digest; whether one is past its time is the caller's to see."""
        return self._tokens

    @property
    def revoked_tokens(self) -> Mapping[str, RevokedToken]:
        """The tokens that were revoked, by digest, each with who did it and why."""
        return self._revoked

    @property
    def revoked_statuses(self) -> Mapping[int, ev.StatusSet]:
        """The places in the status list that say revoked, each with its case."""
        return self._statuses

    # --- events ---------------------------------------------------------------------------------------------------

    def _agency_registered(self, event: ev.AgencyRegistered) -> None:
        self._agencies[event.agency] = event
        self._keys[event.agency] = event.keys
        prefix = f"{event.agency}/"
        self._by_key_id = {kid: key for kid, key in self._by_key_id.items() if not kid.startswith(prefix)}
        for key in event.keys.get("keys", ()):
            kid = str(key.get("kid", ""))
            self._by_key_id[f"{prefix}{kid}"] = key
            self._ever.setdefault(event.agency, {})[kid] = key

    def _contract_registered(self, event: ev.ContractRegistered) -> None:
        contract = event.contract
        self._versions[contract.agency, contract.contract, contract.version] = event
        newest = self._contracts.get(contract.name)
        # The operational record of an older promise may still change: open cases go by it.
        if newest is None or _numbers(contract.version) >= _numbers(newest.contract.version):
            self._contracts[contract.name] = event
        self._records[event.digest] = event.contract
        windows, known = tuple(contract.limits.maintenance), self._maintenance.setdefault(event.digest, [])
        if windows != (known[-1][1] if known else ()):
            known.append((event.at, windows))
        self._current.clear()

    def _calendar_registered(self, event: ev.CalendarRegistered) -> None:
        self._calendars.setdefault(event.published.calendar.calendar, []).append(event)
        self._current.clear()

    def _gateway_was_away(self, event: ev.GatewayWasAway) -> None:
        self._absences[event.at] = event
        self._current.clear()

    def _plan_published(self, event: ev.PlanPublished) -> None:
        # Published again: the newest of its service once more.
        self._plans.pop(event.published.digest, None)
        self._plans[event.published.digest] = event.published
        self._current.clear()
        for digest, known in self.agreements.items():
            if known.plan_digest == event.published.digest:
                self._agreed.weigh(digest, self._plans, event.at)

    def _agreement_proposed(self, event: ev.AgreementProposed) -> None:
        self._agreed.propose(event.digest, event.agreement, event.at)
        self._agreed.weigh(event.digest, self._plans, event.at)

    def _agreement_signed(self, event: ev.AgreementSigned) -> None:
        signature = event.signature
        if is_valid(signature, self._keys, now=event.at):
            self._agreed.say(signature.agreement, signature)
            self._agreed.weigh(signature.agreement, self._plans, event.at)

    def _paper_recorded(self, event: ev.AgreementPaperRecorded) -> None:
        self._agreed.say(event.word.agreement, Recorded(event.word, event.jws, event.run))
        self._agreed.weigh(event.word.agreement, self._plans, event.at)

    def _paper_struck(self, event: ev.AgreementPaperStruck) -> None:
        self._agreed.strike(event.agreement, event.run)
        self._agreed.weigh(event.agreement, self._plans, event.at)

    def _token_issued(self, event: ev.TokenIssued) -> None:
        self._tokens[event.digest] = event

    def _token_revoked(self, event: ev.TokenRevoked) -> None:
        issued = self._tokens.pop(event.digest, None)
        if issued is not None:
            self._revoked[event.digest] = RevokedToken(issued, event)

    def _status_set(self, event: ev.StatusSet) -> None:
        self._statuses.setdefault(event.status_index, event)

    def _erasure_decided(self, event: ev.ErasureDecided) -> None:
        self.erasures |= dict.fromkeys(event.cases, Erasure(event))

    def _cases_erased(self, event: ev.CasesErased) -> None:
        decided = self.erasures[event.case].decided
        self.erasures |= dict.fromkeys(decided.cases, Erasure(decided, done=True))

    @property
    def bulk_runs(self) -> Mapping[str, BulkRun]:
        """The runs of acts on many cases, by their id, oldest first."""
        return self._bulk

    def _bulk_started(self, event: ev.BulkStarted) -> None:
        self._bulk[event.run] = BulkRun(started=event, waits=event.waits)

    def _bulk_went_on(self, event: RunEvent) -> None:
        self._bulk[event.run] = after(self._bulk[event.run], event)


def _copied(kept: Mapping[Any, Any]) -> dict[Any, Any]:
    """Copy a mapping, and the lists and mappings in it: what is in those never changes."""
    return {key: copy(value) if type(value) in {dict, list} else value for key, value in kept.items()}


def _with_record(contract: Contract, record: Contract | None) -> Contract:
    if record is None:
        return contract
    return structs.replace(contract, **{name: getattr(record, name) for name in OPERATIONAL})


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def connection_kind(contract: Contract) -> str:
    """Give the word for how an agency is connected (`wire`, `desk`)."""
    return str(contract.connection.__struct_config__.tag)
