"""What the demonstration shows, in order. Nothing is said that was not seen to be true."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import yaml
from rich.console import Console

from contracts.trust import TrustFile
from gateway.cli.calling import connect
from gateway.cli.demo.collector import Collector
from gateway.cli.demo.facts import Facts
from gateway.cli.demo.officer import Officer
from gateway.cli.demo.town import FIRST, Town, in_thread
from gateway.cli.exits import UNREACHABLE, Ends, escape
from gateway.clock import SystemClock
from workflows.loading.hashing import content_digest
from workflows.outputs.document import ATTACHMENT
from workflows.outputs.pdf import read_pdf
from workflows.outputs.verify import Verdict, verify

_RECONNECT_S: Final = 0.2
_CASE_S: Final = 120.0
_TRACE_S: Final = 30.0
_GATEWAY: Final = "gapura"
"""What the gateway's spans say that they are of."""
_ENDS: Final = frozenset({"CaseIssued", "CaseClosed"})
_TOLD: Final = frozenset({"StepFailed", "StepAccepted", "StepContributed", "StepSkipped", "StepRefused"})


class Untrue(Exception):
    """Something that the demonstration wanted to claim was not seen to be true."""


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncGenerator[None]:
    """Let something take so long.

    Raises:
        Untrue: it took longer; `what` says what.

    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Untrue(f"{what} within {seconds:.0f} s") from error


class Story:
    """One run of the demonstration."""

    def __init__(self, town: Town, collector: Collector, out: Console) -> None:
        """Take a town that is not started yet."""
        self._town, self._collector, self._out = town, collector, out
        self._killed = False
        self._accepted: set[str] = set()
        self._officer_token = ""

    def _say(self, line: str = "") -> None:
        self._out.print(line)

    def claim(self, seen: bool, line: str, found: object = "") -> None:  # noqa: FBT001 - it reads: claim that
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
        await in_thread(self._town.start)
        await self._opening()
        receipt = await self._first_applicant()
        await self._trace(receipt, await self._once(receipt))
        await self._output(receipt)
        await self._second_applicant()
        await self._facts(receipt["case"])
        await self._revocation()
        return receipt

    async def _opening(self) -> None:
        town, everybody = self._town, self._town.people["agencies"]
        await town.register()
        last = {town.parties(service)[-1] for service in town.plans}
        for agency in (name for name in everybody if name not in last):
            await town.sign(agency)
        before = await town.offered()
        for agency in last:
            await town.sign(agency)
        self.claim(
            not before and sorted(await town.offered()) == list(town.plans),
            f"{len(everybody)} agencies: {len(town.agencies)} processes with own registers, "
            f"{len(everybody) - len(town.agencies)} with desks only. All have signed what they take part in: "
            f"{len(town.plans)} services are offered (before the last signatures, none).",
            before,
        )
        self._say(f"  What is paid on the way is paid at a sandbox, where no money moves: {town.payments.url}/")
        self._officer_token = await town.token("officer", "Scripted officer", "djp")

    # --- the first applicant ----------------------------------------------------------------------------------

    async def _first_applicant(self) -> dict[str, Any]:
        sample = self._sample("02-two-workers.yaml")
        begun, answers = time.monotonic(), sum(1 for _ in leaves(sample["form"]))
        receipt = await self._town.apply(sample["form"])
        self._say(f"\n[bold]An applicant opens a food stall. ONE form, {answers} answers.[/]  case {receipt['case']}")
        async with within(_CASE_S, "the first application did not end"):
            await self._follow(receipt, sample["officers"]["taxpayer"][0]["output"])
        view = await self._town.view(receipt)
        took_s = time.monotonic() - begun
        self.claim(
            view["state"] == "issued",
            f"Issued after {took_s:.0f} s and {view['version']} recorded events, none lost or doubled over the kill.",
            view["state"],
        )
        return receipt

    async def _follow(self, receipt: dict[str, Any], decision: dict[str, str]) -> None:
        """Print what happens as it is recorded, over the gateway's death and return."""
        seen = 0
        while True:
            try:
                async with connect(self._town.url, receipt["secret"]) as client:
                    async for event in client.events(f"/v1/cases/{receipt['case']}/events", seen):
                        if event["version"] != seen + 1:
                            raise Untrue(f"event {event['version']} came after {seen}")
                        seen = event["version"]
                        await self._happened(receipt, event, decision)
                        if event["event"] in _ENDS:
                            return
            except Ends as ends:
                if ends.code != UNREACHABLE:
                    raise
                await asyncio.sleep(_RECONNECT_S)

    async def _happened(self, receipt: dict[str, Any], event: dict[str, Any], decision: dict[str, str]) -> None:
        if event["event"] not in _TOLD:
            return
        view = await self._town.view(receipt)
        step = next(entry for entry in view["steps"] if entry["step"] == event["step"])
        self._say(self._line(event, step))
        if not self._killed and only_waits(view):
            self._killed = True
            await self._kill_and_decide(receipt, decision)

    def _line(self, event: dict[str, Any], step: dict[str, Any]) -> str:
        """Give what happened to a step as a line."""
        name = f"{escape(step['agency']):9} {step['step']:12}"
        match event["event"]:
            case "StepContributed":
                later = "called back, " if step["connection"] != "desk" and step["step"] in self._accepted else ""
                return f"[green]✓[/] {name} {later}{contribution(step)}"
            case "StepSkipped":
                return f"[dim]- {name} not needed: the risk does not ask for it[/]"
            case "StepFailed":
                wait = datetime.fromisoformat(event["again_at"]) - datetime.fromisoformat(event["at"])
                told = f"attempt {event['attempt']} not heard ({escape(step['reason'] or 'see the case page')})"
                return f"[yellow]↻[/] {name} {told}, again in {wait.total_seconds():.1f} s"
            case "StepAccepted":
                self._accepted.add(step["step"])
                where = f"with an officer  {self._town.url}/petugas"
                return f"[cyan]…[/] {name} {where if step['connection'] == 'desk' else 'accepted; will call back'}"
            case _:
                raise Untrue(f"{name} refused, which it should not: {step['code']}")

    async def _kill_and_decide(self, receipt: dict[str, Any], decision: dict[str, str]) -> None:
        """Kill the gateway while an officer has the task and an agency owes an answer, then let the officer decide."""
        await in_thread(self._town.gateway.kill)
        back_s = await in_thread(self._town.gateway.start)
        self._say(f"[red]✗ GATEWAY KILLED (-9)[/] … back after {back_s:.1f} s, goes on")
        officer = Officer(self._town.url, self._officer_token)
        async with within(_CASE_S, "the task was not in the officer's inbox"), officer:
            task = await officer.wait_for_task(receipt["case"])
            await officer.decide(task, "contribute", decision)
        self._say("[dim]  (a scripted officer decided, through the same pages as a person)[/]")

    # --- what came of it --------------------------------------------------------------------------------------

    async def _once(self, receipt: dict[str, Any]) -> int:
        """Hold how often agencies were asked to what they did; give how often those were that speak the protocol."""
        inspected = await self._town.inspect(receipt["case"])
        agencies = {step["step"]: step["agency"] for step in inspected["view"]["steps"]}
        tried = Counter(agencies[each["step"]] for each in inspected["history"]["attempts"] if each["verb"] == "ask")
        registers = {name: held for name, held in (await self._town.registers()).items() if name in agencies.values()}
        # Either side knows of some that the other does not: sent again after the kill, or declined before it was noted.
        heard = {name: max(tried[name], _of(registers[name], receipt["case"], "attempts")) for name in registers}
        done = {name: _of(register, receipt["case"], "effects") for name, register in registers.items()}
        events = inspected["history"]["events"]
        desk = sum(1 for event in events if (event["event"], event.get("step")) == ("StepContributed", "taxpayer"))
        counts = ", ".join(f"{name} {count}" for name, count in [*done.items(), ("desk", desk)])
        self.claim(
            self._killed and {*done.values(), desk} == {1},
            f"Asked {sum(heard.values()) + tried['djp']} times, done once each, says every agency's register: {counts}",
        )
        return sum(heard[name] for name in self._town.by_wire if name in heard)

    async def _trace(self, receipt: dict[str, Any], heard: int) -> None:
        collector, trace = self._collector, (await self._town.view(receipt))["trace_id"]
        wanted = {_GATEWAY, *(set(self._town.parties(FIRST)) & set(self._town.by_wire))}

        def whole() -> bool:
            spans = collector.of(trace)
            asks = sum(1 for span in spans if span.service != _GATEWAY and span.name.endswith(" ask"))
            return wanted <= {span.service for span in spans} and asks >= heard and collector.is_one_tree(trace)

        async with within(_TRACE_S, f"the spans of {receipt['case']} did not make one tree"):
            await collector.wait_for(whole)
        strays = collector.strays(trace, _GATEWAY, "ask ")
        theirs = sum(1 for span in collector.of(trace) if span.service != _GATEWAY)
        self.claim(
            not strays,
            f"One trace over {len(wanted)} processes, one tree with times: each of the agencies' {theirs} spans hangs "
            "under an attempt of the gateway.",
            [span.name for span in strays],
        )
        for line in collector.tree(trace):
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
        self.claim(
            verdict.word == printed.word == "valid" and verdict.status_checked and altered.word == "altered",
            f"[bold]JOINT OUTPUT[/] of {len(verdict.parts)} parts, {signed} signed by their agencies "
            f"→ [bold green]VALID[/] (credential and PDF).  One byte changed → [bold red]{altered.word.upper()}[/]",
            (verdict.word, printed.word, altered.word, verdict.reasons),
        )
        await self._document(receipt, verdict, document)

    async def _document(self, receipt: dict[str, Any], verdict: Verdict, pdf: bytes) -> None:
        (shown,) = (document for part in verdict.parts for document in part.documents)
        path = f"/v1/cases/{receipt['case']}/documents/{shown.digest}"
        async with connect(self._town.url, receipt["secret"]) as client:
            given = (await client.call("GET", path)).body
        self.claim(
            content_digest(given) == shown.digest and read_pdf(pdf, attachment=ATTACHMENT).documents == [given],
            f"  with a document of its agency's own, attached as it came: {escape(shown.label.en)}, {len(given)} bytes",
            shown.digest,
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
        receipt = await self._town.apply(self._sample("07-outside-spatial-plan.yaml")["form"])
        async with within(_CASE_S, "the second application did not end"):
            view = await self._town.until(receipt, ["refused", "issued"], within_s=_CASE_S)
        states = {step["step"]: step["state"] for step in view["steps"]}
        attempts = {step["step"]: step["attempt"] for step in view["steps"]}
        registers = await self._town.registers()
        later = sum(_of(registers[name], receipt["case"], "attempts") for name in ("oss", "bpjs", "bakeuda"))
        if view["state"] != "refused":
            raise Untrue(f"the second application is {view['state']}, not refused")
        async with connect(self._town.url, receipt["secret"]) as client:
            outcome = await client.get(f"/v1/cases/{receipt['case']}/output")
        record = outcome["closing_record"]
        refused = next(part for part in record["parts"] if part["step"] == "place")
        self._say()
        self.claim(
            states["place"] == "refused"
            and later == sum(attempts[step] for step in ("business", "regional_tax", "taxpayer", "workers")) == 0,
            f"[bold]A second applicant:[/] zoning refuses ({escape(refused['refusal']['en'])}) "
            "→ no later agency was asked",
            states,
        )
        self.claim(
            record["outcome"] == "refused" and bool(refused["objection"]) and "credential" not in outcome,
            f"  a closing record says so, and where to object: {escape(refused['objection']['where']['en'])}, "
            f"within {refused['objection']['within']}",
            record,
        )

    async def _facts(self, case: str) -> None:
        async with within(_CASE_S, "the holders of a fact did not come to agree"):
            await Facts(self._town, case).follow(self.claim)

    async def _revocation(self) -> None:
        await self._town.sign("djp", "revoke", "The law changed.")
        gone = FIRST not in await self._town.offered()
        self.claim(gone, "djp revokes its signature → the service is gone from the catalogue.")
        await self._town.sign("djp")
        self.claim(FIRST in await self._town.offered(), "  djp signs again → it is offered again.")

    # --- staying up -------------------------------------------------------------------------------------------

    async def leave_open(self, receipt: dict[str, Any]) -> None:
        """Leave a task on the desk for whoever watches, and say where everything is."""
        waiting = await self._town.apply(self._sample("01-stall.yaml")["form"])
        url = self._town.url
        officer = await self._town.token("officer", "You", "djp")
        self._say("\n[bold]Open[/] (Indonesian; ID/EN at the top of each page):")
        rows = [
            ("services", f"{url}/", f"{len(self._town.plans)} of them, no login"),
            ("form", f"{url}/layanan/{FIRST}", "no login"),
            ("progress", f"{url}/permohonan", f"case {waiting['case']}, access code {waiting['secret']}"),
            ("output", f"{url}/permohonan", f"case {receipt['case']}, access code {receipt['secret']}"),
            ("desk", f"{url}/petugas", f"token {officer}"),
            ("case, trace", f"{url}/operasi", f"token {self._town.gateway.operator_token}"),
            ("verify", f"{url}/verifikasi", f"with {self._town.folder}/joint-output.pdf"),
            ("payments", f"{self._town.payments.url}/", "a sandbox: no money moves"),
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
        path: Path = self._town.examples / "samples" / FIRST / name
        loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return loaded


def only_waits(view: dict[str, Any]) -> bool:
    """Say whether a case only waits for answers: nothing is to be asked, and an officer has a task."""
    moving = {"waiting", "ready", "asked", "failed"}
    desks = [step for step in view["steps"] if (step["connection"], step["state"]) == ("desk", "accepted")]
    return bool(desks) and not any(step["state"] in moving for step in view["steps"])


def contribution(step: dict[str, Any]) -> str:
    """Say what an agency gave: its first value, in which attempt, and by what it is known to be theirs."""
    output: dict[str, object] = step["output"] or {}
    given = next(iter(output.items()), None)
    what = f"{given[0]} {escape(_plain(given[1]))}" if given else "contributed"
    attempt = f", attempt {step['attempt']}" if step["attempt"] > 1 else ""
    attested = "an officer answered" if step["connection"] == "desk" else "its own API answered"
    how = "signed by the agency" if step["signed"] == "agency" else f"attested: {attested}"
    return f"{what}{attempt}, {how}"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _judge(presented: bytes, trust: TrustFile, statuses: str) -> Verdict:
    return verify(presented, trust, now=SystemClock().now(), status_list=statuses)


def _of(register: dict[str, Any], case: str, what: str) -> int:
    """Count what a register holds for one case."""
    return sum(entry[what] for key, entry in register["asks"].items() if key.startswith(f"{case}/"))


def leaves(value: object) -> list[object]:
    """Give the answers in a form: its leaves."""
    match value:
        case dict():
            return [leaf for entry in cast("dict[str, object]", value).values() for leaf in leaves(entry)]
        case list():
            return [leaf for entry in cast("list[object]", value) for leaf in leaves(entry)]
        case _:
            return [value]
