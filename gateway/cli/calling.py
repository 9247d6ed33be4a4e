"""What a command needs to call a gateway: its options, the paths of the API, and replies."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
import rich_click as click

from gateway.cli.exits import UNREACHABLE, Ends

if TYPE_CHECKING:
    from gateway.cli.client import Client

DEFAULT_URL: Final = "http://127.0.0.1:8000"

T = TypeVar("T")


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    """Take a gateway's address, or say how one looks."""
    try:
        parts = urlsplit(value.strip())
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise click.BadParameter(f"{value!r} is no address; write {DEFAULT_URL}.") from None
    if not fits or parts.path.strip("/") or parts.query or parts.fragment:
        raise click.BadParameter(f"{value!r} is no address of a gateway; write {DEFAULT_URL}, without a path.")
    return value.strip().rstrip("/")


def _secret(_: click.Context, __: click.Parameter, value: str) -> str:
    """Take a token or secret; what a file had around it is left out."""
    if not value.strip().isprintable() or not value.isascii():
        raise click.BadParameter("is no token or secret of a gateway: those are one line of ASCII.")
    return value.strip()


url_option = click.option(
    "--url",
    envvar="GAPURA_URL",
    default=DEFAULT_URL,
    show_default=True,
    callback=_address,
    help="The gateway (GAPURA_URL).",
)
token_option = click.option(
    "--token",
    envvar="GAPURA_TOKEN",
    default="",
    callback=_secret,
    help="Your token (GAPURA_TOKEN); `gapura token issue` makes one.",
)
secret_option = click.option(
    "--secret",
    envvar="GAPURA_SECRET",
    default="",
    callback=_secret,
    help="The case's secret (GAPURA_SECRET); default: kept from your submission.",
)


def at(*names: str) -> str:
    """Give the path of something of the API, each name as it is written in a path."""
    return "/v1/" + "/".join(quote(name, safe="") for name in names)


class Reply(msgspec.Struct, frozen=True):
    """What a gateway answered: status, headers (lower-case names) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """Give the body as JSON."""
        return self.into(object) if self.body else None

    def into(self, kind: type[T]) -> T:
        """Give the body as a view of this kind.

        Raises:
            Ends: it is none.

        """
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.DecodeError as error:
            raise Ends(UNREACHABLE, f"The gateway's answer cannot be read ({error}): is it of this version?") from error


@asynccontextmanager
async def connect(url: str, token: str = "") -> AsyncGenerator[Client]:
    """Open a client."""
    # Only now: half of the commands call nobody, and it takes longer to load than all the rest of a command.
    from gateway.cli.client import opened  # noqa: PLC0415 - see above

    async with opened(url, token) as client:
        yield client


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part."""
    return asyncio.run(work)
