"""Starting a gateway from the command line: why it does not start is said in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import uvloop

from gateway.bootstrap import UNUSABLE
from gateway.cli.exits import NOT_SO, Ends
from gateway.doctor import ForeignPackages
from gateway.serving import AddressTaken, serve
from gateway.settings import Settings
from observability.logs import configure_logs


def run_gateway(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Run a gateway until SIGTERM or Ctrl-C; `ready` is told its address once requests are taken.

    Raises:
        Ends: it cannot start here; the message says why and what to do.

    """
    configure_logs(settings.log_level)
    try:
        # uvloop's loop: a case passes some 500 times through asyncio's own, a tenth of all Python that it runs.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, ready=ready))
    except (AddressTaken, ForeignPackages, *UNUSABLE) as error:
        raise Ends(NOT_SO, str(error)) from error
    except OSError as error:
        if error.filename is None:
            raise
        message = f"{error.filename} cannot be used: {error.strerror}. Set --data or GAPURA_DATA to a folder of yours."
        raise Ends(NOT_SO, message) from error
