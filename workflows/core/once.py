"""A property that is worked out once for an object that does not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - a decorator, written as one
    """Like `functools.cached_property`, without the lock that it takes before Python 3.12.

    Two threads that ask at the same moment both work it out, and come to the same.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        """Take what works it out."""
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name under which it is kept."""
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object, owner: type) -> T | once[T]:
        """Work it out and keep it; from then on the object's own attribute is found first."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._work_out(instance)
        return value
