"""Whose each page is, as data; the gateway does not start with a page that is missing here."""

from __future__ import annotations

from typing import Final

from gateway.identity.rules import Owner, Owners

PAGE_OWNERS: Final[Owners] = {
    ("GET", "/"): Owner.ANYONE,
    ("GET", "/layanan/{service}"): Owner.ANYONE,
    ("GET", "/layanan/{service}/formulir"): Owner.ANYONE,
    ("POST", "/layanan/{service}/formulir"): Owner.ANYONE,
    ("GET", "/layanan/{service}/pengumuman"): Owner.ANYONE,
    ("GET", "/layanan/{service}/pengumuman/{case}/{step}"): Owner.ANYONE,
    ("POST", "/layanan/{service}/pengumuman/{case}/{step}"): Owner.ANYONE,
    ("GET", "/permohonan"): Owner.ANYONE,
    ("POST", "/permohonan"): Owner.ANYONE,
    ("GET", "/permohonan/{case}"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/kabar"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/perbaikan"): Owner.HOLDER,
    ("POST", "/permohonan/{case}/perbaikan"): Owner.HOLDER,
    ("POST", "/permohonan/{case}/tetap"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/langkah/{step}"): Owner.HOLDER,
    ("POST", "/permohonan/{case}/langkah/{step}"): Owner.HOLDER,
    ("POST", "/permohonan/{case}/langkah/{step}/tidak"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/tarik"): Owner.HOLDER,
    ("POST", "/permohonan/{case}/tarik"): Owner.HOLDER,
    ("POST", "/permohonan/{case}/tutup"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/hasil"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/hasil.pdf"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/hasil.jwt"): Owner.HOLDER,
    ("GET", "/permohonan/{case}/dokumen/{digest}"): Owner.HOLDER,
    ("GET", "/kalender"): Owner.ANYONE,
    ("GET", "/kalender/{calendar}"): Owner.ANYONE,
    ("GET", "/verifikasi"): Owner.ANYONE,
    ("POST", "/verifikasi"): Owner.ANYONE,
    ("GET", "/petugas"): Owner.OFFICER,
    ("GET", "/petugas/tugas/{key}"): Owner.OFFICER,
    ("POST", "/petugas/tugas/{key}"): Owner.OFFICER,
    ("GET", "/petugas/dokumen/{key}"): Owner.OFFICER,
    ("GET", "/operasi"): Owner.OPERATOR,
    ("GET", "/operasi/janji"): Owner.OPERATOR,
    ("GET", "/operasi/massal"): Owner.OPERATOR,
    ("POST", "/operasi/massal"): Owner.OPERATOR,
    ("GET", "/operasi/massal/{run}"): Owner.OPERATOR,
    ("POST", "/operasi/massal/{run}"): Owner.OPERATOR,
    ("GET", "/operasi/ambilan"): Owner.OPERATOR,
    ("GET", "/operasi/permohonan/{case}"): Owner.OPERATOR,
    ("GET", "/operasi/permohonan/{case}/tindakan/{act}"): Owner.OPERATOR,
    ("POST", "/operasi/permohonan/{case}/tindakan/{act}"): Owner.OPERATOR,
    ("GET", "/bantuan"): Owner.ANYONE,
    ("GET", "/masuk"): Owner.ANYONE,
    ("POST", "/masuk"): Owner.ANYONE,
    ("POST", "/keluar"): Owner.ANYONE,
    ("GET", "/aset/{digest}/{name}"): Owner.ANYONE,
}
"""Page routes. A form's token (`posting`) is judged besides, by every POST."""
