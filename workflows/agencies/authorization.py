"""How we prove who we are to an agency's API: keys, passwords, tokens, certificates, each from a secret by name."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct
from yarl import URL

from contracts.connection import (
    ApiKeyAuth,
    BasicAuth,
    BearerAuth,
    ClientCredentials,
    OpenApiConnection,
    Secret,
    Tls,
)
from contracts.ids import Instant
from workflows.agencies.exchange import HttpExchange, Outgoing, Progress, Way
from workflows.agencies.requests import Prepared
from workflows.ports import Clock

_SPARE_S: Final = 30.0
_UNSAID_S: Final = 300.0
"""How long a token is kept whose server does not say how long it holds."""
_LONGEST_S: Final = 86_400.0
_MAX_TOKEN: Final = 16_384


class Unauthorized(Exception):
    """We cannot prove who we are; nothing was sent to the agency. The message names secrets, never their values."""


class SecretMissing(Exception):
    """The operator keeps no secret of this name."""


class Secrets(Protocol):
    """Where an operator keeps secrets."""

    def get(self, name: str) -> str:
        """Give a secret; raises SecretMissing."""
        ...


class _Grant(Struct, frozen=True):
    """What a token server answers (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: float | str | None = None


class _Token(Struct, frozen=True):
    value: str
    until: float


_KINDS: Final[dict[type, str]] = {BasicAuth: "basic", BearerAuth: "bearer", ClientCredentials: "oauth2"}


class Authorization:
    """Adds what proves us to requests; keeps fetched tokens and made TLS contexts."""

    def __init__(self, secrets: Secrets, exchange: HttpExchange, clock: Clock) -> None:
        """Take the secrets, the way by which tokens are fetched, and the clock."""
        self._secrets = secrets
        self._exchange = exchange
        self._clock = clock
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    def way(self, connection: OpenApiConnection) -> Way:
        """Give how the agency is reached: whom to trust, with which certificate, through which proxy.

        Raises:
            Unauthorized: a secret is missing or cannot be used.

        """
        proxy = None if connection.proxy is None else _proxy(self._secret(connection.proxy), connection.proxy)
        return Way(ssl=None if connection.tls is None else self._context(connection.tls), proxy=proxy)

    async def prove(self, prepared: Prepared, connection: OpenApiConnection, way: Way) -> Outgoing:
        """Give the request with everything that proves us.

        Raises:
            Unauthorized: a secret is missing, or no token is to be had.

        """
        outgoing = Outgoing(prepared.method, prepared.url, dict(prepared.headers), prepared.body)
        cookies = list(prepared.cookies)
        for auth in connection.auth:
            if isinstance(auth, ApiKeyAuth):
                outgoing = _with_key(outgoing, auth, self._secret(auth.key), cookies)
            else:
                value = await self._authorization(auth, way)
                if not _is_value(value):
                    raise Unauthorized(f"the secret of {_KINDS[type(auth)]} has characters that no header has")
                outgoing.headers["Authorization"] = value
        if cookies:
            outgoing.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies)
        return outgoing

    def forget(self, connection: OpenApiConnection, refused: Outgoing) -> bool:
        """Drop the fetched token that the agency refused (not one fetched since); say whether another can be had."""
        names = [self._name(auth) for auth in connection.auth if isinstance(auth, ClientCredentials)]
        for name in names:
            token = self._tokens.get(name)
            if token is not None and refused.headers.get("Authorization") == f"Bearer {token.value}":
                del self._tokens[name]
        return bool(names)

    async def _authorization(self, auth: BasicAuth | BearerAuth | ClientCredentials, way: Way) -> str:
        if isinstance(auth, BasicAuth):
            return _basic(self._secret(auth.user), self._secret(auth.password))
        return f"Bearer {self._secret(auth.token) if isinstance(auth, BearerAuth) else await self._token(auth, way)}"

    async def _token(self, auth: ClientCredentials, way: Way) -> str:
        """Give the token at hand, or fetch one: of many who need it, one fetches."""
        name = self._name(auth)
        async with self._locks.setdefault(name, asyncio.Lock()):
            token = self._tokens.get(name)
            if token is None or token.until <= _seconds(self._clock.now()):
                token = self._tokens[name] = await self._fetch(auth, way)
            return token.value

    async def _fetch(self, auth: ClientCredentials, way: Way) -> _Token:
        user, password = self._secret(auth.client_id), self._secret(auth.client_secret)
        form = {"grant_type": "client_credentials"}
        form |= {"scope": " ".join(auth.scopes)} if auth.scopes else {}
        form |= {"audience": auth.audience} if auth.audience else {}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "gapura",
        }
        if auth.client_in == "header":
            headers["Authorization"] = _basic(quote(user, safe=""), quote(password, safe=""))
        else:
            form |= {"client_id": user, "client_secret": password}
        outgoing = Outgoing("POST", _token_url(auth.token_url), headers, urlencode(form).encode())
        received = await self._exchange.send(outgoing, Progress(), way)
        if received.status != 200:  # noqa: PLR2004 - the only status of a grant
            raise Unauthorized(f"the token server answered {received.status}")
        try:
            grant = msgspec.json.decode(received.raw, type=_Grant)
            lasts = _UNSAID_S if grant.expires_in is None else float(grant.expires_in)
        except (ValueError, RecursionError):
            raise Unauthorized("the token server answered no token that can be read") from None
        if not _is_value(grant.access_token) or not grant.access_token or not lasts >= 0:
            raise Unauthorized("the token server answered no token that can be used")
        spare = min(_SPARE_S, lasts / 2)
        return _Token(grant.access_token, _seconds(self._clock.now()) + min(lasts, _LONGEST_S) - spare)

    def _name(self, auth: ClientCredentials) -> tuple[str, ...]:
        return (auth.token_url, auth.client_id.secret, auth.client_secret.secret, auth.audience, *auth.scopes)

    def _secret(self, secret: Secret) -> str:
        try:
            value = self._secrets.get(secret.secret)
        except SecretMissing:
            raise Unauthorized(f"the secret {secret.secret} is not set") from None
        return value

    def _context(self, tls: Tls) -> ssl.SSLContext:
        """Make a TLS context; one of the same values is made once, so that connections are kept."""
        values = tuple("" if part is None else self._secret(part) for part in (tls.certificate, tls.key, tls.ca))
        context = self._contexts.get(values)
        if context is None:
            try:
                context = _made_context(*values)
            except (ssl.SSLError, ValueError, OSError):
                names = ", ".join(part.secret for part in (tls.certificate, tls.key, tls.ca) if part is not None)
                raise Unauthorized(
                    f"of {names} no TLS connection can be made: PEM is wanted, and a key that fits"
                ) from None
            self._contexts[values] = context
        return context


def _made_context(certificate: str, key: str, ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=ca or None)
    if certificate:
        # OpenSSL reads a chain from files only: these are the owner's alone, and gone at once.
        with tempfile.TemporaryDirectory(prefix="gapura-") as folder:
            chain = Path(folder) / "client.pem"
            chain.touch(mode=0o600)
            chain.write_text(f"{certificate}\n{key}\n", encoding="ascii")
            context.load_cert_chain(chain, password=_no_password)
    return context


def _no_password() -> str:
    """Refuse a key under a password, instead of asking whoever sits at the terminal."""
    raise ValueError("the key is under a password")


def _with_key(outgoing: Outgoing, auth: ApiKeyAuth, value: str, cookies: list[tuple[str, str]]) -> Outgoing:
    if auth.place == "cookie":
        cookies.append((auth.name, quote(value, safe="")))
        return outgoing
    if auth.place == "query":
        pair = f"{quote(auth.name, safe='')}={quote(value, safe='')}"
        joint = "&" if outgoing.url.query_string else "?"
        return outgoing._replace(url=URL(f"{outgoing.url}{joint}{pair}", encoded=True))
    if not _is_value(value):
        raise Unauthorized(f"the secret {auth.key.secret} has characters that no header has")
    outgoing.headers[auth.name] = value
    return outgoing


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def _is_value(text: str) -> bool:
    return len(text) <= _MAX_TOKEN and text.isascii() and text.isprintable()


def _proxy(address: str, secret: Secret) -> URL:
    try:
        url = URL(address.strip())
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise Unauthorized(f"the secret {secret.secret} is no address of a proxy: http://user:password@host:port")
    return url


def _token_url(address: str) -> URL:
    try:
        return URL(address)
    except ValueError:
        raise Unauthorized("the address of the token server is none") from None


def _seconds(moment: Instant) -> float:
    return moment.timestamp()
