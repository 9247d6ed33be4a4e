"""How a stand-in is to misbehave: refusals and faults, wished for by a header of whoever asks, or for every ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct, structs

from contracts.contract import Contract
from contracts.units import seconds

HEADER: Final = "Gapura-Stand-In"
LONGEST_S: Final = 600.0
"""The longest that a stand-in waits before it answers or calls back."""
_SERVER_ERRORS: Final = range(400, 600)


class Wished(Struct, frozen=True, kw_only=True):
    """What is wished for; nothing: the contract is kept."""

    refuse: str = ""
    return_: tuple[str, ...] = ()
    refuse_undo: str = ""
    silence: bool = False
    status: int = 0
    slow_s: float = 0
    duplicate: bool = False
    late_callback_s: float | None = None
    bad_signature: bool = False
    wrong_output: bool = False

    def and_also(self, other: Wished) -> Wished:
        """Give these wishes with another's beside; where both say something, the other's."""
        said = {name: value for name in other.__struct_fields__ if (value := getattr(other, name)) != _NONE[name]}
        return structs.replace(self, **said)


_NONE: Final = {name: getattr(Wished(), name) for name in Wished.__struct_fields__}
NOTHING: Final = Wished()


class WishesUnknown(ValueError):
    """Wishes that cannot be granted: what is wrong with each, and everything that is possible."""

    def __init__(self, wrong: list[str], possible: list[str]) -> None:
        """Take what is wrong, and what could be written."""
        super().__init__("; ".join(wrong))
        self.wrong, self.possible = wrong, possible


class _Wrong(ValueError):
    pass


class Wish(Struct, frozen=True):
    """One that may be wished for: how it is written, what the stand-in does then, and what it makes of its value."""

    written: str
    does: str
    read: Callable[[str, Contract], Mapping[str, object]]

    @property
    def name(self) -> str:
        """What stands before its value."""
        return self.written.partition("=")[0]


def _refusal(value: str, contract: Contract) -> Mapping[str, object]:
    if value not in contract.refusals:
        raise _Wrong(f"is none of the contract's refusals ({', '.join(contract.refusals) or 'it has none'})")
    return {"refuse": value}


def _inputs(value: str, contract: Contract) -> Mapping[str, object]:
    named, known = tuple(value.split("+")), contract.input.get("properties", {})
    if not value or any(name not in known for name in named):
        raise _Wrong(f"names no inputs of the contract ({', '.join(known)})")
    return {"return_": named}


def _code(value: str, _contract: Contract) -> Mapping[str, object]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", value or "too_late"):
        raise _Wrong("is no code: lower-case letters, digits and underscores")
    return {"refuse_undo": value or "too_late"}


def _status(value: str, _contract: Contract) -> Mapping[str, object]:
    if not value.isdecimal() or int(value) not in _SERVER_ERRORS:
        raise _Wrong("is no status from 400 to 599")
    return {"status": int(value)}


def _duration(field: str) -> Callable[[str, Contract], Mapping[str, object]]:
    def read(value: str, _contract: Contract) -> Mapping[str, object]:
        try:
            length = seconds(re.sub(r"(?<=\d)(?=[a-z])", " ", value))
        except ValueError:
            raise _Wrong("is no duration such as 3 s or 500 ms") from None
        if length > LONGEST_S:
            raise _Wrong(f"is longer than {LONGEST_S / 60:.0f} min")
        return {field: length}

    return read


def _flag(field: str) -> Callable[[str, Contract], Mapping[str, object]]:
    def read(value: str, _contract: Contract) -> Mapping[str, object]:
        if value:
            raise _Wrong("takes no value")
        return {field: True}

    return read


WISHES: Final = (
    Wish("refuse=CODE", "refuses the ask with a code of the contract's refusals", _refusal),
    Wish("return=INPUT+INPUT", "sends the ask back: these inputs must change", _inputs),
    Wish("refuse-undo=CODE", "does not take back (too_late, unless another code is given)", _code),
    Wish("silence", "does what is asked and never says so", _flag("silence")),
    Wish("status=500", "hears nothing and answers this status, 400 to 599", _status),
    Wish("slow=3 s", "answers this much later", _duration("slow_s")),
    Wish("duplicate", "takes a repeat for another wish and does it once more", _flag("duplicate")),
    Wish("late-callback=5 s", "answers `accepted`, and calls back this much later", _duration("late_callback_s")),
    Wish("bad-signature", "signs the answer with a key that nobody knows", _flag("bad_signature")),
    Wish("wrong-output", "contributes what the contract's `output` does not allow", _flag("wrong_output")),
)
"""Everything that may be wished for, in the order in which it is told."""
_BY_NAME: Final = {wish.name: wish for wish in WISHES}


def possible(contract: Contract) -> list[str]:
    """Give a line for everything that may be wished for of a contract."""
    codes = f" ({', '.join(contract.refusals)})" if contract.refusals else " (this contract has none)"
    return [f"{wish.written}: {wish.does}{codes if wish.name == 'refuse' else ''}" for wish in WISHES]


def read_wishes(text: str, contract: Contract) -> Wished:
    """Read wishes as the header has them: `refuse=not_a_resident, slow=3 s`; nothing: none.

    Raises:
        WishesUnknown: one of them cannot be granted; says of each what is wrong.

    """
    said: dict[str, object] = {}
    wrong: list[str] = []
    for name, value in _pairs(text):
        wish = _BY_NAME.get(name)
        if wish is None:
            wrong.append(f"{name or '(nothing)'} is nothing that can be wished for")
            continue
        try:
            said |= wish.read(value, contract)
        except _Wrong as error:
            wrong.append(f"{name}={value} {error}" if value else f"{name} {error}")
    if wrong:
        raise WishesUnknown(wrong, possible(contract))
    return structs.replace(NOTHING, **said)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    if not text.strip():
        return
    for one in re.split(r"[,;]", text):
        name, _, value = one.partition("=")
        yield name.strip().lower(), value.strip()
