"""The cases that are frozen for every release: together they record every event that a case can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from msgspec import structs

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import events as ev
from contracts import wire
from contracts.connection import BoundOperation
from contracts.contract import DeskConnection, OpenApiConnection
from contracts.declared import Derived
from contracts.ids import AskKey, ItemKey, StepName
from contracts.plan import ApplicantTask, Step
from tests.replay.after_issue import AFTER_ISSUE
from tests.replay.family import fallen, reduced, renewed, whole, within
from tests.replay.payment import paid
from tests.unwind.acts import ACT
from tests.unwind.offices import Does, Table, keeps_it, refuses, returns
from tests.unwind.plays import CASE, Play
from tests.unwind.scenes import SCENES, Scene, bound, with_steps

SCENE: Final[Scene] = SCENES["mulai-usaha"]
_CALL: Final = BoundOperation(operation="do")
BOUND: Final[Scene] = bound(
    SCENE,
    workers=OpenApiConnection(document={}, repeat="never", ask=_CALL, undo=_CALL),
    business=OpenApiConnection(document={}, repeat="harmless", ask=_CALL, undo=_CALL),
)
"""The same plan, as two of its agencies would be reached by APIs of their own."""
WAITING: Final[Scene] = with_steps(
    SCENE,
    pause=Step(
        wait="2 working days",
        publish={"village": "form.business.address.village"},
        decide_within="1 working day",
        after=["place"],
    ),
    consent=Step(
        applicant=ApplicantTask(
            page="confirm",
            form={"type": "object", "required": ["agreed"], "properties": {"agreed": {"const": True}}},
            within="7 days",
        ),
        in_={"nib": "business.nib"},
    ),
    taxpayer=structs.replace(SCENE.step("taxpayer"), after=[*SCENE.step("taxpayer").after, "pause", "consent"]),
)
"""The same plan; before anything final is asked, neighbours may object to the place, and the applicant confirms."""
LISTED: Final[Scene] = with_steps(
    SCENE,
    workers=structs.replace(
        SCENE.plan.published.plan.steps["workers"],
        each="form.workers",
        as_="worker",
        key="worker.nik",
        in_={
            "nik": "form.nik",
            "nib": "business.nib",
            "headcount": Derived(const=1),
            "workers": Derived(cel="[worker]"),
        },
    ),
)
"""The same plan, with an ask for each worker."""
_WITH_A_SECOND: Final[Scene] = bound(SCENE, permit=DeskConnection(second_officer="refusals"))
WATI, JOKO = "dpmptsp/Wati", "dpmptsp/Joko"
ADDRESS: Final[dict[str, Any]] = SCENE.correction(["/business/address"])


def _issued_and_revoked() -> Play:
    """Answers that come late, get lost, or have to be looked up; a signer who is away; revoked by the lead."""
    play = _play(
        asks={"identity": Does(heard="lost"), "business": Does(heard="uncalled"), "workers": Does(heard="later")}
    )
    play.signer_is_away = 1
    play.opens()
    play.until(lambda: bool(play.state.credential))
    _must(play, cm.RevokeOutput(act=ACT))
    play.goes_on()
    return play


def _refused() -> Play:
    """The business is registered already: the spatial confirmation stands only with it, and is undone."""
    play = _play(asks={"business": refuses("already_registered")})
    play.opens()
    play.goes_on()
    return play


def _withdrawn() -> Play:
    """Withdrawn in a pause: undos that are lost, accepted, refused and then done by hand."""
    play = _play(
        undos={"workers": Does("undoes", "lost"), "business": Does("undoes", "later"), "place": keeps_it("number_used")}
    )
    play.opens()
    play.until_step("permit", "accepted")
    _must(play, cm.PauseCase(act=ACT))
    play.until_step("permit", "contributed")
    _must(play, cm.Withdraw(reason="another town"))
    _must(play, cm.ResumeCase(act=ACT))
    play.goes_on()
    _does(play, "undone", "place")
    play.goes_on()
    return play


def _corrected() -> Play:
    """Sent back twice: by an officer's return, and by a refusal; then issued without an optional step."""
    play = _play(
        asks={"permit": (returns("address"), refuses("place_not_found")), "workers": refuses("worker_under_age")}
    )
    play.opens()
    play.until_step("permit", "returned")
    _must(play, cm.DeclineCorrection(step=StepName("workers")))
    _must(play, cm.Correct(answers=ADDRESS))
    play.until_step("permit", "refused", round_=2)
    street = {**ADDRESS["business"]["address"], "street": "Jl. Contoh 52 RT 01 RW 07"}
    _must(play, cm.Correct(answers={"business": {"address": street}}))
    play.goes_on()
    return play


def _expired() -> Play:
    """Sent back, and not corrected in time."""
    play = _play(asks={"place": refuses("address_unclear")})
    play.opens()
    play.goes_on()
    return play


def _kept() -> Play:
    """A registration that is not taken back: kept under an owner, and taken as the step's word."""
    play = _play(asks={"permit": refuses("place_not_found")}, undos={"business": keeps_it()})
    play.opens()
    play.until_step("permit", "refused")
    _must(play, cm.Correct(answers=ADDRESS))
    play.until_step("business", "undo_refused")
    _does(play, "take-incident", "business")
    _does(play, "keep", "business")
    _does(play, "take-kept", "business")
    play.goes_on()
    return play


def _held() -> Play:
    """Two agencies that are not heard: one is held to this day, the undo of the other too."""
    play = _play(
        asks={"permit": Does(heard="broken"), "workers": Does(heard="4xx")}, undos={"workers": Does("undoes", "4xx")}
    )
    play.opens()
    play.until_step("workers", "exhausted")
    _does(play, "skip", "workers")
    play.until_step("permit", "exhausted")
    _does(play, "take-incident", "permit")
    return play


def _ended() -> Play:
    """Ended by hand, with a contribution that came although its agency had refused."""
    play = _play(asks={"workers": refuses("contributions_in_arrears"), "permit": returns()})
    play.opens()
    play.until_step("permit", "exhausted")
    office = play.offices[StepName("workers")]
    office.contribute(play.key("workers"))
    play.says_again("workers", office.answers[play.key("workers")])
    _does(play, "take-incident", "workers")
    _does(play, "end", "permit")
    play.goes_on()
    return play


def _under_way() -> Play:
    """Nobody to employ; an agency that answers after all; and officers who have not looked yet."""
    alone = replace(SCENE, form={**SCENE.form, "workers": []})
    play = Play(alone, asks={"place": Does(heard="4xx")})
    play.opens()
    play.until_step("place", "exhausted")
    play.says_again("place", wire.Accepted(key=play.key("place"), ticket="t"))
    play.offices[StepName("place")].contribute(play.key("place"))
    play.says_again("place", play.offices[StepName("place")].answers[play.key("place")])
    play.until_step("permit", "accepted")
    return play


def _overdue() -> Play:
    """An agency that has the ask and breaks its promise: somebody looks, and it is still waited for."""
    play = _play(asks={"workers": Does(heard="later")})
    play.opens()
    play.until_step("workers", "accepted")
    play.now += timedelta(days=30)  # in which it does not call back
    _must(play, cm.Wake())
    _does(play, "take-incident", "workers")
    return play


def _by_law() -> Play:
    """Officers who let their time pass: the law grants it, and what they say afterwards is recorded."""
    play = _play(asks={"permit": Does(heard="later")})
    play.opens()
    play.until_step("permit", "accepted")
    play.now += timedelta(days=30)  # in which nobody looks at the desk
    _must(play, cm.Wake())
    play.goes_on()
    return play


def _held_back() -> Play:
    """An agency that is shut for maintenance: its ask waits, leaves when it may, and is answered."""
    play = _play(asks={"workers": Does(heard="later")})
    play.opens()
    play.until_step("workers", "asked")
    attempt = cm.HoldBack(step=StepName("workers"), round=1, verb="ask", attempt=1, because="maintenance")
    _must(play, attempt)
    play.now += timedelta(minutes=5)
    _must(play, cm.LetGo(step=StepName("workers"), round=1, verb="ask", attempt=1))
    play.goes_on()
    return play


def _fetched() -> Play:
    """An agency that can only call out: a worker of its fetches the ask, and answers."""
    play = _play(asks={"workers": Does(heard="later")})
    play.opens()
    play.until_step("workers", "asked")
    proof = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="bpjs/kantor")
    fetch = cm.RecordFetch(step=StepName("workers"), round=1, verb="ask", attempt=1, worker="kantor-1", evidence=proof)
    _must(play, fetch)
    _must(play, cm.RecordReceipt(step=StepName("workers"), round=1, worker="kantor-1", evidence=proof))
    play.goes_on()
    return play


def _unknown() -> Play:
    """Two APIs that agencies had before: one is not asked twice, what the other did is found out before its undo."""
    play = Play(BOUND, asks={"workers": Does(heard="lost"), "business": Does(heard="slow")})
    play.opens()
    play.until_step("business", "failed")
    play.until(lambda: bool(play.offices[StepName("business")].states))
    _must(play, cm.Withdraw(reason="another town"))
    play.until(lambda: any(play.recorded(ev.SettlingFailed)))
    play.mends("business")
    play.goes_on()
    return play


def _nothing_done() -> Play:
    """An ask that may have worked, of an agency that would do it twice: somebody finds out that it did not."""
    play = Play(BOUND, asks={"workers": Does(heard="silence")})
    play.opens()
    play.until_step("workers", "exhausted")
    _does(play, "nothing-done", "workers")
    play.mends("workers")
    _does(play, "ask-again", "workers")
    play.goes_on()
    return play


def _waited() -> Play:
    """Two working days in which neighbours may object to the place; one does, and it is dismissed after their end."""
    play = Play(WAITING)
    play.opens()
    play.until_step("pause", "accepted")
    _must(play, cm.RaiseObjection(step=StepName("pause"), name="Sri", contact="0812", grounds="The well is ours."))
    play.passes(days=3)
    _must(play, cm.DecideObjection(step=StepName("pause"), number=1, upheld=False, act=ACT))
    told = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="applicant")
    play.until_step("consent", "accepted")
    _must(play, cm.AnswerStep(step=StepName("consent"), output={"agreed": True}, evidence=told))
    play.goes_on()
    return play


def _listed() -> Play:
    """An ask for each of two workers; the first attempt of each is answered, and not heard."""
    play = Play(LISTED, asks={"workers": Does(heard="lost")})
    play.opens()
    play.goes_on()
    return play


def _at_a_desk() -> Play:
    """Officers take a task, put it back, hand it over, decide it, and do not confirm what another decided."""
    play = Play(_WITH_A_SECOND)
    play.opens()
    play.until_step("permit", "accepted")
    step, item = StepName("permit"), ItemKey("")
    answer = wire.Refused(key=AskKey("any"), code="not_met")
    evidence = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor=WATI)
    task: dict[str, Any] = {"step": step, "item": item, "verb": "ask"}
    _must(play, dm.ClaimTask(**task, officer=WATI))
    _must(play, dm.ReleaseTask(**task, officer=WATI))
    _must(play, dm.HandTaskOver(**task, officer=JOKO, to=WATI, reason="leave"))
    _must(play, dm.DecideTask(**task, officer=WATI, answer=answer, evidence=evidence))
    _must(play, dm.RejectDecision(**task, officer=JOKO, digest="sha256:0", text="look again"))
    play.now += timedelta(hours=1)
    _must(play, dm.DecideTask(**task, officer=WATI, answer=answer, evidence=evidence))
    play.now += timedelta(days=2)  # a day before silence grants it
    _must(play, cm.Wake())
    _must(play, dm.ConfirmDecision(**task, officer=JOKO, digest="sha256:0"))
    play.goes_on()
    return play


def _drafted() -> Play:
    """A form that is filled in over two days, and sent."""
    play = Play(SCENE)
    _saves(play, {"nik": SCENE.form["nik"]})
    play.passes(days=1)
    _saves(play, {**SCENE.form, "workers": []})
    play.passes(hours=1)
    play.opens()
    play.goes_on()
    return play


def _not_sent() -> Play:
    """A form that is filled in and never sent."""
    play = Play(SCENE)
    _saves(play, {"nik": SCENE.form["nik"]})
    play.passes(days=31)
    return play


def _saves(play: Play, form: dict[str, Any]) -> None:
    until = play.now + timedelta(days=30)
    _must(play, cm.SaveDraft(case=CASE, form=form, secret_digest="sha256:0", expires_at=until))


CASES: Final[dict[str, Callable[[], Play]]] = {
    "issued-and-revoked": _issued_and_revoked,
    **AFTER_ISSUE,
    "refused": _refused,
    "withdrawn": _withdrawn,
    "corrected": _corrected,
    "expired": _expired,
    "kept": _kept,
    "held": _held,
    "ended": _ended,
    "under-way": _under_way,
    "overdue": _overdue,
    "by-law": _by_law,
    "held-back": _held_back,
    "fetched": _fetched,
    "unknown": _unknown,
    "nothing-done": _nothing_done,
    "waited": _waited,
    "listed": _listed,
    "paid": paid,
    "at-a-desk": _at_a_desk,
    "whole": whole,
    "within": within,
    "fallen": fallen,
    "reduced": reduced,
    "renewed": renewed,
    "drafted": _drafted,
    "not-sent": _not_sent,
}


def played() -> Iterator[tuple[str, str, Play]]:
    """Play every case: its name, what it is about, and what came of it."""
    for name, make in CASES.items():
        yield name, (make.__doc__ or "").strip(), make()


def _play(*, asks: Table | None = None, undos: Table | None = None) -> Play:
    return Play(SCENE, asks=asks, undos=undos)


def _must(play: Play, command: cm.CaseCommand) -> None:
    code = play.submit(command)
    assert not code, f"{command} is rejected: {code}"


def _does(play: Play, act: str, name: str) -> None:
    code = play.does(act, name)
    assert not code, f"{act} of {name} is rejected: {code}"
