"""What everything that is declared in a file is built of: closed groups of fields, and values by reference."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Closed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A declared thing: unknown fields are mistakes, defaults are not written."""


class Derived(Closed, frozen=True, kw_only=True):
    """A value that is no plain reference: exactly one of a literal `const` or a CEL expression."""

    const: Any | UnsetType = UNSET
    cel: str | UnsetType = UNSET


Value = str | Derived
"""A dotted reference; or a derived value."""
