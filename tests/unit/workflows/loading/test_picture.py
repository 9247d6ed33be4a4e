"""A plan as a picture: everything in it, nothing from elsewhere, told in words too, and no box over another."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from contracts.plan import PublishedPlan
from tests.declared import contracts, plan
from workflows.loading.contracts import load_contracts
from workflows.loading.picture import picture
from workflows.loading.plans import load_published, publish

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga"
SVG = "{http://www.w3.org/2000/svg}"
LONG = "Penerbitan surat keterangan kependudukan sementara bagi pendatang musiman"


def shipped(service: str) -> PublishedPlan:
    return load_published(EXAMPLE / "services" / f"{service}.yaml", load_contracts(EXAMPLE / "contracts"))


def small(**changes: object) -> PublishedPlan:
    return publish(plan({name.replace("__", "."): value for name, value in changes.items()}), contracts())


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """Give the boxes of form, steps and output (not the ground, a double frame's inner one, or the legend)."""
    root = ET.fromstring(svg)  # noqa: S314  # our own
    found = [*root.findall(f"{SVG}rect"), *root.findall(f"{SVG}g/{SVG}rect")]
    return [
        (float(each.get("x", 0)), float(each.get("y", 0)), float(each.get("width", 0)), float(each.get("height", 0)))
        for each in found
        if each.get("class", "inner") != "inner" and float(each.get("width", 0)) > 100
    ]


@pytest.mark.parametrize("service", ["mulai-usaha", "kelahiran", "pindah-domisili", "persetujuan-bangunan-gedung"])
def test_no_box_lies_over_another_or_beyond_the_picture(service: str) -> None:
    svg = picture(shipped(service))
    found = boxes(svg)
    assert len(found) == len(shipped(service).plan.steps) + 2
    for (x, y, w, h), (to_x, to_y, to_w, to_h) in combinations(found, 2):
        assert x + w <= to_x or to_x + to_w <= x or y + h <= to_y or to_y + to_h <= y
    width, height = (float(number) for number in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in found)


def test_the_same_plan_gives_the_same_picture_in_both_languages() -> None:
    assert picture(small()) == picture(small())
    assert "hanya bila" in picture(small())
    assert "only if" in picture(small(), "en")


def test_who_cannot_see_it_is_told_the_same() -> None:
    root = ET.fromstring(picture(small(), "en"))  # noqa: S314  # our own
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    title, description = (root.findtext(f"{SVG}{name}") for name in ("title", "desc"))
    assert title == "Start a business"
    assert description is not None
    assert "Identity match, dukcapil: starts from the form." in description
    assert "dpmptsp, only if: business.risk == 'high': waits for Business registration." in description


def test_it_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    svg = picture(shipped("kelahiran"))
    assert "<script" not in svg
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\b(href|src|@import|url\((?!#))", svg)


def test_long_names_are_broken_and_signs_of_markup_are_text() -> None:
    svg = picture(small(steps__identity__title={"id": f"{LONG} <&>", "en": "x"}))
    lines = [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}tspan")]  # noqa: S314  # our own
    assert max(map(len, lines)) <= 28
    assert f"{LONG} <&>" in " ".join(lines)


def test_what_an_arrow_means_is_seen() -> None:
    law = {"steps__permit__conditional_on": "taxpayer", "steps__permit__legal_basis": "PP 28/2025"}
    svg = picture(small(steps__permit__after=["identity"], **law))
    assert svg.count('class="edge after"') == 1 + 2  # identity before business and before permit, and the legend
    assert svg.count('class="edge conditional"') == 1 + 1


def test_a_step_that_no_agency_carries_out_says_how_long_it_lasts() -> None:
    wait = {"steps__permit": {"wait": "2 days", "after": ["business"]}, "steps__taxpayer__in__certificate": ...}
    description = ET.fromstring(picture(small(**wait), "en")).findtext(f"{SVG}desc")  # noqa: S314  # our own
    assert description is not None
    assert "Waiting period, 2 days: waits for Business registration." in description


def marked(svg: str, title: str) -> ET.Element:
    """Give the group of the step with this title."""
    root = ET.fromstring(svg)  # noqa: S314  # our own
    return next(group for group in root.findall(f"{SVG}g") if any(title in text for text in group.itertext()))


def test_kinds_of_steps_look_otherwise_than_an_ask() -> None:
    svg = picture(shipped("persetujuan-bangunan-gedung"), "en")
    rects = {
        title: [each.get("class") for each in marked(svg, title).findall(f"{SVG}rect")]
        for title in ("Assessment of", "Objections", "Hand in", "Site visit")
    }
    assert rects == {
        "Assessment of": ["inner", "inner", "box"],
        "Objections": ["box"],
        "Hand in": ["box", "own"],
        "Site visit": ["box"],
    }
    pill = marked(svg, "Objections").find(f"{SVG}rect")
    assert pill is not None
    assert float(pill.get("rx", 0)) * 2 >= float(pill.get("height", 0)) - 1, "a wait looks like a check"
    for words in ("for each item", "time passes", "done by the applicant", "silence grants it: 5 working days"):
        assert words.partition(":")[0] in svg
