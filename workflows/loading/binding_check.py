"""What must hold between a contract, its binding and the agency's document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from contracts.connection import ApiKeyAuth, BoundOutcome, ByKey, ClientCredentials, OpenApiConnection
from contracts.contract import Contract
from contracts.documents import as_sent
from workflows.core.json_kinds import is_fields
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.schema_paths import Lost, locate, names_in
from workflows.core.unknown import can_be_polled
from workflows.loading.binding_requests import FIELD_NAME, OURS, check_request
from workflows.loading.bindings import Binding, BindingInvalid, BoundCall, Purpose, compile_binding, secrets_of
from workflows.loading.forgotten import forgotten_statuses

MEANINGS: Final = (
    "contribute",
    "refuse",
    "return",
    "accepted",
    "undone",
    "nothing_held",
    "fail",
    "exhaust",
)
BELONGS: Final[dict[Purpose, frozenset[str]]] = {
    "ask": frozenset(MEANINGS) - {"nothing_held"},
    "undo": frozenset({"undone", "refuse", "accepted", "fail", "exhaust"}),
    "lookup": frozenset(MEANINGS),
    "poll": frozenset(MEANINGS),
}
"""Which meanings the answers of an operation can have."""
_OF_ANY_SUCCESS: Final = frozenset({"contribute", "accepted", "undone"})
"""What an outcome may mean that does not say `when`: then it is of any 2xx."""


class Bound(Struct, frozen=True):
    """A contract with its binding made ready."""

    contract: Contract
    connection: OpenApiConnection
    binding: Binding


def check_binding(contract: Contract) -> list[Finding]:
    """Give every mistake of a contract's binding; none where it has no binding."""
    connection = contract.connection
    if not isinstance(connection, OpenApiConnection):
        return []
    alone = list(_check_alone(contract, connection))
    try:
        bound = Bound(contract, connection, compile_binding(connection))
    except BindingInvalid as error:
        found = [*alone, *error.findings]
    else:
        found = [*alone, *(finding for check in _CHECKS for finding in check(bound))]
    return [Finding(("connection", *finding.place), finding.what, finding.instead) for finding in found]


def meanings_of(outcome: BoundOutcome) -> list[str]:
    """Give what an outcome says that an answer means: one thing, where it is right."""
    given = {
        "contribute": outcome.contribute is not None,
        "refuse": outcome.refuse is not None,
        "return": outcome.return_ is not None,
        "accepted": outcome.accepted is not None,
        **{name: bool(getattr(outcome, name)) for name in ("undone", "nothing_held", "fail", "exhaust")},
    }
    return [name for name, there in given.items() if there]


# --- without the document -----------------------------------------------------------------------------------


def _check_alone(contract: Contract, connection: OpenApiConnection) -> Iterator[Finding]:
    yield from _check_address(connection)
    yield from _check_secrets(contract, connection)
    yield from _check_operations(contract, connection)


def _check_address(connection: OpenApiConnection) -> Iterator[Finding]:
    addresses: list[tuple[Place, str]] = [] if connection.url is None else [(("url",), connection.url)]
    for index, auth in enumerate(connection.auth):
        if isinstance(auth, ClientCredentials):
            addresses.append((("auth", index, "token_url"), auth.token_url))
    for place, address in addresses:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
            yield Finding(place, "this is no address of an API", "https://host/path, without user or fragment")
        elif parts.scheme == "http" and connection.auth and not _is_loopback(parts.hostname):
            yield Finding(place, "secrets would travel in the clear", "https://")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_secrets(contract: Contract, connection: OpenApiConnection) -> Iterator[Finding]:
    """An agency's contract names its own secrets only: else it could send another's to itself."""
    own = f"{contract.agency.upper().replace('-', '_')}__"
    for place, secret in secrets_of(connection):
        rest = secret.secret.removeprefix(own)
        if rest == secret.secret or not rest or "__" in rest:
            yield Finding((*place, "secret"), f"{secret.secret} is no secret of {contract.agency}", f"{own}API_KEY")
    for index, auth in enumerate(connection.auth):
        if not isinstance(auth, ApiKeyAuth) or auth.place == "query":
            continue
        if FIELD_NAME.fullmatch(auth.name) is None:
            yield Finding(("auth", index, "name"), f"no {auth.place} has such a name", "letters, digits and hyphens")
        elif auth.place == "header" and auth.name.lower() in OURS - {"authorization"}:
            yield Finding(("auth", index, "name"), f"{auth.name} carries no key", "the header that the agency names")
    if isinstance(connection.repeat, ByKey) and connection.repeat.by_key.lower() in OURS:
        what = f"{connection.repeat.by_key} carries no key"
        yield Finding(("repeat", "by_key"), what, "the header that the agency names: Idempotency-Key")
    tls = connection.tls
    if tls is not None and (tls.certificate is None) is not (tls.key is None):
        yield Finding(("tls",), "a client's certificate and its key belong together", "both, or neither")


def _check_operations(contract: Contract, connection: OpenApiConnection) -> Iterator[Finding]:
    by_system = contract.undo is not None and contract.undo.by == "system"
    if by_system and connection.undo is None:
        yield Finding((), "the contract is undone by a system, and nothing is bound to undo it", "undo: {operation: …}")
    if not by_system and connection.undo is not None:
        yield Finding(("undo",), "the contract has no undo by a system", "no undo here, or undo: {by: system} above")
    if contract.lookup and connection.lookup is None:
        yield Finding((), "the contract can be looked up, and nothing is bound to do it", "lookup: {operation: …}")
    if not contract.lookup and connection.lookup is not None:
        yield Finding(("lookup",), "nobody looks up what the contract does not offer", "lookup: true in the contract")
    if connection.repeat == "lookup_first" and not contract.lookup:
        yield Finding(
            ("repeat",), "there is no lookup that could come first", "lookup: true and its operation, or never"
        )
    accepts = any(outcome.accepted is not None for outcome in connection.ask.outcomes)
    if accepts and not can_be_polled(contract):
        what = "an accepted ask would never be heard of again: this agency does not call back"
        yield Finding(("ask", "outcomes"), what, "poll: {operation: …}, or a lookup")


# --- with the document --------------------------------------------------------------------------------------


def _calls(bound: Bound) -> Iterator[tuple[Purpose, BoundCall]]:
    yield from bound.binding.calls.items()


def _check_requests(bound: Bound) -> Iterator[Finding]:
    for purpose, call in _calls(bound):
        for finding in check_request(bound.contract, bound.connection, call, bound.binding.document):
            yield Finding((purpose, *finding.place), finding.what, finding.instead)


def _check_reads(bound: Bound) -> Iterator[Finding]:
    """Whatever a binding reads of the input is an input of the contract."""
    for purpose, call in _calls(bound):
        for place, expression in call.expressions():
            for path in expression.paths:
                found = locate(as_sent(bound.contract.input), path[1:], path[:1]) if path[0] == "input" else None
                if isinstance(found, Lost):
                    yield Finding((purpose, *place), f"{'.'.join(path)}: there is no {found.name}", found.instead)


def _check_outcomes(bound: Bound) -> Iterator[Finding]:
    for purpose, call in _calls(bound):
        for index, rule in enumerate(call.rules):
            for finding in _check_outcome(rule.outcome, purpose, bound.contract):
                yield Finding((purpose, "outcomes", index, *finding.place), finding.what, finding.instead)


def _check_outcome(outcome: BoundOutcome, purpose: Purpose, contract: Contract) -> Iterator[Finding]:
    said = meanings_of(outcome)
    if len(said) != 1:
        what = f"an outcome means one thing, not {len(said)}"
        yield Finding((), what, f"one of {', '.join(sorted(BELONGS[purpose]))}")
        return
    meaning = said[0]
    if meaning not in BELONGS[purpose]:
        what = f"{meaning} is no answer to this {purpose}"
        yield Finding((meaning,), what, f"one of {', '.join(sorted(BELONGS[purpose]))}")
    if outcome.when is None and meaning not in _OF_ANY_SUCCESS:
        yield Finding((), f"{meaning} does not say when", 'when: "status == 404"')
    if meaning == "refuse" and purpose != "undo" and outcome.refuse not in contract.refusals:
        what = f"{outcome.refuse} is none of this contract's refusals"
        yield Finding(("refuse",), what, did_you_mean(str(outcome.refuse), contract.refusals))
    inputs = names_in(contract.input, "properties")
    for index, name in enumerate(outcome.return_ or ()):
        if name not in inputs:
            yield Finding(("return", index), f"input has no field {name}", did_you_mean(name, inputs))
    contributed: object = outcome.contribute
    if is_fields(contributed) and not contributed.keys() <= {"const", "cel"}:
        yield from _check_contribution(contributed, contract)


def _check_contribution(given: dict[str, object], contract: Contract) -> Iterator[Finding]:
    fields = names_in(contract.output, "properties")
    for name in given:
        if name not in fields:
            yield Finding(("contribute", name), f"output has no field {name}", did_you_mean(name, fields))
    for name in names_in(contract.output, "required"):
        if name not in given:
            yield Finding(
                ("contribute",), f"{name} is not contributed, and the contract requires it", f"{name}: body.…"
            )


def _check_defaults(bound: Bound) -> Iterator[Finding]:
    """A 2xx contributes by itself: then something must show that it is a contribution."""
    contributes = any(outcome.contribute is not None for outcome in bound.connection.ask.outcomes)
    if not contributes and not names_in(bound.contract.output, "required"):
        what = "any 2xx would be a contribution, even an error in the clothes of a success: output requires nothing"
        yield Finding(("ask",), what, "required: in output, or outcomes with contribute and its when")
    for purpose, call in _calls(bound):
        yield from forgotten_statuses(purpose, call, bound.contract)


def _check_key_header(bound: Bound) -> Iterator[Finding]:
    repeat = bound.connection.repeat
    if not isinstance(repeat, ByKey):
        return
    for purpose, call in _calls(bound):
        for name in (*call.headers, *call.parameters):
            if name.lower() == repeat.by_key.lower():
                yield Finding(
                    (purpose,), f"{name} is the header of our key: it is set by itself", "nothing for it here"
                )


_CHECKS: Final[tuple[Callable[[Bound], Iterator[Finding]], ...]] = (
    _check_requests,
    _check_reads,
    _check_outcomes,
    _check_defaults,
    _check_key_header,
)
