"""Reading what a browser posts, strictly, and telling our own forms from those of other sites.

A form carries a token made from a random cookie: another site can neither read the cookie nor make a form that carries
its token. Cookies of case and role count only for requests that the browser says are our own pages' besides
(`identity.authentication`), and are SameSite=Strict. None of this needs a script or a key of the server's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct
from multipart import (  # type: ignore[import-untyped]  # it has types, and no marker that says so
    MultipartSegment,
    PushMultipartParser,
)

from contracts.units import legible
from gateway.bodies import SLOWEST_LARGE_S, read_body
from gateway.pages.answers import Posted
from gateway.problems import BodyUnreadable, MediaTypeUnsupported, NotAllowed
from gateway.requests import GatewayRequest, body_of, cookies_of, slow_of

COOKIE_BROWSER: Final = "gapura-browser"
TOKEN_FIELD: Final = "_token"  # noqa: S105  # the name of a field
MOST_FIELDS: Final = 2000
MOST_PARTS: Final = 16
"""Parts of a form in which only a file and a text are asked."""
LONGEST_FILE_NAME: Final = 120
SLOWEST_UPLOAD_S: Final = SLOWEST_LARGE_S
STALE: Final = "This form is not from a page that this browser opened. Open the page again and send it once more."
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")


class Upload(Struct, frozen=True):
    """A file of a form: its name on the sender's machine, cut, and what is in it."""

    name: str
    content: bytes


Uploads: TypeAlias = Mapping[str, Upload]
"""The files of a form, by the question that each answers; a question for which none was chosen is not there."""


class FormStale(NotAllowed):
    """The form does not come from one of our pages in this browser."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(STALE)


def number_of(text: str) -> int:
    """Give the number below a million that a hidden field or an address says; 0 where it says none."""
    return int(text) if text.isdecimal() and len(text) < 7 else 0  # noqa: PLR2004 - digits


def new_browser() -> str:
    """Make the random value that tells one browser from others."""
    return secrets.token_urlsafe(32)


def browser_of(cookies: dict[str, str]) -> str:
    """Give the browser's value, or nothing when it has none of ours."""
    value = cookies.get(COOKIE_BROWSER, "")
    return value if _BROWSER.fullmatch(value) else ""


def token_for(browser: str) -> str:
    """Give the token that this browser's forms carry."""
    return hashlib.sha256(b"gapura form\n" + browser.encode()).hexdigest()


def check_token(browser: str, posted: Posted) -> None:
    """Raise FormStale unless the form carries this browser's token."""
    given = (posted.get(TOKEN_FIELD) or [""])[-1]
    if not browser or not hmac.compare_digest(given.encode(), token_for(browser).encode()):
        raise FormStale


async def read_posted(request: GatewayRequest) -> dict[str, list[str]]:
    """Read a posted form of our own.

    Raises:
        MediaTypeUnsupported: it is no form.
        BodyUnreadable: it is not UTF-8, has NUL, or too many fields.
        FormStale: it carries another token, or none.

    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise MediaTypeUnsupported("Send the form as a browser does: application/x-www-form-urlencoded.")
    posted = parse_form(await body_of(request))
    check_token(browser_of(cookies_of(request)), posted)
    return posted


def parse_form(body: bytes) -> dict[str, list[str]]:
    """Take a urlencoded body apart; raises BodyUnreadable."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict", encoding="utf-8"
        )
    except ValueError:
        raise BodyUnreadable("The form is not text in UTF-8, or has too many fields.") from None
    return _texts(pairs)


async def read_upload(
    request: GatewayRequest, *, largest: int, parts: int = MOST_PARTS
) -> tuple[Uploads, dict[str, list[str]]]:
    """Read a posted form that may have files, in at most so many parts: its files, and the other fields.

    All of it stays in memory: what strangers show us is never written to a disk.

    Raises:
        BodyTooLarge: it has more than `largest` bytes.
        MediaTypeUnsupported, BodyUnreadable, FormStale: as `read_posted`.

    """
    kind, options = request.content_type
    if kind != "multipart/form-data":
        return {}, await read_posted(request)
    body = await read_body(
        request.stream(), request.headers, largest=largest, slowest_s=SLOWEST_UPLOAD_S, slow=slow_of(request)
    )
    files, posted = parse_upload(body, options.get("boundary", ""), parts)
    check_token(browser_of(cookies_of(request)), posted)
    return files, posted


def parse_upload(body: bytes, boundary: str, parts: int = MOST_PARTS) -> tuple[Uploads, dict[str, list[str]]]:
    """Take a multipart body apart: its files, and the fields. Raises BodyUnreadable."""
    files, fields, read = dict[str, Upload](), list[tuple[str, bytes]](), bytearray()
    segment: MultipartSegment | None = None
    try:
        with PushMultipartParser(boundary, content_length=len(body), max_segment_count=parts, strict=True) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, read = event, bytearray()
                elif event:
                    read += event
                elif segment is not None and segment.filename is None:
                    fields.append((str(segment.name), bytes(read)))
                elif segment is not None and (read or segment.filename):
                    files[str(segment.name)] = Upload(_file_name(str(segment.filename)), bytes(read))
        return files, _texts((name, value.decode()) for name, value in fields)
    except ValueError:
        raise BodyUnreadable("The form cannot be read. Send it as a browser does.") from None


def _file_name(given: str) -> str:
    """Give a file's own name, without the folders that some browsers send, and what no line shows."""
    name = legible(given.replace("\\", "/").rpartition("/")[2]).replace("\n", " ").strip()
    return name[-LONGEST_FILE_NAME:]


def _texts(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    posted: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise BodyUnreadable("The form has a NUL character. Take it out.")
        posted.setdefault(name, []).append(value)
    return posted
