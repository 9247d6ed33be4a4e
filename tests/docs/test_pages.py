"""What README and the tutorial tell a reader to type is typed here, and what they show is what is seen."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.console import Command, Session, commands, differs
from tests.tidy import tree

PAGES = [path for path in tree.markdown() if tree.name(path) == "README.md" or "docs/tutorial" in tree.name(path)]
NAMED_PORTS = ("8000", "7101", "7102", "7103", "7104")
SAMPLE = """# Sample

```console
$ export WHO=Ani; echo hello
hello
$ echo "$WHO" \\
>   and others
Ani …
```

<!-- not run: needs the network -->
```console
$ git clone somewhere
```

```sh
WHO=Budi
echo "$WHO"
```

This says:

```text
Budi
```

<!-- another terminal -->
```sh
echo ready; read line
```

```text
ready
```

```yaml
false: true
```
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path, {port: free_port() for port in NAMED_PORTS})
    yield session
    session.close()


def test_blocks_of_commands_are_run_and_no_others() -> None:
    assert commands(SAMPLE) == [
        Command(4, "export WHO=Ani; echo hello", ["hello"]),
        Command(6, 'echo "$WHO" \\\n  and others', ["Ani …"]),
        Command(17, 'WHO=Budi\necho "$WHO"', ["Budi"]),
        Command(29, "echo ready; read line", ["ready"], beside=True),
    ]


def test_a_difference_is_found() -> None:
    assert differs(["one", "three"], "one\ntwo\nthree") is None
    assert differs(["o…", "…"], "one\ntwo") is None
    assert differs(["three", "one"], "one\ntwo\nthree") == "one"


def test_a_session_keeps_what_was_exported(session: Session) -> None:
    answers = [session.run(command) for command in commands(SAMPLE)]
    assert answers == [(0, "hello\n"), (0, "Ani and others\n"), (0, "Budi\n"), (0, "ready\n")]


def test_a_session_pastes_what_a_program_offers(session: Session) -> None:
    session.run(Command(1, "echo '  export TOWN=Purbalingga'; echo ready; read line", ["ready"], beside=True))
    assert session.run(Command(2, 'echo "$TOWN"')) == (0, "Purbalingga\n")


def test_a_paste_ends_at_its_first_failure(session: Session) -> None:
    assert session.run(Command(1, "echo one\nfalse\necho two")) == (1, "one\n")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=tree.name)
def test_a_page_tells_the_truth(page: Path, session: Session) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        code, said = session.run(command)
        here = f"{tree.name(page)}:{command.line}: $ {command.text}\n{said}"
        assert code == 0, here
        missed = differs([session.here(line) for line in command.shown], said)
        assert missed is None, f"{here}\nnot seen: {missed}"
