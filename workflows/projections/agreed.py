"""Agreements, the words on them, and under which of them a plan is agreed: a part of the register's fold."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from contracts.agreement import Agreement
from contracts.agreement_views import AgreementView
from contracts.ids import Instant
from contracts.plan import PublishedPlan
from workflows.loading.agreement_standing import Recorded, Word, standing


class Agreed:
    """Every agreement with its valid words, in the order in which they came."""

    def __init__(self) -> None:
        """Start with none."""
        self._agreements: dict[str, Agreement] = {}
        self._proposed: dict[str, Instant] = {}
        self._words: dict[str, list[Word]] = {}
        self._of_plan: dict[str, dict[str, Agreement]] = {}
        self._once: dict[str, Agreement] = {}

    def copied(self) -> Agreed:
        """Give another that knows the same, and goes its own way."""
        other = Agreed()
        other._agreements, other._proposed, other._once = {**self._agreements}, {**self._proposed}, {**self._once}
        other._words = {digest: [*words] for digest, words in self._words.items()}
        other._of_plan = {plan: {**known} for plan, known in self._of_plan.items()}
        return other

    @property
    def agreements(self) -> Mapping[str, Agreement]:
        """Every agreement, by digest."""
        return self._agreements

    def words(self, digest: str) -> list[Word]:
        """Give the valid words on an agreement, signed and on paper, in the order in which they were recorded."""
        return list(self._words.get(digest, ()))

    def once(self, digest: str) -> bool:
        """Whether every agency accepted this agreement once, whatever came after."""
        return digest in self._once

    def view(self, digest: str, now: Instant) -> AgreementView | None:
        """Say where each agency stands on an agreement."""
        known = self._agreements.get(digest)
        if known is None:
            return None
        view = standing(known, digest, self._words.get(digest, ()), now=now)
        return structs.replace(view, title=known.title, proposed_at=self._proposed.get(digest))

    def of_plan(self, plan_digest: str) -> dict[str, Agreement]:
        """Give the agreements on a plan that every agency accepts, by digest, oldest first, valid now or not."""
        return self._of_plan.get(plan_digest, {})

    def turns(self) -> list[Instant]:
        """Give the moments at which one that every agency accepts begins or ends."""
        agreed = [known for agreements in self._of_plan.values() for known in agreements.values()]
        return [moment for known in agreed for moment in (known.valid_from, known.valid_until)]

    def propose(self, digest: str, agreement: Agreement, at: Instant) -> None:
        """Take an agreement that agencies may sign from now on."""
        self._agreements[digest] = agreement
        self._proposed.setdefault(digest, at)

    def say(self, digest: str, word: Word) -> None:
        """Take a word that was found valid."""
        self._words.setdefault(digest, []).append(word)

    def strike(self, digest: str, run: str) -> None:
        """Let a word on paper count no more, by the run that recorded it."""
        kept = [one for one in self.words(digest) if not (isinstance(one, Recorded) and one.run == run)]
        self._words[digest] = kept

    def weigh(self, digest: str, plans: Mapping[str, PublishedPlan], now: Instant) -> None:
        """Note whether every agency of a plan accepts this agreement on it; when it is valid is seen when asked."""
        known = self._agreements.get(digest)
        published = None if known is None else plans.get(known.plan_digest)
        if known is None or published is None:
            return
        missing = standing(known, digest, self._words.get(digest, ()), now=now).missing
        agreed = self._of_plan.setdefault(known.plan_digest, {})
        agreed.pop(digest, None)
        if not missing and set(known.agencies) >= set(published.agencies):
            agreed[digest] = self._once[digest] = known
