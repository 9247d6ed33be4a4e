"""What is around every page: whose gateway it is, the language, where one is, who is signed in. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlencode

from msgspec import Struct

from contracts.units import Text
from gateway.pages.formats import Language
from gateway.pages.language import PARAMETER

Area = Literal["citizen", "officer", "operations"]

NAVIGATION: Final[dict[Area, tuple[tuple[str, Text], ...]]] = {
    "citizen": (
        ("/", Text("Layanan", "Services")),
        ("/permohonan", Text("Permohonan saya", "My applications")),
        ("/verifikasi", Text("Cek keaslian", "Verify")),
        ("/bantuan", Text("Bantuan", "Help")),
    ),
    "officer": (("/petugas", Text("Tugas", "Tasks")), ("/bantuan", Text("Bantuan", "Help"))),
    "operations": (
        ("/operasi", Text("Permohonan", "Cases")),
        ("/operasi/massal", Text("Massal", "In bulk")),
        ("/operasi/persetujuan", Text("Persetujuan", "Approvals")),
        ("/operasi/token", Text("Token", "Tokens")),
        ("/operasi/ambilan", Text("Ambilan instansi", "Fetched by agencies")),
        ("/operasi/pemberitahuan", Text("Pemberitahuan", "Hooks")),
        ("/operasi/janji", Text("Janji", "Promises")),
        ("/operasi/fakta", Text("Fakta", "Facts")),
        ("/operasi/kesepakatan", Text("Kesepakatan", "Agreements")),
        ("/bantuan", Text("Bantuan", "Help")),
    ),
}


class Theme(Struct, frozen=True, kw_only=True):
    """What a regency changes: name, place, logo; `notice` stands above every page. Addresses are this gateway's own."""

    name: str = "Gapura"
    place: Text = Text("Layanan bersama", "Joint services")
    logo: str = "gate.svg"
    notice: Text | None = None
    verify_at: str = ""
    keys_at: str = ""


class Shell(Struct, frozen=True, kw_only=True):
    """One page's surroundings. `token` goes into every form; `refreshing`: reloads itself where no script does."""

    theme: Theme
    language: Language
    area: Area
    path: str
    section: str
    now: datetime
    token: str = ""
    person: str = ""
    refreshing: bool = True
    query: tuple[tuple[str, str], ...] = ()

    @property
    def navigation(self) -> tuple[tuple[str, Text], ...]:
        """The area's pages."""
        return NAVIGATION[self.area]

    def in_language(self, language: str) -> str:
        """Give the address of this page in another language."""
        return f"{self.path}?{urlencode([*self.query, (PARAMETER, language)])}"


def section_of(area: Area, path: str) -> str:
    """Give the entry of the navigation that a path belongs to, or nothing."""
    if path == "/" or path.startswith("/layanan"):
        return "/"
    if path.startswith("/draf/"):
        return "/permohonan"
    matching = [href for href, _ in NAVIGATION[area] if href != "/" and path.startswith(href)]
    return max(matching, key=len, default="")
