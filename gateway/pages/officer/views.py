"""What an officer's pages show, made from the gateway's tasks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from contracts.contract import JsonSchema
from contracts.documents import document_fields, documents_among
from contracts.ids import Instant
from contracts.task_views import TaskView
from contracts.units import Text
from gateway.deciding import DECISIONS
from gateway.pages.answers import at_pointer, list_lengths
from gateway.pages.documents import DocumentRow, document_row
from gateway.pages.forms import Element, Field, Form, Group, build_form, is_list
from gateway.pages.steps import name_of
from workflows.outputs.wording import label_text


class TaskRow(Struct, frozen=True, kw_only=True):
    """One task of the inbox."""

    key: str
    case: str
    title: Text
    service: Text
    since: Instant
    round: int
    undo: bool
    due: Instant | None = None
    granted_at: Instant | None = None
    who: str = ""
    mine: bool = False
    second: bool = False


class Mine(Struct, frozen=True, kw_only=True):
    """How a task stands to whoever looks: `nobody`, `mine`, `other`, `proposed` (by me), or `second` (mine to confirm).

    `who` has it, or proposed what waits, `since` then; `proposed` is that decision in words, `digest` its name.
    """

    stands: str
    who: str = ""
    since: Instant | None = None
    label: Text | None = None
    proposed: list[tuple[Text, object]] = field(default_factory=list[tuple[Text, object]])
    digest: str = ""
    objection: str = ""


class Source(Struct, frozen=True):
    """Fields that came from one place, each with its label."""

    name: Text
    fields: list[tuple[Text, object]]
    documents: list[DocumentRow]


class Choice(Struct, frozen=True, kw_only=True):
    """One decision that can be taken: its name, what its button says, what it does, and what it asks."""

    name: str
    label: Text
    effect: Text
    form: Form


class TaskPage(Struct, frozen=True, kw_only=True):
    """A task: what the agency is given, and what can be decided."""

    key: str
    case: str
    title: Text
    service: Text
    since: Instant
    undo: bool
    sources: list[Source]
    choices: list[Choice]
    due: Instant | None = None
    granted_at: Instant | None = None
    mine: Mine = Mine(stands="nobody")


LABELS: Final[dict[str, tuple[Text, Text]]] = {
    "contribute": (
        Text("Setujui", "Approve"),
        Text("Hasil di bawah diberikan atas nama instansi Anda.", "What stands below is given in your agency's name."),
    ),
    "return": (
        Text("Kembalikan untuk perbaikan", "Send back for correction"),
        Text(
            "Pemohon diminta memperbaiki jawaban yang Anda pilih. Waktu instansi Anda berhenti sampai ia menjawab.",
            "The applicant is asked to correct what you choose. Your agency's clock stops until they answer.",
        ),
    ),
    "refuse": (
        Text("Tolak", "Refuse"),
        Text(
            "Alasannya salah satu dari daftar dalam kontrak layanan; pemohon diberi tahu ke mana ia dapat keberatan.",
            "The reason is one of your contract's list; the applicant is told where to object.",
        ),
    ),
    "undone": (
        Text("Sudah dibatalkan", "It is taken back"),
        Text("Instansi Anda sudah membatalkan hasilnya.", "Your agency has taken its contribution back."),
    ),
    "undo_refused": (
        Text("Tidak dapat dibatalkan", "It cannot be taken back"),
        Text(
            "Hasilnya tetap berlaku; operator mengurus selanjutnya.", "The contribution stands; an operator sees to it."
        ),
    ),
}
"""What each decision is called, and what it does."""

_DECISION_OF: Final = {
    "contributed": "contribute",
    "returned": "return",
    "refused": "refuse",
    "undone": "undone",
    "undo_refused": "undo_refused",
}
"""The decision that an answer is."""

TABS: Final[dict[str, Text]] = {
    "unassigned": Text("Belum diambil", "Unassigned"),
    "mine": Text("Tugas saya", "Mine"),
    "second": Text("Menunggu pengesahan", "To confirm"),
    "overdue": Text("Terlambat", "Overdue"),
    "all": Text("Semua", "All"),
    "done": Text("Selesai", "Done"),
}
"""The lists of an inbox."""

DECIDED: Final[dict[str, Text]] = {
    "contributed": Text("Disetujui", "Approved"),
    "deemed": Text("Dikabulkan menurut hukum", "Granted by law"),
    "refused": Text("Ditolak", "Refused"),
    "returned": Text("Dikembalikan", "Sent back"),
    "undone": Text("Dibatalkan", "Taken back"),
}
"""The word of a decided task; any other is said as a decision that something else followed."""

DONE_WORDS: Final[dict[str, Text]] = {
    "contribute": Text("Permintaan disetujui dan hasilnya diberikan.", "Approved; the contribution is given."),
    "return": Text("Permintaan dikembalikan kepada pemohon.", "Sent back to the applicant."),
    "refuse": Text("Permintaan ditolak.", "Refused."),
    "undone": Text("Hasilnya sudah dibatalkan.", "The contribution is taken back."),
    "undo_refused": Text(
        "Hasilnya tetap berlaku; operator diberi tahu.", "The contribution stands; operators are told."
    ),
}
"""What is said after each decision."""

DESK_WORDS: Final[dict[str, Text]] = {
    "claim": Text("Tugas ini sekarang tugas Anda.", "This task is yours now."),
    "release": Text("Tugas ini kembali ke daftar yang belum diambil.", "The task is back among the unassigned."),
    "handover": Text("Tugas ini diserahkan kepada rekan Anda.", "Your colleague has the task now."),
    "confirm": Text("Keputusan rekan Anda disahkan.", "Your colleague's decision is confirmed."),
    "reject": Text("Keputusan itu kembali kepada rekan Anda.", "The decision is back with your colleague."),
    "proposed": Text("Keputusan Anda menunggu pengesahan petugas kedua.", "Your decision waits for a second officer."),
}
"""What is said after everything else that is done with a task."""

SOURCES: Final[dict[str, Text]] = {
    "form": Text("Dari pemohon", "From the applicant"),
    "case": Text("Dari permohonan", "From the case"),
    "plan": Text("Dari rencana layanan", "From the plan"),
    "": Text("Hasil instansi Anda", "What your agency gave"),
}


def task_row(task: TaskView, officer: str = "") -> TaskRow:
    """Give a line of the inbox of this `officer`."""
    return TaskRow(
        key=task.key,
        case=task.case,
        title=task.title,
        service=task.service,
        since=task.since,
        round=task.round,
        undo=task.verb == "undo",
        due=task.due,
        granted_at=task.granted_at,
        who=name_in(task.officer),
        mine=task.officer == officer,
        second=task.proposal is not None and task.proposal.officer != officer,
    )


def name_in(actor: str) -> str:
    """Give a person's name alone, as colleagues know it."""
    return actor.rpartition("/")[2]


def standing(task: TaskView, officer: str) -> Mine:
    """Say how a task stands to an officer."""
    proposal = task.proposal
    if proposal is not None:
        name = _DECISION_OF[proposal.answer["outcome"]]
        return Mine(
            stands="proposed" if proposal.officer == officer else "second",
            who=name_in(proposal.officer),
            since=proposal.at,
            label=LABELS[name][0],
            proposed=told_rows(task, name, proposal.answer.get("output", proposal.answer)),
            digest=proposal.digest,
        )
    stands = "nobody" if not task.officer else "mine" if task.officer == officer else "other"
    return Mine(stands=stands, who=name_in(task.officer), since=task.claimed_at, objection=task.objection)


def told_rows(task: TaskView, name: str, answers: Mapping[str, Any]) -> list[tuple[Text, object]]:
    """Give a decision as it will be recorded: each of its fields with its label."""
    schema = schema_of(task, name)
    form = build_form(schema, list_lengths(schema, answers))
    return [(label, value) for label, _, value in _rows(form.elements, answers)]


def task_page(task: TaskView, names: Mapping[str, str], officer: str = "") -> TaskPage:
    """Give a task with everything that this officer can decide of it; `names` are the agencies'."""
    offered = [name for name in DECISIONS[task.verb] if name != "return" or task.correctable]
    return TaskPage(
        key=task.key,
        case=task.case,
        title=task.title,
        service=task.service,
        since=task.since,
        undo=task.verb == "undo",
        sources=_sources(task, names),
        choices=[_choice(task, name) for name in offered],
        due=task.due,
        granted_at=task.granted_at,
        mine=standing(task, officer),
    )


def _choice(task: TaskView, name: str) -> Choice:
    label, effect = LABELS[name]
    return Choice(name=name, label=label, effect=effect, form=build_form(schema_of(task, name)))


def schema_of(task: TaskView, name: str) -> JsonSchema:
    """Give what a decision asks, as a schema: the contract's output, its list of refusals, or what must change."""
    note: JsonSchema = {
        "type": "string",
        "maxLength": 1000,
        "x-ui": {"label": {"id": "Penjelasan untuk pemohon", "en": "Explanation for the applicant"}, "order": 9},
    }
    match name:
        case "contribute":
            return task.output_schema
        case "refuse":
            code: JsonSchema = {"enum": list(task.refusals), "x-ui": {"label": {"id": "Alasan", "en": "Reason"}}}
            code["x-ui"]["options"] = {key: _plain(title) for key, title in task.refusals.items()}
            code["x-ui"]["component"] = "radios"
            return {"type": "object", "required": ["code"], "properties": {"code": code, "text": note}}
        case "return":
            labels = _labels(task.input_schema)
            options = {name: _plain(label_text(name, labels)) for name in task.correctable}
            inputs: JsonSchema = {
                "type": "array",
                "minItems": 1,
                "items": {"enum": task.correctable},
                "x-ui": {
                    "label": {"id": "Yang harus diperbaiki", "en": "What must be corrected"},
                    "options": options,
                    "error": {"id": "Pilih paling sedikit satu", "en": "Choose at least one"},
                },
            }
            return {"type": "object", "required": ["inputs", "text"], "properties": {"inputs": inputs, "text": note}}
        case "undo_refused":
            return {"type": "object", "required": ["text"], "properties": {"text": note}}
        case _:
            return {"type": "object", "properties": {}}


def _sources(task: TaskView, names: Mapping[str, str]) -> list[Source]:
    """Put what the agency is given under where it came from: the applicant first, then other agencies' steps."""
    form = build_form(task.input_schema, list_lengths(task.input_schema, task.input))
    grouped: dict[str, list[tuple[Text, object]]] = {}
    documents: dict[str, list[DocumentRow]] = {}
    described = documents_among(task.input, document_fields(task.input_schema))
    for label, pointer, value in _rows(form.elements, task.input):
        field = pointer.split("/")[1]
        source = task.sources.get(field, "")
        rows = grouped.setdefault(source, [])
        if field in described:
            row = document_row(label, described[field], f"/petugas/dokumen/{task.key}")
            documents.setdefault(source, []).append(row)
        else:
            rows.append((label, value))
    order = sorted(grouped, key=lambda name: (name != "form", name))
    return [Source(_source(name, task, names), grouped[name], documents.get(name, [])) for name in order]


def fact_rows(form: JsonSchema, reference: str, value: object) -> list[tuple[Text, object]]:
    """Give a fact in the words of the form that it comes from; nothing where it comes from a step."""
    root, *names = reference.split(".")
    if root != "form":
        return []
    pointer = "".join(f"/{name}" for name in names)
    document = value
    for name in reversed(names):
        document = {name: document}
    rows = _rows(build_form(form).elements, document)
    return [(label, shown) for label, at, shown in rows if f"{at}/".startswith(f"{pointer}/")]


def _rows(elements: Sequence[Element], document: object) -> list[tuple[Text, str, object]]:
    """Walk over the questions of a schema and give what stands at each, in words where the schema has them."""
    rows: list[tuple[Text, str, object]] = []
    for element in elements:
        if isinstance(element, Field):
            value = at_pointer(document, element.pointer)
            if value is not None:
                rows.append((element.label, element.pointer, _worded(element, value)))
        else:
            rows += _rows(element.children if isinstance(element, Group) else element.items, document)
    return rows


def _worded(field: Field, value: object) -> object:
    texts = {option.value: option.label for option in field.options}
    if is_list(value):
        return [texts.get(str(item), item) for item in value]
    return texts.get(str(value), value)


def _source(name: str, task: TaskView, names: Mapping[str, str]) -> Text:
    """Say where fields came from: the applicant, the plan, or the agency whose contribution they are."""
    if name in SOURCES:
        return SOURCES[name]
    agency = name_of(task.givers[name], names) if name in task.givers else name
    return Text(f"Dari {agency}", f"From {agency}")


def _labels(schema: JsonSchema) -> dict[str, Text]:
    elements = build_form(schema).elements
    return {element.pointer.removeprefix("/"): element.label for element in elements}


def _plain(text: Text) -> dict[str, Any]:
    return {"id": text.id, "en": text.en}
