"""Operations: the list of cases, one case, and every act on it, each with its reason."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final, get_args

from litestar import Response, get, post
from litestar.datastructures import Cookie
from msgspec import Struct, structs

from contracts.bulk import BulkView
from contracts.contract import JsonSchema
from contracts.problems import Mistake
from contracts.units import Text
from contracts.views import CaseView, StepView
from gateway.acts import ACTS, FILLED_IN, ActBody
from gateway.pages import filling, replies
from gateway.pages.citizen.agreements import ending_rows
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong
from gateway.pages.names import agency_names
from gateway.pages.operations.acts import ACT_WORDS, REJECTION_WORDS, act_schema
from gateway.pages.operations.bills import bill_boxes
from gateway.pages.operations.bulk import RUN_WORDS
from gateway.pages.operations.promises import clock_rows
from gateway.pages.operations.views import MARK_OPTIONS, STATE_OPTIONS, case_page, cases_page, within_rows
from gateway.pages.posting import MOST_FIELDS, number_of, read_upload
from gateway.pages.steps import name_of
from gateway.pages.told import told
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.pages.waterfall import Scale
from gateway.problems import FormInvalid, KeyReused, NotFound, NotPossibleNow
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of
from gateway.second_person import SECOND_PERSON
from workflows.core.rejections import Rejection
from workflows.ports import CaseFilter

LISTED: Final = 50
KEY: Final = "_key"
"""Under which the form is one act, however often it is sent."""
PLACE: Final = ("step", "item", "round")
"""Which step an act is on: in the address of its page, then hidden in its form."""


@get("/operasi", include_in_schema=False)
async def cases(request: GatewayRequest) -> Response[bytes]:
    """Show all cases, newest first; the filters are in the address."""
    calls = calls_of(request)
    chosen = {name: str(request.query_params.get(name, "")) for name in ("state", "mark", "service", "cursor")}
    wanted = CaseFilter(
        state=chosen["state"] if chosen["state"] in dict(STATE_OPTIONS) else "",
        mark=chosen["mark"] if chosen["mark"] in dict(MARK_OPTIONS) else "",
        service=chosen["service"],
        before=int(chosen["cursor"]) if chosen["cursor"].isdecimal() and len(chosen["cursor"]) < 16 else None,  # noqa: PLR2004  # digits of 2^53
        limit=LISTED,
    )
    page = await calls.list_cases(caller_of(request), wanted)
    shown = cases_page(page, chosen, await calls.catalogue())
    return replies.page(
        request,
        "operations/cases.html",
        replies.shell_of(request, "operations"),
        context={"page": shown, "drafts": await calls.drafts.count(), "ending": ending_rows(calls)},
    )


@get("/operasi/permohonan/{case:str}", include_in_schema=False)
async def case(request: GatewayRequest) -> Response[bytes]:
    """Show one case: incidents, waterfall, steps, acts, events."""
    calls, caller, shell = calls_of(request), caller_of(request), replies.shell_of(request, "operations")
    view = await calls.inspect(caller, path_of(request, "case"))
    history = await calls.history(caller, view.case)
    names = await agency_names(calls)
    shown = case_page(view, history, names, now=shell.now, language=shell.language, scale=_scale(request))
    done = ACT_WORDS.get(replies.what_was_done(request))
    clocks = clock_rows(await calls.promises.of_case(view.case))
    runs = calls.bulk.of_case(view.case)
    context = {"page": shown, "clocks": clocks, "done": done.label if done else None, "runs": runs, **RUN_WORDS}
    context["bills"] = bill_boxes(view, await calls.paying.bills(caller, view), shell.language)
    context["within"] = within_rows(await calls.within(caller, view.case), await calls.catalogue())
    return replies.page(request, "operations/case.html", shell, context=context)


@get("/operasi/permohonan/{case:str}/tindakan/{act:str}", include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Show what an act does, and ask for its reason and what else it needs."""
    act = _act(request)
    place = {name: str(request.query_params.get(name, "")) for name in PLACE}
    wanted = await _wanted(request, act, place)
    return await _page(request, structs.replace(wanted, key=str(uuid.uuid4())), filling.empty(wanted.schema))


@post(
    "/operasi/permohonan/{case:str}/tindakan/{act:str}",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD + 1,
)
async def carry_out(request: GatewayRequest) -> Response[bytes]:
    """Carry an act out, or show what is missing or why it is not possible now."""
    act = _act(request)
    files, posted = await read_upload(request, largest=LARGEST_UPLOAD, parts=MOST_FIELDS)
    wanted = await _wanted(request, act, {name: (posted.get(name) or [""])[-1] for name in PLACE})
    wanted = structs.replace(wanted, key=(posted.get(KEY) or [""])[-1])
    if filling.is_rearranged(posted):
        return await _page(request, wanted, filling.rearranged(wanted.schema, posted), posted.get(filling.LANGUAGE, ()))
    filled = filling.judged(wanted.schema, posted, files)
    if filled.mistakes:
        return await _page(request, wanted, filled)
    try:
        body = structs.replace(_body(wanted, filled.answers), break_glass="darurat" in posted)
        acted = await calls_of(request).acting.act(caller_of(request), wanted.view.case, body, wanted.key or None)
    except FormInvalid as invalid:
        return await _page(request, wanted, filled.reported(invalid.errors))
    except (KeyReused, NotPossibleNow, Rejection) as no:
        return await _refused(request, wanted, filled, no)
    return _on(request, acted, act)


async def _refused(request: GatewayRequest, wanted: Wanted, filled: Filling, no: Exception) -> Response[bytes]:
    """Explain on the act's page why it is not done; said once more from there, it is an act of its own."""
    if not isinstance(no, Rejection):
        wanted = structs.replace(wanted, key=str(uuid.uuid4()))
        return await _page(request, wanted, filled.found([Wrong("", told(str(no)))]))
    if no.mistakes:
        given = FILLED_IN.get(wanted.act, "")
        placed = [Mistake(f"/{given}{item.pointer}", item.detail) for item in no.mistakes]
        return await _page(request, wanted, filled.reported(placed))
    return await _page(request, wanted, filled.found([Wrong("", Text(REJECTION_WORDS[no.code], str(no)))]))


def _on(request: GatewayRequest, acted: CaseView | BulkView, act: str) -> Response[bytes]:
    """Lead to the case, or to the run in which the act waits for a second person."""
    if isinstance(acted, BulkView):
        return replies.go(f"/operasi/massal/{acted.run}")
    return replies.go_done(request, f"/operasi/permohonan/{acted.case}", act)


class Wanted(Struct, frozen=True, kw_only=True):
    """An act that somebody is about: on which step of which case, and what it asks."""

    act: str
    view: CaseView
    step: StepView | None
    place: dict[str, str]
    schema: JsonSchema
    key: str = ""


async def _wanted(request: GatewayRequest, act: str, place: dict[str, str]) -> Wanted:
    """Find the case and the step of an act. Raises NotFound where there is none."""
    calls, caller = calls_of(request), caller_of(request)
    view = await calls.inspect(caller, path_of(request, "case"))
    step = next((item for item in view.steps if (item.step, item.item) == (place["step"], place["item"])), None)
    if "step" in ACTS[act].needs and step is None:
        raise NotFound
    contract = await calls.contract_under(caller, view.case, place["step"]) if act in FILLED_IN else None
    return Wanted(act=act, view=view, step=step, place=place, schema=act_schema(act, contract))


def _body(wanted: Wanted, answers: dict[str, Any]) -> ActBody:
    number = wanted.place["round"]
    return ActBody(
        act=wanted.act,
        reason=answers["reason"],
        step=wanted.place["step"],
        item=wanted.place["item"],
        round=number_of(number),
        input=answers.get("input"),
        output=answers.get("output"),
        evidence=answers.get("evidence", ""),
        owner=answers.get("owner", ""),
        objection=answers.get("objection"),
        legal_basis=answers.get("legal_basis", ""),
        remedy=answers.get("remedy", ""),
    )


async def _page(
    request: GatewayRequest, wanted: Wanted, filled: Filling, language: Sequence[str] = ()
) -> Response[bytes]:
    """Show an act's page; in another language when its switch was pressed (`language`)."""
    shell, cookies = replies.shell_of(request, "operations"), list[Cookie]()
    if language:
        shell, cookie = replies.in_language(request, shell, language[-1])
        cookies.append(cookie)
    return replies.form_page(
        request,
        "operations/act.html",
        shell,
        filled,
        cookies=cookies,
        act=ACT_WORDS[wanted.act],
        second=wanted.act in SECOND_PERSON,
        case=wanted.view.case,
        step=_about(wanted.step, await agency_names(calls_of(request))),
        action=request.url.path,
        hidden={**wanted.place, KEY: wanted.key},
    )


def _about(step: StepView | None, names: dict[str, str]) -> dict[str, object] | None:
    return None if step is None else {"title": step.title, "agency": name_of(step.agency, names)}


def _act(request: GatewayRequest) -> str:
    act = path_of(request, "act")
    if act not in ACT_WORDS:
        raise NotFound
    return act


def _scale(request: GatewayRequest) -> Scale | None:
    wanted = request.query_params.get("skala")
    return next((scale for scale in get_args(Scale) if scale == wanted), None)


ROUTES: Final = (cases, case, begin, carry_out)
