"""Console blocks in pages: the commands a reader would type, and what they would see."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.tidy import tree

NOT_RUN = re.compile(r"<!-- not run: \w.* -->")
ELLIPSIS = "…"
# What a terminal remembers from one command to the next: what was exported, and the folder.
KEEP = "code=$?; {{ export -p; echo \"cd '$PWD'\"; }} > '{state}'; exit $code"


@dataclass
class Command:
    """One command of a page, on its line, with the output that the page shows."""

    line: int
    text: str
    shown: list[str] = field(default_factory=list[str])


def commands(page: str) -> list[Command]:
    """Return the commands of the `console` blocks of a page, but for the blocks that it says are not run."""
    found: list[Command] = []
    inside = False
    above = ""
    for number, line in enumerate(page.splitlines(), start=1):
        if line.startswith("```"):
            inside = line == "```console" and not NOT_RUN.search(above)
        elif inside and line.startswith("$ "):
            found.append(Command(number, line.removeprefix("$ ")))
        elif inside and found and found[-1].text.endswith("\\") and line.startswith("> "):
            found[-1].text += "\n" + line.removeprefix("> ")
        elif inside and found:
            found[-1].shown.append(line)
        above = line if line.strip() else above
    return found


def differs(shown: list[str], said: str) -> str | None:
    """Return the first line that a page shows and the command did not say, in order; `…` stands for anything."""
    rest = iter(said.splitlines())
    for line in (line.strip() for line in shown):
        pattern = ".*".join(re.escape(part) for part in line.split(ELLIPSIS))
        if line and line != ELLIPSIS and not any(re.fullmatch(pattern, heard.strip()) for heard in rest):
            return line
    return None


class Session:
    """A reader's terminal: a shell in a copy of the checkout that keeps what was exported and started."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.checkout = home / "gapura"
        self.state = home / "state.sh"
        self.state.touch()
        self.groups: list[int] = []
        for path in tree.files():
            copy = self.checkout / path.relative_to(tree.ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)  # with its times: make must find .venv up to date
        (self.checkout / ".venv").symlink_to(tree.ROOT / ".venv")

    def run(self, command: Command) -> tuple[int, str]:
        """Run one command to its end and return its exit code and everything it said."""
        script = f". '{self.state}'\n{command.text}\n" + KEEP.format(state=self.state)
        environment = {**os.environ, "PATH": f"{self.checkout}/.venv/bin:{os.environ['PATH']}", "NO_COLOR": "1"}
        output = self.home / "output"
        with output.open("w") as writing:
            process = subprocess.Popen(
                ["sh", "-c", script],
                cwd=self.checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.groups.append(process.pid)
            code = process.wait()
        return code, output.read_text(encoding="utf-8")

    def close(self) -> None:
        """End what the page left running."""
        for group in self.groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
