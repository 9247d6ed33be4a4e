"""A case and its sub-case on their pages: what one asks is seen on the other's, and each leads to the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey
from msgspec import structs

from contracts import commands as cm
from contracts.agreement import Agreement, Instrument
from contracts.events import AgencyRegistered, AgreementProposed, AgreementSigned, PlanPublished
from contracts.plan import PublishedPlan
from contracts.views import CaseHistoryView
from gateway.catalogue import service_view
from gateway.families import live_within, why_not_offered
from gateway.pages.citizen.views import progress_page, service_page
from gateway.pages.operations.views import case_page, cases_page, within_rows
from gateway.pages.rendering import render
from tests.unit.gateway.pages.test_rendering import SHELL
from tests.unit.workflows.core.families import CHILD, PARENT, branch, hears_of, opened, parent, says
from tests.unit.workflows.core.parts import does, part
from tests.unit.workflows.core.playbook import ACT, Playbook, opens, refuses
from workflows.loading.agreements import sign
from workflows.loading.hashing import agreement_digest
from workflows.ports import CasePage
from workflows.projections.case_view import case_line, case_view
from workflows.projections.directory import Directory

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BRANCH = branch(m=part("form.x"), p=does("form.x"))


def family() -> tuple[Playbook, Playbook]:
    """Give a case, and its sub-case that asks for another answer and for something to be done."""
    child = opened(BRANCH) << ...
    play = Playbook(parent(BRANCH, b=part("s.m.number"))) >> opens() << ... >> hears_of(child, "ask") << ...
    child = child >> refuses("m", "fixable") << ...
    return play >> says(child) << ..., child


def test_what_a_sub_case_asks_is_asked_on_the_page_of_the_whole_which_leads_there_and_back() -> None:
    play, child = family()
    view, inner = case_view(play.state), case_view(child.state)
    page = progress_page(view, {}, "id", secret="gpc_x", within=[inner])
    shown = render("citizen/case.html", SHELL, {"renewal": None, "page": page}).decode()
    assert f'href="/permohonan/{CHILD}/perbaikan"' in shown
    assert f'href="/permohonan/{CHILD}/langkah/p"' in shown
    assert f'href="/permohonan/{CHILD}"' in shown
    below = render(
        "citizen/case.html", SHELL, {"renewal": None, "page": progress_page(inner, {}, "id", secret="")}
    ).decode()
    assert f'href="/permohonan/{PARENT}"' in below
    assert "/tarik" not in below, "it cannot be withdrawn alone"
    assert (inner.parent, inner.parent_step, inner.can_withdraw) == (PARENT, "s", False)


def test_operators_are_led_from_one_to_the_other_and_see_in_lists_that_one_is_part_of_another() -> None:
    play, child = family()
    nothing = CaseHistoryView(attempts=[], acts=[], events=[])
    for one, other in ((play, CHILD), (child, PARENT)):
        page = case_page(case_view(one.state), nothing, {}, now=NOW, language="id")
        context: dict[str, Any] = {"page": page, "done": None, "clocks": [], "runs": [], "bills": [], "within": []}
        shown = render("operations/case.html", SHELL, context).decode()
        assert f'href="/operasi/permohonan/{other}"' in shown
    listed = CasePage([case_line(child.state)], None)
    (row,) = cases_page(listed, dict.fromkeys(("state", "mark", "service"), ""), []).cases
    assert "Part of another application" in {word.word.en for word in row.words}


def test_an_operator_is_not_told_on_the_case_of_the_whole_that_a_sub_case_is_paused_or_where_to_go() -> None:
    play, child = family()
    child = child >> cm.PauseCase(act=ACT) << ...
    page = case_page(
        case_view(play.state), CaseHistoryView(attempts=[], acts=[], events=[]), {}, now=NOW, language="en"
    )
    context: dict[str, Any] = {"page": page, "done": None, "clocks": [], "runs": [], "bills": []}
    context["within"] = within_rows([case_line(child.state)], [])
    shown = render("operations/case.html", structs.replace(SHELL, language="en"), context).decode()
    told = shown.partition('id="di-dalam"')[2].partition("</section>")[0]
    assert f'href="/operasi/permohonan/{CHILD}"' in told
    assert "Paused" in told
    assert "Waiting for the applicant" in told


def test_the_page_of_a_service_names_those_that_are_part_of_it() -> None:
    play, _ = family()
    page = service_page(service_view(play.state.plan.published, with_form=True), {}, "id")
    shown = render("citizen/service.html", SHELL, {"service": page}).decode()
    assert 'href="/layanan/branch"' in shown


async def test_only_live_sub_cases_are_looked_at() -> None:
    play, child = family()

    class Engine:
        async def state(self, case: str) -> object:
            return child.state if case == CHILD else None

    assert await live_within(Engine(), play.state) == [child.state]  # type: ignore[arg-type]  # as much as is asked of it
    child = child >> cm.EndCase(act=ACT) << ...
    assert child.state.status == "ended"
    assert await live_within(Engine(), play.state) == []  # type: ignore[arg-type]  # the same


def test_a_service_is_offered_only_while_those_that_are_steps_of_it_are_and_says_which_is_not() -> None:
    whole, inner = parent(BRANCH, b=part("form.x")).published, BRANCH.published
    directory = Directory()
    for published in (inner, whole):
        directory.apply(PlanPublished(at=NOW, published=published, actor="operator"))
    assert directory.services().keys() == {"branch@1", "playing@1"}
    assert directory.not_offered(whole, NOW) == ["branch@1"]
    assert "no agreement about it has been proposed" in why_not_offered(directory, "playing", NOW)
    _sign(directory, whole)
    assert directory.offered(NOW) == ()
    assert "branch@1" in why_not_offered(directory, "playing", NOW)
    _sign(directory, inner)
    assert {each.plan.service for each in directory.offered(NOW)} == {"branch", "playing"}


def _sign(directory: Directory, published: PublishedPlan) -> None:
    """Let every agency of a plan sign its agreement."""
    keys = {
        agency: ECKey.generate_key("P-256", {"kid": f"{agency}-{published.digest[7:15]}"})
        for agency in published.agencies
    }
    for agency, key in keys.items():
        public = {"keys": [key.as_dict(private=False)]}
        directory.apply(AgencyRegistered(at=NOW, agency=agency, title=agency, keys=public))
    plan = published.plan
    agreement = Agreement(
        service=plan.service,
        version=plan.version,
        title=plan.title,
        plan_digest=published.digest,
        lead=plan.lead,
        agencies=list(published.agencies),
        readings=[],
        parts={},
        promise=plan.promise.within,
        exhausted_owner=plan.lead,
        data_rights_contact="dpo@lead.example",
        instrument=Instrument(kind="PKS", number="1/2026", date="2026-01-02"),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
    )
    digest = agreement_digest(agreement)
    directory.apply(AgreementProposed(at=NOW, agreement=agreement, digest=digest, actor="operator"))
    for agency, key in keys.items():
        directory.apply(
            AgreementSigned(at=NOW, signature=sign(digest, agency, "accept", key.as_dict(private=True), now=NOW))
        )
