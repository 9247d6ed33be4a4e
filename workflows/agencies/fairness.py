"""Whose turn it is: round and round over services, within a service over its cases, within a case in order."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """What waits: for a case of a service."""

    @property
    def service(self) -> str:
        """The joint service."""
        ...

    @property
    def case(self) -> str:
        """The case."""
        ...


T = TypeVar("T", bound=Waiting)


class FairQueue(Generic[T]):
    """A backlog of one service, or of one case, delays nobody else by more than one turn each."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._services: OrderedDict[str, OrderedDict[str, deque[T]]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        """Give how many wait."""
        return self._length

    def add(self, waiting: T) -> None:
        """Let one more wait."""
        cases = self._services.setdefault(waiting.service, OrderedDict())
        cases.setdefault(waiting.case, deque()).append(waiting)
        self._length += 1

    def first(self) -> T:
        """Give whose turn it is, and leave it waiting. Somebody must wait."""
        cases = next(iter(self._services.values()))
        return next(iter(cases.values()))[0]

    def take(self) -> T:
        """Give whose turn it is; its case and its service are last now. Somebody must wait."""
        service, cases = next(iter(self._services.items()))
        case, line = next(iter(cases.items()))
        waiting = line.popleft()
        self._length -= 1
        if line:
            cases.move_to_end(case)
        else:
            del cases[case]
        if cases:
            self._services.move_to_end(service)
        else:
            del self._services[service]
        return waiting
