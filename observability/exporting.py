"""Sends spans to a collector from a thread of its own. When it cannot keep up, spans are dropped and counted."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from observability.metrics import Metrics
from observability.progress import Progress

logger = logging.getLogger(__name__)
_QUEUED_MAX: Final = 16_384
_BATCH_MAX: Final = 512
_GATHER_S: Final = 0.2
_CLOSE_S: Final = 3.0


class SpanSender:
    """A bounded queue and a thread that empties it into an exporter, in batches."""

    def __init__(
        self,
        exporter: SpanExporter,
        metrics: Metrics,
        *,
        progress: Progress | None = None,
        queued_max: int = _QUEUED_MAX,
    ) -> None:
        """Start the thread; `progress` is told which events' spans have left."""
        self._exporter, self._metrics, self.progress = exporter, metrics, progress
        self._queue: queue.Queue[tuple[ReadableSpan, int] | None] = queue.Queue(queued_max)
        self._closing = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="span sender", daemon=True)
        self._thread.start()

    def offer(self, span: ReadableSpan, sequence: int = 0) -> None:
        """Take a span to be sent, or drop it when too many wait; `sequence` is that of the event that it ends with."""
        try:
            self._queue.put_nowait((span, sequence))
        except queue.Full:
            self._metrics.dropped("spans")

    def close(self, *, within_s: float = _CLOSE_S) -> None:
        """Send what waits, but for no longer than `within_s`: a collector that is away holds up nobody's end."""
        self._closing.set()
        with contextlib.suppress(queue.Full):  # then the thread is busy, and sees the flag when it has emptied it
            self._queue.put_nowait(None)
        self._thread.join(within_s)
        self._exporter.shutdown()
        self._thread.join(within_s)
        if self.progress is not None and not self._thread.is_alive():
            self.progress.close()

    def _run(self) -> None:
        going = True
        while going:
            batch: list[tuple[ReadableSpan, int]] = []
            waiting = self._queue.get()
            if waiting is not None:
                # A call to the collector costs far more than a span does: let some come together.
                self._closing.wait(_GATHER_S)
            while waiting is not None:
                batch.append(waiting)
                if len(batch) == _BATCH_MAX:
                    break
                try:
                    waiting = self._queue.get_nowait()
                except queue.Empty:
                    break
            if batch:
                self._export(batch)
            going = waiting is not None and not (self._closing.is_set() and self._queue.empty())

    def _export(self, batch: list[tuple[ReadableSpan, int]]) -> None:
        try:
            taken = self._exporter.export([span for span, _ in batch]) is SpanExportResult.SUCCESS
        except Exception:
            # Whatever an exporter does, the thread goes on: the next batch may fare better.
            logger.exception("spans_not_exported")
            taken = False
        if taken:
            self._metrics.exported(len(batch))
        else:
            self._metrics.dropped("spans", len(batch))
        if self.progress is not None:
            # Dropped ones are past too: a collector that was away for a day is not told of that day.
            self.progress.tell(max(sequence for _, sequence in batch))
        if taken is self._failing:
            self._failing = not taken
            logger.warning("collector_answers_again" if taken else "collector_does_not_answer")
