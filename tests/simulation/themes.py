"""What a simulated world has more of, or less: life as a whole, or mostly one thing, which then happens often."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True)
class Theme:
    """Shares are chances, from 0 to 1."""

    steps: tuple[int, int] = (2, 8)
    others: float = 1.0
    """Of the waits, applicants' steps and payments that life has."""
    lists: float = 0.3
    reads_lists: float = 0.15
    reads_steps: float = 0.45
    fields: tuple[int, ...] = (2, 4)
    """From how many fields of the form a step may choose what it reads."""
    after: float = 0.3
    """How many of the steps before it a step waits for, of those that it does not read."""
    optional: float = 0.35
    conditional: float = 0.35
    no: tuple[float, float] = (0.03, 0.15)
    """How many asks are refused for good, where the step is required and where it is optional."""
    fixable: float = 0.24
    """How many are refused with something to be corrected."""
    late_corrections: bool = False
    """The later an agency is in the order of the plan, the more it refuses so: when others have contributed."""
    second_thoughts: tuple[float, ...] = (0.0,)
    """How much more an agency refuses that has been asked before."""
    slow_conditions: bool = False
    """What others stand with is decided late."""
    accepted: float = 0.26
    """How many asks are accepted, and decided later."""
    silences: tuple[float, ...] = (0, 0.5, 1)
    given_up: float = 1.0
    """Of the withdrawals, ends by hand and declined corrections that life has."""
    disturbed: int = 120
    """In how many steps of the world at most something may disturb it."""
    lost: float = 1.0
    """How much more of what travels is lost or late than in life."""
    held_back: float = 0.12
    holds_s: float = 20_000
    """How many attempts an agency's protection holds back, and for how many seconds at most."""
    fetched: float = 0.15
    """How many asks a worker of the agency fetches."""


LIFE: Final = Theme()
CORRECTED: Final = Theme(
    steps=(3, 6),
    others=0.3,
    lists=0.4,
    reads_lists=0.35,
    reads_steps=0.4,
    fields=(2,),
    after=0.5,
    conditional=0.4,
    no=(0.0, 0.1),
    fixable=0.4,
    late_corrections=True,
    second_thoughts=(0.0, 0.8),
    silences=(0, 0.3),
    given_up=0.2,
    disturbed=30,
)
"""Much is sent back and corrected, so that what others gave is asked anew, which they may refuse then."""

UNDONE: Final = Theme(
    steps=(3, 6),
    others=0.2,
    lists=0.25,
    reads_steps=0.5,
    after=0.1,
    optional=0.7,
    conditional=0.7,
    no=(0.0, 0.35),
    fixable=0.1,
    slow_conditions=True,
    silences=(0,),
    given_up=0.2,
    disturbed=30,
)
"""Much stands only with something else, which is refused late, when others have read what is taken back then."""

HELD_BACK: Final = Theme(
    steps=(2, 4),
    others=0.2,
    lists=0.2,
    fixable=0.3,
    accepted=0.6,
    silences=(0.5, 1),
    given_up=0.1,
    lost=2.0,
    held_back=0.4,
    holds_s=300_000,
    fetched=0.5,
)
"""Agencies are slow, and what is asked of them is held back for days."""


def theme_of(rng: Random) -> Theme:
    """Draw a theme."""
    return rng.choices((LIFE, CORRECTED, UNDONE, HELD_BACK), (3, 4, 3, 2))[0]
