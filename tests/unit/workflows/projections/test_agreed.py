"""What is rehearsed with agreements changes nothing, and an agreement that once held is known to have."""

from __future__ import annotations

from tests.declared import contracts, plan
from tests.unit.workflows.loading.test_agreements import NOW, TERMS, everyone, word
from workflows.loading.agreements import propose
from workflows.loading.hashing import agreement_digest
from workflows.loading.plans import publish
from workflows.projections.agreed import Agreed

PUBLISHED = publish(plan(), contracts())
AGREEMENT = propose(PUBLISHED, TERMS)
DIGEST = agreement_digest(AGREEMENT)
PLANS = {PUBLISHED.digest: PUBLISHED}


def proposed() -> Agreed:
    agreed = Agreed()
    agreed.propose(DIGEST, AGREEMENT, NOW)
    agreed.weigh(DIGEST, PLANS, NOW)
    return agreed


def test_a_copy_that_goes_its_own_way_takes_the_first_with_it() -> None:
    agreed = proposed()
    other = agreed.copied()
    for signature in everyone(AGREEMENT):
        other.say(DIGEST, signature)
    other.weigh(DIGEST, PLANS, NOW)
    assert (list(other.of_plan(PUBLISHED.digest)), other.once(DIGEST)) == ([DIGEST], True)
    assert (list(agreed.of_plan(PUBLISHED.digest)), agreed.once(DIGEST), agreed.words(DIGEST)) == ([], False, [])
    assert agreed.turns() == []
    assert other.turns() == [TERMS.valid_from, TERMS.valid_until]


def test_what_was_revoked_was_never_agreed() -> None:
    agreed = proposed()
    for signature in [*everyone(AGREEMENT), word(AGREEMENT, "djp", "revoke")]:
        agreed.say(DIGEST, signature)
        agreed.weigh(DIGEST, PLANS, NOW)
    assert not agreed.of_plan(PUBLISHED.digest)
    assert agreed.once(DIGEST)


def test_an_agreement_without_its_plan_or_one_that_is_not_known_is_weighed() -> None:
    agreed = Agreed()
    agreed.weigh(DIGEST, PLANS, NOW)
    agreed.propose(DIGEST, AGREEMENT, NOW)
    agreed.weigh(DIGEST, {}, NOW)
    assert not agreed.of_plan(PUBLISHED.digest)
    view = agreed.view(DIGEST, NOW)
    assert view is not None
    assert (view.proposed_at, view.title) == (NOW, AGREEMENT.title)
    assert agreed.view("sha256:none", NOW) is None
