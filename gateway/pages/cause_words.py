"""What holds a case up, in plain words: one for each cause of an incident."""

from __future__ import annotations

from contracts.units import Text

CAUSE_WORDS: dict[str, Text] = {
    "attempts": Text(
        "Semua percobaan sudah dilakukan dan tidak ada jawaban.", "Every attempt was made and none was answered."
    ),
    "answer": Text(
        "Instansi menjawab dengan galat yang tidak berubah bila diulang.",
        "The agency answered with an error that repeating does not change.",
    ),
    "contract": Text(
        "Jawaban instansi tidak sesuai dengan kontrak layanannya.", "The agency's answer breaks its contract."
    ),
    "plan": Text(
        "Data untuk langkah ini tidak sesuai dengan kontrak, jadi tidak dikirim.",
        "The data for this step does not fit the contract, so it was not sent.",
    ),
    "expression": Text("Sebuah rumus dalam rencana layanan gagal dihitung.", "An expression of the plan failed."),
    "returned": Text(
        "Petugas mengembalikan berkas tanpa menyebut jawaban yang dapat diperbaiki pemohon.",
        "An officer sent it back without naming an answer that the applicant may correct.",
    ),
    "deadline": Text("Janji waktu sudah lewat tanpa jawaban.", "The promised time has passed without an answer."),
    "unknown": Text(
        "Belum pasti apakah instansi sudah mengerjakannya; bila diminta lagi, bisa terjadi dua kali.",
        "Nobody knows whether the agency did it; asked again, it might do it twice.",
    ),
    "overdue": Text(
        "Janji waktu sudah lewat; jawaban instansi masih ditunggu.",
        "The promised time has passed; the agency is still waited for.",
    ),
    "unconfirmed": Text(
        "Sebuah keputusan menunggu pengesahan petugas kedua; tanpa itu, permohonan segera dikabulkan menurut hukum.",
        "A decision waits for its second officer; without that, silence is about to grant it by law.",
    ),
    "contested": Text(
        "Ada keberatan orang lain yang menunggu keputusan.", "An objection of somebody else waits to be decided."
    ),
    "undecided": Text(
        "Keberatan orang lain belum diputus dalam waktu yang dijanjikan penanggung jawab layanan.",
        "The service's lead has not decided somebody's objection in the time that it promised.",
    ),
    "revoked": Text(
        "Hasil permohonan bagian dari langkah ini dicabut sebelum hasil layanan bersama terbit.",
        "What this step's sub-case gave was revoked before the joint output was issued.",
    ),
    "part_revoked": Text(
        "Sebagian hasil permohonan bagian dari langkah ini dicabut sebelum hasil layanan bersama terbit.",
        "A part of what this step's sub-case gave was revoked before the joint output was issued.",
    ),
    "undo_by_hand": Text(
        "Hasil ini dicatat secara manual, jadi tidak dapat dibatalkan lewat kunci permintaannya.",
        "This was contributed by hand, so an undo by the ask's key does not take it back.",
    ),
    "undo_refused": Text("Instansi tidak membatalkan hasilnya.", "The agency does not take its contribution back."),
    "undo_exhausted": Text("Pembatalan tidak terjawab.", "The undo was not answered."),
}
"""Why somebody must look at a step."""
