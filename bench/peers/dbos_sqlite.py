"""DBOS on SQLite: the reference case as a workflow of five steps, as its documentation has it.

Run as `python -m bench.peers.dbos_sqlite STAND_IN`.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.peers.asking import Ask, asks_of
from gateway.cli.bench.driving import Order, Run, carry_orders_out, drive
from gateway.cli.bench.floor import PlainAgencies, first_input, open_session, output_of, second_inputs, third_inputs
from gateway.cli.bench.work import form


async def main(stand_in: str, folder: Path) -> None:
    """Carry orders out."""
    # Any: the product is checked without its peers.
    dbos: Any = importlib.import_module("dbos")
    dbos.DBOS(
        config={"name": "bench", "system_database_url": f"sqlite:///{folder / 'dbos.sqlite'}", "log_level": "ERROR"}
    )
    async with open_session() as session:
        ask: Ask = dbos.DBOS.step()(asks_of(PlainAgencies(session, stand_in)))

        async def reference_case(asked: dict[str, Any]) -> str:
            case = str(dbos.DBOS.workflow_id)
            identity = await ask(case, "identity", first_input(asked))
            for_tax, for_licence = second_inputs(asked, identity)
            taxpayer, licence = await asyncio.gather(ask(case, "taxpayer", for_tax), ask(case, "licence", for_licence))
            for_workers, for_place = third_inputs(asked, taxpayer, licence)
            workers, place = await asyncio.gather(ask(case, "workers", for_workers), ask(case, "place", for_place))
            parts = {"identity": identity, "taxpayer": taxpayer, "licence": licence, "workers": workers, "place": place}
            return output_of(asked, parts).decode()

        workflow = dbos.DBOS.workflow()(reference_case)
        dbos.DBOS.launch()
        asked = form()

        async def case() -> None:
            handle = await dbos.DBOS.start_workflow_async(workflow, asked)
            await handle.get_result()

        async def measure(order: Order) -> Run:
            return await drive(order, [case] * order.in_flight)

        await carry_orders_out(measure)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-dbos-") as made:
        asyncio.run(main(sys.argv[1], Path(made)))
