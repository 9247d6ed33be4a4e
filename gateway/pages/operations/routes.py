"""Operations: the list of cases, one case, and every act on it, each with its reason."""

from __future__ import annotations

from typing import Final, get_args

from litestar import Response, get, post
from msgspec import structs

from contracts.problems import Mistake
from contracts.units import Text
from contracts.views import CaseView, StepView
from gateway.acts import ACTS, ActBody
from gateway.bodies import parse_object
from gateway.pages import filling, replies
from gateway.pages.answers import Posted
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong, ordered
from gateway.pages.names import agency_names
from gateway.pages.operations.acts import ACT_WORDS, JSON_FIELDS, REJECTION_WORDS, act_schema
from gateway.pages.operations.views import MARK_OPTIONS, STATE_OPTIONS, case_page, cases_page
from gateway.pages.posting import read_posted
from gateway.pages.steps import name_of
from gateway.pages.waterfall import Scale
from gateway.problems import BodyUnreadable, FormInvalid, NotFound
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of
from workflows.core.rejections import Rejection
from workflows.ports import CaseFilter

DONE: Final = "selesai"
LISTED: Final = 50
NO_JSON: Final = 'Ini bukan objek JSON yang benar. Tulis seperti {"nomor": "123"}.'
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
        request, "operations/cases.html", replies.shell_of(request, "operations"), context={"page": shown}
    )


@get("/operasi/permohonan/{case:str}", include_in_schema=False)
async def case(request: GatewayRequest) -> Response[bytes]:
    """Show one case: incidents, waterfall, steps, acts, events."""
    calls, caller, shell = calls_of(request), caller_of(request), replies.shell_of(request, "operations")
    view = await calls.inspect(caller, path_of(request, "case"))
    history = await calls.history(caller, view.case)
    names = await agency_names(calls)
    shown = case_page(view, history, names, now=shell.now, language=shell.language, scale=_scale(request))
    done = ACT_WORDS.get(str(request.query_params.get(DONE, "")))
    context = {"page": shown, "done": done.label if done else None}
    return replies.page(request, "operations/case.html", shell, context=context)


@get("/operasi/permohonan/{case:str}/tindakan/{act:str}", include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Show what an act does, and ask for its reason and what else it needs."""
    act = _act(request)
    view = await calls_of(request).inspect(caller_of(request), path_of(request, "case"))
    place = {name: str(request.query_params.get(name, "")) for name in PLACE}
    return await _page(request, view, act, place, filling.empty(act_schema(act)))


@post("/operasi/permohonan/{case:str}/tindakan/{act:str}", status_code=200, include_in_schema=False)
async def carry_out(request: GatewayRequest) -> Response[bytes]:
    """Carry an act out, or show what is missing or why it is not possible now."""
    act, calls, caller = _act(request), calls_of(request), caller_of(request)
    posted = await read_posted(request)
    view = await calls.inspect(caller, path_of(request, "case"))
    place = {name: (posted.get(name) or [""])[-1] for name in PLACE}
    if filling.is_rearranged(posted):
        return await _page(request, view, act, place, filling.rearranged(act_schema(act), posted))
    filled, body = _read(act, posted, place)
    if filled.mistakes:
        return await _page(request, view, act, place, filled)
    try:
        await calls.act(caller, view.case, body)
    except FormInvalid as invalid:
        return await _page(request, view, act, place, filled.reported(invalid.errors))
    except Rejection as rejection:
        mistakes = [Mistake(f"/{_json_field(act)}", item.detail) for item in rejection.mistakes]
        if mistakes:
            return await _page(request, view, act, place, filled.reported(mistakes))
        why = Text(REJECTION_WORDS[rejection.code], str(rejection))
        shown = structs.replace(filled, mistakes=[Wrong("", why)])
        return await _page(request, view, act, place, shown)
    return replies.go(f"/operasi/permohonan/{view.case}?{DONE}={act}")


def _read(act: str, posted: Posted, place: dict[str, str]) -> tuple[Filling, ActBody]:
    """Read what an act was given; JSON is taken apart, and what is wrong with it is a mistake of its question."""
    filled = filling.judged(act_schema(act), posted)
    objects: dict[str, dict[str, object]] = {}
    mistakes: list[Wrong] = list(filled.mistakes)
    for name in JSON_FIELDS:
        text = filled.answers.get(name)
        if isinstance(text, str):
            try:
                objects[name] = parse_object(text.encode())
            except BodyUnreadable as unreadable:
                mistakes.append(Wrong(f"/{name}", Text(NO_JSON, unreadable.detail)))
    filled = structs.replace(filled, mistakes=ordered(filled.form, mistakes))
    body = ActBody(
        act=act,
        reason=str(filled.answers.get("reason", "")),
        step=place["step"],
        item=place["item"],
        round=int(place["round"]) if place["round"].isdecimal() and len(place["round"]) < 7 else 0,  # noqa: PLR2004  # a million rounds
        input=objects.get("input"),
        output=objects.get("output"),
        evidence=str(filled.answers.get("evidence", "")),
        owner=str(filled.answers.get("owner", "")),
    )
    return filled, body


async def _page(
    request: GatewayRequest, view: CaseView, act: str, place: dict[str, str], filled: Filling
) -> Response[bytes]:
    step = next((item for item in view.steps if (item.step, item.item) == (place["step"], place["item"])), None)
    if "step" in ACTS[act].needs and step is None:
        raise NotFound
    names = await agency_names(calls_of(request))
    return replies.form_page(
        request,
        "operations/act.html",
        replies.shell_of(request, "operations"),
        filled,
        act=ACT_WORDS[act],
        case=view.case,
        step=_about(step, names),
        action=request.url.path,
        hidden=place,
    )


def _about(step: StepView | None, names: dict[str, str]) -> dict[str, object] | None:
    return None if step is None else {"title": step.title, "agency": name_of(step.agency, names)}


def _act(request: GatewayRequest) -> str:
    act = path_of(request, "act")
    if act not in ACT_WORDS:
        raise NotFound
    return act


def _json_field(act: str) -> str:
    return next((name for name in JSON_FIELDS if name in ACTS[act].needs), "")


def _scale(request: GatewayRequest) -> Scale | None:
    wanted = request.query_params.get("skala")
    return next((scale for scale in get_args(Scale) if scale == wanted), None)


ROUTES: Final = (cases, case, begin, carry_out)
