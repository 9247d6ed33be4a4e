from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from contracts.ids import CaseId, ItemKey, StepName
from contracts.units import Text
from contracts.views import CaseView, ClosingRecord, CorrectionView, JointOutput, PartView, ServiceView, StepView
from gateway.pages.citizen.views import life_event, output_page, progress_page, service_page

NOW = datetime(2026, 11, 24, 3, 42, tzinfo=UTC)
NAMES = {"oss": "Sistem OSS", "djp": "Kantor pajak"}


def step(name: str, state: str, **changes: object) -> StepView:
    given = StepView(
        step=StepName(name),
        item=ItemKey(""),
        round=1,
        agency="oss",
        contract="oss/register@1",
        title=Text(name, name),
        connection="wire",
        state=state,
        optional=False,
    )
    return structs.replace(given, **changes)


def case(*steps: StepView, **changes: object) -> CaseView:
    given = CaseView(
        case=CaseId("k7pm"),
        service="mulai-usaha",
        title=Text("Memulai usaha", "Start a business"),
        plan="sha256:0",
        plan_version="1.0.0",
        version=3,
        state="open",
        marks=[],
        opened_at=NOW,
        updated_at=NOW,
        promised_within="3 working days",
        steps=list(steps),
    )
    return structs.replace(given, **changes)


def test_a_case_that_is_not_issued_counts_its_dropped_steps_as_done() -> None:
    steps = (step("a", "contributed"), step("b", "refused"), step("c", "dropped"))
    counted = [
        progress_page(case(*steps, state=state), NAMES, "id", secret="").counted for state in ("open", "refused")
    ]
    assert counted == [True, False]


def test_a_step_does_not_say_whose_move_is_next() -> None:
    page = progress_page(
        case(
            step("a", "failed", again_at=NOW),
            step("b", "failed", again_at=NOW, being_checked=True),
            step("c", "accepted", connection="desk", agency="djp"),
            step("d", "exhausted"),
            step("e", "contributed"),
        ),
        NAMES,
        "id",
        secret="gpc_x",
    )
    assert [(row.agency, row.word.word.id) for row in page.steps] == [
        ("Sistem OSS", "Sedang diproses"),
        ("Sistem OSS", "Sedang dicek"),
        ("Kantor pajak", "Sedang diproses"),
        ("Sistem OSS", "Belum terjawab"),
        ("Sistem OSS", "Selesai"),
    ]
    assert page.steps[0].sentence == "Instansi ini belum menjawab; kami coba lagi pukul 10.42 WIB."
    assert "10.42 WIB" in page.steps[1].sentence
    assert page.done == 1
    assert page.live
    assert not page.finished


def test_a_correction_reads_like_a_refusal() -> None:
    asked = CorrectionView(
        step=StepName("a"),
        item=ItemKey(""),
        round=1,
        agency="oss",
        pointers=["/nik"],
        refusal=None,
        text="cek",
        until=NOW,
    )
    page = progress_page(case(step("a", "refused"), corrections=[asked], marks=["waiting"]), NAMES, "en", secret="")
    assert page.word.word.en == page.steps[0].word.word.en == "Needs your action"
    assert page.asked[0].agency == "Sistem OSS"
    assert page.done == 0


def test_a_case_at_rest_stays_live_or_hides_its_output() -> None:
    for state, output in (("issued", True), ("revoked", True), ("refused", False), ("ended", False)):
        page = progress_page(case(state=state), NAMES, "id", secret="")
        assert (page.live, page.finished, page.output) == (False, True, output)
    revoking = progress_page(case(state="revoking"), NAMES, "id", secret="")
    assert (revoking.live, revoking.finished, revoking.output) == (True, True, True)


SERVICE = ServiceView(
    service="s",
    version="1.0.0",
    plan="sha256:0",
    title=Text("S", "S"),
    description=None,
    life_event="x",
    lead="oss",
    agencies=["oss", "djp"],
    promise="3 days",
    fee="0 IDR",
    readings=[
        {
            "agency": "oss",
            "title": {"id": "Pendaftaran", "en": "Registration"},
            "fields": {"nik": "identity", "kbli": "business"},
            "labels": {"nik": {"id": "NIK", "en": "NIK"}},
            "basis": "consent",
            "legal_basis": "PP 28/2025",
            "retention": "10 years",
            "within": "1 day",
        }
    ],
    counter={"visits": 5, "days": 14, "forms": 5, "fields": 63, "source": "study", "measured_on": "2023-08"},
    form={"required": ["nik"], "properties": {"nik": {"type": "string", "pattern": "^[0-9]{16}$", "title": "NIK"}}},
)


def test_a_service_hides_who_reads_what() -> None:
    page = service_page(SERVICE, NAMES, "en")
    [reading] = page.readings
    assert (reading.agency, reading.purpose, reading.fields) == ("Sistem OSS", "Registration", ["NIK", "Kbli"])
    assert reading.basis.en == "your consent"
    assert page.counter == {"visits": 5, "days": 14, "forms": 5, "fields": 63}
    assert page.counter_source == "study"
    assert page.ready == ["NIK"]
    assert service_page(structs.replace(SERVICE, counter=None, form=None), NAMES, "id").counter is None


def test_who_applies_is_told_to_have_ready_what_not_everybody_is_asked() -> None:
    number = {"type": "string", "pattern": "^[0-9]{16}$"}
    people = {who: {"type": "object", "required": ["nik"], "properties": {"nik": number}} for who in ("ibu", "ayah")}
    titled = {who: {**one, "properties": {"nik": {**number, "title": f"NIK {who}"}}} for who, one in people.items()}
    form = {"type": "object", "required": ["ibu"], "properties": {**titled, "kartu": {**number, "title": "KK"}}}
    assert service_page(structs.replace(SERVICE, form=form), NAMES, "id").ready == ["NIK ibu"]


@pytest.mark.parametrize(("event", "words"), [("family/birth", "Keluarga"), ("sea/ship", "Sea")])
def test_a_service_is_not_put_where_it_belongs_in_a_life(event: str, words: str) -> None:
    assert life_event(event).id == words


def test_a_part_of_the_output_hides_what_it_says() -> None:
    part = PartView(
        step=StepName("a"),
        item=ItemKey(""),
        agency="oss",
        agency_title="Sistem OSS",
        title=Text("A", "A"),
        word="contributed",
        values={"risk": "low", "nib": "912"},
        evidence={"kind": "agency"},
        labels={"risk": Text("Risiko", "Risk")},
        readings={"risk": Text("Rendah", "Low")},
    )
    output = JointOutput(
        case=CaseId("k"),
        service="s",
        title=Text("Hasil", "Output"),
        plan="p",
        holder={"name": "Sri"},
        parts=[part],
        lead="oss",
        issued_at=NOW,
        holder_labels={"name": Text("Nama", "Name")},
    )
    page = output_page(output, state="revoked")
    assert (page.issued, page.revoked, page.holder) == (True, True, [(Text("Nama", "Name"), "Sri")])
    assert page.parts[0].values == [(Text("Risiko", "Risk"), Text("Rendah", "Low")), (Text("Nib", "Nib"), "912")]
    assert page.parts[0].signed is not None
    assert page.parts[0].signed.id == "ditandatangani instansi"


def test_a_closing_record_passes_for_a_joint_output() -> None:
    record = ClosingRecord(
        case=CaseId("k"),
        service="s",
        title=Text("S", "S"),
        plan="p",
        outcome="refused",
        closed_at=NOW,
        parts=[],
        reason="x",
    )
    page = output_page(record, state="refused")
    assert (page.issued, page.revoked, page.outcome.word.id, page.reason) == (False, False, "Ditolak", "x")
