"""`gapura case document`: the documents that agencies gave, as files."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import rich_click as click

from gateway.cli.calling import Reply, at, connect, run, secret_option, url_option
from gateway.cli.exits import UNREACHABLE, Ends, emit, ending, escape, json_option, out
from gateway.cli.files import NEW_FILE, may_write, write_file
from gateway.cli.secrets import Secrets

_NAMED: Final = re.compile(r'filename="([A-Za-z0-9][A-Za-z0-9-]{0,150}\.[a-z]{3})"')


@click.command()
@click.argument("case_id", metavar="CASE")
@click.argument("digest")
@click.option("--to", type=NEW_FILE, default=None, help="The file to write; default: the document's own name, here.")
@click.option("--force", is_flag=True, help="Write over a file that is there, without asking.")
@secret_option
@url_option
@json_option
@ending
def document(case_id: str, digest: str, to: Path | None, secret: str, url: str, *, force: bool, as_json: bool) -> None:
    """Fetch a document that an agency gave, and compare it with its DIGEST (`gapura case show` lists both)."""
    held = Secrets().needed(case_id, secret)
    reply = run(_fetch(url, held, at("cases", case_id, "documents", digest)))
    if f"sha256:{hashlib.sha256(reply.body).hexdigest()}" != digest:
        raise Ends(UNREACHABLE, "What came is not the document of this digest: it was changed on the way. Ask again.")
    file = to or Path(name_in(reply.headers.get("content-disposition", "")))
    may_write(file, force=force)
    write_file(file, reply.body)
    kind = reply.headers.get("content-type", "")
    written = {"file": str(file), "type": kind, "bytes": len(reply.body), "digest": digest}
    emit(written, as_json=as_json, human=lambda: out.print(f"{escape(str(file))}  {len(reply.body)} bytes, {kind}"))


def name_in(disposition: str) -> str:
    """Give the file's name as the gateway suggests it, if it is one that can do no harm here."""
    found = _NAMED.search(disposition)
    return found[1] if found else "document"


async def _fetch(url: str, secret: str, path: str) -> Reply:
    async with connect(url, secret) as client:
        return await client.call("GET", path)
