"""What is known of a case: the compiled plan it runs on, and what its events folded to.

A *track* is one step (one item of it) with all its rounds; the last round is the one that counts, unless an
operator took a kept contribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct, field, structs

from contracts.after_issue import Notice
from contracts.events import RevocationProposed, Standing
from contracts.facts import AskedFact
from contracts.ids import NO_ITEM, AskKey, CaseId, Instant, ItemKey, Place, StepName
from contracts.objections import RaisedObjection
from contracts.revocation import PartRevocation
from contracts.wire import Evidence
from workflows.core.allowed_moves import GRANTED, HELD, MAY_BE_CORRECTED, OUT, WAITED_FOR, CaseStatus, StepState
from workflows.core.claims import NOBODY, Claim
from workflows.core.compiled import CompiledPlan, CompiledStep
from workflows.core.once import once
from workflows.core.paying import NOT_PAYING, Paying
from workflows.core.placing import Where as Where  # noqa: PLC0414 - part of what a state offers
from workflows.core.placing import where as where  # noqa: PLC0414 - the same
from workflows.core.working_time import Stop

SEAL_ATTEMPTS_BEFORE_HELD: Final = 5
FALLEN: Final = frozenset({"revoked", "part_revoked"})
"""Causes of an incident: what a sub-case gave, or a part of it, was revoked."""
MARKED: Final = frozenset({"open", "issuing", "issued", "revoking", "closing"})
"""Statuses with marks: something may still be under way, after issue too."""

Track: TypeAlias = tuple[StepName, ItemKey]
Values: TypeAlias = dict[str, Any]


class Round(Struct, frozen=True, kw_only=True):
    """One round of a track: a resolved input and everything that came of it."""

    number: int
    opened: int = 0
    """The case's version when the round was opened (0: with the case) and, below, when its turn came."""
    begun: int = 0
    state: StepState = "waiting"
    since: Instant | None = None
    input: Values | None = None
    given_input: Values | None = None
    attempt: int = 0
    asked_at: Instant | None = None
    give_up_at: Instant | None = None
    again_at: Instant | None = None
    sent: bool = False
    """An attempt may have reached the agency: whatever it does may have been done."""
    in_doubt: bool = False
    """Sent and not heard: the outcome is unknown."""
    asking: bool = False
    """To be taken back, and an ask is out by which it is found out whether there is anything to undo."""
    unsettled: bool = False
    """To be taken back, and nobody knows yet whether there is anything to undo."""
    left: bool = False
    """An attempt of the ask was let go."""
    held_back_at: Instant | None = None
    """Since when the attempt that is to leave is held back by the agency's protection."""
    held_back_because: str = ""
    held_back: tuple[Stop, ...] = ()
    """When attempts were held back after the first had left: no promise counts that."""
    received_at: Instant | None = None
    """Since when the agency provably has the ask, complete."""
    lookup: int = 0
    lookup_at: Instant | None = None
    looking: bool = False
    overdue_at: Instant | None = None
    """When a promise passed that escalates: a person must look, and the agency is still waited for."""
    word_at: Instant | None = None
    """When the agency was no longer waited for: its clock stopped."""
    output: Values | None = None
    by_hand: bool = False
    contributed_at: Instant | None = None
    evidence: Evidence | None = None
    ticket: str = ""
    code: str = ""
    text: str = ""
    reason: str = ""
    cause: str = ""
    owner: str = ""
    correctable: tuple[str, ...] = ()
    correct_until: Instant | None = None
    final: bool = True
    """A refusal that may still be corrected is not final."""
    undo_cause: str = ""
    undo_attempt: int = 0
    undo_out: bool = False
    undo_accepted: bool = False
    undo_give_up_at: Instant | None = None
    key_undone: bool = False
    """The agency took back what it held under the ask's key, which is not what was contributed by hand."""
    taken: bool = False
    theirs: bool = False
    objections: tuple[RaisedObjection, ...] = ()
    contested: bool = False
    """This waits, and not only for time: an objection is not decided yet."""
    claim: Claim = NOBODY
    urged_at: Instant | None = None
    """When silence was about to grant although a decision was proposed."""
    paying: Paying = NOT_PAYING
    late: int = 0
    """Answers recorded that moved nothing."""
    status_index: int | None = None
    """The place of this part of the sealed output in the status list."""
    revoked: PartRevocation | None = None
    revocation: RevocationProposed | None = None
    """By which an officer takes the part back, while a second one has to confirm it."""
    not_confirmed: str = ""
    """This part of the issued output stands no more."""
    status_owed: bool = False
    """The status list does not say so yet."""
    remains: Values | None = None
    """What is left of a sub-case's output of which something fell."""
    reduced: PartRevocation | None = None
    """Parts of what a sub-case gave for the issued output stand no more."""

    @property
    def next_back(self) -> int:
        """The number of the next attempt under the undo's key: of an undo, or of paying a part of it back."""
        return max(self.undo_attempt, self.paying.refund) + 1

    @property
    def correcting(self) -> bool:
        """Whether the applicant may still change what was asked."""
        return bool(self.correctable) and not self.final and self.state in MAY_BE_CORRECTED

    @property
    def overdue(self) -> bool:
        """Whether an agency that is still waited for has not kept its promise."""
        return self.overdue_at is not None and self.state in WAITED_FOR

    @property
    def urged(self) -> bool:
        """Whether a decision must be confirmed soon, or silence grants."""
        proposal, asked = self.claim.proposal, self.urged_at
        return proposal is not None and asked is not None and asked >= proposal.at and self.state in OUT

    @property
    def stuck(self) -> bool:
        """Whether an operator may act in the agency's place: waiting is spent, or has lasted too long."""
        return self.state == "exhausted" or self.overdue

    @property
    def fallen(self) -> bool:
        """Whether a sub-case gave its output, which stands no more, or not whole: a person must say what now."""
        return self.state == "exhausted" and self.cause in FALLEN

    @property
    def remaining(self) -> Values:
        """What was contributed, as far as it stands."""
        left = self.output if self.remains is None else self.remains
        return left or {}

    @property
    def held(self) -> bool:
        """Whether this is an incident: a person must act, or a late answer settles it."""
        return self.state in HELD or self.overdue or self.contested or self.urged

    @property
    def granted(self) -> bool:
        """Whether a contribution stands."""
        return self.state in GRANTED or (self.state == "kept" and self.taken)

    @property
    def left_over(self) -> bool:
        """Whether a contribution was kept although it should have been undone, and is not taken."""
        return self.state == "kept" and not self.taken

    @property
    def settled(self) -> bool:
        """Whether this is the round's last word."""
        if self.state == "refused":
            return self.final
        return (self.granted and not self.paying.doubted) or self.state in {"skipped", "dropped", "undone", "kept"}


class Incident(Struct, frozen=True, kw_only=True):
    """An answer that moved nothing and that somebody must look at."""

    place: Place
    cause: str
    since: Instant
    owner: str = ""


class CaseState(Struct, frozen=True, kw_only=True, dict=True):
    """A case as its events say. `version` counts them. What is read off it over and over is read off it once."""

    plan: CompiledPlan
    version: int = 0
    case: CaseId = CaseId("")
    status: CaseStatus = "draft"
    outcome: str = ""
    closed_by: StepName = StepName("")
    reason: str = ""
    form: Values = field(default_factory=dict[str, Any])
    caller: str = ""
    secret_digest: str = ""
    traceparent: str = ""
    saved_at: Instant | None = None
    """When a draft was saved last."""
    saves: int = 0
    papers: Mapping[str, int] = field(default_factory=dict[str, int])
    """The documents that a draft ever had, by digest, with their bytes."""
    expires_at: Instant | None = None
    """When a draft that became no case is no more."""
    opened_at: Instant | None = None
    updated_at: Instant | None = None
    closed_at: Instant | None = None
    paused: bool = False
    pauses: tuple[Stop, ...] = ()
    tracks: Mapping[Track, tuple[Round, ...]] = field(default_factory=dict[Track, tuple[Round, ...]])
    listed: Mapping[StepName, tuple[ItemKey, ...]] = field(default_factory=dict[StepName, tuple[ItemKey, ...]])
    """The items of every `each` step whose list is known, in order; the others' track is that of no item."""
    incidents: tuple[Incident, ...] = ()
    credential: str = ""
    output_digest: str = ""
    status_index: int | None = None
    sealed_at: Instant | None = None
    valid_until: Instant | None = None
    """When the output that was sealed is valid no more (None: it has no end)."""
    seal_attempt: int = 0
    seal_void: int = 0
    """Seals up to this attempt count no more: the case was reopened since."""
    voids_owed: tuple[int, ...] = ()
    """The places of such seals that the status list does not name yet."""
    seal_again_at: Instant | None = None
    seal_reason: str = ""
    status_owed: bool = False
    facts: tuple[AskedFact, ...] = ()
    """What holders were asked of the facts that agencies keep in step, and how they stand to them."""
    renews: CaseId = CaseId("")
    renewals: tuple[CaseId, ...] = ()
    """The drafts, and cases, by which it was begun to be renewed."""
    notices: tuple[Notice, ...] = ()
    """What agencies were told of what was revoked."""
    parent: AskKey = AskKey("")
    """The ask of another case that this one answers: it is a sub-case."""
    taken_back: bool = False
    told: Standing = "open"
    """How it stood when the parent was told last, and how many parts of its output had fallen."""
    told_parts: int = 0
    tellings: int = 0

    @classmethod
    def empty(cls, plan: CompiledPlan) -> CaseState:
        """Give a case before its first event."""
        return cls(plan=plan, tracks={(name, NO_ITEM): (Round(number=1),) for name in plan.order})

    def on_plan(self, plan: CompiledPlan) -> CaseState:
        """Give the state on the same plan with newer operational records."""
        return structs.replace(self, plan=plan)

    def step(self, name: StepName) -> CompiledStep:
        """Give the compiled step."""
        return self.plan.steps[name]

    def rounds(self, track: Track) -> tuple[Round, ...]:
        """Give all rounds of a track, oldest first (none: an unknown track)."""
        return self.tracks.get(track, ())

    def round_at(self, place: Place) -> Round | None:
        """Give the round at a place, if it exists."""
        rounds = self.rounds((place.step, place.item))
        return rounds[place.round - 1] if 1 <= place.round <= len(rounds) else None

    def current(self, track: Track) -> Round:
        """Give the round that counts: a kept contribution that was taken, else the last."""
        rounds = self.tracks[track]
        return rounds[0] if len(rounds) == 1 else next((each for each in reversed(rounds) if each.taken), rounds[-1])

    def currents(self) -> tuple[tuple[CompiledStep, Place, Round], ...]:
        """Give every track's counting round, in topological order."""
        return self._currents

    @once
    def _currents(self) -> tuple[tuple[CompiledStep, Place, Round], ...]:
        everything = self._everything
        if len(everything) == len(self.plan.order) and not self.listed:
            return everything  # every step has one round
        counting = {track: self.current(track) for track in self.tracks if self.counts(*track)}
        return tuple([each for each in everything if each[2] is counting.get((each[1].step, each[1].item))])

    def counts(self, name: StepName, item: ItemKey) -> bool:
        """Whether a track has a say in its step's word: an item that is no more on the list has none."""
        return item in self.listed.get(name, (NO_ITEM,))

    def everything(self) -> tuple[tuple[CompiledStep, Place, Round], ...]:
        """Give every round of every track."""
        return self._everything

    @once
    def _everything(self) -> tuple[tuple[CompiledStep, Place, Round], ...]:
        everything: list[tuple[CompiledStep, Place, Round]] = []
        for (name, item), rounds in self.tracks.items():
            step = self.plan.steps[name]
            everything += [(step, Place(name, item, entry.number), entry) for entry in rounds]
        return tuple(everything)

    def has_any(self, states: frozenset[str]) -> bool:
        """Whether a round of any track is in one of these states."""
        return not self._states.isdisjoint(states)

    @once
    def _states(self) -> frozenset[StepState]:
        return frozenset([entry.state for rounds in self.tracks.values() for entry in rounds])

    def word(self, name: StepName) -> tuple[Round, ...]:
        """Give the counting rounds of a step, one per item."""
        return tuple(entry for step, _, entry in self._currents if step.name == name)

    def has_word(self, name: StepName) -> bool:
        """Whether a step has its last word: every item has."""
        return name not in self.unsettled

    @once
    def unsettled(self) -> frozenset[StepName]:
        """The steps without their last word; items that stand while what they read is asked anew have none yet."""
        found = {step.name for step, _, entry in self._currents if not entry.settled}
        for step, _, entry in self._currents if found else ():
            if entry.fallen:  # what rests on it has no last word either
                found |= self.plan.data_descendants[step.name]
        if found and self.listed:
            found |= {name for name in self.plan.order if name in self.listed and found & self.plan.steps[name].data}
        return frozenset(found)

    def granted(self, name: StepName) -> bool:
        """Whether a step's contribution stands."""
        return any(entry.granted for entry in self.word(name))

    def with_round(self, place: Place, **changes: Any) -> CaseState:
        """Give the state with one round changed."""
        track = (place.step, place.item)
        rounds, at = self.tracks[track], place.round - 1
        changed = (*rounds[:at], structs.replace(rounds[at], **changes), *rounds[place.round :])
        return structs.replace(self, tracks={**self.tracks, track: changed})

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks on the status, the most important last: waiting (for the applicant), held, paused."""
        if self.status not in MARKED and not self.taken_back:
            return ()
        waiting = any(
            entry.correcting or (entry.theirs and entry.state == "accepted") for _, _, entry in self.currents()
        )
        over = (self.counts(at.step, at.item) for _, at, entry in self.everything() if entry.left_over)
        held = (
            (self.status == "open" and any(over))
            or self.seal_attempt - self.seal_void >= SEAL_ATTEMPTS_BEFORE_HELD
            or any(not incident.owner for incident in self.incidents)
            or any(entry.held for _, _, entry in self.everything())
        )
        return tuple(mark for mark, on in (("waiting", waiting), ("held", held), ("paused", self.paused)) if on)
