"""An agency's keys: whoever holds one speaks for the agency, so that a new one needs a second person.

One operator may do alone what lets nobody sign who could not before: register an agency that nothing in the register
names yet, change its name or contact, and take a key away, at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from contracts.bulk import BulkView, KeyChange
from contracts.events import AgencyRegistered, NewAgencyKeys
from contracts.ids import Instant
from workflows.agencies.keys import thumbprint
from workflows.projections.directory import Directory
from workflows.projections.runs import BulkRun

REPLACE_KEYS: Final = "replace-keys"
"""The word for the act: whoever holds a key signs contracts, agreements and answers as the agency."""

JwkSet = Mapping[str, Any]
_Named = tuple[str, str]


def lets_somebody_sign(directory: Directory, agency: str, keys: JwkSet) -> bool:
    """Whether somebody could sign as an agency that others may rely on who could not before."""
    return bool(_named(keys).keys() - _named(_standing(directory, agency)).keys()) and _is_known(directory, agency)


def _is_known(directory: Directory, agency: str) -> bool:
    """Whether anything names the agency: keys that it ever had, a contract of its own, a plan that it is part of."""
    return (
        bool(directory.keys_ever(agency))
        or any(contract.agency == agency for contract in directory.contracts.values())
        or any(agency in published.agencies for published in directory.plans.values())
    )


def key_changes(asked: NewAgencyKeys) -> list[KeyChange]:
    """Give the keys that come and those that go, as whoever approves it compares them with what the agency says."""
    before, after = _named(asked.before), _named(asked.keys)
    added = [
        KeyChange(kid=kid, thumbprint=print_, word="added") for kid, print_ in after if (kid, print_) not in before
    ]
    gone = [
        KeyChange(kid=kid, thumbprint=print_, word="removed") for kid, print_ in before if (kid, print_) not in after
    ]
    return added + gone


def asked_keys(directory: Directory, event: AgencyRegistered) -> NewAgencyKeys:
    """Give what a registration asks for, beside the keys that stand."""
    return NewAgencyKeys(
        agency=event.agency,
        title=event.title,
        contact=event.contact,
        keys=event.keys,
        before=dict(_standing(directory, event.agency)),
    )


def have_changed(directory: Directory, asked: NewAgencyKeys) -> bool:
    """Whether other keys stand by now than when these were asked for: whoever approves it saw another change."""
    return _named(_standing(directory, asked.agency)) != _named(asked.before)


def registered(asked: NewAgencyKeys, run: str, actor: str, now: Instant) -> AgencyRegistered:
    """Give the registration that was asked for in a run."""
    return AgencyRegistered(
        at=now, agency=asked.agency, title=asked.title, keys=asked.keys, contact=asked.contact, actor=actor, run=run
    )


def taken_back(directory: Directory, runs: Iterable[BulkRun], actor: str, now: Instant) -> list[AgencyRegistered]:
    """Give the registrations that undo runs behind broken glass: what they added goes, what they removed comes back.

    `runs` are oldest first. What the agency's keys became besides stays.
    """
    standing: dict[str, AgencyRegistered] = {}
    for run in reversed(list(runs)):
        asked = run.started.agency_keys
        if asked is None or not run.started.broke_glass:
            continue
        last = standing.get(asked.agency) or directory.agencies[asked.agency]
        was, became, now_there = _named(asked.before), _named(asked.keys), _named(last.keys)
        kept = {name: key for name, key in now_there.items() if name in was or name not in became}
        back = {name: key for name, key in was.items() if name not in became}
        standing[asked.agency] = AgencyRegistered(
            at=now,
            agency=last.agency,
            title=last.title,
            keys={"keys": list({**kept, **back}.values())},
            contact=last.contact,
            actor=actor,
            run=run.started.run,
        )
    return list(standing.values())


def is_about_register(view: BulkView) -> bool:
    """Whether a run is about no case, but about who may do something: a token, or an agency's keys."""
    return bool(view.person or view.keys)


def _standing(directory: Directory, agency: str) -> JwkSet:
    return directory.keys.get(agency, {"keys": []})


def _named(keys: JwkSet) -> dict[_Named, Mapping[str, Any]]:
    listed = cast("list[Mapping[str, Any]]", keys["keys"])
    return {(str(key["kid"]), thumbprint(key)): key for key in listed}
