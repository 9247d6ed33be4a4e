"""An output that ends is renewed by a new case: when, once at a time, and what the old case says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.ids import AskKey, CaseId
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import ACT, START, Playbook, contributes, opens
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.rejections import Rejection
from workflows.core.renewing import BEFORE_ITS_END, last_renewal, renewable_from
from workflows.core.state import CaseState

END = START + timedelta(days=365)
NEW = CaseId("a-new-one")
BEGIN = cm.BeginRenewal(renewal=NEW)


def issued(*, ends: bool = True) -> CaseState:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> contributes("a") << ...
    seal = cm.RecordSeal(credential="vc", digest="d", status_index=7, valid_until=END if ends else None)
    return (play >> seal << "sealed" << "issued").state


def refused(state: CaseState, command: cm.BeginRenewal = BEGIN, *, days: int = 365) -> str:
    with pytest.raises(Rejection) as told:
        decide(state, command, now=START + timedelta(days=days))
    return str(told.value)


def test_an_output_is_renewed_before_its_last_ninety_days_or_not_after_its_end() -> None:
    state = issued()
    assert renewable_from(state) == END - BEFORE_ITS_END
    assert f"{END - BEFORE_ITS_END:%Y-%m-%d}" in refused(state, days=274)
    for days in (275, 365, 4000):
        events = decide(state, BEGIN, now=START + timedelta(days=days))
        assert fold(state, events).renewals == (NEW,)


def test_what_has_no_end_or_does_not_stand_is_renewed() -> None:
    endless = issued(ends=False)
    assert renewable_from(endless) is None
    assert "nothing to renew" in refused(endless)
    state = issued()
    revoked = fold(state, decide(state, cm.RevokeOutput(act=ACT), now=START))
    assert renewable_from(revoked) is None
    assert "only an output that stands" in refused(revoked)
    assert "part of another" in refused(structs.replace(state, parent=AskKey("other/a/ask/1")))


def test_two_renewals_are_begun_at_the_same_moment() -> None:
    state = issued()
    begun = fold(state, decide(state, BEGIN, now=END))
    assert last_renewal(begun) == NEW
    assert "Another renewal" in refused(begun, cm.BeginRenewal(renewal=CaseId("another-one")))
    again = decide(begun, cm.BeginRenewal(renewal=CaseId("another-one"), instead_of=NEW), now=END)
    assert fold(begun, again).renewals == (NEW, "another-one")


def test_a_renewal_does_not_say_whose_it_is_once_it_is_saved_again_or_sent() -> None:
    empty = CaseState.empty(plan(a=part("form.x")))
    save = cm.SaveDraft(case=NEW, form={"x": "1"}, secret_digest="s", expires_at=END, renews=CaseId("old"))
    draft = fold(empty, decide(empty, save, now=START))
    later = structs.replace(save, form={"x": "2"}, renews=CaseId(""))
    draft = fold(draft, decide(draft, later, now=START))
    assert draft.renews == "old"
    opened = fold(draft, decide(draft, cm.OpenCase(case=NEW, form={"x": "2"}, secret_digest="s"), now=START))
    assert (opened.status, opened.renews) == ("open", "old")
