"""How a gateway is set up: a TOML file and the environment over it, every mistake told at once.

`GAPURA_CONFIG` names the file; each setting `name` of it is also the environment's `GAPURA_NAME`, which wins.
`docs/reference/settings.md` is the list for people; `gapura doctor` reads the same.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, structs

PREFIX: Final = "GAPURA_"
CONFIG: Final = "GAPURA_CONFIG"
SECRET_PREFIX: Final = "GAPURA_SECRET_"  # noqa: S105 - a name
"""Of what is no setting, but a secret that a contract names."""

Identity = Literal["loopback", "tokens"]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. Times are in seconds."""

    data: Path = Path("data")
    """The one folder of everything that is kept: journal, keys."""
    secrets_folder: Path | None = None
    """The folder of secrets that contracts name, one file each; `GAPURA_SECRET_NAME` in the environment wins."""
    host: str = "127.0.0.1"
    port: int = 8000
    """0: any free port; the first line of output names it."""
    public_url: str = ""
    """Where agencies and browsers reach this gateway; empty: `http://host:port`."""
    identity: Identity = "loopback"
    """`tokens`: officers and operators prove themselves by tokens, so that others than this machine may connect."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    operator: str = "The operator of this gateway"
    contact: str = ""
    """Whom people write to: an e-mail address; shown in the API's document and on the pages."""
    requests_in_flight: int = 512
    """More at once than this are told to come back."""
    streams: int = 2000
    """Open event streams, and requests that wait for an output, together."""
    requests_per_s: float = 0
    """Of one address, on average; 0: no such limit (an edge in front may have its own)."""
    guesses_per_min: float = 20
    """Wrong secrets and tokens of one address before it has to wait."""
    drafts_days: float = 30
    """How long a draft is kept after it was saved last; then it is deleted, with its key."""
    drafts_most: int = 10_000
    """More drafts than this are not kept at once."""
    drafts_mib: int = 2048
    """More than this of files in drafts is not kept at once, in MiB."""
    drain_s: float = 8
    """How long what is under way may take once the gateway is told to stop."""
    allow_networks: tuple[str, ...] = ()
    """Loopback, private and other special networks in which agencies may be called all the same."""
    payments_url: str = ""
    """Where the provider of payments is called; empty: no service with a payment is offered."""
    payments_secret: str = "PAYMENTS__SECRET"  # noqa: S105 - a name
    """The name of the secret that is shared with the provider of payments."""
    agreement_roots: Path | None = None
    """A PEM file of certificates by which electronic signatures on agreements that come back as PDF are known."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def base_url(self) -> str:
        """The public address without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def networks(self) -> list[IPv4Network | IPv6Network]:
        """The networks in which agencies may be called although they are special."""
        return [ipaddress.ip_network(network, strict=False) for network in self.allow_networks]

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return self.base_url.startswith("https:")


class SettingsInvalid(Exception):
    """The settings have mistakes; `mistakes` is all of them, each says where and what to write."""

    def __init__(self, mistakes: list[str]) -> None:
        """Carry every mistake."""
        super().__init__("The settings have mistakes:\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
        self.mistakes = mistakes


def load_settings(environment: Mapping[str, str], **given: object) -> Settings:
    """Read the file that the environment names, the environment, and what was given on the command line, in this order.

    Raises:
        SettingsInvalid: with every mistake.

    """
    mistakes: list[str] = []
    values = _from_file(environment.get(CONFIG, ""), mistakes)
    names = {f"{PREFIX}{field.name.upper()}": field.name for field in structs.fields(Settings)}
    for variable, text in environment.items():
        if variable in names:
            values[names[variable]] = (variable, text)
        elif (
            variable.startswith(PREFIX)
            and not variable.startswith(SECRET_PREFIX)
            and (close := get_close_matches(variable, names, n=1, cutoff=0.8))
        ):
            mistakes.append(f"{variable}: there is no such setting; write {close[0]}, or unset it")
    values |= {name: (f"--{name.replace('_', '-')}", value) for name, value in given.items() if value is not None}
    taken = {name: _convert(name, where, value, mistakes) for name, (where, value) in values.items()}
    settings = structs.replace(Settings(), **{name: value for name, value in taken.items() if value is not None})
    wheres = {**{name: variable for variable, name in names.items()}, **{name: at for name, (at, _) in values.items()}}
    mistakes += [f"{wheres[name]}: {wrong}" for check in CHECKS for name, wrong in check(settings)]
    if mistakes:
        raise SettingsInvalid(mistakes)
    return settings


_PATHS: Final = frozenset({"data", "secrets_folder", "agreement_roots"})
Wrongs = Iterator[tuple[str, str]]
"""Names of settings, each with what is wrong and what to write instead."""
_SHOWN: Final = 60
"""Characters of a wrong value."""
_LISTS: Final = frozenset({"trusted_proxies", "allow_networks"})


def _from_file(name: str, mistakes: list[str]) -> dict[str, tuple[str, object]]:
    if not name:
        return {}
    try:
        loaded: dict[str, object] = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        mistakes.append(f"{CONFIG}={name}: cannot be read ({error.strerror}); name a TOML file or unset it")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mistakes.append(f"{name}: is no TOML: {error}")
        return {}
    known = structs.fields(Settings)
    names = {field.name for field in known}
    mistakes += [
        f"{name}: there is no setting {key!r}; there are {', '.join(sorted(names))}"
        for key in loaded
        if key not in names
    ]
    return {key: (f"{name}: {key}", value) for key, value in loaded.items() if key in names}


def _convert(name: str, where: str, value: object, mistakes: list[str]) -> Any:  # noqa: ANN401 - the field's own type
    kind = next(field.type for field in structs.fields(Settings) if field.name == name)
    if name in _LISTS and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return Path(str(value)) if name in _PATHS else msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        mistakes.append(f"{where}: {_unfit(name, kind, value)}")
        return None


def _unfit(name: str, kind: object, value: object) -> str:
    """Say why a value is not of the kind of its setting, and what to write."""
    default = getattr(Settings(), name)
    given = repr(value) if len(repr(value)) <= _SHOWN else f"{repr(value)[:_SHOWN]}…"
    if kind is int:
        return f"{given} is no whole number; write one, such as {default}"
    if kind is float:
        return f"{given} is no number; write one, such as {default}"
    if kind is str:
        return f"{given} is no text; write it in quotes"
    if name in _LISTS:
        return f'{given} is no list of texts; write ["10.0.0.0/8"]'
    return f"{given} is none of its words; write {' or '.join(get_args(kind))}"


def is_loopback(host: str) -> bool:
    """Say whether a listening address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _loopback_unless_identity(settings: Settings) -> Wrongs:
    if is_loopback(settings.host) or settings.identity != "loopback":
        return
    instead = "write 127.0.0.1, or identity = tokens (GAPURA_IDENTITY) once tokens are issued"
    yield "host", f"{settings.host} is reached by others, but nothing proves who they are; {instead}"


def _public_url(settings: Settings) -> Wrongs:
    given = settings.public_url
    parts = urlsplit(given)
    if not given:
        if not is_loopback(settings.host):
            yield "public_url", "must say where others reach this gateway; write https://gapura.example"
    elif parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        yield "public_url", f"{given!r} is no http(s) address without a path; write https://gapura.example"
    elif parts.scheme == "http" and not is_loopback(parts.hostname):
        yield "public_url", f"{given!r} would carry secrets in the clear; write https://{parts.netloc}"


def _payments(settings: Settings) -> Wrongs:
    parts = urlsplit(settings.payments_url)
    if "@" in parts.netloc:  # not repeated here: it may be a password, and this is printed
        yield "payments_url", "has a user or a password in it; what is shared is the secret that payments_secret names"
    elif settings.payments_url and (
        parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment
    ):
        yield "payments_url", f"{settings.payments_url!r} is no http(s) address; write https://payments.example"
    if re.fullmatch(r"[A-Z][A-Z0-9_]{0,127}", settings.payments_secret, re.ASCII) is None:
        yield "payments_secret", f"{settings.payments_secret!r} is no name of a secret; write PAYMENTS__SECRET"


def _port(settings: Settings) -> Wrongs:
    if not 0 <= settings.port <= 65535:  # noqa: PLR2004 - TCP's ports
        yield "port", f"{settings.port} is no port; write a number from 1 to 65535, or 0 for any free one"


_OF_DRAFTS: Final = ("drafts_days", "drafts_most", "drafts_mib")


def _numbers(settings: Settings) -> Wrongs:
    for name in ("requests_in_flight", "streams", "guesses_per_min", "drain_s", *_OF_DRAFTS):
        if not 0 < getattr(settings, name) < float("inf"):
            yield name, f"must be above 0; write {getattr(Settings(), name)}"
    if not 0 <= settings.requests_per_s < float("inf"):
        yield "requests_per_s", "must not be below 0; write 0 for no limit"


def _networks(settings: Settings) -> Wrongs:
    for name in sorted(_LISTS):
        for network in getattr(settings, name):
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                yield name, f"{network!r} is no address or network; write 10.0.0.5 or 10.0.0.0/24"


CHECKS: Final[tuple[Callable[[Settings], Wrongs], ...]] = (
    _port,
    _loopback_unless_identity,
    _public_url,
    _numbers,
    _networks,
    _payments,
)
"""What must fit together: each gives names of settings, with what is wrong and what to write."""
