"""A calendar for plays: a week of five days in Jakarta, with two holidays and a Saturday that is worked."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from msgspec import structs

from contracts.calendar import Calendar, PublishedCalendar, Week
from contracts.units import Text
from workflows.core.compiled import CompiledPlan
from workflows.core.working_time import WorkingTime, working_time

JAKARTA: Final = ZoneInfo("Asia/Jakarta")
DAILY: Final = ["07:30-12:00", "13:00-16:00"]
WRITTEN: Final = Calendar(
    calendar="office",
    title=Text("Kantor", "Office"),
    zone="Asia/Jakarta",
    week=Week(mon=DAILY, tue=DAILY, wed=DAILY, thu=DAILY, fri=["07:30-11:30", "13:00-16:30"]),
    working={"2026-11-14": ["08:00-24:00"]},
)
FREE: Final = {"2026-11-10": Text("Libur", "Free"), "2026-12-25": Text("Natal", "Christmas")}
PUBLISHED: Final = PublishedCalendar(calendar=WRITTEN, free=FREE, first_year=2026, last_year=2026)
CALENDAR: Final[WorkingTime] = working_time(PUBLISHED, JAKARTA)


def counted(plan: CompiledPlan) -> CompiledPlan:
    """Give a plan on this calendar."""
    steps = {name: structs.replace(step, calendar=CALENDAR) for name, step in plan.steps.items()}
    return structs.replace(plan, calendar=CALENDAR, steps=steps)
