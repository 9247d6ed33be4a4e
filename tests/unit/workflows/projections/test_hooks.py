"""How hooks stand after each event of the register."""

from __future__ import annotations

from datetime import timedelta

from contracts import events as ev
from tests.hooks import START
from workflows.projections.directory import Directory
from workflows.projections.hooks import after_hook

MADE = ev.HookRegistered(
    at=START, hook="h", agency="alpha", url="https://h.example/", kinds=["case.changed"], actor="op"
)


def test_a_hook_stands_otherwise_than_was_recorded() -> None:
    directory = Directory()
    directory.apply(MADE)
    hook = directory.hooks["h"]
    assert (hook.name, hook.agency, hook.url, hook.state, hook.generations(START)) == (
        "h",
        "alpha",
        "https://h.example/",
        "on",
        [1],
    )
    until = START + timedelta(hours=24)
    directory.apply(ev.HookRotated(at=START, hook="h", old_until=until, actor="op"))
    assert directory.hooks["h"].generations(START) == [2, 1]
    assert directory.hooks["h"].generations(until) == [2], "the old secret signs for ever"
    directory.apply(ev.HookDisabled(at=START, hook="h", because="spent"))
    assert (directory.hooks["h"].state, directory.hooks["h"].off_at) == ("spent", START)
    directory.apply(ev.HookEnabled(at=until, hook="h", actor="op"))
    assert (directory.hooks["h"].state, directory.hooks["h"].off_at) == ("on", None)
    directory.apply(ev.HookRemoved(at=until, hook="h", actor="op"))
    assert not directory.hooks


def test_a_hook_that_was_removed_meanwhile_breaks_the_register() -> None:
    assert after_hook({}, ev.HookDisabled(at=START, hook="h", because="gone")) == {}
