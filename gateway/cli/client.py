"""Talking to a gateway as any other caller does."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
import msgspec
import rich_click as click

from gateway.cli.exits import DECLINED, UNREACHABLE, Ends

DEFAULT_URL: Final = "http://127.0.0.1:8000"
_WHO_ARE_YOU: Final = 401
_TIMEOUT: Final = aiohttp.ClientTimeout(total=90, sock_connect=5)

T = TypeVar("T")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

url_option = click.option(
    "--url", envvar="GAPURA_URL", default=DEFAULT_URL, show_default=True, help="The gateway (GAPURA_URL)."
)
token_option = click.option(
    "--token", envvar="GAPURA_TOKEN", default="", help="Your token (GAPURA_TOKEN); `gapura token issue` makes one."
)
secret_option = click.option(
    "--secret", envvar="GAPURA_SECRET", default="", help="The case's secret; default: kept from your submission."
)


class Reply(msgspec.Struct, frozen=True):
    """What a gateway answered: status, headers (lower-case names) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """Give the body as JSON."""
        return msgspec.json.decode(self.body) if self.body else None


class Client:
    """One gateway, called with one token or secret."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Take an open session, the gateway's address, and the token (empty: none)."""
        self._session, self._url = session, url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def call(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Call, and give the reply of a success.

        Raises:
            Ends: the gateway is not there, or declines; the message says why, and every mistake.

        """
        try:
            async with self._session.request(
                method, self._url + path, data=body, headers={**self._headers, **(headers or {})}
            ) as response:
                reply = Reply(
                    response.status,
                    {name.lower(): value for name, value in response.headers.items()},
                    await response.read(),
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Ends(UNREACHABLE, f"{self._url} does not answer ({error}). Is the gateway running?") from error
        if reply.status >= 400:  # noqa: PLR2004 - HTTP's errors begin here
            raise _declined(reply)
        return reply

    async def send(self, method: str, path: str, value: object, headers: Mapping[str, str] | None = None) -> Reply:
        """Call with a JSON body."""
        body = msgspec.json.encode(value)
        return await self.call(method, path, body=body, headers={"Content-Type": "application/json", **(headers or {})})

    async def get(self, path: str) -> Any:  # noqa: ANN401 - whatever is there
        """Give what is at a path, as JSON."""
        return (await self.call("GET", path, headers={"Accept": "application/json"})).json()

    async def events(self, path: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Yield the data of a server-sent event stream, from after a version, until it ends."""
        headers = {**self._headers, "Accept": "text/event-stream", "Last-Event-ID": str(after)}
        try:
            async with self._session.get(
                self._url + path, headers=headers, timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)
            ) as response:
                if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                    raise _declined(Reply(response.status, {}, await response.read()))
                async for line in response.content:
                    if line.startswith(b"data:"):
                        yield msgspec.json.decode(line[5:].strip())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Ends(UNREACHABLE, f"{self._url} went away ({error}).") from error


def _declined(reply: Reply) -> Ends:
    try:
        problem = reply.json()
        lines = [f"{problem.get('title', 'Declined')} ({reply.status})", problem.get("detail", "")]
        lines += [f"  {mistake['pointer'] or '/'}: {mistake['detail']}" for mistake in problem.get("errors", [])]
        if reply.status == _WHO_ARE_YOU:
            lines.append("  (--token or GAPURA_TOKEN gives yours; `gapura token issue` makes one)")
        if problem.get("trace_id"):
            lines.append(f"  trace {problem['trace_id']}")
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
        lines = [f"The gateway answered {reply.status}."]
    later = reply.status in {429, 503, 507} or reply.status >= 500  # noqa: PLR2004 - the server's errors
    return Ends(UNREACHABLE if later else DECLINED, "\n".join(line for line in lines if line))


@asynccontextmanager
async def connect(url: str, token: str = "") -> AsyncGenerator[Client]:
    """Open a client."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False) as session:
        yield Client(session, url, token)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part."""
    return asyncio.run(work)


def read_file(path: Path) -> bytes:
    """Read a file.

    Raises:
        Ends: it cannot be read.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Ends(2, f"{path} cannot be read: {error.strerror}.") from error


class Secrets:
    """The secrets of cases that this person submitted: a file of theirs alone (`$XDG_STATE_HOME/gapura/cases.json`)."""

    def __init__(self) -> None:
        """Find the file."""
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
        self._path = home / "gapura" / "cases.json"

    def keep(self, case: str, secret: str) -> None:
        """Remember a case's secret."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = {**self._read(), case: secret}
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(known))

    def of(self, case: str, given: str) -> str:
        """Give the secret that opens a case: the given one, else the remembered one, else none."""
        return given or self._read().get(case, "")

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as error:
            raise Ends(2, f"{self._path} is damaged; move it away: {error}") from error
