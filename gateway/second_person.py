"""Acts that cannot be taken back need a second person, or broken glass: which they are, and how a run of one stands.

The rule for the list: an act is on it if it ends for good what is owed to somebody, and no later act or answer gives it
back. Not on it is what the joint output says of itself (`contribute`, `skip`), what names who answers from now on
(`keep`, `take-incident`), what a later act mends (`replace`, `ask-again`, `undo-again`, `pause`, `take-kept`,
`reassign-task`), what only lets an agency be asked again under its own key (`nothing-done`), and a decision on a right
with its own remedy (`uphold`, `dismiss`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from contracts.bulk import BulkLine, BulkView, ReviewState, RunState
from contracts.events import BulkStarted
from contracts.ids import Instant
from contracts.units import same_person
from gateway.agency_keys import key_changes
from workflows.projections.directory import Directory
from workflows.projections.runs import BulkRun

SECOND_PERSON: Final[Mapping[str, str]] = {
    "end": "the application ends unissued; whoever applied must begin again",
    "revoke": "everybody who verifies the joint output reads from now on that it does not count",
    "revoke-part": "a part stands no more on one person's word, and with a part that is required the whole output",
    "undone": "the duty to have it taken back ends on one person's word; nobody would look for what still stands",
}
"""Acts on cases that need a second person, each with what it ends."""
ISSUE_TOKEN: Final = "issue-token"  # noqa: S105 - the word for an act
"""A token: with an operator's one person could be two, with an officer's or an agency's one decides for an agency."""
RECORD_SIGNED: Final = "record-signed"
"""An agency's word on an agreement, from a PDF that came back: with it one person would decide for an agency."""
OWNER: Final = "owner of the data folder"
"""Whom the first token is issued to: whoever can read that file holds the keys and the journal too."""
WAITS_FOR: Final = timedelta(days=7)
"""How long an act waits for a second person; then somebody begins it anew."""
REVIEWED_WITHIN: Final = timedelta(days=3)
"""Within which what was done behind broken glass is looked at: three times 24 hours, holidays or not."""


def state_of(run: BulkRun, now: Instant) -> RunState:
    """Give the word for how a run stands."""
    if run.stopped is not None:
        return "stopped"
    if run.waits:
        return "waits" if now < run.started.at + WAITS_FOR else "lapsed"
    return "running" if left_of(run) else "done"


def left_of(run: BulkRun) -> list[int]:
    """Give the places of the cases that are still to be carried out, in the run's list."""
    through = {result.case for result in run.results}
    return [index for index, case in enumerate(run.started.cases) if case not in through]


def review_of(run: BulkRun, now: Instant) -> ReviewState:
    """Give whether what was done behind broken glass is still to be looked at, or what was found."""
    if not run.started.broke_glass:
        return ""
    if run.reviewed is not None:
        return "right" if run.reviewed.right else "wrong"
    return "due" if now < run.started.at + REVIEWED_WITHIN else "overdue"


def may_second(directory: Directory, token_run: str) -> bool:
    """Whether a token may be the second one: not if it was issued behind broken glass that nobody has found right."""
    run = directory.bulk_runs.get(token_run)
    return run is None or bool(run.approved_by) or (run.reviewed is not None and run.reviewed.right)


def rests_on(directory: Directory, run: str) -> list[BulkRun]:
    """Give a run that was found not right, and what was begun under tokens that rest on it alone, oldest first.

    Whoever was let in behind broken glass may have let others in the same way before anybody looked.
    """
    fallen = {run: directory.bulk_runs[run]}
    for name, each in directory.bulk_runs.items():
        if each.started.by_run in fallen and not may_second(directory, name):
            fallen[name] = each
    return list(fallen.values())


def run_view(run: BulkRun, directory: Directory, now: Instant) -> BulkView:
    """Give how a run stands, with a line for each case that was carried out, or that waits."""
    started, state, review = run.started, state_of(run, now), review_of(run, now)
    lines = [
        BulkLine(case=each.case, step=each.step, word=each.word, detail=each.detail, code=each.code)
        for each in run.results
    ]
    if run.waits:  # whoever approves it sees what
        steps = [*started.steps, *[""] * len(started.cases)]
        lines = [BulkLine(case=case, step=step, word="fits") for case, step in zip(started.cases, steps, strict=False)]
    ends = {"waits": started.at + WAITS_FOR, "lapsed": started.at + WAITS_FOR}
    return BulkView(
        run=started.run,
        act=started.act,
        reason=started.reason,
        actor=started.actor,
        state=state,
        total=len(started.cases),
        left=len(left_of(run)),
        at=started.at,
        until=started.at + REVIEWED_WITHIN if review in {"due", "overdue"} else ends.get(state),
        done=sum(line.word == "done" for line in lines),
        refused=sum(line.word == "refused" for line in lines),
        single=started.single,
        person=_about(started),
        role=started.token.role if started.token is not None else "",
        agency=_agency_of(started),
        evidence=started.evidence,
        legal_basis=started.legal_basis,
        remedy=started.remedy,
        owner=started.owner,
        approved_by=run.approved_by,
        broke_glass=started.broke_glass,
        alone=(state == "waits" or review in {"due", "overdue"}) and not _others(run, directory, now),
        stopped_by=run.stopped.actor if run.stopped is not None else "",
        stopped_why=run.stopped.reason if run.stopped is not None else "",
        review=review,
        reviewed_by=run.reviewed.actor if run.reviewed is not None else "",
        reviewed_text=run.reviewed.text if run.reviewed is not None else "",
        lines=lines,
        joined=started.joined,
        keys=key_changes(started.agency_keys) if started.agency_keys is not None else [],
        paper=started.paper,
    )


def _agency_of(started: BulkStarted) -> str:
    if started.agency_keys is not None:
        return started.agency_keys.agency
    return started.token.agency if started.token is not None else ""


def _about(started: BulkStarted) -> str:
    if started.token is not None:
        return started.token.person
    return started.paper.name if started.paper is not None else ""


def _others(run: BulkRun, directory: Directory, now: Instant) -> bool:
    return any(
        token.role == "operator"
        and token.expires_at > now
        and not same_person(token.person, run.started.actor)
        and may_second(directory, token.run)
        for token in directory.tokens.values()
    )
