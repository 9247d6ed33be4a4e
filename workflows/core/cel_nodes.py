"""The tree of an expression: nodes that say what they mean."""

from __future__ import annotations

from msgspec import Struct


class Node(Struct, frozen=True):
    """Anything that has a value."""

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return ()


class Literal(Node, frozen=True):
    """A number, text, true, false or null as written."""

    value: bool | int | float | str | None


class Name(Node, frozen=True):
    """A root (`form`, `case`, a step) or, where `bound`, the variable of a macro."""

    name: str
    bound: bool


class Select(Node, frozen=True):
    """`of.field`."""

    of: Node
    field: str

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.of,)


class Index(Node, frozen=True):
    """`of[key]`, where the key is no literal text (that is a `Select`)."""

    of: Node
    key: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.of, self.key)


class Has(Node, frozen=True):
    """`has(of.field)`: false as well when what leads there is absent."""

    target: Select

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.target,)


class Not(Node, frozen=True):
    """`!of`."""

    of: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.of,)


class Negative(Node, frozen=True):
    """`-of`."""

    of: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.of,)


class Both(Node, frozen=True):
    """`left && right`."""

    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.left, self.right)


class Either(Node, frozen=True):
    """`left || right`."""

    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.left, self.right)


class Operation(Node, frozen=True):
    """A comparison, `in`, or arithmetic."""

    operator: str
    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.left, self.right)


class Choice(Node, frozen=True):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.condition, self.yes, self.no)


class Call(Node, frozen=True):
    """A function; a method's object is its first argument."""

    function: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return self.arguments


class Items(Node, frozen=True):
    """`[a, b]`."""

    items: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return self.items


class Entries(Node, frozen=True):
    """`{'a': b}`."""

    entries: tuple[tuple[Node, Node], ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return tuple(side for entry in self.entries for side in entry)


class Comprehension(Node, frozen=True):
    """A macro over a list: `over.macro(variable, body)`, and for `map` what it gives where `body` holds."""

    macro: str
    over: Node
    variable: str
    body: Node
    gives: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below."""
        return (self.over, self.body) if self.gives is None else (self.over, self.body, self.gives)
