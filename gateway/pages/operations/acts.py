"""The operator's acts in words: what each does, what it asks for, and whether it can be taken back. Data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from contracts.contract import Contract, JsonSchema
from contracts.units import Text
from gateway.acts import ACTS, FILLED_IN
from gateway.pages.forms import moved


class ActWords(Struct, frozen=True, kw_only=True):
    """One act: what its button says, what it does; `grave`: it cannot be undone."""

    label: Text
    effect: Text
    grave: bool = False


ACT_WORDS: Final[dict[str, ActWords]] = {
    "ask-again": ActWords(
        label=Text("Tanya lagi sekarang", "Ask again now"),
        effect=Text(
            "Permintaan yang sama dikirim lagi dengan kunci yang sama: instansi tidak mengerjakannya dua kali.",
            "The same request is sent again now under the same key: the agency does not do it twice.",
        ),
    ),
    "nothing-done": ActWords(
        label=Text("Catat belum dikerjakan", "Record that nothing was done"),
        effect=Text(
            "Anda tahu dari sumber lain bahwa instansi belum mengerjakan apa pun; sesudahnya dapat ditanya lagi.",
            "You know from elsewhere that the agency did nothing; it can then be asked again. Say from where.",
        ),
    ),
    "replace": ActWords(
        label=Text("Ganti masukan", "Replace the input"),
        effect=Text(
            "Putaran baru dimulai dengan masukan ini. Yang mungkin sudah dikerjakan dibatalkan dahulu.",
            "A new round begins with this input. What the old round may have done is taken back first.",
        ),
    ),
    "contribute": ActWords(
        label=Text("Isi hasil dengan tangan", "Contribute by hand"),
        effect=Text(
            "Hasil instansi dicatat atas namanya dari bukti yang Anda sebutkan. Bagian ini akan menyebutkan hal itu.",
            "The agency's contribution is recorded from the evidence that you name. The part will say so.",
        ),
    ),
    "skip": ActWords(
        label=Text("Lewati langkah", "Skip the step"),
        effect=Text(
            "Hasil layanan bersama terbit tanpa bagian ini, dan menyebutkannya.",
            "The joint output is issued without this part, and says so.",
        ),
    ),
    "end": ActWords(
        label=Text("Hentikan permohonan", "End the case"),
        effect=Text(
            "Permohonan ditutup dengan surat penutupan; yang harus dibatalkan menurut rencana dibatalkan.",
            "The case closes with a closing record; what the plan says must be undone is undone.",
        ),
        grave=True,
    ),
    "pause": ActWords(
        label=Text("Jeda", "Pause"),
        effect=Text(
            "Tidak ada lagi yang dikirim sampai dilanjutkan; jawaban yang datang tetap dicatat.",
            "Nothing leaves until it is resumed; answers that come are still recorded.",
        ),
    ),
    "resume": ActWords(
        label=Text("Lanjutkan", "Resume"),
        effect=Text("Yang tertahan dikirim sekarang.", "What was held back is sent now."),
    ),
    "undo-again": ActWords(
        label=Text("Minta batal lagi", "Send the undo again"),
        effect=Text("Permintaan pembatalan yang sama dikirim lagi sekarang.", "The same undo is sent again now."),
    ),
    "undone": ActWords(
        label=Text("Catat sudah dibatalkan", "Record that it is undone"),
        effect=Text(
            "Anda tahu dari sumber lain bahwa instansi sudah membatalkan hasilnya; bukti wajib disebutkan.",
            "You know from elsewhere that the agency took it back; say from where.",
        ),
        grave=True,
    ),
    "keep": ActWords(
        label=Text("Biarkan tetap berlaku", "Keep the contribution"),
        effect=Text(
            "Hasil instansi tetap berlaku meskipun seharusnya dibatalkan; orang yang Anda sebut bertanggung jawab.",
            "The contribution stands although it should have been undone; whom you name answers for it.",
        ),
        grave=True,
    ),
    "take-kept": ActWords(
        label=Text("Pakai hasil yang tetap berlaku", "Take the kept contribution"),
        effect=Text(
            "Hasil lama yang tetap berlaku dipakai sebagai kata akhir langkah ini.",
            "The old contribution that stands becomes this step's word.",
        ),
    ),
    "open-anew": ActWords(
        label=Text("Buka permohonan bagian baru", "Open another sub-case"),
        effect=Text(
            "Yang tersisa dari permohonan bagian lama dibatalkan; yang memakai hasilnya diminta lagi sesudah yang baru"
            " selesai.",
            "What is left of the old sub-case is taken back, and whoever was given what it gave is asked anew once the"
            " new one is done.",
        ),
    ),
    "take-rest": ActWords(
        label=Text("Pakai yang masih berlaku", "Go on with what is left"),
        effect=Text(
            "Bagian yang masih berlaku dari permohonan bagian dipakai; yang sudah menerima bagian yang dicabut diminta"
            " lagi.",
            "What still stands of the sub-case's output is used; whoever was given what was revoked is asked anew.",
        ),
    ),
    "take-incident": ActWords(
        label=Text("Ambil insiden", "Take the incident"),
        effect=Text(
            "Mulai sekarang insiden ini ada pemiliknya; orang lain melihat siapa.",
            "From now on this incident has an owner, and others see who.",
        ),
    ),
    "refund": ActWords(
        label=Text("Kembalikan uang", "Pay back"),
        effect=Text(
            "Uang yang datang terlambat, dua kali atau tidak diminta dikembalikan oleh penyelenggara pembayaran. "
            "Yang memang harus dibayar tetap.",
            "Money that came too late, twice or unasked is paid back by the provider. What was due stays paid.",
        ),
        grave=True,
    ),
    "uphold": ActWords(
        label=Text("Terima keberatan", "Uphold the objection"),
        effect=Text(
            "Langkah ini ditolak karena keberatan itu; pemohon membaca alasan Anda dalam surat penutupan.",
            "The step is refused because of it; the applicant reads your reason in the closing record.",
        ),
        grave=True,
    ),
    "dismiss": ActWords(
        label=Text("Tolak keberatan", "Dismiss the objection"),
        effect=Text(
            "Masa tunggu berjalan terus sampai berakhir, kecuali masih ada keberatan lain.",
            "The wait goes on to its end, unless there are other objections.",
        ),
    ),
    "reassign-task": ActWords(
        label=Text("Alihkan tugas", "Reassign the task"),
        effect=Text(
            "Petugas lain mengerjakan tugas ini. Tanpa nama: tugas kembali ke daftar yang belum diambil.",
            "Another officer has this task. Without a name it goes back to those that nobody has.",
        ),
    ),
    "ask-facts": ActWords(
        label=Text("Tanyakan apakah masih sama", "Ask whether it is still so"),
        effect=Text(
            "Instansi yang memegang fakta ini ditanya apakah masih sama. Mereka menjawab sama, berbeda, atau tidak "
            "tahu; isi data mereka tidak pernah dibaca.",
            "The agencies that hold the facts are asked whether they are still so. They say same, different or "
            "unknown; what they have is never read.",
        ),
    ),
    "ask-correction": ActWords(
        label=Text("Minta perbaikan", "Ask for a correction"),
        effect=Text(
            "Instansi yang datanya berbeda diminta memperbaikinya. Perbedaan dianggap selesai setelah instansi itu "
            "menjawab sama.",
            "The agency whose register differs is asked to correct it. The difference ends when it answers same.",
        ),
    ),
    "revoke-part": ActWords(
        label=Text("Catat bagian dicabut instansinya", "Record that an agency revoked its part"),
        effect=Text(
            "Anda tahu dari sumber lain bahwa instansi mencabut bagiannya. Yang memeriksa hasil ini akan membacanya; "
            "kalau bagian itu wajib, seluruh hasil dicabut.",
            "You know from elsewhere that the agency revoked its part. Whoever verifies the output will read it; "
            "where the part is required, the whole output is revoked.",
        ),
        grave=True,
    ),
    "revoke": ActWords(
        label=Text("Cabut hasil layanan bersama", "Revoke the joint output"),
        effect=Text(
            "Setiap orang yang memeriksa hasil ini akan membaca bahwa ia dicabut.",
            "Everybody who verifies this output will read that it is revoked.",
        ),
        grave=True,
    ),
}

_REASON: Final[JsonSchema] = {
    "type": "string",
    "minLength": 3,
    "maxLength": 1000,
    "x-ui": {
        "component": "textarea",
        "label": {"id": "Alasan", "en": "Reason"},
        "hint": {"id": "Dicatat bersama nama Anda", "en": "Recorded with your name"},
        "error": {"id": "Tulis alasannya", "en": "Write the reason"},
        "order": 9,
    },
}
_FIELDS: Final[dict[str, JsonSchema]] = {
    "owner": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "x-ui": {
            "label": {"id": "Penanggung jawab", "en": "Who answers for it"},
            "hint": {"id": "Nama dan jabatan", "en": "Name and office"},
        },
    },
    "objection": {
        "type": "integer",
        "minimum": 1,
        "x-ui": {"label": {"id": "Nomor keberatan", "en": "Number of the objection"}},
    },
    "legal_basis": {
        "type": "string",
        "minLength": 3,
        "maxLength": 500,
        "x-ui": {
            "label": {"id": "Dasar hukum pencabutan", "en": "Legal basis of the revocation"},
            "error": {"id": "Sebutkan dasar hukumnya", "en": "Name the law"},
        },
    },
    "remedy": {
        "type": "string",
        "minLength": 3,
        "maxLength": 500,
        "x-ui": {
            "label": {"id": "Ke mana pemohon dapat berkeberatan", "en": "Where one may object"},
            "hint": {"id": "Tempat dan batas waktunya", "en": "The place, and until when"},
            "error": {"id": "Sebutkan di mana dan sampai kapan", "en": "Say where and until when"},
        },
    },
    "evidence": {
        "type": "string",
        "minLength": 3,
        "maxLength": 500,
        "x-ui": {
            "label": {"id": "Bukti", "en": "Evidence"},
            "hint": {
                "id": "Dari mana Anda tahu: nomor surat, telepon dengan siapa dan kapan",
                "en": "From where you know: a letter's number, a call with whom and when",
            },
        },
    },
}

_OFFICER: Final[JsonSchema] = {
    "type": "string",
    "maxLength": 200,
    "x-ui": {
        "label": {"id": "Petugas", "en": "Officer"},
        "hint": {
            "id": "Seperti instansi/nama. Kosongkan agar tugas dapat diambil siapa saja",
            "en": "As agency/name. Leave it empty so that anybody may take the task",
        },
    },
}

_GROUPS: Final[dict[str, dict[str, Any]]] = {
    "input": {
        "label": {"id": "Masukan baru", "en": "New input"},
        "hint": {
            "id": "Isi semuanya: masukan yang lama tidak ditampilkan",
            "en": "Fill in all of it: the old input is not shown",
        },
    },
    "output": {
        "label": {"id": "Hasil", "en": "Contribution"},
        "hint": {"id": "Tepat seperti yang diberikan instansi", "en": "Exactly as the agency gave it"},
    },
}

REJECTION_WORDS: Final[Mapping[str, str]] = {
    "already_open": "Permohonan ini sudah dibuka.",
    "not_open": "Permohonan ini tidak lagi terbuka.",
    "unknown_step": "Langkah ini tidak ada dalam permohonan ini.",
    "not_now": "Tindakan ini tidak cocok dengan keadaan langkah sekarang. Lihat lagi permohonannya.",
    "not_optional": "Langkah ini wajib, jadi tidak dapat dilewati.",
    "locked": "Masukan ini terkunci: sebuah langkah yang tidak dapat dibatalkan sudah memakainya.",
    "outcome_unknown": "Belum pasti apakah permintaan sudah dikerjakan. Pastikan itu dahulu.",
    "not_correctable": "Tidak ada jawaban yang sedang menunggu perbaikan.",
    "nothing_changed": "Tidak ada yang berubah.",
    "input_invalid": "Masukan ini tidak sesuai dengan kontrak layanan.",
    "output_invalid": "Hasil ini tidak sesuai dengan kontrak layanan.",
    "form_invalid": "Jawaban formulir belum benar.",
    "too_late": "Waktunya sudah lewat.",
    "taken": "Tugas ini sedang dikerjakan petugas lain.",
    "same_person": "Keputusan ini Anda sendiri yang mengusulkan: petugas lain yang mengesahkannya.",
}
"""Why the core does not carry an act out, in Indonesian; in English it says so itself, more exactly."""

EVENT_WORDS: Final[dict[str, Text]] = {
    "CaseOpened": Text("Dibuka", "Opened"),
    "StepAsked": ACT_WORDS["ask-again"].label,
    "ItemsListed": ACT_WORDS["ask-again"].label,
    "NothingDone": ACT_WORDS["nothing-done"].label,
    "RoundOpened": ACT_WORDS["replace"].label,
    "OpenedAnew": ACT_WORDS["open-anew"].label,
    "RestTaken": ACT_WORDS["take-rest"].label,
    "StepContributed": ACT_WORDS["contribute"].label,
    "StepSkipped": ACT_WORDS["skip"].label,
    "CaseEndedByHand": ACT_WORDS["end"].label,
    "CasePaused": ACT_WORDS["pause"].label,
    "CaseResumed": ACT_WORDS["resume"].label,
    "UndoAsked": ACT_WORDS["undo-again"].label,
    "UndoStarted": ACT_WORDS["undo-again"].label,
    "StepUndone": ACT_WORDS["undone"].label,
    "StepKept": ACT_WORDS["keep"].label,
    "KeptTaken": ACT_WORDS["take-kept"].label,
    "IncidentTaken": ACT_WORDS["take-incident"].label,
    "RefundAsked": ACT_WORDS["refund"].label,
    "StepBegun": ACT_WORDS["ask-again"].label,
    "ObjectionDecided": Text("Putuskan keberatan", "Decide an objection"),
    "FactAsked": ACT_WORDS["ask-facts"].label,
    "PartRevoked": Text("Cabut bagian", "Revoke a part"),
    "OutputRevoked": ACT_WORDS["revoke"].label,
}
"""Acts as the journal names them."""


def act_schema(act: str, contract: Contract | None = None) -> JsonSchema:
    """Give what an act asks, as a schema: what it needs beside the step, and always the reason.

    `contract` is the step's: the act is asked what its `input`, or its `output`, describes (`FILLED_IN`).
    """
    needed = [name for name in ACTS[act].needs if name != "step"]
    properties: dict[str, Any] = {name: _FIELDS[name] for name in needed if name in _FIELDS}
    given = FILLED_IN.get(act)
    if given is not None:
        schema = {"input": contract.input, "output": contract.output}[given] if contract else {"type": "object"}
        asked = moved(schema, f"#/properties/{given}")
        properties = {
            given: {"type": "object", **asked, "x-ui": {**asked.get("x-ui", {}), **_GROUPS[given]}},
            **properties,
        }
    if act == "reassign-task":
        properties["owner"] = _OFFICER
    return {"type": "object", "required": [*needed, "reason"], "properties": {**properties, "reason": _REASON}}
