"""A server of the standard library, for a first try and for small offices."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from types import FrameType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from gapura_agency.agency import Agency, FunctionMissing
from gapura_agency.wsgi import WsgiApp

_SLOWEST_S = 30.0


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = _SLOWEST_S

    def address_string(self) -> str:
        """Ask no name server."""
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
        """Say nothing: the agency's own log tells what matters."""


def serve(agency: Agency, *, host: str = "127.0.0.1", port: int = 8101) -> None:
    """Serve an agency until SIGTERM or SIGINT; without a `url` of its own it is known under this host and port.

    Ends with status 1 where contracts and functions do not fit together, saying what is wrong.
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        with listening(agency, host=host, port=port) as url:
            sys.stderr.write(f"{agency.name} answers at {url}, known to the gateway as {agency.url}\n")
            stopped.wait()
    except FunctionMissing as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{host}:{port} cannot be listened on ({error.strerror}): end what has it, or name another port.")


@contextmanager
def listening(agency: Agency, *, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """Serve an agency, and work in the background, while a block runs; gives the address. Port 0 takes a free one."""
    with served(agency.wsgi(), host=host, port=port) as url:
        agency.url = agency.url or url
        agency.start()
        try:
            yield url
        finally:
            agency.stop()


@contextmanager
def served(application: WsgiApp | Any, *, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:  # noqa: ANN401 - any WSGI application
    """Serve a WSGI application while a block runs; gives the address."""
    server = make_server(host, port, application, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
