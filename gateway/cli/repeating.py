"""Acts under a key: what was not heard to arrive is said again without being done twice."""

# pyright: reportUnknownMemberType=false
# Click leaves the parameters of its generic types open.

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

import rich_click as click

from gateway.cli.calling import run
from gateway.cli.exits import UNREACHABLE, Ends

_T = TypeVar("_T")

key_option: Final = click.option(
    "--key", default="", help="Idempotency-Key: an act that is said again under its key, in the same words, is one act."
)


def again_with(key: str, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run a call; where nobody answers, tell the key under which it can be said again.

    Raises:
        Ends: the gateway is not there, or declines.

    """
    try:
        return run(work())
    except Ends as ends:
        if ends.code != UNREACHABLE:
            raise
        again = f"It may have arrived. Say it again with --key {key}: in the same words it is one act."
        raise Ends(ends.code, f"{ends}\n{again}", ends.problem) from ends
