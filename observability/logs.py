"""Logs: one JSON object a line, with trace and case where there are any, and no personal datum.

`configure_logs` sends structlog's lines and those of every library through the same steps. Fields are told by an
allow-list; what a library or an exception says is masked.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Protocol

import structlog
from structlog.typing import EventDict, WrappedLogger

from observability.redaction import FREE_TEXTS, LOG_SHAPES, mask, redact

_FRAMES_MAX: Final = 12
_OWN: Final = frozenset({"event", "level", "at", "logger", "exception"})
_QUIET: Final = ("aiosqlite", "asyncio", "urllib3", "opentelemetry", "litestar", "granian", "_granian", "aiohttp")
"""Libraries whose lines below WARNING nobody needs."""


class Stream(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> object:
        """Take a line."""
        ...

    def flush(self) -> object:
        """Let it out."""
        ...


def configure_logs(level: str = "info", *, stream: Stream | None = None) -> None:
    """Send all logs as JSON lines to `stream` (standard error), from `level` on (debug, info, warning, error)."""
    number = logging.getLevelNamesMapping()[level.upper()]
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                tell_exception,
                redact_fields,
                structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def bind(**fields: str | int) -> None:
    """Give every further line of this task, and of tasks that it starts, these fields."""
    structlog.contextvars.bind_contextvars(**fields)


@contextmanager
def bound(**fields: str | int) -> Generator[None, None, None]:
    """Give every line written inside the block these fields (`trace_id`, `case`, …)."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def tell_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace a traceback by what may be told of it: the exceptions' classes, where they were raised, masked texts."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if given is True:
        given = sys.exc_info()
    match given:
        case BaseException() | (_, BaseException(), _):
            event["exception"] = describe(given if isinstance(given, BaseException) else given[1])
        case _:
            pass
    return event


def describe(error: BaseException) -> list[dict[str, Any]]:
    """Describe an exception and its causes, the last raised first: class, masked text, innermost frames."""
    described: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(described) <= _FRAMES_MAX:
        frames = traceback.extract_tb(current.__traceback__)[-_FRAMES_MAX:]
        described.append(
            {
                "class": type(current).__qualname__,
                "text": mask(str(current)),
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)],
            }
        )
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return described


def redact_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep the fields that may be told; name those that were dropped, so that their author notices."""
    told: EventDict = {name: event[name] for name in ("at", "level", "logger") if name in event}
    told["event"] = mask(str(event.get("event", "")))
    fields = {name: value for name, value in event.items() if name not in _OWN}
    kept = redact(fields, LOG_SHAPES)
    kept |= {name: mask(str(fields[name])) for name in FREE_TEXTS if name in fields}
    told.update(kept)
    if "exception" in event:
        told["exception"] = event["exception"]
    dropped = sorted(name for name in fields if name not in kept)
    if dropped:
        told["dropped"] = [mask(name) for name in dropped]
    return told


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("gapura").critical("uncaught_exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        logging.getLogger("gapura").critical(
            "uncaught_exception_in_thread", exc_info=(args.exc_type, args.exc_value, args.exc_traceback)
        )
