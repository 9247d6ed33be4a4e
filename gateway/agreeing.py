"""Agreements as anybody may read them: lists, one with what differs from what was signed before, and as documents."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from msgspec import structs

from contracts.agreement_views import AgreementShown, AgreementView
from contracts.ids import Instant
from contracts.plan import PublishedPlan
from gateway.parts import Parts
from gateway.problems import NotFound
from workflows.loading.agreement_differences import compare_agreements
from workflows.loading.agreement_standing import ends_within
from workflows.loading.agreements import document
from workflows.loading.differences import compare
from workflows.outputs.document import agreement_pdf
from workflows.projections.directory import Directory

MOST_DAYS: Final = 3650


class Agreements:
    """Shows agreements. All of it is public: what agencies agree on people's data, people may read."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._clock = parts.engine, parts.clock

    def listed(self, *, service: str = "", ending_days: int = 0, agency: str = "") -> list[AgreementView]:
        """Give agreements, newest first: of one service, of one agency, or those in force that end within days.

        Those that end soon come by their end, and one that a later agreement on the same service outlives is left out.
        The words' JWS are left out: each agreement has its own page.
        """
        directory, now = self._engine.directory, self._clock.now()
        views = [
            view
            for digest, known in reversed(list(directory.agreements.items()))
            if (not service or known.service == service)
            and (not agency or agency in known.agencies)
            and (view := directory.agreement(digest, now)) is not None
        ]
        if ending_days:
            views = ending(views, ending_days, now)
        return [structs.replace(view, words=[structs.replace(word, jws="") for word in view.words]) for view in views]

    def shown(self, digest: str) -> AgreementShown:
        """Give an agreement and what differs from what was signed before it. Raises NotFound."""
        directory, now = self._engine.directory, self._clock.now()
        view = directory.agreement(digest, now)
        if view is None:
            raise NotFound("There is no such agreement.")
        agreement = directory.agreements[digest]
        before = signed_before(directory, digest)
        if not before:
            return AgreementShown(agreement=agreement, view=view)
        earlier = directory.agreements[before]
        plans = directory.plan(earlier.plan_digest), directory.plan(agreement.plan_digest)
        return AgreementShown(
            agreement=agreement,
            view=view,
            before=before,
            differences=compare_agreements(earlier, agreement),
            plan_differences=_besides(*plans),
        )

    def document(self, digest: str) -> bytes:
        """Give the canonical document whose SHA-256 is signed. Raises NotFound."""
        return document(self.shown(digest).agreement)

    async def pdf(self, digest: str) -> bytes:
        """Give the PDF for people, with the canonical document attached. Raises NotFound."""
        shown = self.shown(digest)
        titles = self._engine.directory.agency_titles()
        return await asyncio.to_thread(agreement_pdf, shown.agreement, shown.view, agency_titles=titles)

    def plan(self, digest: str) -> PublishedPlan | None:
        """Give the plan that an agreement is about, if it is published here."""
        return self._engine.directory.plan(digest)

    def titles(self) -> Mapping[str, str]:
        """Give every agency's name for people."""
        return self._engine.directory.agency_titles()


def ending(views: list[AgreementView], days: int, now: Instant) -> list[AgreementView]:
    """Give those in force that end within so many days, soonest first, where no later one on the service is agreed."""
    outlived = {
        view.service: max(one.valid_until for one in views if one.service == view.service and not one.missing)
        for view in views
        if not view.missing
    }
    soon = [view for view in views if ends_within(view, days, now)]
    return sorted(
        (view for view in soon if outlived[view.service] <= view.valid_until), key=lambda view: view.valid_until
    )


def signed_before(directory: Directory, digest: str) -> str:
    """Give the newest agreement on the same service, proposed before this one, that every agency once accepted."""
    service, found = directory.agreements[digest].service, ""
    for other, known in directory.agreements.items():
        if other == digest:
            break
        if known.service == service and directory.was_agreed(other):
            found = other
    return found


def why_not_agreed(directory: Directory, service: str, now: Instant) -> str:
    """Say why the newest agreement on a service lets nobody apply: it ended, waits, was rejected or revoked."""
    digests = [digest for digest, known in directory.agreements.items() if known.service == service]
    view = directory.agreement(digests[-1], now) if digests else None
    if view is None:
        return "no agreement about it has been proposed."
    said = {
        "ended": f"its agreement ended on {view.valid_until:%Y-%m-%d}, and no new one is signed.",
        "revoked": f"{_who(view, 'revoke')} revoked the agreement. Applications that were made go on.",
        "rejected": f"{_who(view, 'reject')} rejected the agreement.",
        "not_yet": f"its agreement begins on {view.valid_from:%Y-%m-%d}.",
        "waits": f"its agreement waits for {', '.join(view.missing)}.",
        "in_force": "not every agency's signature is in force.",
    }
    return said[view.state]


def _who(view: AgreementView, decision: str) -> str:
    return ", ".join(agency for agency, said in view.decisions.items() if said == decision)


def _besides(before: PublishedPlan | None, after: PublishedPlan | None) -> list[str]:
    """Give what differs in the plans that the agreements' documents do not say."""
    if before is None or after is None or before.digest == after.digest:
        return []
    return [found.says for found in compare(before, after).differences if found.about not in {"reading", "output"}]
