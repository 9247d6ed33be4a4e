"""One application for a tender dossier, from the form to the output, over the recorded answers.

    python -m examples.france --data FOLDER --sample 05-failures-pass

Without the recorded answers it says so, and that is all.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from examples.france.applications import FIRST, FOLDER, Application, read_application
from examples.france.prepared import contracts_at, prepare_contracts
from examples.france.recordings import NoRecordings, Recordings, read_recordings, recorded_folder
from examples.france.replay import Replay, read_fault, serving
from examples.france.start import SERVICE, Founding, gateway_for
from gateway.cli.calling import connect
from gateway.cli.demo.processes import GatewayProcess

_ENDED: Final = frozenset({"issued", "refused", "withdrawn", "ended", "expired"})
_LONGEST_S: Final = 120.0


def say(text: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Applicant:
    """Applies, answers what is asked, and skips as an operator what nobody else can settle."""

    def __init__(self, gateway: GatewayProcess, application: Application) -> None:
        """Take a gateway where the service is offered."""
        self._gateway, self._application = gateway, application
        self._case, self._secret = "", ""
        self._corrected = False

    async def apply(self) -> None:
        """Hand the form in."""
        async with connect(self._gateway.url) as client:
            reply = await client.send("POST", f"/v1/services/{SERVICE}/cases", self._application.form)
            receipt = cast("dict[str, Any]", reply.json())
            self._case, self._secret = receipt["case"], receipt["secret"]
        say(f"Case {self._case}: {self._application.title}")

    async def follow(self) -> dict[str, Any]:
        """Do what has to be done until the case has ended; give its last view."""
        async with asyncio.timeout(_LONGEST_S), connect(self._gateway.url, self._secret) as client:
            while True:
                view = cast("dict[str, Any]", await client.get(f"/v1/cases/{self._case}"))
                if view["state"] in _ENDED:
                    return view
                if not await self._act(view):
                    async for _ in client.events(f"/v1/cases/{self._case}/events", view["version"]):
                        break

    async def _act(self, view: Mapping[str, Any]) -> bool:
        """Do the first thing that somebody has to do; say whether there was one."""
        for correction in view["corrections"]:
            answers = {} if self._corrected else self._application.correct
            self._corrected = True
            body = {"answers": answers} if answers else {"decline": correction["step"]}
            say(f"  the applicant is asked about {', '.join(correction['pointers'])}: {answers or 'declines'}")
            async with connect(self._gateway.url, self._secret) as applicant:
                await applicant.send("POST", f"/v1/cases/{self._case}/corrections", body)
            return True
        for step in view["steps"]:
            if step["state"] == "exhausted" and view["state"] == "open":
                say(f"  {step['agency']} {step['step']}: {step['reason']}. A person looks, and leaves it out.")
                act = {"act": "skip", "step": step["step"], "reason": "the buyer does without"}
                async with connect(self._gateway.url, self._gateway.operator_token) as operator:
                    await operator.send("POST", f"/v1/operations/cases/{self._case}/acts", act)
                return True
        return False

    def say_where(self) -> None:
        """Say where everything can be looked at."""
        url = self._gateway.url
        say(f"  form      {url}/layanan/{SERVICE}")
        say(f"  progress  {url}/permohonan   case {self._case}, access code {self._secret}")
        say(f"  case      {url}/operasi      token {self._gateway.operator_token}")
        say("Ctrl-C ends everything.")

    async def outcome(self) -> dict[str, Any]:
        """Give the joint output, or the closing record."""
        async with connect(self._gateway.url, self._secret) as client:
            found = cast("dict[str, Any]", await client.get(f"/v1/cases/{self._case}/output"))
        return cast("dict[str, Any]", found.get("output") or found["closing_record"])


def show(view: Mapping[str, Any], outcome: Mapping[str, Any], replay: Replay) -> None:
    """Print how every step ended, what the output says, and how the reads went."""
    for part, step in zip(outcome["parts"], view["steps"], strict=True):
        words = part["refusal"]["en"] if part["refusal"] else ""
        shown = words or ", ".join(f"{name} {_shown(value)}" for name, value in part["values"].items())
        heard = f" (attempt {step['attempt']})" if step["attempt"] > 1 else ""
        say(f"  {part['agency']:10} {part['step']:13} {part['word']:11} {shown}{heard}")
    counts = Counter(read.status for read in replay.reads)
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(counts.items()))
    (purpose,) = {(read.recipient, read.context, read.object) for read in replay.reads}
    say(f"{len(replay.reads)} reads ({statuses}), each for {purpose[0]}, {purpose[1]}, {purpose[2]}.")
    say(f"The case is {view['state']}.")


def _shown(value: object) -> object:
    """Give a value as it is, and a document by its type and size."""
    match value:
        case {"type": str(kind), "size": int(size)}:
            return f"{kind} of {size} bytes"
        case _:
            return value


async def play(recorded: Path, application: Application, folder: Path, *, stay: bool) -> bool:
    """Play an application; say whether it ended as its sample says. With `stay` everything is left up until Ctrl-C."""
    recordings = Recordings(read_recordings(recorded), application.stand_ins)
    faults = [read_fault(text) for text in application.faults]
    replay = Replay(recordings, faults=faults, retry_after=application.retry_after, live_links=True)
    async with serving(replay) as url:
        contracts = contracts_at(url, prepare_contracts(recorded, folder))
        say(f"{len(recordings.all)} recorded answers are served at {url}; {len(contracts)} contracts read them.")
        gateway = gateway_for(contracts, folder)
        await asyncio.to_thread(gateway.launch)
        try:
            await asyncio.to_thread(gateway.wait)
            signed = await Founding(gateway).found(contracts)
            say(f"The gateway at {gateway.url} offers {SERVICE}: {', '.join(signed)} have signed.")
            applicant = Applicant(gateway, application)
            await applicant.apply()
            view = await applicant.follow()
            show(view, await applicant.outcome(), replay)
            if stay:
                applicant.say_where()
                await asyncio.Event().wait()
            return bool(view["state"] == application.expect.state)
        finally:
            await asyncio.to_thread(gateway.stop)


def main() -> None:
    """Play one sample; exit 1 where it ends otherwise than it says."""
    parser = argparse.ArgumentParser(prog="examples.france", description="A tender dossier, over recorded answers.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the recorded answers; else GAPURA_RECORDED_ANSWERS")
    parser.add_argument("--sample", default=FIRST, metavar="NAME", help="one of samples/, or a file of that form")
    parser.add_argument("--stay", action="store_true", help="leave everything up afterwards, until Ctrl-C")
    given = parser.parse_args()
    named = FOLDER / f"{given.sample}.yaml"
    try:
        application = read_application(named if named.exists() else Path(given.sample))
    except (OSError, ValueError) as error:
        parser.error(f"--sample {given.sample}: {error}")
    try:
        recorded = recorded_folder(given.data)
    except NoRecordings as missing:
        say(str(missing))
        return
    with tempfile.TemporaryDirectory(prefix="gapura-france-") as folder:
        try:
            as_expected = asyncio.run(play(recorded, application, Path(folder), stay=given.stay))
        except KeyboardInterrupt:
            say("Ended.")
            return
    if not as_expected:
        sys.exit(f"It should be {application.expect.state}.")


if __name__ == "__main__":
    main()
