"""What stands in the register, and how it gets there: agencies, contracts, plans, agreements, tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, structs

from contracts.agreement import Agreement, Instrument, Signatory, Signature
from contracts.agreement_views import AgreementView
from contracts.bulk import BulkView
from contracts.contract import Contract, WireConnection
from contracts.events import (
    AgencyRegistered,
    AgreementProposed,
    AgreementSigned,
    ContractRegistered,
    NewToken,
    PlanPublished,
    TokenIssued,
)
from contracts.ids import Instant
from contracts.problems import Mistake
from contracts.units import elapsed, same_person
from gateway.agency_keys import asked_keys, lets_somebody_sign
from gateway.bodies import Sentence, written
from gateway.bulk import Bulk
from gateway.identity.callers import Grant
from gateway.identity.secrets import digest_of, new_token
from gateway.parts import Parts
from gateway.problems import ContractInvalid, FormInvalid, NotFound, VersionConflict
from gateway.second_person import OWNER
from gateway.tokens import Tokens
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.keys import GATEWAY, public_key
from workflows.loading.agreements import SignatureInvalid, Terms, propose, verify
from workflows.loading.contracts import parse_contract
from workflows.loading.hashing import agreement_digest, contract_digest
from workflows.loading.mistakes import LoadingError
from workflows.loading.plans import parse_published

LONGEST_TOKEN: Final = timedelta(days=366)
MOST_MISTAKES: Final = 100
"""Told of one document: a small one can have more than anybody reads, and the reply would be many times its size."""
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
"""As `contracts.units.Name`: what contracts and keys are called by."""


Line = Annotated[str, Meta(max_length=200)]
"""A name, or how somebody is reached."""


class AgencyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agency: its name for people, whom to write to, its public keys as a JWK Set (P-256, each with `kid`).

    `reason`: why a known agency has new keys, unless the owner of the data folder says so. `break_glass`: they do not
    wait for a second operator.
    """

    title: Line
    keys: dict[str, Any]
    contact: Line = ""
    reason: Sentence = ""
    break_glass: bool = False


class AgreementBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agreement needs beside its plan: the instrument it rests on, its time, who answers, who signs."""

    plan: str
    instrument: Instrument
    valid_from: Instant
    valid_until: Instant
    exhausted_owner: str = ""
    data_rights_contact: str
    signatories: tuple[Signatory, ...] = ()


class TokenBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a token is for, for how long (`8 h`, `30 days`) and, unless the owner of the data folder asks, why.

    `lead`: an officer who leads the agency's desk, and may give a colleague's task to another.

    `break_glass`: it does not wait for a second operator.
    """

    role: Literal["officer", "operator", "agency"]
    person: Line
    agency: str = ""
    valid_for: str = "30 days"
    lead: bool = False
    reason: Sentence = ""
    break_glass: bool = False


class Registered(Struct, frozen=True, kw_only=True):
    """What became of a registration: whether it is new, and its digest."""

    name: str
    version: str
    digest: str
    new: bool
    changed: bool


class Token(Struct, frozen=True, kw_only=True):
    """A token, told once; `waits`: it opens nothing before another operator has approved its `run`."""

    token: str
    role: str
    agency: str
    person: str
    expires_at: Instant
    run: str = ""
    waits: bool = False


class Register:
    """Changes of the register. Who may has been judged before; `actor` is recorded."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._clock = parts.engine, parts.clock
        self._guard = AddressGuard(parts.settings.networks)
        self.issued = Tokens(parts)

    async def agency(self, agency: str, body: AgencyBody, operator: Grant, runs: Bulk) -> BulkView | None:
        """Register an agency, or its new keys; give the run in which those wait, or came in behind broken glass.

        Whoever holds a key signs as the agency: a new one of a known agency needs a second operator, or the owner of
        the data folder. None: it stands so now. Raises FormInvalid with every mistake.
        """
        directory = self._engine.directory
        mistakes = _mistakes_in_agency(agency, body, directory.keys_ever(agency))
        alone = bool(mistakes) or operator.person == OWNER or not lets_somebody_sign(directory, agency, body.keys)
        if not alone and not written(body.reason):
            mistakes.append(Mistake("/reason", "Say why the agency has new keys: a second operator approves them."))
        if mistakes:
            raise FormInvalid("The agency has mistakes.", mistakes)
        known = directory.agencies.get(agency)
        if known is not None and (known.title, known.contact, known.keys) == (body.title, body.contact, body.keys):
            return None
        event = AgencyRegistered(
            at=self._clock.now(),
            agency=agency,
            title=body.title,
            keys=body.keys,
            contact=body.contact,
            actor=operator.actor,
        )
        if not alone:
            asked = asked_keys(directory, event)
            return await runs.agency_keys(operator, asked, body.reason, break_glass=body.break_glass)
        await self._engine.register([event])
        return None

    async def contract(self, agency: str, contract: str, version: str, data: bytes, *, actor: str) -> Registered:
        """Register a contract, or a new operational record of one.

        The same content again is no change. The promise of a version is for ever; a moved address or a maintenance
        window is effective at once.

        Raises:
            NotFound: there is no such agency.
            ContractInvalid: it has mistakes; all of them, with pointer or line.
            VersionConflict: this version promises something else.

        """
        if agency not in self._engine.directory.agencies:
            raise NotFound("There is no such agency. The operator registers agencies and their keys first.")
        given = _read_contract(data, f"{agency}/{contract}@{version}")
        _hold_to_path(given, agency, contract, version)
        _hold_to_tls(given, self._guard)
        digest = contract_digest(given)
        standing = self._engine.directory.contract_version(agency, contract, version)
        known = standing.contract if standing is not None else None
        if standing is not None and standing.digest != digest:
            raise VersionConflict(
                f"{agency}/{contract} {version} promises something else already, and a promise is not changed. "
                "Register it under a new version; plans ask for it once a new plan and agreement do."
            )
        if known != given:
            event = ContractRegistered(
                at=self._clock.now(), contract=given, digest=digest, source=data.decode("utf-8"), actor=actor
            )
            await self._engine.register([event])
        return Registered(name=given.name, version=version, digest=digest, new=known is None, changed=known != given)

    def public_contract(self, agency: str, contract: str, version: str) -> dict[str, Any] | None:
        """Give a contract as anybody may see it: without where and how its system is reached."""
        known = self._engine.directory.contract_version(agency, contract, version)
        if known is None:
            return None
        shown: dict[str, Any] = msgspec.to_builtins(known.contract)
        return {**shown, "connection": {"kind": shown["connection"]["kind"]}}

    async def plan(self, data: bytes, *, actor: str) -> Registered:
        """Publish a plan against the registered contracts. Raises ContractInvalid with every mistake."""
        directory = self._engine.directory
        try:
            published = parse_published(data, "plan", directory.contracts, directory.calendars, directory.services())
        except LoadingError as error:
            raise refused("plan", error) from error
        plan, new = published.plan, directory.plan(published.digest) is None
        if new:
            await self._engine.register([PlanPublished(at=self._clock.now(), published=published, actor=actor)])
        return Registered(name=plan.service, version=plan.version, digest=published.digest, new=new, changed=new)

    async def propose(self, body: AgreementBody, *, actor: str) -> AgreementView:
        """Put an agreement about a published plan before its agencies."""
        published = self._engine.directory.plan(body.plan)
        if published is None:
            raise NotFound("No plan with this digest was published.")
        terms = Terms(**{name: getattr(body, name) for name in Terms.__struct_fields__})
        try:
            agreement = propose(published, terms)
        except ValueError as error:
            raise FormInvalid(f"The agreement cannot be proposed: {error}.") from error
        digest = agreement_digest(agreement)
        if digest not in self._engine.directory.agreements:
            event = AgreementProposed(at=self._clock.now(), agreement=agreement, digest=digest, actor=actor)
            await self._engine.register([event])
        return self.agreement(digest)[1]

    async def sign(self, agreement: str, signature: Signature) -> AgreementView:
        """Take one agency's word on an agreement; raises FormInvalid where the JWS does not hold.

        The same word again is no change: anybody may carry it, as often as they like.
        """
        self.agreement(agreement)
        directory = self._engine.directory
        if signature.agreement != agreement:
            raise FormInvalid("The signature is about another agreement.", [Mistake("/agreement", "Name this one.")])
        if signature.decision != "accept" and not written(signature.reason):
            raise FormInvalid("Why not is missing.", [Mistake("/reason", "Say why: it is signed with the word.")])
        try:
            verify(signature, directory.keys.get(signature.agency, {"keys": []}), now=self._clock.now())
        except SignatureInvalid as error:
            raise FormInvalid("The signature does not hold.", [Mistake("/jws", str(error))]) from error
        if signature not in directory.words(agreement):
            await self._engine.register([AgreementSigned(at=self._clock.now(), signature=signature)])
        return self.agreement(agreement)[1]

    def agreement(self, digest: str) -> tuple[Agreement, AgreementView]:
        """Give an agreement, and where each agency stands. Raises NotFound."""
        directory = self._engine.directory
        view = directory.agreement(digest, self._clock.now())
        if view is None:
            raise NotFound("There is no such agreement.")
        return directory.agreements[digest], view

    async def token(self, body: TokenBody, operator: Grant, runs: Bulk) -> Token:
        """Issue a token; only its digest is kept. Raises FormInvalid with every mistake.

        It opens nothing before a second operator approved its run, or the glass is broken: whoever holds it is another
        operator, or decides for an agency. The owner of the data folder, who can do anything there, needs nobody.
        """
        mistakes = list(_mistakes_in_token(body, known=body.agency in self._engine.directory.agencies))
        runs_first = operator.person != OWNER
        if runs_first and not written(body.reason):
            mistakes.append(Mistake("/reason", "Say why there is to be this token."))
        if mistakes:
            raise FormInvalid("The token has mistakes.", mistakes)
        now = self._clock.now()
        token, expires_at = new_token(), now + elapsed(body.valid_for)
        issued = Token(token=token, role=body.role, agency=body.agency, person=body.person, expires_at=expires_at)
        digest = digest_of(token)
        if runs_first:
            asked = NewToken(
                digest=digest,
                person=body.person,
                expires_at=expires_at,
                role=body.role,
                agency=body.agency,
                lead=body.lead,
            )
            run = await runs.token(operator, asked, body.reason, break_glass=body.break_glass)
            return structs.replace(issued, run=run.run, waits=run.state == "waits")
        event = TokenIssued(
            at=now,
            digest=digest,
            role=body.role,
            agency=body.agency,
            person=body.person,
            expires_at=expires_at,
            actor=operator.actor,
            lead=body.lead,
        )
        await self._engine.register([event])
        return issued


def _read_contract(data: bytes, name: str) -> Contract:
    try:
        return parse_contract(data, name)
    except LoadingError as error:
        raise refused("contract", error) from error


def refused(what: str, error: LoadingError) -> ContractInvalid:
    """Give the problem that tells a caller what is wrong with a file, at most `MOST_MISTAKES` of it."""
    count = len(error.mistakes)
    mistakes = [
        Mistake(
            mistake.pointer, f"line {mistake.line}, column {mistake.column}: {mistake.what}; write {mistake.instead}"
        )
        for mistake in error.mistakes[:MOST_MISTAKES]
    ]
    told = "" if count <= MOST_MISTAKES else f" The first {MOST_MISTAKES} are told."
    return ContractInvalid(f"The {what} has {count} mistake{'s' if count > 1 else ''}.{told}", mistakes)


def _hold_to_path(given: Contract, agency: str, contract: str, version: str) -> None:
    named = {"agency": agency, "contract": contract, "version": version}
    mistakes = [
        Mistake(f"/{name}", f"Must be {value}, as in the address.")
        for name, value in named.items()
        if getattr(given, name) != value
    ]
    if mistakes:
        raise ContractInvalid("The contract is another one than the address says.", mistakes)


def _hold_to_tls(given: Contract, guard: AddressGuard) -> None:
    if not isinstance(given.connection, WireConnection):
        return
    address = urlsplit(given.connection.url)
    if address.scheme == "http" and not guard.may_be_plain(address.hostname or ""):
        what = "Must be https: without TLS an agency is asked only in networks that the operator allows."
        raise ContractInvalid("The contract would send personal data in the clear.", [Mistake("/connection/url", what)])


def _mistakes_in_agency(agency: str, body: AgencyBody, known: Sequence[Mapping[str, Any]]) -> list[Mistake]:
    mistakes = [] if body.title.strip() else [Mistake("/title", "Give the agency's name for people.")]
    if _NAME.fullmatch(agency) is None:
        mistakes.append(Mistake("", "An agency's name in addresses is lower-case letters, digits and hyphens."))
    if agency == GATEWAY:
        mistakes.append(Mistake("", f"No agency may be called {GATEWAY}: the gateway's own keys are."))
    keys = body.keys.get("keys")
    if not isinstance(keys, list):
        return [
            *mistakes,
            Mistake("/keys/keys", 'Give a JWK Set: {"keys": [...]}; an agency with a desk only has none.'),
        ]
    kids: set[str] = set()
    for index, jwk in enumerate(cast("list[object]", keys)):
        mistakes += [Mistake(f"/keys/keys/{index}", what) for what in _mistakes_in_key(jwk, kids, known)]
    return mistakes


def _mistakes_in_key(jwk: object, kids: set[str], known: Sequence[Mapping[str, Any]]) -> list[str]:
    if not isinstance(jwk, dict):
        return ["Is no JWK."]
    members = cast("dict[str, object]", jwk)
    kid = members.get("kid")
    mistakes = ["Is a private key: send its public half only, and make a new one."] if "d" in members else []
    if not isinstance(kid, str) or not kid or kid in kids:
        mistakes.append("Needs a kid of its own.")
    if any(other.get("kid") == kid and not _same_key(other, members) for other in known):
        mistakes.append("Names another key than before: what that one signed must stay verifiable. Choose a new kid.")
    kids.add(str(kid))
    try:
        public_key(members)
    except ValueError as error:
        mistakes.append(f"Cannot be used: {error}.")
    return mistakes


def _same_key(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(one.get(member) == other.get(member) for member in ("kty", "crv", "x", "y"))


def _mistakes_in_token(body: TokenBody, *, known: bool) -> list[Mistake]:
    mistakes = (
        [] if body.person.strip() else [Mistake("/person", "Say who will hold it: it is recorded with each act.")]
    )
    if body.role != "operator" and not known:
        mistakes.append(Mistake("/agency", "Name a registered agency."))
    if same_person(body.person, OWNER):
        mistakes.append(Mistake("/person", "Name a person: the owner of the data folder has a token already."))
    if body.lead and body.role != "officer":
        mistakes.append(Mistake("/lead", "Only an officer leads a desk: leave it out."))
    if body.role == "operator" and body.agency:
        mistakes.append(Mistake("/agency", "An operator belongs to no agency: leave it out."))
    try:
        if not timedelta(0) < elapsed(body.valid_for) <= LONGEST_TOKEN:
            mistakes.append(Mistake("/valid_for", f"Is at most {LONGEST_TOKEN.days} days."))
    except ValueError as error:
        mistakes.append(Mistake("/valid_for", str(error)))
    return mistakes
