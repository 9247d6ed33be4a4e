"""What a browser is told when something is not possible: a title, and what to do next."""

from __future__ import annotations

from contracts.units import Text

PROBLEM_WORDS: dict[str, tuple[Text, Text]] = {
    "body-unreadable": (
        Text("Kiriman tidak terbaca", "What was sent cannot be read"),
        Text("Muat ulang halaman dan coba sekali lagi.", "Load the page again and try once more."),
    ),
    "not-authenticated": (
        Text("Permohonan ini belum dibuka di perangkat ini", "This application is not open on this device"),
        Text(
            "Buka dengan nomor dan kode akses yang Anda catat ketika mengirimnya.",
            "Open it with the reference and the access code that you noted when you sent it.",
        ),
    ),
    "not-allowed": (
        Text("Ini bukan bagian Anda", "This is not yours to do"),
        Text(
            "Anda sudah masuk, tetapi peran Anda tidak mencakup halaman ini.",
            "You are signed in, but your role does not cover this page.",
        ),
    ),
    "not-found": (
        Text("Halaman tidak ditemukan", "Page not found"),
        Text(
            "Alamatnya mungkin salah ketik, atau halaman ini bukan untuk Anda. Mulailah dari beranda.",
            "The address may be mistyped, or the page is not for you. Start from the home page.",
        ),
    ),
    "method-not-allowed": (
        Text("Ini tidak dapat dilakukan di sini", "This cannot be done here"),
        Text("Kembali dan pakai tombol pada halaman.", "Go back and use the buttons of the page."),
    ),
    "not-possible-now": (
        Text("Sekarang tidak dapat dilakukan", "Not possible now"),
        Text(
            "Keadaan permohonan sudah berubah. Kembali ke permohonan untuk melihat keadaannya yang terakhir.",
            "The application has moved on. Go back to it to see how it stands now.",
        ),
    ),
    "gone": (
        Text("Layanan ini tidak ditawarkan lagi", "This service is no longer offered"),
        Text(
            "Satu instansi tidak lagi menyetujuinya. Permohonan yang sudah berjalan tetap diselesaikan.",
            "An agency no longer agrees to it. Applications under way are still completed.",
        ),
    ),
    "body-too-large": (
        Text("Berkas terlalu besar", "The file is too large"),
        Text("Pilih berkas yang lebih kecil.", "Choose a smaller file."),
    ),
    "too-many-requests": (
        Text("Terlalu banyak permintaan", "Too many requests"),
        Text("Tunggu sebentar, lalu coba lagi.", "Wait a moment, then try again."),
    ),
    "internal": (
        Text("Ada yang salah di pihak kami", "Something is wrong on our side"),
        Text(
            "Yang sudah Anda kirim tidak hilang. Coba lagi nanti; bila tetap begini, sebutkan nomor di bawah.",
            "What you sent is not lost. Try later; if it stays like this, tell us the number below.",
        ),
    ),
    "unavailable": (
        Text("Layanan sedang tidak dapat dipakai", "Not possible at the moment"),
        Text(
            "Yang sudah Anda kirim tidak hilang. Coba lagi beberapa saat lagi.",
            "What you sent is not lost. Try again in a little while.",
        ),
    ),
}
"""For a browser: the title and what to do. Other problem types read as `other_problem` says."""

OTHER_PROBLEM: dict[str, tuple[Text, Text]] = {
    "caller": PROBLEM_WORDS["body-unreadable"],
    "later": PROBLEM_WORDS["unavailable"],
    "us": PROBLEM_WORDS["internal"],
}
"""By whose move is next, for the types without words of their own."""

FORM_STALE = (
    Text("Formulir ini perlu dibuka lagi", "This form must be opened again"),
    Text(
        "Formulir ini tidak dibuka di peramban ini, atau kuki tidak diizinkan. Buka lagi halamannya, lalu kirim.",
        "This form was not opened in this browser, or cookies are not allowed. Open its page again, then send it.",
    ),
)
"""A form that carries no token of this browser."""
