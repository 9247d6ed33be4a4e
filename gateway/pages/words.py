"""Every state in plain words: one table for each kind of state, so that a page never shows a word of the code.

An applicant reads the word and the sentence; operations read the same word beside the state's own name. A sentence
stands under its agency's name, and takes `{again}` where a time belongs to it.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from contracts.revocation import PartRevocation
from contracts.units import Text
from workflows.outputs.wording import ATTESTED

Tone = Literal["quiet", "active", "action", "done", "bad", "warn"]
"""How a word is set: by colour and by sign, never by colour alone."""


class Word(Struct, frozen=True):
    """A state for people: its word, how it is set, and a sentence that says what goes on and whose move is next."""

    word: Text
    tone: Tone
    sentence: Text


STEP_WORDS: dict[str, Word] = {
    "waiting": Word(
        Text("Menunggu", "Waiting"),
        "quiet",
        Text("Dimulai setelah langkah sebelumnya selesai.", "Starts when the steps before it are done."),
    ),
    "ready": Word(Text("Menunggu", "Waiting"), "quiet", Text("Siap dikirim.", "Ready to be sent.")),
    "asked": Word(
        Text("Sedang diproses", "In progress"),
        "active",
        Text("Permintaan sedang dikirim.", "The request is on its way."),
    ),
    "failed": Word(
        Text("Sedang diproses", "In progress"),
        "active",
        Text(
            "Instansi ini belum menjawab; kami coba lagi pukul {again}.",
            "This agency has not answered yet; we try again at {again}.",
        ),
    ),
    "accepted": Word(
        Text("Sedang diproses", "In progress"),
        "active",
        Text(
            "Instansi ini sudah menerima permintaan dan sedang mengerjakannya.",
            "This agency has the request and works on it.",
        ),
    ),
    "maintenance": Word(
        Text("Menunggu instansi", "Waiting for the agency"),
        "quiet",
        Text(
            "Sistem instansi ini sedang dipelihara sampai {until}. Permintaan belum dikirim; kami kirim sesudahnya.",
            "This agency's system is under maintenance until {until}. The request is not sent yet; we send it then.",
        ),
    ),
    "unreachable": Word(
        Text("Menunggu instansi", "Waiting for the agency"),
        "quiet",
        Text(
            "Instansi ini sedang tidak dapat dihubungi. Permintaan belum dikirim; kami kirim begitu bisa.",
            "This agency cannot be reached at the moment. The request is not sent yet; we send it as soon as it can.",
        ),
    ),
    "told_to_wait": Word(
        Text("Menunggu instansi", "Waiting for the agency"),
        "quiet",
        Text(
            "Instansi ini meminta kami menunggu sampai {until}. Permintaan belum dikirim; kami kirim sesudahnya.",
            "This agency asks us to wait until {until}. The request is not sent yet; we send it then.",
        ),
    ),
    "queue": Word(
        Text("Menunggu instansi", "Waiting for the agency"),
        "quiet",
        Text(
            "Banyak permintaan menunggu instansi ini. Permintaan dikirim begitu gilirannya tiba.",
            "Many requests wait for this agency. This one is sent when it is its turn.",
        ),
    ),
    "with_officer": Word(
        Text("Sedang diproses", "In progress"),
        "active",
        Text("Sedang diperiksa petugas.", "An officer is looking at it."),
    ),
    "being_checked": Word(
        Text("Sedang dicek", "Being checked"),
        "active",
        Text(
            "Permintaan terkirim, tetapi jawabannya belum sampai. Kami sedang memastikan hasilnya; "
            "berikutnya pukul {again}.",
            "The request was sent, but no answer has arrived. We are making sure of its outcome; next at {again}.",
        ),
    ),
    "contributed": Word(
        Text("Selesai", "Done"), "done", Text("Hasilnya sudah kami terima.", "We have its contribution.")
    ),
    "deemed": Word(
        Text("Dikabulkan menurut hukum", "Granted by law"),
        "done",
        Text(
            "Instansi ini tidak menjawab pada waktunya; menurut hukum permohonan ini dikabulkan.",
            "This agency did not answer in time; by law this is granted.",
        ),
    ),
    "refused": Word(Text("Ditolak", "Refused"), "bad", Text("Instansi ini menolak.", "This agency refused.")),
    "your_move": Word(
        Text("Perlu tindakan Anda", "Needs your action"),
        "action",
        Text("Instansi ini meminta Anda memperbaiki jawaban.", "This agency asks you to correct an answer."),
    ),
    "returned": Word(
        Text("Perlu tindakan Anda", "Needs your action"),
        "action",
        Text("Instansi ini meminta Anda memperbaiki jawaban.", "This agency asks you to correct an answer."),
    ),
    "exhausted": Word(
        Text("Belum terjawab", "Not answered yet"),
        "warn",
        Text(
            "Instansi ini belum menjawab. Petugas kami sedang mengurusnya; Anda tidak perlu melakukan apa-apa.",
            "This agency has not answered. Our staff are seeing to it; you need not do anything.",
        ),
    ),
    "skipped": Word(
        Text("Tidak diperlukan", "Not needed"),
        "quiet",
        Text("Langkah ini tidak diperlukan.", "This step is not needed."),
    ),
    "dropped": Word(
        Text("Tidak dilanjutkan", "Not continued"),
        "quiet",
        Text("Instansi ini tidak dimintai apa-apa lagi.", "Nothing more is asked of this agency."),
    ),
    "undoing": Word(
        Text("Sedang dibatalkan", "Being cancelled"),
        "active",
        Text("Instansi ini diminta membatalkan bagian ini.", "This agency is asked to take this back."),
    ),
    "undone": Word(
        Text("Dibatalkan", "Cancelled"),
        "quiet",
        Text("Instansi ini sudah membatalkan bagian ini.", "This agency has taken this back."),
    ),
    "undo_refused": Word(
        Text("Pembatalan ditangani petugas", "Cancellation with our staff"),
        "warn",
        Text(
            "Instansi ini tidak membatalkan bagian ini. Petugas kami sedang mengurusnya.",
            "This agency does not take this back. Our staff are seeing to it.",
        ),
    ),
    "undo_exhausted": Word(
        Text("Pembatalan belum terjawab", "Cancellation not answered yet"),
        "warn",
        Text(
            "Instansi ini belum menjawab pembatalan. Petugas kami sedang mengurusnya.",
            "This agency has not answered the cancellation. Our staff are seeing to it.",
        ),
    ),
    "kept": Word(
        Text("Tetap berlaku", "Still stands"),
        "warn",
        Text("Hasil dari instansi ini tetap berlaku.", "What this agency gave still stands."),
    ),
}
"""Every step state, and the three that a page tells apart beyond them: `with_officer`, `being_checked`, `your_move`."""

CASE_WORDS: dict[str, Word] = {
    "draft": Word(
        Text("Konsep", "Draft"), "quiet", Text("Permohonan belum dikirim.", "The application is not sent yet.")
    ),
    "open": Word(
        Text("Sedang diproses", "In progress"),
        "active",
        Text("Permohonan Anda sedang diproses.", "Your application is being processed."),
    ),
    "issuing": Word(
        Text("Sedang diterbitkan", "Being issued"),
        "active",
        Text(
            "Semua instansi selesai. Hasil layanan bersama sedang disegel.",
            "Every agency is done. The joint output is being sealed.",
        ),
    ),
    "issued": Word(
        Text("Selesai", "Done"),
        "done",
        Text("Hasil layanan bersama sudah terbit.", "The joint output has been issued."),
    ),
    "revoking": Word(
        Text("Sedang dicabut", "Being revoked"),
        "warn",
        Text("Hasil layanan bersama sedang dicabut.", "The joint output is being revoked."),
    ),
    "revoked": Word(
        Text("Dicabut", "Revoked"),
        "bad",
        Text(
            "Hasil layanan bersama dicabut dan tidak berlaku lagi.", "The joint output is revoked and no longer valid."
        ),
    ),
    "closing": Word(
        Text("Sedang ditutup", "Being closed"),
        "active",
        Text(
            "Permohonan ini tidak akan diterbitkan. Yang perlu dibatalkan sedang dibatalkan.",
            "This application will not be issued. What must be taken back is being taken back.",
        ),
    ),
    "refused": Word(
        Text("Ditolak", "Refused"),
        "bad",
        Text(
            "Permohonan ditolak. Surat penutupan menjelaskan alasannya dan ke mana Anda dapat mengajukan keberatan.",
            "The application was refused. The closing record says why, and where you can object.",
        ),
    ),
    "withdrawn": Word(
        Text("Ditarik", "Withdrawn"),
        "quiet",
        Text("Permohonan sudah Anda tarik.", "You have withdrawn the application."),
    ),
    "expired": Word(
        Text("Lewat waktu", "Expired"),
        "bad",
        Text("Waktunya habis sebelum permohonan lengkap.", "Time ran out before the application was complete."),
    ),
    "ended": Word(
        Text("Dihentikan", "Ended"),
        "bad",
        Text(
            "Permohonan dihentikan oleh petugas. Surat penutupan menjelaskan alasannya.",
            "The application was ended by our staff. The closing record says why.",
        ),
    ),
}

MARK_WORDS: dict[str, Word] = {
    "waiting": Word(
        Text("Perlu tindakan Anda", "Needs your action"),
        "action",
        Text("Kami menunggu jawaban Anda.", "We are waiting for your answer."),
    ),
    "held": Word(
        Text("Ditangani petugas", "With our staff"),
        "warn",
        Text(
            "Satu langkah belum dapat dilanjutkan. Petugas kami sedang mengurusnya; langkah lain tetap berjalan.",
            "One step cannot go on yet. Our staff are seeing to it; other steps go on.",
        ),
    ),
    "paused": Word(
        Text("Dijeda", "Paused"),
        "warn",
        Text(
            "Permohonan dijeda oleh petugas dan akan dilanjutkan.",
            "The application is paused by our staff and will go on.",
        ),
    ),
}
"""Marks go before the state of the case; the last of these that a case has is shown."""

STAFF_MARK_WORDS: dict[str, Word] = {
    **MARK_WORDS,
    "waiting": Word(Text("Menunggu pemohon", "Waiting for the applicant"), "action", Text("", "")),
    "held": Word(Text("Perlu ditangani", "Needs a person"), "warn", Text("", "")),
}
"""The same for staff, of whom the action is asked that applicants need not care about, and the other way round."""

STAFF_STEP_WORDS: dict[str, Word] = {"returned": STAFF_MARK_WORDS["waiting"]}
"""Step states whose word speaks to the applicant, for staff."""

PART_OF_ANOTHER = Word(Text("Bagian permohonan lain", "Part of another application"), "quiet", Text("", ""))
"""A case that is a step of another one."""

RETRYING = Word(Text("Sedang diulang", "Retrying"), "warn", Text("", ""))
"""A case of which an attempt was not heard and is repeated by itself."""

OVERDUE = Word(Text("Lewat waktu", "Overdue"), "warn", Text("", ""))
"""A case in which something was not answered, or not decided, in the time that was promised."""

RESULT_WORDS: dict[str, Word] = {
    "": Word(Text("masih berjalan", "still running"), "active", Text("", "")),
    "under way": Word(Text("masih berjalan", "still running"), "active", Text("", "")),
    "held back": Word(Text("belum dikirim", "not sent yet"), "quiet", Text("", "")),
    "to be undone": Word(Text("akan dibatalkan", "to be taken back"), "quiet", Text("", "")),
    "accepted": Word(Text("diterima, sedang dikerjakan", "accepted, being worked on"), "active", Text("", "")),
    "contributed": Word(Text("memberi hasil", "contributed"), "done", Text("", "")),
    "refused": Word(Text("ditolak", "refused"), "bad", Text("", "")),
    "returned": Word(Text("dikembalikan untuk perbaikan", "sent back for correction"), "action", Text("", "")),
    "failed": Word(Text("tidak terdengar, diulang", "not heard, repeated"), "warn", Text("", "")),
    "exhausted": Word(Text("belum terjawab", "not answered"), "bad", Text("", "")),
    "undone": Word(Text("dibatalkan", "taken back"), "done", Text("", "")),
    "undo_refused": Word(Text("pembatalan ditolak", "undo refused"), "bad", Text("", "")),
    "undo_exhausted": Word(Text("pembatalan belum terjawab", "undo not answered"), "bad", Text("", "")),
    "dropped": Word(Text("tidak dilanjutkan", "dropped"), "quiet", Text("", "")),
    "deemed": Word(Text("dikabulkan menurut hukum", "granted by law"), "done", Text("", "")),
}
"""What came of one attempt: a bar of the waterfall."""

PART_WORDS: dict[str, Word] = {
    "contributed": Word(Text("Diberikan", "Contributed"), "done", Text("", "")),
    "deemed": STEP_WORDS["deemed"],
    "refused": STEP_WORDS["refused"],
    "skipped": STEP_WORDS["skipped"],
    "missing": Word(
        Text("Belum ada", "Missing"),
        "warn",
        Text("Instansi ini belum memberikan bagiannya.", "This agency has not given its part."),
    ),
    "revoked": Word(Text("Dicabut", "Revoked"), "bad", Text("Dicabut oleh instansinya.", "Revoked by its agency.")),
    "in_part": Word(
        Text("Dicabut sebagian", "Revoked in part"),
        "warn",
        Text("Sebagian dari yang diberikannya tidak berlaku lagi.", "A part of what it gave no longer stands."),
    ),
    "undone": STEP_WORDS["undone"],
    "kept": STEP_WORDS["kept"],
    "dropped": STEP_WORDS["dropped"],
}
"""A part of a joint output or a closing record."""


def revoked_word(revocation: PartRevocation) -> Word:
    """Say of a part that it was revoked, or that something of it was."""
    return PART_WORDS["in_part" if revocation.because == "in_part" else "revoked"]


PURPOSE_UNSAID = Text("tugas instansi ini", "the agency's task")

SIGNED_WORDS: dict[str, Text] = {
    "agency": Text("ditandatangani instansi", "signed by the agency"),
    "attested": ATTESTED,
    "": Text("", ""),
}

BASIS_WORDS: dict[str, Text] = {
    "public_task": Text("tugas pelayanan publik", "public task"),
    "legal_obligation": Text("kewajiban hukum", "legal obligation"),
    "contract": Text("perjanjian", "contract"),
    "consent": Text("persetujuan Anda", "your consent"),
}

LIFE_WORDS: dict[str, Text] = {
    "business": Text("Usaha", "Business"),
    "education": Text("Pendidikan", "Education"),
    "family": Text("Keluarga", "Family"),
    "health": Text("Kesehatan", "Health"),
    "residence": Text("Tempat tinggal", "Home"),
    "work": Text("Pekerjaan", "Work"),
}
"""Parts of life, by the first word of a plan's `life_event`."""

ROLE_WORDS: dict[str, Text] = {
    "officer": Text("petugas", "officer"),
    "operator": Text("operator", "operator"),
    "agency": Text("instansi", "agency"),
}
