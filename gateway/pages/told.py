"""What the gateway says in English of a row, a cell or a case, as Indonesian pages say it. Pure."""

from __future__ import annotations

import re
from typing import Final

from contracts.units import Text
from gateway.pages.operations.acts import REJECTION_WORDS
from gateway.pages.words import CASE_WORDS
from workflows.outputs.signed_pdf import NOT_IN_IT, OTHER

_SENTENCES: Final = (
    ("Choose a reason of the contract: {}.", "Pilih salah satu alasan dalam kontrak: {}."),
    ("Choose one of: {}.", "Pilih salah satu: {}."),
    ("Name the inputs that the applicant can correct: {}.", "Sebutkan data yang dapat diperbaiki pemohon: {}."),
    ("Tell the applicant what to change.", "Katakan kepada pemohon apa yang harus diubah."),
    (
        "Write what is decided: other cells of the row are filled in.",
        "Tulis putusannya: sel lain pada baris ini sudah diisi.",
    ),
    ("This task stands in row {} too.", "Tugas ini juga ada pada baris {}."),
    ("Save it as CSV in UTF-8.", "Simpan sebagai CSV dalam UTF-8."),
    ("It is no CSV: {}.", "Ini bukan CSV: {}."),
    ("This column is missing.", "Kolom ini tidak ada."),
    ("At most {} rows at once.", "Paling banyak {} baris sekaligus."),
    ("The contract's output has no such field.", "Hasil menurut kontrak tidak memuat data ini."),
    ("Write it as {}: 12, true, or JSON.", "Tulis sebagai {}: 12, true, atau JSON."),
    ("There is no such task of your agency.", "Instansi Anda tidak memiliki tugas ini."),
    ("This is a task of {}, not of {}.", "Ini tugas langkah {}, bukan {}."),
    ("It is decided, or taken back.", "Sudah diputuskan atau dibatalkan."),
    ("A decision of it waits for a second officer.", "Putusannya menunggu pengesahan petugas kedua."),
    ("{} has this task.", "Tugas ini dipegang {}."),
    ("What was given has changed since. Take a new sheet.", "Datanya sudah berubah. Unduh lembar baru."),
    ("No step of it allows this now.", "Tidak ada langkahnya yang dapat menerima tindakan ini sekarang."),
    ("It is paused already.", "Sudah dijeda."),
    ("It is not paused.", "Tidak sedang dijeda."),
    ("There is no such case, or it is erased.", "Permohonan ini tidak ada, atau datanya sudah dihapus."),
    ("It cannot be read.", "Datanya tidak dapat dibaca. Beri tahu pengelola sistem."),
    ("This step does not allow it any more.", "Langkah ini tidak dapat menerimanya lagi."),
    ("Nobody approved this in time: begin it anew.", "Tidak ada yang menyetujuinya pada waktunya: mulai lagi."),
    ("This run waits for nobody.", "Ini tidak menunggu siapa pun."),
    ("This run is over.", "Ini sudah berakhir."),
    ("Nothing of this is to be reviewed.", "Tidak ada yang perlu diperiksa di sini."),
    (
        "You started this run yourself: another operator must {}.",
        "Anda sendiri yang memulainya: operator lain yang harus memutuskannya.",
    ),
    (
        "It is about your own token: another operator must {}.",
        "Ini tentang token Anda sendiri: operator lain yang harus memutuskannya.",
    ),
    (
        "Your token was issued without a second person: until that is found right, others must confirm it.",
        "Token Anda terbit tanpa orang kedua: sampai hal itu dinyatakan tepat, petugas lain yang mengesahkan.",
    ),
    (
        "Your token was issued without a second person: until that is found right, others must {}.",
        "Token Anda terbit tanpa orang kedua: sampai hal itu dinyatakan tepat, operator lain yang memutuskan.",
    ),
    (
        "No agency that holds such a fact has contributed to this case.",
        "Tidak ada instansi pemegang fakta dalam permohonan ini.",
    ),
    (
        "Every holder was asked within the last day, and has still to answer.",
        "Semua pemegang fakta sudah ditanya dalam sehari terakhir dan belum menjawab.",
    ),
    (
        "Its joint output is past its end: facts are asked while it is valid.",
        "Hasilnya sudah berakhir: fakta ditanyakan selama hasil masih berlaku.",
    ),
    (
        "The case was {} when this was begun, and is {} now: look at it, and begin anew.",
        "Keadaan permohonan berubah sejak ini dimulai ({} menjadi {}): periksa, lalu mulai lagi.",
    ),
    (
        "The agency's keys have changed since: begin it anew.",
        "Kunci instansi ini sudah berubah sejak itu: mulai lagi.",
    ),
    ("It was revoked on {} by {}: {}", "Sudah dicabut pada {} oleh {}: {}"),
    (
        "You began this already as run {}, and {} differ now. Withdraw that run first, or let it be approved.",
        "Anda sudah memulainya sebagai {}, dan {} kini berbeda. Tarik dahulu yang itu, atau tunggu persetujuannya.",
    ),
    (
        "This key came before, and {} differ now. Nothing was done. Say it as before, or send a new key.",
        "Formulir ini sudah pernah dikirim, dan {} kini berbeda. Tidak ada yang dikerjakan. Lihat dahulu catatannya.",
    ),
    ("Is no party of this agreement: {} are.", "Bukan pihak dalam kesepakatan ini; pihaknya: {}."),
    ("Say who signed.", "Sebutkan siapa yang menandatangani."),
    ("Say in which office.", "Sebutkan jabatannya."),
    ("Give the number of the letter or instrument.", "Tulis nomor surat atau instrumennya."),
    ("Say how the paper came to you.", "Sebutkan bagaimana berkas ini sampai kepada Anda."),
    ("Say why not, as the agency says it.", "Sebutkan alasannya, menurut kata instansi itu."),
    ("Write the day as 2026-11-24.", "Tulis tanggalnya seperti 2026-11-24."),
    ("This day is still to come.", "Tanggal ini belum tiba."),
    ("This word is on record already.", "Pernyataan ini sudah tercatat."),
    (
        NOT_IN_IT,
        "PDF ini tidak memuat kesepakatannya, sebagai lampiran agreement.json atau sidik berupa teks.",
    ),
    (OTHER, "PDF ini memuat kesepakatan lain: tanda tangani PDF kesepakatan yang ini."),
    (
        "It cannot be read: {}. Send the signed PDF itself, not encrypted.",
        "Tidak dapat dibaca: {}. Kirim PDF yang ditandatangani itu sendiri, tanpa sandi.",
    ),
    (
        "Reading the signatures in the PDF takes too long: sign a fresh copy.",
        "Tanda tangan di dalam PDF terlalu lama dibaca: tanda tangani salinan baru.",
    ),
    ("Say why.", "Sebutkan alasannya."),
    ("Say what you found.", "Sebutkan apa yang Anda temukan."),
)
"""English and Indonesian; `{}` stands for what is set in, in the same order."""
_PATTERNS: Final = tuple(
    (re.compile(re.escape(english).replace(r"\{\}", "(.+)")), indonesian) for english, indonesian in _SENTENCES
)
_STATE: Final = re.compile(r"It is (\w+)\.")


def told(detail: str, code: str = "") -> Text:
    """Give a sentence of the gateway in both languages; one that is not known here stays as it is.

    `code` is the core's word for a rejection: in English the sentence says more exactly what it means.
    """
    if code in REJECTION_WORDS:
        return Text(REJECTION_WORDS[code], detail)
    for pattern, indonesian in _PATTERNS:
        if (found := pattern.fullmatch(detail)) is not None:
            return Text(indonesian.format(*found.groups()), detail)
    state = _STATE.fullmatch(detail)
    if state is not None and state[1] in CASE_WORDS:
        word = CASE_WORDS[state[1]].word
        return Text(f"Keadaannya: {word.id.lower()}.", f"It stands at: {word.en.lower()}.")
    return Text(detail, detail)
