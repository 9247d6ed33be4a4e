"""What README and the tutorial tell a reader to type is typed here, and what they show is what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.console import Command, Session, commands, differs
from tests.tidy import tree

PAGES = [path for path in tree.markdown() if tree.name(path) == "README.md" or "docs/tutorial" in tree.name(path)]
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
$ false
```
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path)
    yield session
    session.close()


def test_only_console_blocks_are_run() -> None:
    assert [
        Command(4, "export WHO=Ani; echo hello", ["hello"]),
        Command(6, 'echo "$WHO" \\\n  and others', ["Ani …"]),
    ] == commands(SAMPLE)


def test_a_difference_is_found() -> None:
    assert differs(["one", "three"], "one\ntwo\nthree") is None
    assert differs(["o…", "…"], "one\ntwo") is None
    assert differs(["three", "one"], "one\ntwo\nthree") == "one"


def test_a_session_keeps_what_was_exported(session: Session) -> None:
    answers = [session.run(command) for command in commands(SAMPLE)]
    assert answers == [(0, "hello\n"), (0, "Ani and others\n")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=tree.name)
def test_a_page_tells_the_truth(page: Path, session: Session) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        code, said = session.run(command)
        here = f"{tree.name(page)}:{command.line}: $ {command.text}\n{said}"
        assert code == 0, here
        assert differs(command.shown, said) is None, f"{here}\nnot seen: {differs(command.shown, said)}"
