"""A day's tasks of a step as a sheet, out and in."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from contracts.sheet import SheetView
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import MediaTypeUnsupported, ParameterInvalid
from gateway.requests import GatewayRequest, Reply, body_of, caller_of, calls_of, path_of, query_of, reply
from gateway.sheets import LARGEST_SHEET

CSV: Final = "text/csv"
_SERVICE: Final = Param(name="service", where="query", about="The service, where two have such a step.")


@get(
    "/v1/sheets/{step:str}",
    opt={
        OPERATION: Operation(
            id="getSheet",
            tag="work",
            params=(_SERVICE,),
            answers={200: Answered(about="The sheet, in UTF-8 with a byte order mark.", media=(CSV,))},
            problems=("not-found", "parameter-invalid"),
        )
    },
)
async def get_sheet(request: GatewayRequest) -> Reply:
    """Get the tasks of a step that are yours or nobody's as CSV, with empty columns for what is decided.

    What a spreadsheet would take for a formula carries an apostrophe before it.
    """
    step, service = path_of(request, "step"), query_of(request, {"service": ""})["service"]
    return sheet_file(await calls_of(request).sheets.give(caller_of(request), step, service), step)


def sheet_file(data: bytes, step: str) -> Reply:
    """Give a sheet as a file to keep."""
    name = step if step.replace("_", "").isalnum() and step.isascii() else "tasks"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Reply(data, headers=headers, media_type=CSV)


@post(
    "/v1/sheets/{step:str}",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="takeSheet",
            tag="work",
            params=(
                _SERVICE,
                Param(
                    name="preview",
                    where="query",
                    about="Only say what would be decided.",
                    schema={"enum": ["true", "false"], "default": "false"},
                ),
            ),
            body_schema={"type": "string"},
            body_about="The sheet as it was given out, with the empty columns filled in.",
            body_media=(CSV,),
            answers={200: Answered(about="What came of each row.", type=SheetView)},
            problems=("not-found", "form-invalid"),
        )
    },
)
async def take_sheet(request: GatewayRequest) -> Reply:
    """Decide the tasks of a sheet that was filled in, row by row.

    All mistakes are told at once, as `/ROW/COLUMN`, and then nothing is decided. The same sheet again decides nothing
    again.
    """
    query = query_of(request, {"service": "", "preview": "false"})
    if query["preview"] not in {"true", "false"}:
        raise ParameterInvalid("preview is true or false.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in {CSV, "text/plain"}:
        raise MediaTypeUnsupported("Send the sheet as text/csv.")
    caller, step = caller_of(request), path_of(request, "step")
    data = await body_of(request, largest=LARGEST_SHEET)
    preview = query["preview"] == "true"
    return reply(await calls_of(request).sheets.take(caller, step, data, service=query["service"], preview=preview))


ROUTES: Final = [get_sheet, take_sheet]
