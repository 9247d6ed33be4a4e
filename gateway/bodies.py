"""Reading bodies strictly: whatever comes is either a JSON object that everybody reads alike, or a 4xx problem."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Annotated, Any, Final, TypeVar, cast

import msgspec
from litestar.exceptions import InternalServerException
from msgspec import Meta

from contracts.problems import Mistake
from contracts.units import legible
from gateway.problems import BodyTooLarge, BodyUnreadable, FormInvalid, MediaTypeUnsupported

_MOST_DIGITS: Final = 12
"""Of a length that is read as it stands; whatever is longer is too much."""
LARGEST_BODY: Final = 1024 * 1024
"""Bytes that are read of a body; a form of 63 fields is about 4 KiB."""
DEEPEST: Final = 64
"""Levels of objects and lists; deeper bodies overflow stacks somewhere."""
MOST_VALUES: Final = 5000
"""Members and items of one body: each may be a mistake that has to be looked at, and a thousand cost milliseconds."""
LONGEST_NAME: Final = 200
"""Characters of a member's name: mistakes name the members that they are about."""
SLOWEST_S: Final = 10.0
"""Seconds within which a body must have arrived."""
SLOWEST_LARGE_S: Final = 30.0
"""The same where documents are in it: whoever takes longer holds a place that others wait for."""
QUICK_S: Final = 1.0
"""Seconds after which a body is a slow one, and takes a place of those."""
LARGEST_INTEGER: Final = 2**53 - 1
"""What every reader keeps exactly (RFC 7493, 2.2); identifiers are strings."""

Sentence = Annotated[str, Meta(max_length=2000)]
"""Words of one person to another: why something is done, or by whom."""


def written(words: str) -> str:
    """Give what can be read of somebody's words: what nobody can see says nothing."""
    return legible(words).strip()


JSON_TYPES: Final = frozenset({"application/json"})
YAML_TYPES: Final = frozenset({"application/yaml", "application/x-yaml"})

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)  # an unclosed string matches too: one pass, always
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_JSON_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PATH_PART = re.compile(r"\.([^.\[`]+)|\[(\d+|\.\.\.)\]")

_T = TypeVar("_T")
Slow = Callable[[], AbstractContextManager[object]]
"""Takes a place for a body that arrives slowly; raises where none is free."""


def declared_length(headers: Mapping[str, str]) -> int | None:
    """Give how many bytes a request says that its body has; None where it does not say it."""
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= _MOST_DIGITS else 10**_MOST_DIGITS


async def read_body(
    stream: AsyncIterator[bytes],
    headers: Mapping[str, str],
    *,
    largest: int = LARGEST_BODY,
    slowest_s: float = SLOWEST_S,
    slow: Slow = nullcontext,
) -> bytes:
    """Read a body whole, bounded in size and time; one that is not there after `QUICK_S` takes a place of `slow`.

    Raises:
        MediaTypeUnsupported: it is compressed.
        BodyTooLarge: it is larger than `largest` bytes.
        BodyUnreadable: it did not arrive in time, or broke off.
        Exception: what `slow` raises.

    """
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise MediaTypeUnsupported("Compressed bodies are not read. Send it without Content-Encoding.")
    declared = declared_length(headers)
    if declared is not None and declared > largest:
        raise _too_large(largest)
    read = bytearray()
    try:
        async with _Patience(slowest_s, slow):
            async for chunk in stream:
                read += chunk
                if len(read) > largest:
                    raise _too_large(largest)
    except TimeoutError:
        raise BodyUnreadable(f"The body was not complete after {slowest_s:g} s. Send it again.") from None
    except InternalServerException:  # the framework's word for a client that went away, or whose chunks are broken
        raise BodyUnreadable("The body broke off. Send it whole.") from None
    return bytes(read)


class _Patience:
    """Bounds a block in time; after `QUICK_S` it goes on only with a place among the slow ones.

    A timer rather than a task for each body: nearly every one is there at once.
    """

    __slots__ = ("_limit", "_place", "_refused", "_slow", "_timer")

    def __init__(self, slowest_s: float, slow: Slow) -> None:
        self._limit, self._slow = asyncio.timeout(slowest_s), slow
        self._place: AbstractContextManager[object] | None = None
        self._refused: Exception | None = None

    async def __aenter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(QUICK_S, self._take_place)
        await self._limit.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            if self._refused is not None:
                raise self._refused from None
            raise
        finally:
            if self._place is not None:
                self._place.__exit__(None, None, None)

    def _take_place(self) -> None:
        try:
            place = self._slow()
            place.__enter__()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised above, in the block's own task
            self._refused = error
            self._limit.reschedule(asyncio.get_running_loop().time())
        else:
            self._place = place


def media_type(headers: Mapping[str, str], offered: frozenset[str]) -> str:
    """Give the body's media type, which must be one of those offered, in UTF-8.

    Raises:
        MediaTypeUnsupported: it is not.

    """
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    wanted = " or ".join(sorted(offered))
    if kind not in offered:
        raise MediaTypeUnsupported(f"Send Content-Type: {wanted}{f', not {kind[:60]}' if kind else ''}.")
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        raise MediaTypeUnsupported(f"Send {wanted} in UTF-8, without another charset.")
    return kind


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object, strictly: UTF-8, depth, no duplicate names, only finite numbers and whole characters.

    Raises:
        BodyUnreadable: it is none; says what, where and what to do.

    """
    text = _decode(body)
    _measure(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise BodyUnreadable(f"This is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    if not isinstance(value, dict):
        raise BodyUnreadable('The body must be one JSON object: {"name": value, ...}.')
    members = cast("dict[str, Any]", value)
    if _SUSPECT.search(text):
        _check_characters(members)
    return members


def take(value: dict[str, Any], kind: type[_T]) -> _T:
    """Give a decoded body its type.

    Raises:
        FormInvalid: it does not have the shape; the error points at where.

    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        pointer = pointer_of(where.strip("`"))
        raise FormInvalid(f"The body does not have the expected shape: {what}.", [Mistake(pointer, what)]) from None


def pointer_of(path: str) -> str:
    """Turn msgspec's `$.a[0].b` into the JSON Pointer `/a/0/b`."""
    parts = [name or index for name, index in _PATH_PART.findall(path)]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _too_large(largest: int) -> BodyTooLarge:
    return BodyTooLarge(f"A body has at most {largest:,} bytes. Send less.")


def _decode(body: bytes) -> str:
    if not body.strip():
        raise BodyUnreadable("The body is empty. Send a JSON object.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyUnreadable(f"The body is not UTF-8: byte {error.start} belongs to no character.") from None
    if text.startswith("\N{BYTE ORDER MARK}"):
        raise BodyUnreadable("The body starts with a byte order mark. Send it without one.")
    return text


def _measure(text: str) -> None:
    opened = text.count("{") + text.count("[")
    if opened <= DEEPEST and opened + text.count(",") <= MOST_VALUES:
        return  # whatever stands in strings: it cannot be more than all of it
    depth, values = 0, 0
    for found in _STRUCTURE.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth, values = depth + 1, values + 1
            if depth > DEEPEST:
                raise BodyUnreadable(f"The body is nested deeper than {DEEPEST} levels. Send it flatter.")
        elif sign in "]}":
            depth -= 1
        elif sign == ",":
            values += 1
        if values > MOST_VALUES:
            raise BodyUnreadable(f"The body has more than {MOST_VALUES:,} members and items. Send fewer.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if members and max(map(len, members)) > LONGEST_NAME:
        raise BodyUnreadable(f"A name in an object has more than {LONGEST_NAME} characters. Send a shorter one.")
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                shown = name if _JSON_NAME.fullmatch(name) else "a name"
                raise BodyUnreadable(f"{shown} is given twice in one object. Give each name once.")
            seen.add(name)
    return members


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > LARGEST_INTEGER:  # noqa: PLR2004 - digits of the largest, and a sign
        raise BodyUnreadable("A whole number is beyond 2^53, which readers round. Send identifiers as strings.")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits) if len(digits) <= 64 else math.inf  # noqa: PLR2004 - no double needs more digits
    if not math.isfinite(number):
        raise BodyUnreadable("A number is too large or too long. Send numbers that fit a double.")
    return number


def _constant(name: str) -> float:
    raise BodyUnreadable(f"{name} is no JSON. Leave the member out, or send a number.")


def _check_characters(value: object) -> None:
    waiting: list[object] = [value]
    while waiting:
        value = waiting.pop()
        match value:
            case str() as text if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
                raise BodyUnreadable("A text has a NUL or half a surrogate pair. Send whole characters only.")
            case dict():
                members = cast("dict[str, object]", value)
                waiting += [*members.keys(), *members.values()]
            case list():
                waiting += cast("list[object]", value)
            case _:
                pass
