"""What a browser is told of a joint output that somebody presents: one word, and what to do with the document."""

from __future__ import annotations

from contracts.units import Text
from gateway.pages.words import Word

VERDICT_WORDS: dict[str, Word] = {
    "valid": Word(
        Text("Asli dan berlaku", "Genuine and valid"),
        "done",
        Text(
            "Dokumen ini diterbitkan oleh layanan bersama, tidak berubah, dan tidak dicabut.",
            "This document was issued by the joint service, is unchanged and is not revoked.",
        ),
    ),
    "valid-status-unchecked": Word(
        Text("Asli; pencabutan belum dicek", "Genuine; revocation not checked"),
        "warn",
        Text(
            "Dokumen ini tidak berubah, tetapi daftar pencabutan tidak dapat dibaca saat ini.",
            "This document is unchanged, but the status list cannot be read at the moment.",
        ),
    ),
    "valid-part-revoked": Word(
        Text("Asli dan berlaku, kecuali satu bagian atau lebih", "Genuine and valid, but for a part or more"),
        "warn",
        Text(
            "Dokumen ini asli, tetapi instansi mencabut bagiannya. Jangan menerima bagian yang ditandai dicabut.",
            "This document is genuine, but an agency revoked its part. Do not accept the part that is marked revoked.",
        ),
    ),
    "altered": Word(
        Text("Berubah", "Altered"),
        "bad",
        Text(
            "Isi dokumen ini tidak lagi sama dengan yang diterbitkan. Jangan diterima.",
            "What this document says is no longer what was issued. Do not accept it.",
        ),
    ),
    "revoked": Word(
        Text("Dicabut", "Revoked"),
        "bad",
        Text(
            "Dokumen ini asli, tetapi sudah dicabut dan tidak berlaku lagi.",
            "This document is genuine, but it was revoked and is no longer valid.",
        ),
    ),
    "expired": Word(
        Text("Asli, tetapi masa berlakunya telah lewat", "Genuine, but past its time"),
        "bad",
        Text(
            "Dokumen ini asli dan tidak berubah, tetapi tidak berlaku lagi. "
            "Minta hasil perpanjangannya kepada pemiliknya.",
            "This document is genuine and unchanged, but it is valid no more. Ask its holder for the renewed one.",
        ),
    ),
    "unknown": Word(
        Text("Tidak dikenal", "Unknown"),
        "warn",
        Text(
            "Kami tidak mengenali dokumen ini. Mungkin bukan hasil layanan bersama, atau diterbitkan di tempat lain. "
            "Minta berkas aslinya kepada pemiliknya, lalu cek lagi.",
            "We do not know this document. It may be no joint output, or was issued elsewhere. "
            "Ask its holder for the original file, and verify again.",
        ),
    ),
}
