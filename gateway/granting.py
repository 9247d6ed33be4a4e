"""What a run on no case comes to once nothing is waited for: a token, keys of an agency, a word on an agreement."""

from __future__ import annotations

from contracts.events import (
    AgreementPaperRecorded,
    AgreementPaperStruck,
    BulkStarted,
    NewToken,
    RegisterEvent,
    TokenIssued,
)
from contracts.ids import Instant
from gateway.agency_keys import registered
from gateway.parts import Documents


def granted(started: BulkStarted, now: Instant, documents: Documents) -> list[RegisterEvent]:
    """Give what an approved run changes in the register."""
    events: list[RegisterEvent] = []
    if started.token is not None:
        events.append(_token_of(started, started.token, now))
    if started.agency_keys is not None:
        events.append(registered(started.agency_keys, started.run, started.actor, now))
    if started.paper is not None:
        jws = documents.record(started.paper)
        events.append(AgreementPaperRecorded(at=now, word=started.paper, run=started.run, jws=jws))
    return events


def _token_of(started: BulkStarted, token: NewToken, now: Instant) -> TokenIssued:
    return TokenIssued(
        at=now,
        digest=token.digest,
        role=token.role,
        agency=token.agency,
        person=token.person,
        expires_at=token.expires_at,
        actor=started.actor,
        run=started.run,
        lead=token.lead,
    )


def struck(started: BulkStarted, at: Instant, by: str, why: str) -> list[RegisterEvent]:
    """Give what takes back a word on paper that was not to be recorded; nothing for every other run."""
    if started.paper is None:
        return []
    return [AgreementPaperStruck(at=at, agreement=started.paper.agreement, run=started.run, actor=by, reason=why)]
