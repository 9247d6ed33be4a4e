"""How hooks stand: the addresses that are told by themselves, as the register's events leave them."""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct, structs

from contracts import events as ev
from contracts.hooks import HookState
from contracts.ids import Instant

HookEvent: TypeAlias = ev.HookRegistered | ev.HookRotated | ev.HookDisabled | ev.HookEnabled | ev.HookRemoved
HOOK_EVENTS: Final = (ev.HookRegistered, ev.HookRotated, ev.HookDisabled, ev.HookEnabled, ev.HookRemoved)


class Hook(Struct, frozen=True, kw_only=True):
    """An address that is told. `generation` counts its secrets; until `old_until` the one before signs too."""

    made: ev.HookRegistered
    state: HookState = "on"
    off_at: Instant | None = None
    generation: int = 1
    old_until: Instant | None = None

    @property
    def name(self) -> str:
        """What it is called by."""
        return self.made.hook

    @property
    def agency(self) -> str:
        """Whose it is; empty: the gateway's own."""
        return self.made.agency

    @property
    def url(self) -> str:
        """Where it is told."""
        return self.made.url

    def generations(self, now: Instant) -> list[int]:
        """Give the secrets that sign now, the newest first."""
        old = self.old_until is not None and now < self.old_until
        return [self.generation, self.generation - 1] if old else [self.generation]


def after_hook(hooks: dict[str, Hook], event: HookEvent) -> dict[str, Hook]:
    """Give the hooks as an event leaves them; one that was removed meanwhile, by somebody else, stays so."""
    if isinstance(event, ev.HookRegistered):
        return {**hooks, event.hook: Hook(made=event)}
    if isinstance(event, ev.HookRemoved):
        return {name: hook for name, hook in hooks.items() if name != event.hook}
    known = hooks.get(event.hook)
    return hooks if known is None else {**hooks, event.hook: _after(known, event)}


def _after(hook: Hook, event: ev.HookRotated | ev.HookDisabled | ev.HookEnabled) -> Hook:
    match event:
        case ev.HookRotated():
            return structs.replace(hook, generation=hook.generation + 1, old_until=event.old_until)
        case ev.HookDisabled():
            return structs.replace(hook, state=event.because, off_at=event.at)
        case ev.HookEnabled():
            return structs.replace(hook, state="on", off_at=None)
