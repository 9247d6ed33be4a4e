"""The browser's face, as the application takes it: `gateway.pages` gives one, and an application can do without."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from litestar import Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from contracts.problems import Problem
from gateway.identity.rules import Owners
from gateway.requests import GatewayRequest

Before = Callable[[GatewayRequest], Response[bytes] | None]
"""May answer an admitted request before its route does."""


class Pages(Struct, frozen=True, kw_only=True):
    """Its routes, who owns each, what is asked before each, and the page that a problem becomes for a browser."""

    routes: Sequence[ControllerRouterHandler] = ()
    owners: Owners = {}
    before: Before | None = None
    problem: Callable[[GatewayRequest, Problem], Response[bytes]] | None = None
