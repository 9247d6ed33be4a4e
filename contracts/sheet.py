"""What is shown of a sheet of tasks that was handed in."""

from __future__ import annotations

from contracts.views import View


class SheetLine(View, frozen=True, kw_only=True):
    """One row: `ready` (in a preview), `decided`, `proposed`, `before` (decided just so), or `refused` and why.

    `code` is the core's word for why.
    """

    row: int
    task: str
    decision: str
    word: str
    detail: str = ""
    code: str = ""


class SheetView(View, frozen=True, kw_only=True):
    """What a sheet would do (`preview`), or has done; `empty` rows were not filled in."""

    preview: bool
    ready: int
    empty: int
    lines: list[SheetLine]
