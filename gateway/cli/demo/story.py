"""What the demonstration shows, in order. Nothing is said that was not seen to be true."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import yaml
from rich.console import Console
from rich.markup import escape

from contracts.trust import TrustFile
from gateway.cli.client import connect
from gateway.cli.demo.collector import Collector
from gateway.cli.demo.officer import Officer
from gateway.cli.demo.town import Town
from gateway.cli.exits import Ends
from workflows.outputs.verify import Verdict, verify

_RECONNECT_S: Final = 0.2
_TRACE_S: Final = 12.0
_ENDS: Final = frozenset({"CaseIssued", "CaseClosed"})
_TAX_OFFICE: Final = {
    "status": "active",
    "active_from": f"{datetime.now(UTC):%Y-%m-%d}",
    "office": "KPP Pratama (contoh)",
}


class Untrue(Exception):
    """Something that the demonstration wanted to claim was not seen to be true."""


class Story:
    """One run of the demonstration."""

    def __init__(self, town: Town, collector: Collector, out: Console) -> None:
        """Take a town that is not started yet."""
        self._town, self._collector, self._out = town, collector, out
        self._killed = False
        self._officer_token = ""

    def _say(self, line: str = "") -> None:
        self._out.print(line)

    def _claim(self, seen: bool, line: str, found: object = "") -> None:  # noqa: FBT001 - it reads: claim that
        """Say a line that was seen to be true.

        Raises:
            Untrue: it was not.

        """
        if not seen:
            raise Untrue(f"not seen to be true: {line} {found}".strip())
        self._say(line)

    async def tell(self) -> dict[str, Any]:
        """Tell everything; give the first application's receipt.

        Raises:
            Untrue: something did not happen as it should.

        """
        self._say("[dim]All people here are invented; the keys were made for this run.[/]")
        await asyncio.to_thread(self._town.start)
        await self._opening()
        receipt = await self._first_applicant()
        await self._once(receipt)
        await self._trace(receipt)
        await self._output(receipt)
        await self._second_applicant()
        await self._revocation()
        return receipt

    async def _opening(self) -> None:
        town = self._town
        await town.register()
        *others, last = town.people["agencies"]
        for agency in others:
            await town.sign(agency)
        before = await town.offered()
        await town.sign(last)
        desks = [name for name in town.people["agencies"] if name not in town.agencies]
        self._claim(
            not before and await town.offered() == ["mulai-usaha"],
            f"{len(town.people['agencies'])} agencies: {len(town.agencies)} processes with own registers, "
            f"{len(desks)} desks. All have signed the agreement: the service is offered "
            "(before the last signature it was not).",
        )
        self._officer_token = await town.token("officer", "Scripted officer", "djp")

    # --- the first applicant ----------------------------------------------------------------------------------

    async def _first_applicant(self) -> dict[str, Any]:
        form = self._sample("02-two-workers.yaml")
        receipt = await self._town.apply(form)
        answers = sum(1 for _ in _leaves(form))
        self._say(f"\n[bold]An applicant opens a food stall. ONE form, {answers} answers.[/]  case {receipt['case']}")
        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            group.create_task(self._follow(receipt))
        view = await self._town.view(receipt)
        if view["state"] != "issued":
            raise Untrue(f"the case is {view['state']}, not issued")
        return receipt

    async def _follow(self, receipt: dict[str, Any]) -> None:
        """Print what happens as it is recorded, over the gateway's death and return."""
        seen = 0
        while True:
            try:
                async with connect(self._town.url, receipt["secret"]) as client:
                    async for event in client.events(f"/v1/cases/{receipt['case']}/events", seen):
                        if event["version"] != seen + 1:
                            raise Untrue(f"event {event['version']} came after {seen}")
                        seen = event["version"]
                        await self._happened(receipt, event)
                        if event["event"] in _ENDS:
                            return
            except Ends:
                await asyncio.sleep(_RECONNECT_S)

    async def _happened(self, receipt: dict[str, Any], event: dict[str, Any]) -> None:
        if event["event"] not in {"StepFailed", "StepAccepted", "StepContributed", "StepSkipped"}:
            return
        view = await self._town.view(receipt)
        step = next(entry for entry in view["steps"] if entry["step"] == event["step"])
        name = f"{escape(step['agency']):9} {step['step']:9}"
        if event["event"] == "StepContributed":
            how = "signed by the agency" if step["signed"] == "agency" else "attested: an officer answered"
            self._say(f"[green]✓[/] {name} contributed, {how}")
        elif event["event"] == "StepSkipped":
            self._say(f"[dim]- {name} not needed: the risk does not ask for it[/]")
        elif event["event"] == "StepFailed":
            wait = datetime.fromisoformat(event["again_at"]) - datetime.fromisoformat(event["at"])
            told = f"attempt {event['attempt']} not heard ({escape(step['reason'] or 'see the case page')})"
            self._say(f"[yellow]↻[/] {name} {told}, again in {wait.total_seconds():.1f} s")
        elif step["connection"] == "desk":
            self._say(f"[cyan]…[/] {name} with an officer  {self._town.url}/petugas")
            await self._kill_and_decide(receipt)
        else:
            self._say(f"[cyan]…[/] {name} accepted; the agency will call back")

    async def _kill_and_decide(self, receipt: dict[str, Any]) -> None:
        """Kill the gateway while an officer has the task and an agency owes a callback, then let the officer decide."""
        if self._killed:
            return
        self._killed = True
        await asyncio.to_thread(self._town.gateway.kill)
        back_s = await asyncio.to_thread(self._town.gateway.start)
        self._say(f"[red]✗ GATEWAY KILLED (-9)[/] … back after {back_s:.1f} s, goes on")
        async with Officer(self._town.url, self._officer_token) as officer:
            task = await officer.wait_for_task(receipt["case"])
            await officer.decide(task, "contribute", _TAX_OFFICE)
        self._say("[dim]  (a scripted officer decided, through the same pages as a person)[/]")

    # --- what came of it --------------------------------------------------------------------------------------

    async def _once(self, receipt: dict[str, Any]) -> None:
        inspected = await self._town.inspect(receipt["case"])
        asked = sum(1 for attempt in inspected["history"]["attempts"] if attempt["verb"] == "ask")
        registers = await self._town.registers()
        effects = {name: _of(register, receipt["case"], "effects") for name, register in registers.items()}
        desk = [entry for entry in inspected["view"]["steps"] if entry["step"] == "taxpayer"]
        self._claim(
            self._killed and all(count == 1 for count in effects.values()) and desk[0]["state"] == "contributed",
            f"Asked {asked} times, done once each: "
            + ", ".join(f"{name} {count}" for name, count in effects.items())
            + ", desk 1",
            effects,
        )

    async def _trace(self, receipt: dict[str, Any]) -> None:
        trace = (await self._town.view(receipt))["trace_id"]
        wanted = {"gapura", *self._town.agencies}
        async with asyncio.timeout(_TRACE_S):
            await self._collector.wait_for(trace, wanted)
        services = {span.service for span in self._collector.of(trace)}
        self._claim(wanted <= services, f"One trace over {len(services)} processes, as a tree with times:", services)
        for line in self._collector.tree(trace):
            self._out.print(f"  {line}", style="dim", markup=False)

    async def _output(self, receipt: dict[str, Any]) -> None:
        credential = await self._fetch(receipt, "application/vc+jwt")
        document = await self._fetch(receipt, "application/pdf")
        trust, statuses = await self._published()
        verdict = _judge(credential, trust, statuses)
        printed = _judge(document, trust, statuses)
        position = len(credential) // 2
        flipped = credential[:position] + bytes([credential[position] ^ 1]) + credential[position + 1 :]
        altered = _judge(flipped, trust, statuses)
        signed = sum(1 for part in verdict.parts if part.proof == "agency" and part.checked)
        self._claim(
            verdict.word == printed.word == "valid" and verdict.status_checked and altered.word == "altered",
            f"[bold]JOINT OUTPUT[/] of {len(verdict.parts)} parts, {signed} signed by their agencies "
            f"→ [bold green]VALID[/] (credential and PDF).  One byte changed → [bold red]{altered.word.upper()}[/]",
            (verdict.word, printed.word, altered.word, verdict.reasons),
        )

    async def _fetch(self, receipt: dict[str, Any], kind: str) -> bytes:
        async with connect(self._town.url, receipt["secret"]) as client:
            reply = await client.call("GET", f"/v1/cases/{receipt['case']}/output", headers={"Accept": kind})
            (self._town.folder / f"joint-output.{'pdf' if kind.endswith('pdf') else 'jwt'}").write_bytes(reply.body)
            return reply.body

    async def _published(self) -> tuple[TrustFile, str]:
        async with connect(self._town.url) as client:
            keys = (await client.call("GET", "/v1/keys")).body
            (self._town.folder / "trust.json").write_bytes(keys)
            statuses = (await client.call("GET", "/v1/status-lists/1")).body.decode()
            return msgspec.json.decode(keys, type=TrustFile), statuses

    # --- a refusal, and a revocation --------------------------------------------------------------------------

    async def _second_applicant(self) -> None:
        receipt = await self._town.apply(self._sample("07-outside-spatial-plan.yaml"))
        view = await self._town.until(receipt, ["refused", "issued"])
        states = {step["step"]: step["state"] for step in view["steps"]}
        registers = await self._town.registers()
        later = sum(_of(registers[name], receipt["case"], "effects") for name in ("oss", "bpjs"))
        asked_later = sum(
            step["attempt"] for step in view["steps"] if step["step"] in {"business", "taxpayer", "workers"}
        )
        async with connect(self._town.url, receipt["secret"]) as client:
            outcome = await client.get(f"/v1/cases/{receipt['case']}/output")
        record = outcome["closing_record"]
        refused = next(part for part in record["parts"] if part["step"] == "place")
        self._say()
        self._claim(
            view["state"] == "refused" and states["place"] == "refused" and later == 0 and asked_later == 0,
            f"[bold]A second applicant:[/] zoning refuses ({escape(refused['refusal']['en'])}) "
            "→ no later agency was asked",
            states,
        )
        self._claim(
            record["outcome"] == "refused" and bool(refused["objection"]) and "credential" not in outcome,
            f"  a closing record says so, and where to object: {escape(refused['objection']['where']['en'])}, "
            f"within {refused['objection']['within']}",
            record,
        )

    async def _revocation(self) -> None:
        await self._town.sign("djp", "revoke")
        self._claim(
            await self._town.offered() == [], "djp revokes its signature → the service is gone from the catalogue."
        )
        await self._town.sign("djp")
        self._claim(
            await self._town.offered() == ["mulai-usaha"], "  djp signs again → it is offered again (for you, below)."
        )

    # --- staying up -------------------------------------------------------------------------------------------

    async def leave_open(self, receipt: dict[str, Any]) -> None:
        """Leave a task on the desk for whoever watches, and say where everything is."""
        waiting = await self._town.apply(self._sample("01-stall.yaml"))
        url = self._town.url
        officer = await self._town.token("officer", "You", "djp")
        self._say("\n[bold]Open[/] (Indonesian; ID/EN at the top of each page):")
        rows = [
            ("form", f"{url}/layanan/mulai-usaha", "no login"),
            ("progress", f"{url}/permohonan", f"case {waiting['case']}, access code {waiting['secret']}"),
            ("output", f"{url}/permohonan", f"case {receipt['case']}, access code {receipt['secret']}"),
            ("desk", f"{url}/petugas", f"token {officer}"),
            ("case, trace", f"{url}/operasi", f"token {self._town.gateway.operator_token}"),
            ("verify", f"{url}/verifikasi", f"with {self._town.folder}/joint-output.pdf"),
            ("API", f"{url}/v1/reference", ""),
        ]
        for name, address, how in rows:
            self._out.print(f"  {name:12} {address:44} {how}", markup=False)
        self._say("\nTo go on in another terminal, paste there:")
        path = Path(sys.executable).parent
        for line in (
            f'export PATH="{path}:$PATH" GAPURA_URL={url}',
            f"export OFFICER={officer}",
            f"export GAPURA_TOKEN={self._town.gateway.operator_token}",
        ):
            self._out.print(f"  {line}", markup=False)
        self._say("[dim]One task waits on the desk for you. Ctrl-C ends everything.[/]")

    def _sample(self, name: str) -> dict[str, Any]:
        path: Path = self._town.examples / "samples" / name
        loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        form: dict[str, Any] = loaded["form"]
        return form


def _judge(presented: bytes, trust: TrustFile, statuses: str) -> Verdict:
    return verify(presented, trust, now=datetime.now(UTC), status_list=statuses)


def _of(register: dict[str, Any], case: str, what: str) -> int:
    """Count what a register holds for one case."""
    return sum(entry[what] for key, entry in register["asks"].items() if key.startswith(f"{case}/"))


def _leaves(value: object) -> list[object]:
    """Give the answers in a form: its leaves."""
    match value:
        case dict():
            return [leaf for entry in cast("dict[str, object]", value).values() for leaf in _leaves(entry)]
        case list():
            return [leaf for entry in cast("list[object]", value) for leaf in _leaves(entry)]
        case _:
            return [value]
