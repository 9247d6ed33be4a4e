"""The words of agreements: where an agency and an agreement stand, and how a no and a silence are told."""

from __future__ import annotations

from typing import Final

from contracts.agreement import Decision
from contracts.agreement_views import AgreementState, WordState
from contracts.units import Text
from gateway.pages.words import Word

NONE: Final = Text("", "")

WORD_WORDS: Final[dict[WordState, Word]] = {
    "signed": Word(Text("Menandatangani", "Signed"), "done", NONE),
    "waits": Word(Text("Ditunggu", "Waited for"), "action", NONE),
    "rejected": Word(Text("Menolak", "Rejected"), "bad", NONE),
    "revoked": Word(Text("Mencabut", "Revoked"), "bad", NONE),
}
AGREEMENT_WORDS: Final[dict[AgreementState, Word]] = {
    "in_force": Word(
        Text("Berlaku", "In force"),
        "done",
        Text("Semua instansi menyetujuinya.", "Every agency accepts it."),
    ),
    "waits": Word(
        Text("Menunggu tanda tangan", "Waits for signatures"),
        "action",
        Text(
            "Layanan dibuka setelah semua instansi menandatangani.", "The service is offered once every agency signed."
        ),
    ),
    "rejected": Word(
        Text("Ditolak", "Rejected"),
        "bad",
        Text(
            "Layanan tidak dibuka menurut kesepakatan ini. Usulkan yang baru, atau tunggu persetujuannya.",
            "The service is not offered under this one. Propose another, or that agency accepts it later.",
        ),
    ),
    "revoked": Word(
        Text("Dicabut", "Revoked"),
        "bad",
        Text(
            "Tidak ada permohonan baru. Permohonan yang sudah berjalan diselesaikan.",
            "Nobody can apply any more. Applications that were made are finished.",
        ),
    ),
    "not_yet": Word(
        Text("Belum mulai berlaku", "Not yet valid"),
        "active",
        Text(
            "Semua instansi menyetujuinya; masa berlakunya belum mulai.",
            "Every agency accepts it; its time is to come.",
        ),
    ),
    "ended": Word(
        Text("Berakhir", "Ended"),
        "quiet",
        Text(
            "Masa berlakunya lewat: menurut kesepakatan ini tidak ada permohonan baru.",
            "Its time is over: nobody can apply under it any more.",
        ),
    ),
}
SILENCE_WORDS: Final[dict[str, Text]] = {
    "escalate": Text("diteruskan kepada penanggung jawab", "then it is escalated"),
    "exhaust": Text("dicatat belum terjawab dan ditangani penanggung jawab", "then its owner sees to it"),
    "deemed": Text("dianggap dikabulkan menurut hukum", "then it is granted by law"),
}
ABOUT_WORDS: Final[dict[str, Text]] = {
    "parties": Text("Pihak", "Parties"),
    "reading": Text("Siapa membaca apa", "Who reads what"),
    "output": Text("Isi hasil bersama", "The joint output"),
    "time": Text("Waktu", "Times"),
    "terms": Text("Ketentuan lain", "Other terms"),
}
FOUND_WORDS: Final[dict[str, Text]] = {
    "none": Text("Tidak ada tanda tangan elektronik di dalam berkas", "There is no electronic signature in the file"),
    "valid": Text(
        "Tanda tangan elektronik sah, dari penerbit sertifikat yang dikenal",
        "An electronic signature that is valid, of an issuer that is known here",
    ),
    "unknown": Text(
        "Tanda tangan elektronik utuh; penerbit sertifikatnya tidak dikenal di sini",
        "An electronic signature that is intact; the issuer of its certificate is not known here",
    ),
    "altered": Text(
        "Berkas berubah sesudah ditandatangani secara elektronik",
        "The file was altered after it was signed electronically",
    ),
}
"""What was found of electronic signatures in a PDF that came back; whether it binds is for the law, not for us."""
DECISIONS: Final[tuple[tuple[Decision, Text], ...]] = (
    ("accept", Text("Setuju", "Accepts")),
    ("reject", Text("Menolak", "Rejects")),
    ("revoke", Text("Mencabut persetujuan", "Revokes its acceptance")),
)
