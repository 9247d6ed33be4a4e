"""Other answers than those of a scene's application, by JSON Pointer: what a correction changes."""

from __future__ import annotations

from typing import Any, Final

OTHER_PLACE: Final[dict[str, Any]] = {
    "/nik": "3303055203910000",
    "/full_name": "Sri Lestari",
    "/activity": "47111",
    "/address": {"street": "Jl. Contoh 102 RT 01 RW 03", "village": "33.03.05.1012"},
}
OTHER_HOME: Final[dict[str, Any]] = {
    "/nik": "3302240607920000",
    "/full_name": "Anto Prabowo",
    "/family_card": "3302990000000003",
    "/members": [],
    "/reason": "work",
    "/dwelling/tenure": "hosted",
    "/dwelling/owner": "Hadi Purnomo",
    "/agreement": {"type": "image/png", "name": "Foto.png", "size": 1, "digest": f"sha256:{'a' * 64}"},
    "/address": {"street": "Jl. Contoh 85 RT 01 RW 01", "village": "33.03.05.1012"},
    "/address/village": "33.03.05.1012",
}
