"""The composition root: the only file that names concrete adapters. Everything else sees ports."""

from __future__ import annotations

import asyncio
import os
from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast

from contracts.contract import Contract, JsonSchema
from contracts.documents import described
from contracts.events import RegisterEvent, TokenIssued
from contracts.ids import parse_ask_key
from contracts.problems import Mistake
from contracts.units import same_person
from gateway.clock import SystemClock
from gateway.documents import SealDocuments
from gateway.identity.secrets import digest_of, new_token
from gateway.parts import Parts
from gateway.paying import NOTICES
from gateway.second_person import OWNER
from gateway.secrets import KeptSecrets
from gateway.settings import Settings
from observability.metrics import Metrics
from observability.observer import JournalObserver
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.desk import DeskAgency
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.keys import GATEWAY, SigningKey
from workflows.agencies.links import Links
from workflows.agencies.nonces import FileNonces
from workflows.agencies.openapi import OpenApiAgency
from workflows.agencies.payments import PaymentsAgency
from workflows.agencies.payments_http import HttpPayments
from workflows.agencies.pull import PullAgency
from workflows.agencies.reading import AnswerChecks, PartClaim
from workflows.agencies.wire import WireAgency
from workflows.engines.embedded import EmbeddedEngine
from workflows.engines.world import Ways
from workflows.hooks.ledger import Ledger
from workflows.hooks.sending import Sending
from workflows.hooks.telling import Telling
from workflows.journal.sqlite import SqliteJournal
from workflows.journal.vault import FileVault, VaultUnusable
from workflows.loading.validation import Check, compile_schema
from workflows.outputs.keys import KeyFileUnusable, SigningKeys
from workflows.outputs.sdjwt import Bindings, PartInvalid, input_digest, verify_part
from workflows.outputs.seal import LocalSeal
from workflows.ports import REGISTER, Agency, Clock, JournalDamaged, JournalLocked, JournalUnusable, Recorded
from workflows.projections.directory import Directory

JOURNAL, MASTER_KEY, SIGNING_KEYS, NONCES = "journal.sqlite", "master.key", "signing-keys.json", "nonces.sqlite"
TOLD, HOOKS = "told-to-collector", "hooks.sqlite"
OPERATOR_TOKEN: Final = "operator.token"  # noqa: S105 - a file's name
"""The first operator's token, made on first start and readable by the owner of the data folder only."""
FIRST_TOKEN_LASTS: Final = timedelta(days=366)
UNUSABLE: Final = (JournalLocked, JournalUnusable, JournalDamaged, VaultUnusable, KeyFileUnusable)
"""Why a data folder cannot be used; their messages are for people."""


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock | None = None) -> AsyncGenerator[Parts, None]:
    """Open everything that a gateway needs, with its register read and its first token made; close it at the end.

    The engine is not started: that is for whoever serves. The clock is the machine's where no other is given.

    Raises:
        JournalLocked: another process has the data folder.
        JournalUnusable, VaultUnusable, KeyFileUnusable: what is stored there cannot be used; the message says why.

    """
    data, clock, metrics = settings.data, clock or SystemClock(), Metrics()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = FileVault.open(data / MASTER_KEY)
    keys = SigningKeys(data / SIGNING_KEYS)
    async with AsyncExitStack() as stack:
        committed = asyncio.Event()
        observer, journal = await _observed(stack, data, vault, clock, metrics, committed)
        nonces = FileNonces(data / NONCES, clock.now)
        stack.push_async_callback(nonces.close)

        def key_of(key_id: str) -> Mapping[str, Any] | None:
            return engine.directory.agency_key(key_id)

        guard = AddressGuard(settings.networks)
        linked = HttpExchange(guard)
        stack.push_async_callback(linked.close)
        checks = AnswerChecks(
            OutputChecks().check, lambda claim: part_mistakes(claim, engine.directory.keys), Links(linked).fetch
        )
        own_key = SigningKey.from_jwk(GATEWAY, keys.current.as_dict(private=True))
        wire = WireAgency(key=own_key, keys=key_of, checks=checks, clock=clock, guard=guard)
        stack.push_async_callback(wire.close)
        secrets = KeptSecrets(os.environ, settings.secrets_folder)
        bound = OpenApiAgency(checks=checks, secrets=secrets, clock=clock, guard=guard)
        stack.push_async_callback(bound.close)
        pull = PullAgency(clock)
        payments = payments_of(settings, secrets, clock, linked)
        by_kind: dict[str, Agency] = {"wire": wire, "openapi": bound, "pull": pull, "desk": DeskAgency(clock)}
        seal = LocalSeal(keys, issuer=settings.base_url)
        engine = EmbeddedEngine(
            journal=journal,
            ways=Ways({**by_kind, "payments": PaymentsAgency(payments, clock)}),
            seal=seal,
            clock=clock,
            observer=observer,
            callback=f"{settings.base_url}/v1/callbacks",
        )
        metrics.watch_agencies(engine.protection.standings)
        telling = Telling(journal, Ledger(data / HOOKS), lambda: engine.directory, clock, settings.base_url)
        hooks = Sending(telling, HttpExchange(guard), engine.register, committed=committed)
        stack.push_async_callback(hooks.close)
        await engine.read_register()
        await make_first_token(engine, data / OPERATOR_TOKEN, clock)
        yield Parts(
            settings=settings,
            engine=engine,
            journal=journal,
            clock=clock,
            vault=vault,
            nonces=nonces,
            checks=checks,
            pull=pull,
            key=own_key,
            documents=SealDocuments(seal),
            metrics=metrics.render,
            hooks=hooks,
            payments=payments,
            finished=observer.request_ended,
        )


async def _observed(
    stack: AsyncExitStack, data: Path, vault: FileVault, clock: Clock, metrics: Metrics, committed: asyncio.Event
) -> tuple[JournalObserver, SqliteJournal]:
    """Open the journal and who tells what is committed in it, up to what was committed last; set `committed` then."""

    def tell(recorded: Sequence[Recorded]) -> None:
        observer.committed(recorded)
        committed.set()

    opened = JournalObserver.open(metrics, now=clock.now, version=version("gapura"), progress=data / TOLD)
    observer = await stack.enter_async_context(opened)
    journal = await stack.enter_async_context(
        SqliteJournal.open(data / JOURNAL, vault, on_commit=tell, on_batch=metrics.batch_committed)
    )
    # What was committed last is seen while the journal can still be read: cases are followed from their beginning.
    stack.push_async_callback(observer.end)
    metrics.watch_journal(lambda: journal.healthy)
    await observer.know_history(journal.read)
    await observer.catch_up(journal.read_all)
    return observer, journal


def payments_of(settings: Settings, secrets: KeptSecrets, clock: Clock, exchange: HttpExchange) -> HttpPayments | None:
    """Give the provider of payments, where the settings name one."""
    if not settings.payments_url:
        return None
    base = settings.base_url
    return HttpPayments(
        settings.payments_url,
        secret=settings.payments_secret,
        secrets=secrets,
        notify=f"{base}{NOTICES}",
        back=lambda key: f"{base}/permohonan/{parse_ask_key(key)[0]}/langkah/{parse_ask_key(key)[1].step}",
        clock=clock,
        exchange=exchange,
    )


async def make_first_token(engine: EmbeddedEngine, path: Path, clock: Clock) -> None:
    """Make the owner's token where the register has none that stands; whoever owns the data folder can read it.

    So a file that leaked is mended: revoke its token, start again.
    """
    if any(same_person(token.person, OWNER) for token in engine.directory.tokens.values()):
        return
    token = new_token()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
    now = clock.now()
    issued = TokenIssued(
        at=now,
        digest=digest_of(token),
        role="operator",
        agency="",
        person=OWNER,
        expires_at=now + FIRST_TOKEN_LASTS,
    )
    await engine.register([issued])


def key_faults(settings: Settings) -> dict[str, str]:
    """Give each file of keys with what keeps it from being used; nothing where it can be, or is still to be made."""
    uses: dict[str, Callable[[Path], object]] = {
        MASTER_KEY: lambda path: FileVault.open(path, may_create=False),
        SIGNING_KEYS: SigningKeys,
    }
    faults: dict[str, str] = {}
    for name, use in uses.items():
        path = settings.data / name
        faults[name] = ""
        if path.exists():
            try:
                use(path)
            except (VaultUnusable, KeyFileUnusable) as error:
                faults[name] = str(error)
    return faults


async def registered(settings: Settings) -> Directory:
    """Read the register, while no gateway runs.

    Raises:
        JournalLocked: one does.
        JournalUnusable: it cannot be opened, or its key is not there.

    """
    try:
        vault = FileVault.open(settings.data / MASTER_KEY, may_create=False)
    except VaultUnusable as error:
        raise JournalUnusable(str(error)) from error
    directory = Directory()
    async with SqliteJournal.open(settings.data / JOURNAL, vault) as opened:
        for row in await opened.read(REGISTER):
            directory.apply(cast("RegisterEvent", row.event))
    return directory


class OutputChecks:
    """Checks outputs by their contract's schema; a schema is compiled once and kept until it changes."""

    def __init__(self) -> None:
        """Start with none compiled."""
        self._compiled: dict[tuple[str, str], tuple[JsonSchema, Check]] = {}

    def check(self, contract: Contract, output: dict[str, Any]) -> list[Mistake]:
        """Give every mistake of an output."""
        name = (contract.name, contract.version)
        known = self._compiled.get(name)
        if known is None or known[0] != contract.output:
            known = self._compiled[name] = (contract.output, compile_schema(described(contract.output)))
        return known[1](output)


def part_mistakes(claim: PartClaim, keys: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Give what is wrong with a signed part; nothing if it holds and discloses exactly the output."""
    digest = None
    if claim.input is not None:
        digest = input_digest(urlsafe_b64decode(claim.salt + "=" * (-len(claim.salt) % 4)), claim.input)
    expected = Bindings(
        agency=claim.agency, ask_key=claim.ask_key, contract_digest=claim.contract_digest, input_digest=digest
    )
    try:
        part = verify_part(claim.part, keys.get(claim.agency, {"keys": []}), expected)
    except PartInvalid as error:
        return [str(error)]
    return [] if part.disclosed == claim.output else ["it does not disclose exactly the output"]
