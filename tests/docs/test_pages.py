"""What README and how-to guides tell a reader to type is typed here, and what they show is what is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.console import Command, Session, commands, differs
from tests.tidy import tree

PAGES = [path for path in tree.markdown() if re.fullmatch(r"README\.md|docs/how-to/.*", tree.name(path))]
# A page that goes on where another one ended.
CONTINUED = {"docs/how-to/write-a-plan.md": "docs/how-to/write-a-contract.md"}
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
    before = CONTINUED.get(tree.name(page))
    if before:
        session.follow(tree.ROOT / before)
    session.follow(page)
