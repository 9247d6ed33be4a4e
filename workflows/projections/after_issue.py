"""After issue: what each agency is to note of what was revoked, and how a case stands to its renewals."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.after_issue import AfterIssue, Notice, NoticeView, ToldLine
from contracts.units import Text
from workflows.core.items import title_of
from workflows.core.notices import gave
from workflows.core.renewing import renewable_from
from workflows.core.state import CaseState


def after_issue(state: CaseState) -> AfterIssue | None:
    """Give what there is to say of a case after issue; None: nothing."""
    told = [
        ToldLine(
            agency=agency,
            step=notice.step,
            item=notice.item,
            at=notice.at,
            rests=agency in notice.resting,
            taken_at=notice.taken.get(agency),
        )
        for notice in state.notices
        for agency in notice.agencies
    ]
    if not (told or state.valid_until or state.renews):
        return None
    return AfterIssue(
        valid_until=state.valid_until,
        renewable_from=renewable_from(state),
        renews=state.renews,
        renewals=list(state.renewals),
        told=told,
    )


def _title(state: CaseState, notice: Notice) -> Text:
    if not notice.step:
        return state.plan.published.plan.output.title
    title, part = title_of(state.step(notice.step), notice.item), notice.part
    return title if part is None else Text(f"{title.id}: {part.id}", f"{title.en}: {part.en}")


def notices(state: CaseState, agency: str, *, noted: bool = False) -> Iterator[NoticeView]:
    """Walk over what an agency has still to note of a case; with `noted`, what it has noted too.

    It names the case and what the agency gave itself, and says nothing of anybody.
    """
    plan = state.plan.published.plan
    for number, notice in enumerate(state.notices, start=1):
        if agency not in notice.agencies or (agency in notice.taken and not noted):
            continue
        yield NoticeView(
            notice=f"{state.case}:{number}",
            case=state.case,
            service=plan.title,
            service_name=plan.service,
            agency=agency,
            step=notice.step,
            item=notice.item,
            title=_title(state, notice),
            whole=not notice.step,
            by=notice.by,
            at=notice.at,
            legal_basis=notice.legal_basis,
            gave=[title_of(state.step(name), item) for name, item in gave(state, agency)],
            rests=agency in notice.resting,
            taken_at=notice.taken.get(agency),
        )
