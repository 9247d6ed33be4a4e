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
from typing import Final
from urllib.parse import parse_qsl

from gateway.bodies import LARGEST_BODY
from gateway.pages.answers import Posted
from gateway.problems import BodyTooLarge, BodyUnreadable, MediaTypeUnsupported, NotAllowed
from gateway.requests import GatewayRequest, body_of

COOKIE_BROWSER: Final = "gapura-browser"
TOKEN_FIELD: Final = "_token"  # noqa: S105  # the name of a field
MOST_FIELDS: Final = 2000
STALE: Final = "This form is not from a page that this browser opened. Open the page again and send it once more."
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")


class FormStale(NotAllowed):
    """The form does not come from one of our pages in this browser."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(STALE)


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
    check_token(browser_of(request.cookies), posted)
    return posted


def parse_form(body: bytes) -> dict[str, list[str]]:
    """Take a urlencoded body apart; raises BodyUnreadable."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict", encoding="utf-8"
        )
    except ValueError:
        raise BodyUnreadable("The form is not text in UTF-8, or has too many fields.") from None
    posted: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise BodyUnreadable("The form has a NUL character. Take it out.")
        posted.setdefault(name, []).append(value)
    return posted


async def read_upload(
    request: GatewayRequest, *, largest: int = 10 * LARGEST_BODY
) -> tuple[bytes, dict[str, list[str]]]:
    """Read a posted form with at most one file (`berkas`): the file's bytes, and the other fields.

    Raises:
        BodyTooLarge: it has more than `largest` bytes.
        MediaTypeUnsupported, BodyUnreadable, FormStale: as `read_posted`.

    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return b"", await read_posted(request)
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or int(declared) > largest:
        raise BodyTooLarge(f"A file has at most {largest:,} bytes.")
    form = await request.form()
    file, posted = b"", dict[str, list[str]]()
    for name, value in form.multi_items():
        if isinstance(value, str):
            posted.setdefault(name, []).append(value)
        elif name == "berkas":
            file = await value.read()
    check_token(browser_of(request.cookies), posted)
    return file, posted
