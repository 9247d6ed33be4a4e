from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from observability.logs import bind, bound, configure_logs
from tests.unit.observability.cases import CANARIES


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Give what is logged; everything is as it was afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    configure_logs("info", stream=stream)
    yield stream
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_event_and_its_fields(lines: io.StringIO) -> None:
    structlog.get_logger("workflows.driver").info("ask_sent", case="k7pm-2xq9", attempt=2)
    (line,) = read(lines)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "workflows.driver",
        "event": "ask_sent",
        "case": "k7pm-2xq9",
        "attempt": 2,
    }


def test_lines_inside_a_request_carry_its_trace_and_case(lines: io.StringIO) -> None:
    with bound(trace_id="0af7651916cd43dd8448eb211c80319c", case="k7pm-2xq9"):
        structlog.get_logger("x").info("inside")
        logging.getLogger("library").warning("too")
    structlog.get_logger("x").info("outside")
    inside, too, outside = read(lines)
    assert inside["trace_id"] == too["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert inside["case"] == too["case"] == "k7pm-2xq9"
    assert "trace_id" not in outside


async def test_what_a_task_is_about_stays_with_it(lines: io.StringIO) -> None:
    async def work(case: str) -> None:
        bind(case=case)
        await asyncio.sleep(0)
        structlog.get_logger("x").info("done")

    async with asyncio.TaskGroup() as tasks:
        for case in ("A", "B"):
            tasks.create_task(work(case))
    structlog.get_logger("x").info("outside")
    assert [line.get("case") for line in read(lines)] == ["A", "B", None]


def test_fields_that_are_not_on_the_list_are_dropped_and_named(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("form_read", nik=CANARIES[0], case=CANARIES[0], status=200)
    (line,) = read(lines)
    assert line["dropped"] == ["case", "nik"]
    assert line["status"] == 200


def test_an_exception_tells_class_and_place_and_no_datum(lines: io.StringIO) -> None:
    try:
        try:
            json.loads(CANARIES[2])
        except json.JSONDecodeError as error:
            raise ValueError(f"'{CANARIES[2]}' {CANARIES[1]} {CANARIES[3]}") from error
    except ValueError:
        structlog.get_logger("x").exception("effect_failed")
    (line,) = read(lines)
    assert [each["class"] for each in line["exception"]] == ["ValueError", "JSONDecodeError"]
    assert "test_logs.py" in line["exception"][0]["at"][0]
    assert not any(canary in lines.getvalue() for canary in CANARIES)


def test_what_libraries_say_is_masked(lines: io.StringIO) -> None:
    logging.getLogger("library").error("%s of '%s' at %s: %r", CANARIES[0], CANARIES[2], CANARIES[3], CANARIES[1])
    assert not any(canary in lines.getvalue() for canary in CANARIES)
    assert read(lines)[0]["event"] == "… of … at … …"


def test_below_the_level_nothing_is_written(lines: io.StringIO) -> None:
    structlog.get_logger("x").debug("not told")
    logging.getLogger("library").debug("nor this")
    logging.getLogger("aiosqlite").info("nor a chatty library")
    assert lines.getvalue() == ""


def test_uncaught_exceptions_are_lines_too(lines: io.StringIO) -> None:
    error = ValueError(CANARIES[0])
    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    first, second = read(lines)
    assert (first["event"], first["level"]) == ("uncaught_exception", "critical")
    assert (second["event"], second["exception"][0]["class"]) == ("uncaught_exception_in_thread", "ZeroDivisionError")
    assert CANARIES[0] not in lines.getvalue()


def test_warnings_are_lines_too(lines: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("deprecated", UserWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    assert read(lines)[0]["logger"] == "py.warnings"


def test_an_unknown_level_is_an_error() -> None:
    with pytest.raises(KeyError):
        configure_logs("loud")
