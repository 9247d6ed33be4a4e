"""Register the example's agencies and contracts at a running gateway, publish the plans, and let every agency sign.

    python town.py URL FOLDER NAME=URL...

FOLDER holds what belongs to whom: `gateway/` (the operator's token), `agencies/NAME/` (each agency's key); NAME=URL
says where an agency with a system serves. Where the service is offered already, nothing is done.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from gateway.cli.demo.town import Town
from gateway.cli.exits import Ends

PATIENCE_S = 30


class Elsewhere(Struct):
    """A gateway or an agency that somebody else started."""

    url: str
    operator_token: str = ""


async def offered(town: Any) -> list[str]:  # noqa: ANN401 - a town whose processes are elsewhere
    """Give the services that are offered; a gateway that is just starting is waited for."""
    for _ in range(PATIENCE_S):
        try:
            return list(await town.offered())
        except Ends:
            await asyncio.sleep(1)
    return list(await town.offered())


async def main(url: str, folder: Path, agencies: dict[str, str]) -> None:
    """Do it once."""
    town = cast("Any", Town(folder))
    token = (folder / "gateway" / "operator.token").read_text(encoding="ascii").strip()
    town.gateway = Elsewhere(url, token)
    town.agencies = {name: Elsewhere(address) for name, address in agencies.items()}
    if not await offered(town):
        await town.register()
        await town.sign_all()
    sys.stdout.write(f"offered: {', '.join(await town.offered())}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), dict(pair.split("=", 1) for pair in sys.argv[3:])))
