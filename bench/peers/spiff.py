"""SpiffWorkflow: the reference case as a BPMN process, its state serialised and committed after every step.

Commits are grouped: every state that waits while one is under way goes into the next, with `synchronous=FULL`.
Run as `python -m bench.peers.spiff STAND_IN`.
"""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from bench.peers.asking import Ask, asks_of
from gateway.cli.bench.driving import Order, Run, carry_orders_out, drive
from gateway.cli.bench.floor import PlainAgencies, first_input, open_session, output_of, second_inputs, third_inputs
from gateway.cli.bench.work import form

_BPMN: Final = Path(__file__).with_name("reference_case.bpmn")


class States:
    """States of cases in SQLite, committed in groups."""

    def __init__(self, path: Path) -> None:
        """Open the file."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE states (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
        ):
            self._connection.execute(statement)
        self._waiting: list[tuple[str, str, asyncio.Future[None]]] = []
        self._wanted = asyncio.Event()

    async def keep(self, name: str, state: str) -> None:
        """Give back once the state is durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, state, future))
        self._wanted.set()
        await future

    async def run(self) -> None:
        """Commit, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            batch, self._waiting = self._waiting, []
            await asyncio.to_thread(self._commit, [(name, state) for name, state, _ in batch])
            for _, _, future in batch:
                future.set_result(None)

    def _commit(self, rows: list[tuple[str, str]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR REPLACE INTO states VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")


class Spiff:
    """The engine: one process, parsed once."""

    def __init__(self, ask: Ask, states: States) -> None:
        """Take how an agency is asked and where states are kept."""
        # Any: the product is checked without its peers.
        parsing: Any = importlib.import_module("SpiffWorkflow.bpmn.parser")
        serializing: Any = importlib.import_module("SpiffWorkflow.bpmn.serializer")
        running: Any = importlib.import_module("SpiffWorkflow.bpmn")
        self._ready: Any = importlib.import_module("SpiffWorkflow").TaskState.READY
        parser = parsing.BpmnParser()
        parser.add_bpmn_file(str(_BPMN))
        self._specification = parser.get_spec("reference_case")
        self._new = running.BpmnWorkflow
        self._serializer = serializing.BpmnWorkflowSerializer()
        self._ask, self._states = ask, states

    async def carry_out(self, asked: dict[str, Any]) -> bytes:
        """Carry one case out."""
        case, workflow = uuid4().hex, self._new(self._specification)
        workflow.do_engine_steps()
        await self._keep(case, workflow)
        parts: dict[str, dict[str, Any]] = {}
        while not workflow.is_completed():
            ready = workflow.get_tasks(state=self._ready, manual=True)
            inputs = _inputs(asked, parts)
            steps = [task.task_spec.bpmn_id for task in ready]
            await asyncio.gather(
                *(
                    self._step(case, workflow, task, inputs[step], parts)
                    for task, step in zip(ready, steps, strict=True)
                )
            )
        return output_of(asked, parts)

    async def _step(
        self,
        case: str,
        workflow: Any,  # noqa: ANN401 - the product is checked without its peers
        task: Any,  # noqa: ANN401 - the same
        given: dict[str, Any],
        parts: dict[str, dict[str, Any]],
    ) -> None:
        step: str = task.task_spec.bpmn_id
        parts[step] = task.data[step] = await self._ask(case, step, given)
        task.run()
        workflow.do_engine_steps()
        await self._keep(case, workflow)

    async def _keep(self, case: str, workflow: Any) -> None:  # noqa: ANN401 - the same
        await self._states.keep(case, self._serializer.serialize_json(workflow))


def _inputs(asked: dict[str, Any], parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give what each step whose turn may have come is asked with."""
    inputs = {"identity": first_input(asked)}
    if "identity" in parts:
        inputs["taxpayer"], inputs["licence"] = second_inputs(asked, parts["identity"])
    if "taxpayer" in parts and "licence" in parts:
        inputs["workers"], inputs["place"] = third_inputs(asked, parts["taxpayer"], parts["licence"])
    return inputs


async def main(stand_in: str, folder: Path) -> None:
    """Carry orders out."""
    asked = form()
    states = States(folder / "spiff.sqlite")
    async with open_session() as session, asyncio.TaskGroup() as group:
        committing = group.create_task(states.run())
        engine = Spiff(asks_of(PlainAgencies(session, stand_in)), states)

        async def case() -> None:
            await engine.carry_out(asked)

        async def measure(order: Order) -> Run:
            return await drive(order, [case] * order.in_flight)

        await carry_orders_out(measure)
        committing.cancel()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-spiff-") as made:
        asyncio.run(main(sys.argv[1], Path(made)))
