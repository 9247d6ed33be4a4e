from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

import jsonschema_rs
from msgspec import structs

from contracts.ids import AskKey, CaseId, ItemKey, StepName
from contracts.task_views import ProposalView, TaskView
from contracts.units import Text
from gateway.pages.filling import Filling
from gateway.pages.forms import Field
from gateway.pages.officer.views import fact_rows, schema_of, standing, task_page, task_row
from gateway.pages.rendering import render
from gateway.pages.shell import Shell, Theme

NAMES = {"oss": "Sistem OSS"}
RISK = {
    "enum": ["low", "high"],
    "x-ui": {"label": {"id": "Risiko", "en": "Risk"}, "options": {"low": {"id": "Rendah", "en": "Low"}}},
}
TASK = TaskView(
    key=AskKey("c/permit/ask/1"),
    case=CaseId("c"),
    step=StepName("permit"),
    item=ItemKey(""),
    round=1,
    verb="ask",
    agency="dpmptsp",
    contract="dpmptsp/verify@1",
    title=Text("Verifikasi", "Verification"),
    service=Text("Memulai usaha", "Start a business"),
    since=datetime(2026, 11, 24, tzinfo=UTC),
    input={"nib": "9120000000010", "risk": "low", "address": {"street": "Jl. Contoh"}, "workers": [{"name": "Joko"}]},
    sources={"nib": "business", "risk": "business", "address": "form", "workers": "plan"},
    givers={"business": "oss"},
    input_schema={
        "properties": {
            "nib": {"type": "string", "x-ui": {"label": {"id": "NIB", "en": "NIB"}}},
            "risk": RISK,
            "address": {"type": "object", "properties": {"street": {"type": "string"}, "village": {"type": "string"}}},
            "workers": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        }
    },
    output_schema={"type": "object", "required": ["certificate"], "properties": {"certificate": {"type": "string"}}},
    refusals={"not_met": Text("Belum memenuhi standar", "Standard not met")},
    correctable=["address"],
)


def test_fields_do_not_stand_under_where_they_came_from() -> None:
    sources = {source.name.id: source.fields for source in task_page(TASK, NAMES).sources}
    assert list(sources) == ["Dari pemohon", "Dari Sistem OSS", "Dari rencana layanan"]
    assert sources["Dari pemohon"] == [(Text("Street", "Street"), "Jl. Contoh")]
    assert sources["Dari Sistem OSS"][1] == (Text("Risiko", "Risk"), Text("Rendah", "Low"))
    assert sources["Dari rencana layanan"] == [(Text("Name", "Name"), "Joko")]


def test_a_decision_is_offered_that_cannot_be_taken() -> None:
    assert [choice.name for choice in task_page(TASK, NAMES).choices] == ["contribute", "refuse", "return"]
    locked = structs.replace(TASK, correctable=[])
    assert [choice.name for choice in task_page(locked, NAMES).choices] == ["contribute", "refuse"]


def test_an_undo_is_asked_like_an_ask() -> None:
    undo = structs.replace(
        TASK,
        verb="undo",
        input={"contributed": {"certificate": "SS-1"}},
        sources={},
        input_schema={"properties": {"contributed": TASK.output_schema}},
    )
    page = task_page(undo, NAMES)
    assert task_row(undo).undo
    assert [choice.name for choice in page.choices] == ["undone", "undo_refused"]
    assert page.sources[0].name.id == "Hasil instansi Anda"
    assert page.sources[0].fields == [(Text("Certificate", "Certificate"), "SS-1")]


def test_the_list_of_refusals_is_open() -> None:
    schema = schema_of(TASK, "refuse")
    assert jsonschema_rs.is_valid(schema, {"code": "not_met", "text": "because"})
    for wrong in ({"code": "other"}, {}):
        assert not jsonschema_rs.is_valid(schema, wrong)


def test_something_else_is_sent_back_than_what_the_applicant_can_correct() -> None:
    schema = schema_of(TASK, "return")
    assert jsonschema_rs.is_valid(schema, {"inputs": ["address"], "text": "Nomor rumah?"})
    wrong: list[dict[str, Any]] = [
        {"inputs": [], "text": "x"},
        {"inputs": ["nib"], "text": "x"},
        {"inputs": ["address"]},
    ]
    for body in wrong:
        assert not jsonschema_rs.is_valid(schema, body)
    labels = [option.label.en for field in _return_fields() for option in field.options]
    assert labels == ["Address"]


def _return_fields() -> list[Field]:
    choice = next(choice for choice in task_page(TASK, NAMES).choices if choice.name == "return")
    return list(choice.form.fields())


def test_a_task_stands_otherwise_than_it_does_to_whoever_looks() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert standing(TASK, "dpmptsp/Wati").stands == "nobody"
    claimed = structs.replace(TASK, officer="dpmptsp/Wati", claimed_at=now, objection="too harsh")
    assert standing(claimed, "dpmptsp/Wati").stands == "mine"
    other = standing(claimed, "dpmptsp/Joko")
    assert (other.stands, other.who, other.since) == ("other", "Wati", now)
    answer = {"outcome": "refused", "key": "k", "code": "not_met", "text": "no tap"}
    proposal = ProposalView(answer=answer, officer="dpmptsp/Wati", at=now, digest="sha256:0")
    proposed = structs.replace(claimed, proposal=proposal)
    assert standing(proposed, "dpmptsp/Wati").stands == "proposed"
    second = standing(proposed, "dpmptsp/Joko")
    assert (second.stands, second.label, second.digest) == ("second", Text("Tolak", "Refuse"), "sha256:0")
    assert [value for _, value in second.proposed] == [Text("Belum memenuhi standar", "Standard not met"), "no tap"]


def _shown(task: TaskView, officer: str, language: Literal["id", "en"]) -> str:
    """Give a task's page as this officer sees it, its words alone."""
    page = task_page(task, NAMES, officer)
    shell = Shell(theme=Theme(), language=language, area="officer", path="/petugas", section="/petugas", now=task.since)
    context: dict[str, object] = {
        **Filling(form=page.choices[0].form).context(),
        "page": page,
        "colleagues": (),
        "leads": False,
        "chosen": "",
        "why": None,
        "done": None,
        "preview": None,
    }
    said = re.sub(r"<[^>]+>", "", render("officer/task.html", shell, context).decode())
    return " ".join(said.split())


def test_a_desk_is_not_told_by_when_silence_grants_or_that_a_proposal_is_no_decision() -> None:
    deemed = structs.replace(TASK, granted_at=datetime(2026, 11, 27, 9, tzinfo=UTC))
    assert "granted by law" not in _shown(TASK, "dpmptsp/Wati", "en")
    assert "What your agency has not decided is granted by law on 27 November 2026, 16:00 WIB." in _shown(
        deemed, "dpmptsp/Wati", "en"
    )
    answer = {"outcome": "refused", "key": "k", "code": "not_met", "text": "no tap"}
    proposal = ProposalView(answer=answer, officer="dpmptsp/Wati", at=TASK.since, digest="sha256:0")
    proposed = structs.replace(deemed, officer="dpmptsp/Wati", proposal=proposal)
    loud = "Belum disahkan. Tanpa pengesahan petugas kedua, keputusan ini tidak berlaku: permintaan dikabulkan menurut"
    for officer in ("dpmptsp/Wati", "dpmptsp/Joko"):
        assert f"{loud} hukum pada 27 November 2026, 16.00 WIB." in _shown(proposed, officer, "id")


def test_a_fact_that_is_asked_about_is_called_by_words_of_the_code_though_its_form_has_better_ones() -> None:
    place = {
        "type": "object",
        "properties": {
            "street": {"type": "string", "x-ui": {"label": {"id": "Jalan", "en": "Street"}}},
            "risk": RISK,
        },
    }
    form = {
        "type": "object",
        "properties": {"shop": {"type": "object", "properties": {"place": place, "placement": RISK}}, "risk": RISK},
    }
    rows = fact_rows(form, "form.shop.place", {"street": "Jl. Contoh", "risk": "low"})
    assert rows == [(Text("Jalan", "Street"), "Jl. Contoh"), (Text("Risiko", "Risk"), Text("Rendah", "Low"))]
    assert fact_rows(form, "form.risk", "low") == [(Text("Risiko", "Risk"), Text("Rendah", "Low"))]
    assert fact_rows(form, "business.risk", "high") == []
