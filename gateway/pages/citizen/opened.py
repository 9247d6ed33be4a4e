"""What a browser has opened: each application and draft by its service, how it stands, and since when."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from contracts.units import Text
from gateway.identity.callers import Caller
from gateway.pages import replies
from gateway.pages.steps import case_word
from gateway.pages.words import Word
from gateway.problems import NotFound, TooManyRequests
from gateway.requests import GatewayRequest, caller_of, calls_of

DRAFT: Final = Word(Text("Draf", "Draft"), "quiet", Text("Belum dikirim.", "Not sent yet."))

GONE: Final = Word(
    Text("Tidak ada lagi", "No longer there"),
    "quiet",
    Text("Draf yang berakhir atau dihapus tidak disimpan.", "Drafts that are over or deleted are not kept."),
)


class Opened(Struct, frozen=True, kw_only=True):
    """A line of the list. `word` is None for what cannot be read just now.

    An output that ends is valid `until`, and can be renewed `since`; without that, it is or was.
    """

    case: str
    title: Text | None = None
    word: Word | None = None
    at: datetime | None = None
    until: datetime | None = None
    since: datetime | None = None


async def opened_here(request: GatewayRequest) -> list[Opened]:
    """Give what this browser has opened, the last one first."""
    caller, found = caller_of(request), list[Opened]()
    for case in replies.cases_of(request)[-replies.MOST_CASES :]:
        try:
            found.append(await _one(request, caller, case))
        except NotFound:
            found.append(Opened(case=case, word=GONE))
        except TooManyRequests:
            found.append(Opened(case=case))
    return sorted(found, key=lambda each: each.at.timestamp() if each.at else 0, reverse=True)


async def _one(request: GatewayRequest, caller: Caller, case: str) -> Opened:
    calls = calls_of(request)
    if await calls.drafts.is_draft(caller, case):
        draft = await calls.drafts.read(caller, case)
        return Opened(case=case, title=draft.title, word=DRAFT, at=draft.saved_at)
    view = await calls.read_case(caller, case)
    renewal = await calls.renewing.standing(caller, case)
    return Opened(
        case=case,
        title=view.title,
        word=case_word(view),
        at=view.opened_at,
        until=renewal.until if renewal is not None else None,
        since=renewal.since if renewal is not None and renewal.word == "closed" else None,
    )
