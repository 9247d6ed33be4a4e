"""Bakeuda, the regency's revenue office: an old HTTP API, in the words of its vendor, that nothing was changed of.

It knows no keys, no signatures and no undo: whatever is sent twice is entered twice, and a "no" is a 200 with
`"status": "GAGAL"`. Who wants something taken off the register asks an officer, who has a screen of their own
(`--find`, `--strike`). What may be sent stands in the document that it hands out (`contracts/apis/bakeuda.yaml`).

The taxpayers are invented, and the law is much shortened.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import secrets
import signal
import socket
import sqlite3
import ssl
import sys
import threading
import time
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

WESTERN_INDONESIA = ZoneInfo("Asia/Jakarta")
DAY = "%d-%m-%Y"
"""How this office writes a day: 31-12-2026."""
REQUIRED = ("no_agenda", "nik", "nama_wp", "nama_usaha", "kode_usaha", "nib", "tgl_nib", "alamat", "kode_desa")
LONGEST_ADDRESS = 60
LARGEST_BODY = 64 * 1024
IN_ARREARS = (("3303090304790000",),)
"""Who owes regional tax for an earlier business (invented)."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS wp (         -- wajib pajak: one row each time that somebody was entered
    id INTEGER PRIMARY KEY, npwpd TEXT NOT NULL, no_agenda TEXT NOT NULL, nik TEXT NOT NULL, nama_wp TEXT NOT NULL,
    nama_usaha TEXT NOT NULL, kode_usaha TEXT NOT NULL, nib TEXT NOT NULL, tgl_nib TEXT NOT NULL, alamat TEXT NOT NULL,
    kode_desa TEXT NOT NULL, tgl TEXT NOT NULL, dicabut INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS agenda (     -- what came in, and what was answered
    id INTEGER PRIMARY KEY, no_agenda TEXT NOT NULL, jawaban TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tunggakan (nik TEXT PRIMARY KEY);
"""


class Entry(NamedTuple):
    """One entry of the register, as an officer sees it."""

    npwpd: str
    name: str
    day: str
    struck: bool


class Register:
    """The register of taxpayers (SQLite): one connection, one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or make it in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / "register.sqlite", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(SCHEMA)
        self._database.executemany("INSERT OR IGNORE INTO tunggakan VALUES (?)", IN_ARREARS)
        self._alone = threading.Lock()

    def take(self, sent: dict[str, str], today: date) -> dict[str, str]:
        """Do what was sent, note it, and give the answer."""
        with self._alone:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                answer = self._decide(sent, today)
                note = (sent.get("no_agenda", ""), json.dumps(answer))
                self._database.execute("INSERT INTO agenda (no_agenda, jawaban) VALUES (?, ?)", note)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        return answer

    def _decide(self, sent: dict[str, str], today: date) -> dict[str, str]:
        """Enter a taxpayer who owes nothing. Nobody looks whether the same was entered before."""
        if missing := [name for name in REQUIRED if not sent.get(name)]:
            return failed("01", f"DATA TIDAK LENGKAP: {', '.join(missing)}")
        if not is_day(sent["tgl_nib"]):
            return failed("02", "TANGGAL HARUS DD-MM-YYYY")
        if self._database.execute("SELECT 1 FROM tunggakan WHERE nik = ?", (sent["nik"],)).fetchone():
            return failed("11", "WP MASIH MEMPUNYAI TUNGGAKAN PAJAK DAERAH")
        if len(sent["alamat"]) > LONGEST_ADDRESS:
            return failed("12", f"ALAMAT LEBIH DARI {LONGEST_ADDRESS} HURUF, HARAP DISINGKAT")
        (last,) = self._database.execute("SELECT coalesce(max(id), 0) FROM wp").fetchone()
        npwpd, day = f"P.2.{last + 1:07d}.{sent['kode_desa'][4:6]}", today.strftime(DAY)
        columns = ", ".join(REQUIRED)
        marks = ", ".join("?" * (len(REQUIRED) + 2))
        values = (npwpd, day, *(sent[name] for name in REQUIRED))
        self._database.execute(f"INSERT INTO wp (npwpd, tgl, {columns}) VALUES ({marks})", values)  # noqa: S608  # the names are ours
        return {"status": "OK", "npwpd": npwpd, "tgl": day}

    def find(self, agenda: str) -> list[Entry]:
        """Give what was entered under an agenda number, oldest first."""
        rows = self._database.execute(
            "SELECT npwpd, nama_usaha, tgl, dicabut FROM wp WHERE no_agenda = ? ORDER BY id", (agenda,)
        )
        return [Entry(npwpd, name, day, bool(struck)) for npwpd, name, day, struck in rows]

    def strike(self, npwpd: str) -> bool:
        """Strike an entry off the register; its number is not given again. False: there is none that stands."""
        changed = self._database.execute("UPDATE wp SET dicabut = 1 WHERE npwpd = ? AND NOT dicabut", (npwpd,))
        return changed.rowcount == 1

    def dump(self) -> dict[str, object]:
        """Say what is held, without a personal datum: by agenda number, as the other agencies do by ask key."""
        with self._alone:
            rows = self._database.execute(
                "SELECT no_agenda, count(*) AS attempts, "
                "(SELECT count(*) FROM wp WHERE wp.no_agenda = agenda.no_agenda) AS effects, "
                "(SELECT count(*) FROM wp WHERE wp.no_agenda = agenda.no_agenda AND NOT dicabut) AS standing "
                "FROM agenda GROUP BY no_agenda ORDER BY no_agenda"
            ).fetchall()
        asks = {
            agenda: {"state": "answered", "attempts": attempts, "effects": effects, "standing": standing}
            for agenda, attempts, effects, standing in rows
        }
        effects, standing = sum(row[2] for row in rows), sum(row[3] for row in rows)
        return {"agency": "bakeuda", "asks": asks, "effects": effects, "standing": standing, "callbacks_owed": 0}

    def close(self) -> None:
        """Close it."""
        self._database.close()


def failed(code: str, words: str) -> dict[str, str]:
    """Say no, as this office does: with a 200."""
    return {"status": "GAGAL", "kode": code, "pesan": words}


def is_day(text: str) -> bool:
    """Say whether a text is a day as this office writes it."""
    try:
        return datetime.strptime(text, DAY).strftime(DAY) == text  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return False


class Settings(NamedTuple):
    """What the server needs. The last three are faults and slowness, for tests and demonstrations."""

    register: Register
    key: str
    fail_first: int
    delay_s: float
    lose_answer_once: bool


class Server(ThreadingHTTPServer):
    """The server of the vendor: a thread for each call."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], settings: Settings) -> None:
        """Listen."""
        super().__init__(address, Handler)
        self.settings = settings
        self.failures_left, self.answer_to_lose = settings.fail_first, settings.lose_answer_once


class Handler(BaseHTTPRequestHandler):
    """Answers one call, and closes the connection (HTTP/1.0)."""

    server_version, sys_version = "SIMPADA/2.1", ""

    @property
    def office(self) -> Server:
        """Give the server that made us."""
        assert isinstance(self.server, Server)  # noqa: S101  # the library's type is wider
        return self.server

    def do_POST(self) -> None:
        """Enter a taxpayer."""
        settings = self.office.settings
        if self.path != "/wp/daftar":
            self._answer(404, failed("98", "TIDAK ADA"))
        elif not secrets.compare_digest(self.headers.get("X-Api-Key", "").encode(), settings.key.encode()):
            self._answer(401, failed("97", "KUNCI SALAH"))
        elif self.office.failures_left > 0:
            self.office.failures_left -= 1
            self._answer(503, failed("99", "SISTEM SIBUK"))
        else:
            answer = settings.register.take(self._sent(), datetime.now(WESTERN_INDONESIA).date())
            time.sleep(settings.delay_s)
            if self.office.answer_to_lose:
                self.office.answer_to_lose = False
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._answer(200, answer)

    def do_GET(self) -> None:
        """Show what was entered, to this machine only: how a test sees that a wish was done once."""
        here = ipaddress.ip_address(self.client_address[0]).is_loopback
        if self.path == "/":
            self._answer(200, {"sistem": "SIMPADA", "versi": "2.1"})
        elif self.path == "/register" and here:
            self._answer(200, self.office.settings.register.dump())
        else:
            self._answer(404, failed("98", "TIDAK ADA"))

    def _sent(self) -> dict[str, str]:
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY)
        fields = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
        return {name: values[-1].strip() for name, values in fields.items()}

    def _answer(self, status: int, body: dict[str, object] | dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Note what was called; what was sent is personal, and no address has any of it."""
        sys.stderr.write(f"{datetime.now(WESTERN_INDONESIA):%d-%m-%Y %H:%M:%S} bakeuda {format % args}\n")


def own_key(path: Path) -> str:
    """Give the API key that callers prove themselves by; it is made on the first start, and handed over by hand."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(16) + "\n")
    return path.read_text(encoding="ascii").strip()


def serve(given: argparse.Namespace, register: Register) -> None:
    """Serve until SIGTERM or SIGINT; prints one JSON line when it is ready."""
    key = own_key(given.api_key or given.data / "api-key.txt")
    settings = Settings(register, key, given.fail_first, given.delay, given.lose_answer_once)
    try:
        server = Server((given.host, given.port), settings)
    except OSError as error:
        sys.exit(f"{given.host}:{given.port} cannot be listened on ({error.strerror}): end what has it.")
    if given.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.tls, f"{given.tls}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)

    def end(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    port = server.server_address[1]
    url = given.url.rstrip("/") or f"http{'s' if given.tls else ''}://{given.host}:{port}"
    ready = {"agency": "bakeuda", "port": port, "url": url, "pid": os.getpid()}
    print(json.dumps(ready), flush=True)  # noqa: T201  # what whoever started us waits for
    server.serve_forever(poll_interval=0.05)
    server.server_close()


def main() -> None:
    """Be the server, or the officers' screen."""
    parser = argparse.ArgumentParser(
        prog="examples.purbalingga.agencies.bakeuda", description="The revenue office of the regency (sandbox)."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    add("--url", default="", help="address under which it is known (default: http://HOST:PORT)")
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the register")
    add("--api-key", type=Path, metavar="FILE", help="the API key, made where there is none (default: in DIR)")
    add("--tls", type=Path, metavar="FILE", help="serve https with this certificate; its key is FILE.key")
    screen = parser.add_argument_group("the officers' screen", "instead of serving")
    screen.add_argument("--find", metavar="AGENDA", help="show what was entered under an agenda number")
    screen.add_argument("--strike", metavar="NPWPD", help="strike an entry off the register")
    faults = parser.add_argument_group("faults", "for tests and demonstrations")
    faults.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N calls with 503")
    faults.add_argument(
        "--delay", type=float, default=0, metavar="SECONDS", help="wait after the work, before the answer"
    )
    faults.add_argument(
        "--lose-answer-once", action="store_true", help="do the work of one call and drop the connection"
    )
    given = parser.parse_args()
    register = Register(given.data)
    if given.find is not None:
        for entry in register.find(given.find):
            sys.stdout.write(f"{entry.npwpd}  {entry.day}  {'DICABUT' if entry.struck else 'BERLAKU'}  {entry.name}\n")
    elif given.strike is not None:
        if not register.strike(given.strike):
            sys.exit(f"{given.strike} is no entry that stands.")
        sys.stdout.write(f"{given.strike} DICABUT\n")
    else:
        serve(given, register)
    register.close()


if __name__ == "__main__":
    main()
