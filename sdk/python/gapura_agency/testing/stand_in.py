"""A gateway for tests: it asks an agency, in the process or over HTTP, and takes what the agency tells it."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from gapura_agency.agency import Agency
from gapura_agency.contracts import Contract
from gapura_agency.exchange import Call, Fields, Request, Response, fetch, send_over_http
from gapura_agency.keys import PublicKey, SigningKey, decode, encode, read_jwk_set
from gapura_agency.messages import AskMessage
from gapura_agency.parts import Bound, PartInvalid, input_digest, verify_part
from gapura_agency.serving import served
from gapura_agency.signatures import SignatureInvalid, Signed, sign_request, verify_response
from gapura_agency.testing.counter import Counter

Target: TypeAlias = "Agency | str"
"""An agency of this process, or the address of one."""

_OUTCOMES = {
    "ask": {"contributed", "refused", "returned", "accepted", "undone"},
    "undo": {"undone", "undo_refused", "accepted"},
    "lookup": {"contributed", "refused", "returned", "accepted", "undone", "nothing_held"},
}
_SUCCESS = range(200, 300)


class Wrong(AssertionError):
    """The agency does not do as the wire protocol wants; the text says what is wrong, and what was wanted."""


class Heard(Struct, kw_only=True):
    """An answer as it came, verified."""

    outcome: str
    key: str
    output: dict[str, Any] = field(default_factory=dict[str, Any])
    part: str = ""
    code: str = ""
    text: str = ""
    inputs: list[str] = field(default_factory=list[str])
    ticket: str = ""


class StandIn(Counter):
    """A stand-in gateway, with a key of its own. Give it to `Agency(gateway=...)`, then ask."""

    def __init__(
        self,
        *,
        contracts: Mapping[str, Contract] | None = None,
        address: str = "https://gateway.test",
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make one.

        Args:
            contracts: of agencies that are asked at an address (`read_contracts` reads them).
            address: its own.
            now: the clock, seconds since 1970.

        """
        super().__init__(SigningKey.new("gateway"), address, now)
        self.contracts = dict(contracts or {})
        self._numbers = itertools.count(1)

    # --- asking -------------------------------------------------------------------------------------------

    def ask(self, agency: Target, contract: str, values: Mapping[str, Any], *, key: str = "") -> Heard:
        """Ask, and verify the answer. The same `key` again is a repeat.

        Raises:
            Wrong: says what is wrong with the answer.

        """
        message = self.ask_message(contract, values, key=key)
        return self.heard(agency, "ask", message)

    def undo(self, agency: Target, contract: str, ask_key: str, *, key: str = "", reason: str = "withdrawn") -> Heard:
        """Ask to take back what was done under a key; raises as `ask` does."""
        return self.heard(agency, "undo", self.undo_message(contract, ask_key, key=key, reason=reason))

    def lookup(self, agency: Target, contract: str, ask_key: str) -> Heard:
        """Ask what is held under a key; raises as `ask` does."""
        return self.heard(agency, "lookup", {"key": ask_key, "contract": contract, "deadline": self._deadline()})

    def ask_message(self, contract: str, values: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
        """Give the body of an ask. The same key has the same salt, as every repeat has."""
        key = key or f"case{next(self._numbers):012d}/step/ask/1"
        salt = self.salts.setdefault(key, encode(secrets.token_bytes(16)))
        return {
            "key": key,
            "contract": contract,
            "contract_digest": f"sha256:{'0' * 64}",
            "purpose": "test",
            "legal_basis": "test",
            "input": dict(values),
            "salt": salt,
            "deadline": self._deadline(),
            "callback": f"{self.address}/v1/callbacks",
        }

    def undo_message(self, contract: str, ask_key: str, *, key: str = "", reason: str = "withdrawn") -> dict[str, Any]:
        """Give the body of an undo."""
        return {
            "key": key or ask_key.replace("/ask/", "/undo/"),
            "undoes": ask_key,
            "contract": contract,
            "purpose": "test",
            "reason": reason,
            "deadline": self._deadline(),
            "callback": f"{self.address}/v1/callbacks",
        }

    def heard(self, agency: Target, verb: str, message: Mapping[str, Any]) -> Heard:
        """Send a message (`ask`, `undo` or `lookup`) and verify its answer; raises as `ask` does."""
        contract = self._contract(agency, message["contract"])
        call, answer = self.exchange(agency, verb, message)
        if answer.status not in _SUCCESS:
            raise Wrong(f"the {verb} was answered {answer.status}: {answer.body.decode('utf-8', 'replace')[:500]}")
        try:
            asked = Signed(call.url, call.headers, call.body)
            verify_response(answer.status, answer.headers, answer.body, asked, self.agency_key, now=self.now())
        except SignatureInvalid as error:
            raise Wrong(f"the answer to the {verb} is not signed as it must be: {error}") from error
        return self.judged(verb, message, answer.body, contract)

    # --- sending ------------------------------------------------------------------------------------------

    def exchange(
        self, agency: Target, verb: str, message: Mapping[str, Any], *, by: SigningKey | None = None, at: float = 0
    ) -> tuple[Call, Response]:
        """Send a signed message and give what came back, whatever it is.

        Args:
            agency: whom.
            verb: `ask`, `undo` or `lookup`.
            message: the body.
            by: signs in place of the gateway's key.
            at: when it was signed, in place of now.

        """
        call = self.signed(agency, verb, msgspec.json.encode(message), str(message["key"]), by=by, at=at)
        return call, self.sent(agency, call)

    def signed(
        self, agency: Target, verb: str, body: bytes, key: str, *, by: SigningKey | None = None, at: float = 0
    ) -> Call:
        """Give a signed call, to send it (`sent`) as it is, altered, or twice."""
        self.know(agency)
        address = agency if isinstance(agency, str) else agency.url
        url = f"{address.rstrip('/')}/{verb}s"
        headers = sign_request(by or self.key, url, idempotency_key=key, body=body, now=at or self.now())
        trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        return Call(url, Fields([*headers.items(), ("traceparent", trace)]), body)

    def sent(self, agency: Target, call: Call) -> Response:
        """Send a call as it is; raises Unheard where an address does not answer."""
        if isinstance(agency, str):
            return send_over_http(call)
        parts = urlsplit(call.url)
        return agency.handle(Request("POST", parts.path, parts.query, call.headers, call.body))

    def know(self, agency: Target) -> None:
        """Learn an agency's public keys, as its registration tells a gateway."""
        if isinstance(agency, Agency):
            self.agency_keys[agency.key.name] = agency.key.verifier()
            self.known_contracts.update(agency.contracts)
            return
        self.known_contracts.update(self.contracts)
        where = f"{agency.rstrip('/')}/.well-known/jwks.json"
        for party in {contract.agency for contract in self.contracts.values()}:
            self.agency_keys.update(read_jwk_set(party, fetch(where), where))

    # --- judging ------------------------------------------------------------------------------------------

    def judged(self, verb: str, message: Mapping[str, Any], body: bytes, contract: Contract) -> Heard:
        """Judge an answer by what was asked and by the contract; raises as `ask` does."""
        try:
            heard = msgspec.json.decode(body, type=Heard)
        except msgspec.DecodeError as error:
            raise Wrong(f"the answer to the {verb} cannot be read: {error}") from error
        if heard.outcome not in _OUTCOMES[verb]:
            raise Wrong(f"{heard.outcome!r} is no answer to a {verb}: {', '.join(sorted(_OUTCOMES[verb]))}")
        if heard.key != message["key"]:
            raise Wrong(f"the answer repeats the key {heard.key!r}; {message['key']!r} was asked")
        if heard.outcome == "refused" and heard.code not in contract.refusals:
            raise Wrong(f"{heard.code!r} is not among the contract's refusals: {', '.join(sorted(contract.refusals))}")
        if heard.outcome == "contributed" and verb == "ask":
            judge_contribution(heard, msgspec.convert(_raw(message), AskMessage), contract, self.agency_key)
        return heard

    def _contract(self, agency: Target, name: str) -> Contract:
        contracts = agency.contracts if isinstance(agency, Agency) else self.contracts
        if name in contracts:
            return contracts[name]
        raise Wrong(f"the stand-in does not know {name!r}; it knows: {', '.join(contracts)}")

    def _deadline(self) -> str:
        return datetime.fromtimestamp(self.now() + 10, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    # --- standing somewhere -------------------------------------------------------------------------------

    @contextmanager
    def listening(self) -> Generator[str]:
        """Stand at an address while a block runs; gives it."""
        with served(self.wsgi) as url:
            before, self.address = self.address, url
            try:
                yield url
            finally:
                self.address = before


def judge_contribution(
    heard: Heard, ask: AskMessage, contract: Contract, find: Callable[[str], PublicKey | None]
) -> None:
    """Judge an output and its part.

    Raises:
        Wrong: says what is wrong.

    """
    bare = {name: _bare(value) if name in contract.output_documents else value for name, value in heard.output.items()}
    if mistakes := contract.output_mistakes(bare):
        raise Wrong("the output does not fit the contract:\n  " + "\n  ".join(mistakes))
    if not heard.part:
        return
    values = contract.bare_input(msgspec.json.decode(ask.input, type=dict[str, Any]))
    bound = Bound(ask.key, ask.contract_digest, input_digest(ask.salt, values))
    key = find(f"{contract.agency}/{_kid(heard.part)}")
    if key is None:
        raise Wrong("the part is signed with a key that the agency does not show")
    try:
        verify_part(heard.part, key, bound, bare)
    except PartInvalid as error:
        raise Wrong(str(error)) from error


def _kid(part: str) -> str:
    try:
        return str(msgspec.json.decode(decode(part.partition(".")[0]), type=dict[str, Any]).get("kid", ""))
    except (ValueError, msgspec.MsgspecError):
        return ""


def _bare(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: said for name, said in cast("dict[str, Any]", value).items() if name not in {"bytes", "link"}}


def _raw(message: Mapping[str, Any]) -> dict[str, Any]:
    return {**message, "input": msgspec.Raw(msgspec.json.encode(message["input"]))}
