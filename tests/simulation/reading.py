"""Reading a plan's order off its edges alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

Name = TypeVar("Name")


def down(name: Name, edges: Mapping[Name, Collection[Name]]) -> set[Name]:
    """Give all that waits for this, however far down; `edges` are what each waits for."""
    found: set[Name] = set()
    while more := {other for other, above in edges.items() if {name, *found} & set(above)} - found:
        found |= more
    return found
