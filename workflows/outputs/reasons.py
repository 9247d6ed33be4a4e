"""Why a verdict is what it is: a closed list, in Indonesian and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from contracts.units import Text

ReasonCode = Literal[
    "too_large",
    "unreadable",
    "no_credential",
    "damaged",
    "several_credentials",
    "altered",
    "forged_key",
    "unknown_issuer",
    "not_a_joint_output",
    "not_yet_valid",
    "expired",
    "part_forged",
    "part_key_unknown",
    "part_keys_missing",
    "page_differs",
    "page_changed",
    "page_other_code",
    "document_altered",
    "document_missing",
    "page_saved_again",
    "revoked",
    "part_revoked",
    "status_not_checked",
    "code_only",
]


class Reason(Struct, frozen=True):
    """One reason: its code, what it means for people, and the technical detail (English; may be empty)."""

    code: ReasonCode
    text: Text
    detail: str = ""


_TEXTS: Final[Mapping[ReasonCode, Text]] = {
    "too_large": Text("Berkas terlalu besar untuk diperiksa.", "The file is too large to be verified."),
    "unreadable": Text("Berkas ini tidak dapat dibaca.", "This file cannot be read."),
    "no_credential": Text(
        "Tidak ada hasil layanan bersama di dalam berkas ini.", "There is no joint service output in this file."
    ),
    "damaged": Text(
        "Lampiran di dalam PDF ini rusak atau telah diubah.", "The attachment in this PDF is damaged or was altered."
    ),
    "several_credentials": Text(
        "PDF ini membawa lebih dari satu hasil layanan bersama.", "This PDF carries more than one joint service output."
    ),
    "altered": Text("Isinya telah diubah setelah ditandatangani.", "Its content was changed after it had been signed."),
    "forged_key": Text(
        "Mengaku diterbitkan oleh penerbit ini, tetapi tidak ditandatangani dengan kunci penerbit yang Anda percayai.",
        "It claims to be from this issuer but is not signed with a key of the issuer that you trust.",
    ),
    "unknown_issuer": Text("Penerbitnya tidak dikenal.", "Its issuer is not known."),
    "not_a_joint_output": Text("Ini bukan hasil layanan bersama.", "This is no joint service output."),
    "not_yet_valid": Text("Belum berlaku.", "It is not valid yet."),
    "expired": Text("Masa berlakunya telah lewat.", "It has expired."),
    "part_forged": Text(
        "Tanda tangan sebuah instansi tidak cocok dengan bagiannya.", "An agency's signature does not fit its part."
    ),
    "part_key_unknown": Text(
        "Sebuah bagian ditandatangani dengan kunci instansi yang tidak dikenal.",
        "A part is signed with a key that is not known for its agency.",
    ),
    "part_keys_missing": Text(
        "Tanda tangan sebuah instansi tidak diperiksa: kuncinya tidak ada pada Anda.",
        "An agency's signature was not checked: its keys are not at hand.",
    ),
    "page_differs": Text(
        "Halaman PDF ini tidak sama dengan hasil yang dilampirkan. Yang berlaku ialah daftar di bawah.",
        "The pages of this PDF are not those of the attached output. What counts is the list below.",
    ),
    "page_changed": Text(
        "Berkas PDF ini berubah sejak dibuat. Hasil yang dilampirkan masih utuh: yang berlaku ialah daftar di bawah.",
        "This PDF was changed since it was made. The attached output is intact: what counts is the list below.",
    ),
    "page_other_code": Text(
        "Kode QR pada halaman ini milik dokumen lain.", "The QR code on the page belongs to another document."
    ),
    "document_altered": Text(
        "Sebuah dokumen yang dilampirkan pada PDF ini bukan dokumen yang diberikan instansi.",
        "A document that is attached to this PDF is not one that an agency gave.",
    ),
    "document_missing": Text(
        "Tidak semua dokumen instansi terlampir pada berkas ini.",
        "Not every document of the agencies is attached to this file.",
    ),
    "page_saved_again": Text(
        "PDF ini disimpan ulang oleh program lain. Bandingkan isinya dengan daftar di bawah.",
        "This PDF was saved again by another program. Compare it with the list below.",
    ),
    "revoked": Text("Hasil ini telah dicabut oleh penerbitnya.", "This output was revoked by its issuer."),
    "part_revoked": Text(
        "Sebuah bagian telah dicabut oleh instansinya dan tidak berlaku lagi. Lihat tandanya pada daftar di bawah.",
        "A part was revoked by its agency and is no longer valid. The list below says which.",
    ),
    "status_not_checked": Text(
        "Pencabutan tidak diperiksa: tidak ada daftar status yang dapat dipakai.",
        "Whether it was revoked was not checked: there is no usable status list.",
    ),
    "code_only": Text(
        "Kode ini asli. Cocokkan isinya dengan daftar yang ditampilkan.",
        "This code is genuine. Compare the document with the list that is shown.",
    ),
}


def reason(code: ReasonCode, detail: str = "") -> Reason:
    """Give a reason of the list."""
    return Reason(code, _TEXTS[code], detail)
