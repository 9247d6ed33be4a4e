"""Whether this machine and these settings can run a gateway, and what to do where not: `gapura doctor`."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, distribution, distributions
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from contracts.connection import Secret
from contracts.contract import Contract, OpenApiConnection, PullConnection, WireConnection
from gateway.bootstrap import JOURNAL, key_faults, registered
from gateway.clock import SystemClock
from gateway.doctor_payments import provider_told, services_told
from gateway.secrets import KeptSecrets
from gateway.settings import SECRET_PREFIX, Settings, SettingsInvalid, load_settings
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.authorization import SecretMissing
from workflows.agencies.lane import maintenance_until
from workflows.loading.bindings import secrets_of
from workflows.loading.openapi import first_server
from workflows.ports import JournalLocked, JournalUnusable

Word = Literal["good", "warn", "bad"]
PACKAGES: Final = ("gateway", "workflows", "contracts", "observability")
OLDEST_PYTHON: Final = (3, 11)
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before it was never set."""
CONNECT_S: Final = 3.0
EXPIRES_SOON_DAYS: Final = 30
SPARE_BYTES: Final = 512 * 1024 * 1024


class ForeignPackages(Exception):
    """Another distribution owns one of our flat package names: what runs would be a mixture."""


class Finding(Struct, frozen=True):
    """One thing that was looked at: whether it is well, and if not, what to do."""

    word: Word
    about: str
    detail: str


def examine(environment: Mapping[str, str]) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = [python(), *owners(distributions_of_packages()), *modules()]
    try:
        settings = load_settings(environment)
    except SettingsInvalid as invalid:
        return [*findings, *(Finding("bad", "settings", mistake) for mistake in invalid.mistakes)]
    findings.append(Finding("good", "settings", f"listens on {settings.host}:{settings.port} as {settings.base_url}"))
    return findings + [finding for look in LOOKS for finding in look(settings)]


def refuse_foreign_packages(owned: Mapping[str, list[str]] | None = None) -> None:
    """Refuse to start where another distribution owns one of our flat package names (None: look at this environment).

    Raises:
        ForeignPackages: it does; says which and what to do.

    """
    found = owners(distributions_of_packages() if owned is None else owned)
    bad = [finding for finding in found if finding.word == "bad"]
    if bad:
        raise ForeignPackages("; ".join(finding.detail for finding in bad))


def python() -> Finding:
    """Look at the interpreter."""
    version = ".".join(str(number) for number in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return Finding("bad", "python", f"{version} is too old; install 3.11 or newer")
    return Finding("good", "python", f"{version}, SQLite {sqlite3.sqlite_version}")


def distributions_of_packages() -> dict[str, list[str]]:
    """Give the names of the distributions that install each of our flat package names.

    `importlib.metadata.packages_distributions` says it of every name, and takes a tenth of a second of each start.
    """
    owned: dict[str, list[str]] = {name: [] for name in PACKAGES}
    for found in distributions():
        declared = (found.read_text("top_level.txt") or "").split()
        files = "\n" + (found.read_text("RECORD") or "")
        for name in PACKAGES:
            if name in declared or f"\n{name}/" in files or f"\n{name}.py," in files:
                owned[name].append(found.metadata["Name"])
    return owned


def owners(owned: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Look whether our flat package names are ours alone."""
    for name in PACKAGES:
        others = sorted(set(owned.get(name, [])) - {"gapura"})
        if others:
            what = f"the import name {name!r} also belongs to {', '.join(others)}; install them in another environment"
            yield Finding("bad", "packages", what)


def modules() -> Iterator[Finding]:
    """Look whether the distribution is installed at all, so that its version and files are known."""
    try:
        yield Finding("good", "gapura", f"version {distribution('gapura').version}")
    except PackageNotFoundError:
        yield Finding("bad", "gapura", "is not installed in this environment; run make setup, or pip install gapura")


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Look whether the data folder can be written, is nobody else's to read, and has space."""
    folder = settings.data
    existing = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield Finding("bad", "data folder", f"{existing} cannot be written; change its owner, or set GAPURA_DATA")
        return
    if not folder.exists():
        yield Finding("good", "data folder", f"{folder} will be made on first start")
        return
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("warn", "data folder", f"{folder} is open to others; chmod 700 {folder}")
    space = os.statvfs(folder)
    spare = space.f_bavail * space.f_frsize
    if spare < SPARE_BYTES:
        yield Finding("warn", "data folder", f"{folder} has only {spare // 1024**2} MiB to spare; free some space")
    else:
        yield Finding("good", "data folder", f"{folder} can be written, {spare // 1024**2} MiB to spare")


def keys(settings: Settings) -> Iterator[Finding]:
    """Look whether the keys can be used."""
    for name, wrong in key_faults(settings).items():
        if not (settings.data / name).exists():
            yield Finding("good", "keys", f"{name} will be made on first start")
        elif wrong:
            yield Finding("bad", "keys", wrong)
        else:
            yield Finding("good", "keys", f"{name} can be used; keep a copy of it in a safe place")


def journal(settings: Settings) -> Iterator[Finding]:
    """Look whether a gateway has the journal already."""
    path = settings.data / JOURNAL
    if not path.exists():
        return
    try:
        directory = asyncio.run(registered(settings))
    except JournalLocked as locked:
        yield Finding("warn", "journal", f"a gateway is running: {locked}")
    except JournalUnusable as error:
        yield Finding("bad", "journal", str(error))
    else:
        yield Finding("good", "journal", f"{path} can be opened")
        contracts = list(directory.contracts.values())
        yield from reachable(contracts, AddressGuard(settings.networks))
        kept = KeptSecrets(os.environ, settings.secrets_folder)
        now = SystemClock().now()
        yield from secrets(contracts, kept, now.date())
        word, detail = services_told(settings, directory.plans, directory.offered(now))
        yield Finding(word, "payments", detail)


def secrets(contracts: Iterable[Contract], kept: KeptSecrets, today: date) -> Iterator[Finding]:
    """Look whether every secret that a binding names is set, and holds for a while yet."""
    for contract in contracts:
        if not isinstance(contract.connection, OpenApiConnection):
            continue
        for _, secret in secrets_of(contract.connection):
            yield _secret(contract.name, secret, kept, today)


def _secret(contract: str, secret: Secret, kept: KeptSecrets, today: date) -> Finding:
    try:
        kept.get(secret.secret)
    except SecretMissing:
        where = f"set {SECRET_PREFIX}{secret.secret}, or put a file {secret.secret} into the secrets folder"
        return Finding("bad", "secrets", f"{contract} names {secret.secret}, which is not set; {where}")
    try:
        expires = None if secret.expires is None else date.fromisoformat(secret.expires)
    except ValueError:
        return Finding("bad", "secrets", f"{contract}: {secret.expires} is no day; write expires: 2027-03-31")
    if expires is not None and expires < today:
        return Finding("bad", "secrets", f"{secret.secret} expired on {expires}; get a new one from the agency")
    if expires is not None and (expires - today).days <= EXPIRES_SOON_DAYS:
        return Finding("warn", "secrets", f"{secret.secret} expires on {expires}; get a new one from the agency")
    return Finding("good", "secrets", f"{secret.secret} is set" + (f", until {expires}" if expires else ""))


def reachable(contracts: Iterable[Contract], guard: AddressGuard) -> Iterator[Finding]:
    """Look whether something listens where each agency's system should be, and whether it may be called."""
    for contract in contracts:
        address = _address(contract)
        if isinstance(contract.connection, PullConnection):
            yield Finding("good", "agencies", f"{contract.name} fetches what it is asked; nothing is to be reached")
        if not address:
            continue
        until = maintenance_until(contract, SystemClock().now())
        if until is not None:
            detail = f"{contract.name} is under maintenance until {until:%Y-%m-%d %H:%M} UTC; its asks wait"
            yield Finding("warn", "agencies", detail)
            continue
        parts = urlsplit(address)
        where = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        try:
            _connect(where, guard)
        except OSError as error:
            detail = (
                f"{contract.name} at {where[0]}:{where[1]} cannot be reached ({error.strerror}); its asks will wait"
            )
            yield Finding("warn", "agencies", detail)
        else:
            yield Finding("good", "agencies", f"{contract.name} at {where[0]}:{where[1]} can be reached")


def _address(contract: Contract) -> str:
    """Give the address that is connected to; nothing for a desk, for who fetches, or behind a proxy."""
    connection = contract.connection
    if isinstance(connection, WireConnection):
        return connection.url
    if not isinstance(connection, OpenApiConnection) or connection.proxy is not None:
        return ""
    document = connection.document
    return connection.url or ("" if isinstance(document, str) else first_server(document))


def _connect(where: tuple[str, int], guard: AddressGuard) -> None:
    address = socket.getaddrinfo(*where, type=socket.SOCK_STREAM)[0]
    with guard.socket_for(address) as probe:
        probe.settimeout(CONNECT_S)
        probe.connect(address[4])


def payments(settings: Settings) -> Iterator[Finding]:
    """Look whether the provider of payments answers, and takes our signature."""
    for word, detail in provider_told(settings, KeptSecrets(os.environ, settings.secrets_folder)):
        yield Finding(word, "payments", detail)


def port(settings: Settings) -> Iterator[Finding]:
    """Look whether the port is free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            detail = f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); choose another port"
            yield Finding("warn", "port", detail)
        else:
            yield Finding("good", "port", f"{settings.host}:{settings.port} is free")


def public_address(settings: Settings) -> Iterator[Finding]:
    """Look whether the public address has a name that is known here."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        detail = f"{host} is not known here ({error.strerror}); agencies answer to {settings.base_url}/v1/callbacks"
        yield Finding("warn", "public address", detail)
    else:
        yield Finding("good", "public address", settings.base_url)


def clock(_: Settings) -> Iterator[Finding]:
    """Look whether the clock was ever set: signatures live five minutes."""
    if SystemClock().now() < EARLIEST:
        yield Finding("bad", "clock", f"is before {EARLIEST:%Y}; set it, by NTP: signatures live five minutes")
    else:
        yield Finding("good", "clock", "looks set; keep it so by NTP, since signatures live five minutes")


LOOKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    data_folder,
    keys,
    journal,
    payments,
    port,
    public_address,
    clock,
)
"""What is looked at once the settings can be read."""
