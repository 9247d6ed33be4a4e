"""Durations and texts mean one thing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.units import Text, elapsed, legible, same_person, seconds


@pytest.mark.parametrize(
    ("duration", "length_s"),
    [
        ("250 ms", 0.25),
        ("2 s", 2),
        ("10 min", 600),
        ("3 h", 10_800),
        ("1 day", 86_400),
        ("14 days", 1_209_600),
        ("1 week", 604_800),
        ("2 weeks", 1_209_600),
        ("0 s", 0),
    ],
)
def test_elapsed_time_is_counted_in_seconds(duration: str, length_s: float) -> None:
    assert seconds(duration) == length_s
    assert elapsed(duration) == timedelta(seconds=length_s)


@pytest.mark.parametrize(
    "duration", ["1 working day", "3 working days", "8 working hours", "1 month", "2 months", "10 years"]
)
def test_what_only_a_calendar_measures_is_refused(duration: str) -> None:
    with pytest.raises(ValueError, match="depends on a calendar"):
        seconds(duration)


@pytest.mark.parametrize("duration", ["", "s", "2s", "2  s", "two s", "2 parsecs", "-1 s", "1234567 s", "2 s "])
def test_what_is_no_duration_is_refused_with_examples(duration: str) -> None:
    with pytest.raises(ValueError, match=r"write an amount and a unit, such as 2 s, 10 min or 14 days"):
        elapsed(duration)


def test_a_text_reads_indonesian_unless_english_is_asked_for() -> None:
    text = Text(id="Langkah", en="Step")
    assert [text.into(language) for language in ("id", "en", "jv", "")] == ["Langkah", "Step", "Langkah", "Langkah"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Dinas Penanaman Modal… 24 °C", "Dinas Penanaman Modal… 24 °C"),
        ("kode \u202e0055\u202c\u2066x\u2069", "kode 0055x"),  # right-to-left override, isolate and their ends
        ("d\u200bjp\u00ad\ufeff\x1b[31m\x00\x9f", "djp[31m"),  # zero-width, soft hyphen, mark, escape, controls
        ("\ud800\ue000\U0010ffff", ""),  # a lone surrogate, private use, no character
        ("satu\r\ndua\ttiga\x85empat\rlima", "satu\ndua\ttiga empat lima"),
        ("a\u00a0b\u2028c", "a\u00a0b\u2028c"),
    ],
)
def test_words_read_other_than_they_are(words: str, shown: str) -> None:
    assert legible(words) == shown


@pytest.mark.parametrize("other", ["dinas/Sri Wati", "dinas/sri  wati ", "dinas/Sri\u200b Wati", "dinas/\uff33ri Wati"])
def test_another_spelling_is_no_other_person(other: str) -> None:
    assert same_person("dinas/Sri Wati", other)
    assert not same_person("dinas/Sri Wati", f"{other}ni")
