"""Blocks of commands in pages: what a reader would paste, and what they would see.

A `console` block has a command after each `$ ` and what it says below it. A `sh` block is one paste, and the `text`
block after it shows what it says. A comment above a block says what is otherwise:

    <!-- not run: why -->
    <!-- another terminal -->   the block goes on running beside the others, at a terminal of its own
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.eventually import eventually
from tests.tidy import tree

NOT_RUN = re.compile(r"<!-- not run: \w.* -->")
BESIDE = re.compile(r"<!-- another terminal -->")
ELLIPSIS = "…"
# What a program offers to be pasted into another terminal.
OFFERED = re.compile(r"^\s+(export \w+=.*)$", re.MULTILINE)
# What a terminal remembers from one paste to the next: what was exported, and the folder.
REMEMBER = """
keep() {{ code=$?; {{ export -p; echo "cd '$PWD'"; }} > '{state}'; exit $code; }}
. '{state}'
trap keep EXIT
set -e
"""
READY_S = 120.0
END_S = 15.0
TOO_LONG = 124
"""The code of a command that did not end by itself."""


@dataclass
class Command:
    """One command of a page, on its line, with the output that the page shows."""

    line: int
    text: str
    shown: list[str] = field(default_factory=list[str])
    beside: bool = False


@dataclass
class Block:
    """One fenced block: its language, the comment above it, and its numbered lines."""

    language: str
    above: str
    lines: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found: list[Block] = []
    inside = False
    above = ""
    for number, line in enumerate(page.splitlines(), start=1):
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append(Block(line.removeprefix("```"), above))
        elif inside:
            found[-1].lines.append((number, line))
        above = line if line.strip() else above
    return found


def commands(page: str) -> list[Command]:
    """Return the commands of a page, but for those of blocks that it says are not run."""
    found: list[Command] = []
    shows: Command | None = None
    for block in blocks(page):
        new: list[Command] = []
        if block.language == "text" and shows is not None:
            shows.shown = [line for _, line in block.lines]
        elif not NOT_RUN.search(block.above) and block.language in {"console", "sh"}:
            new = _prompted(block) if block.language == "console" else _pasted(block)
        for command in new:
            command.beside = bool(BESIDE.search(block.above))
        shows = new[-1] if new and block.language == "sh" else None
        found += new
    return found


def _pasted(block: Block) -> list[Command]:
    return [Command(block.lines[0][0], "\n".join(line for _, line in block.lines))]


def _prompted(block: Block) -> list[Command]:
    found: list[Command] = []
    for number, line in block.lines:
        if line.startswith("$ "):
            found.append(Command(number, line.removeprefix("$ ")))
        elif found and found[-1].text.endswith("\\") and line.startswith("> "):
            found[-1].text += "\n" + line.removeprefix("> ")
        elif found:
            found[-1].shown.append(line)
    return found


def differs(shown: list[str], said: str) -> str | None:
    """Return the first line that a page shows and the command did not say, in order; `…` stands for anything."""
    rest = iter(said.splitlines())
    for line in (line.strip() for line in shown):
        pattern = ".*".join(re.escape(part) for part in line.split(ELLIPSIS))
        if line and line != ELLIPSIS and not any(re.fullmatch(pattern, heard.strip()) for heard in rest):
            return line
    return None


class Beside:
    """A program at a terminal of its own, with what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self._terminal = terminal
        self._heard = bytearray()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._terminal, 4096)
            except OSError:  # a terminal whose last program ended says so
                return
            if not data:
                return
            self._heard += data

    @property
    def said(self) -> str:
        """Everything that it said."""
        return self._heard.decode("utf-8", "replace").replace("\r\n", "\n")

    def end(self) -> None:
        """Ask it and what it started to end, and after a while end them."""
        end_group(self.process.pid, signal.SIGTERM)
        try:
            eventually(lambda: self.process.poll() is not None and not lives(self.process.pid), within_s=END_S)
        except AssertionError:
            end_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reading.join(END_S)
        os.close(self._terminal)


class Session:
    """A reader's terminal: a shell in a copy of the checkout that keeps what was exported and started.

    `ports` are those that the pages name, each with a free one to take in its place.
    """

    def __init__(self, home: Path, ports: Mapping[str, int] | None = None) -> None:
        self.home = home
        self.checkout = home / "gapura"
        self.state = home / "state.sh"
        self.state.touch()
        self.groups: list[int] = []
        self.beside: list[Beside] = []
        self._ports = {name: str(port) for name, port in (ports or {}).items()}
        for path in tree.files():
            copy = self.checkout / path.relative_to(tree.ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)  # with its times: make must find .venv up to date
        for contract in (self.checkout / "examples").rglob("contracts/**/*.yaml"):
            contract.write_text(self.here(contract.read_text(encoding="utf-8")), encoding="utf-8")
        (self.checkout / ".venv").symlink_to(tree.ROOT / ".venv")

    def here(self, text: str) -> str:
        """Return a text of a page with the ports that are free here."""
        return re.sub(r"\b\d{4}\b", lambda found: self._ports.get(found[0], found[0]), text)

    def run(self, command: Command) -> tuple[int, str]:
        """Run one command to its end, or until it has said what the page shows; return its code and what it said."""
        if command.beside:
            return self._start(command)
        output = self.home / "output"
        with output.open("w") as writing:
            process = subprocess.Popen(
                ["sh", "-c", REMEMBER.format(state=self.state) + self.here(command.text)],
                cwd=self.checkout,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.groups.append(process.pid)
            try:
                code = process.wait(READY_S)
            except subprocess.TimeoutExpired:
                end_group(process.pid, signal.SIGKILL)
                code = TOO_LONG
        return code, output.read_text(encoding="utf-8")

    def follow(self, page: Path) -> None:
        """Do what a page says, and fail where it does not see what the page shows."""
        for command in commands(page.read_text(encoding="utf-8")):
            code, said = self.run(command)
            here = f"{page.name}:{command.line}: $ {command.text}\n{said}"
            assert code == 0, here
            missed = differs([self.here(line) for line in command.shown], said)
            assert missed is None, f"{here}\nnot seen: {missed}"

    def _start(self, command: Command) -> tuple[int, str]:
        terminal, theirs = pty.openpty()
        process = subprocess.Popen(
            ["sh", "-c", f". '{self.state}'\n{self.here(command.text)}"],
            cwd=self.checkout,
            env=self._environment(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        program = Beside(process, terminal)
        self.beside.append(program)
        shown = [self.here(line) for line in command.shown]
        eventually(lambda: differs(shown, program.said) is None or process.poll() is not None, within_s=READY_S)
        with self.state.open("a", encoding="utf-8") as state:
            state.writelines(f"{line}\n" for line in OFFERED.findall(program.said))
        return process.poll() or 0, program.said

    def _environment(self) -> dict[str, str]:
        gateway = {"GAPURA_PORT": self.here("8000"), "GAPURA_URL": self.here("http://127.0.0.1:8000")}
        return {
            **os.environ,
            **(gateway if self._ports else {}),
            "PATH": f"{self.checkout}/.venv/bin:{os.environ['PATH']}",
            "TERM": "dumb",
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(self.home),
            # Nothing here speaks TLS, and reading the machine's authorities takes each command a while.
            "SSL_CERT_FILE": os.devnull,
        }

    def close(self) -> None:
        """End what the page left running, the last started first."""
        for program in reversed(self.beside):
            program.end()
        for group in self.groups:
            end_group(group, signal.SIGKILL)


def end_group(group: int, number: signal.Signals) -> None:
    """Signal a group of processes, if there still is one."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def lives(group: int) -> bool:
    """Say whether a group has a process left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
