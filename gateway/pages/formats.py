"""Times, durations and money as people here read them: `09.15 WIB`, dates in words, rupiah without decimals. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

from contracts.units import Text

Language = Literal["id", "en"]

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian Time: a fixed offset, since no zone of the country changes its clocks."""

_UNITS: dict[str, Text] = {
    "ms": Text("milidetik", "ms"),
    "s": Text("detik", "second"),
    "min": Text("menit", "minute"),
    "h": Text("jam", "hour"),
    "day": Text("hari", "day"),
    "week": Text("minggu", "week"),
    "month": Text("bulan", "month"),
    "year": Text("tahun", "year"),
    "working day": Text("hari kerja", "working day"),
    "working hour": Text("jam kerja", "working hour"),
}
_SHORT: tuple[tuple[int, Text], ...] = (
    (86_400, Text("hari", "d")),
    (3_600, Text("jam", "h")),
    (60, Text("mnt", "min")),
    (1, Text("dtk", "s")),
)
MINUTE_S, HOUR_S, DAY_S, MONTH_DAYS = 60, 3_600, 86_400, 30


def clock(instant: datetime, language: str) -> str:
    """Give the time of day: `09.15 WIB`, in English `09:15 WIB`."""
    return instant.astimezone(WIB).strftime("%H:%M WIB" if language == "en" else "%H.%M WIB")


def clock_seconds(instant: datetime, language: str) -> str:
    """Give the time of day to the second: what operations compare with other systems' logs."""
    return instant.astimezone(WIB).strftime("%H:%M:%S" if language == "en" else "%H.%M.%S")


def day(instant: datetime, language: str) -> str:
    """Give the date in words: `24 November 2026`."""
    return format_date(instant.astimezone(WIB).date(), "d MMMM y", locale=_locale(language))


def moment(instant: datetime, language: str) -> str:
    """Give date and time: `24 November 2026, 09.15 WIB`."""
    return f"{day(instant, language)}, {clock(instant, language)}"


def ago(instant: datetime, now: datetime, language: str) -> str:
    """Give how long ago something was, in one unit: `3 menit lalu`."""
    seconds_ago = max(0, int((now - instant).total_seconds()))
    if seconds_ago < MINUTE_S:
        return "just now" if language == "en" else "baru saja"
    amount, unit = _one_unit(seconds_ago)
    return f"{_counted(amount, unit, language)} {'ago' if language == 'en' else 'lalu'}"


def left(until: datetime, now: datetime, language: str) -> str:
    """Give the time that is left in one unit, or that it has passed."""
    seconds_left = int((until - now).total_seconds())
    if seconds_left < 0:
        return "past" if language == "en" else "sudah lewat"
    amount, unit = _one_unit(max(seconds_left, MINUTE_S))
    return f"{_counted(amount, unit, language)} {'left' if language == 'en' else 'lagi'}"


def span(length: timedelta, language: str) -> str:
    """Give a measured length briefly: `84 ms`, `2,8 dtk`, `12 dtk`, `3 mnt 5 dtk`, `2 hari 4 jam`."""
    total = max(0.0, length.total_seconds())
    if total < 1:
        return f"{round(total * 1000)} ms"
    if total < 10:  # noqa: PLR2004  # below ten seconds the fraction is what one looks for
        number = f"{total:.1f}".removesuffix(".0")
        return f"{number} s" if language == "en" else f"{number.replace('.', ',')} dtk"
    rest, words = round(total), list[str]()
    for size, unit in _SHORT:
        amount, rest = divmod(rest, size)
        if amount and len(words) < 2:  # noqa: PLR2004  # two units say enough
            words.append(f"{amount} {unit.into(language)}")
        elif words:
            break
    return " ".join(words)


def promised(duration: str, language: str) -> str:
    """Give a declared duration in words: `3 working days` is `3 hari kerja`."""
    amount, _, unit = duration.partition(" ")
    singular = unit if unit in {"s", "ms"} else unit.removesuffix("s")
    return _counted(int(amount), singular, language) if amount.isdigit() and singular in _UNITS else duration


def rupiah(amount: str, language: str) -> str:
    """Give a fee such as `150000 IDR` in words: `Rp150.000`, in English `IDR 150,000`; nothing to pay is free."""
    number = amount.split(" ", maxsplit=1)[0]
    if not number.isdigit():
        return amount
    if int(number) == 0:
        return "Free of charge" if language == "en" else "Gratis"
    return money(int(number), language)


def money(amount: int, language: str) -> str:
    """Give an amount in rupiah: `Rp150.000`, in English `IDR 150,000`."""
    written = format_decimal(amount, locale=_locale(language))
    return f"IDR {written}" if language == "en" else f"Rp{written}"


def iso(instant: datetime) -> str:
    """Give the instant for machines (the `datetime` of a `<time>`)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def masked(value: object) -> str:
    """Hide a value but for its shape: letters and digits become dots, except the last two of a long one."""
    text = str(value)
    shown = 2 if len(text) >= 8 else 0  # noqa: PLR2004  # shorter ones would tell too much
    hidden = "".join("•" if character.isalnum() else character for character in text[: len(text) - shown])
    return hidden + (text[len(text) - shown :] if shown else "")


def _one_unit(seconds: int) -> tuple[int, str]:
    days = seconds // DAY_S
    if days >= 2 * MONTH_DAYS:
        return days // MONTH_DAYS, "month"
    if days:
        return days, "day"
    return (seconds // HOUR_S, "h") if seconds >= HOUR_S else (max(1, seconds // MINUTE_S), "min")


def _counted(amount: int, unit: str, language: str) -> str:
    word = _UNITS[unit].into(language)
    plural = "s" if language == "en" and amount != 1 and unit != "ms" else ""
    return f"{amount} {word}{plural}"


def _locale(language: str) -> str:
    return "en" if language == "en" else "id"
