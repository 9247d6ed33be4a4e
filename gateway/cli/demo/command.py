"""`gapura demo`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import rich_click as click

from gateway.cli.exits import USAGE, Ends, ending, out
from gateway.cli.files import NEW_FOLDER


@click.command()
@click.option("--once", is_flag=True, help="End after the story; without a terminal it does so anyway.")
@click.option("--keep", type=NEW_FOLDER, default=None, help="Keep everybody's data in this empty folder.")
@ending
def demo(*, once: bool, keep: Path | None) -> None:
    """Watch one application travel through the agencies of a town, survive a kill -9 and come back as one joint output.

    Exit 0 only when everything that was claimed was seen to be true.
    """
    with _folder(keep) as folder:
        out.print("[dim]All people here are invented; the keys are made for this run.[/]")
        # Only now: it takes its time to load, and whoever watches knows by then that it has begun.
        from gateway.cli.demo.playing import play  # noqa: PLC0415 - see above

        play(folder, stays=not once and sys.stdin.isatty() and sys.stdout.isatty())


@contextmanager
def _folder(keep: Path | None) -> Generator[Path]:
    """Give an empty folder: the one to keep, or one that is gone afterwards."""
    if keep is None:
        folder = Path(tempfile.mkdtemp(prefix="gapura-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        taken = any(keep.iterdir())
    except OSError as error:
        raise Ends(USAGE, f"{error.filename} cannot be used: {error.strerror}. Name an empty folder.") from error
    if taken:
        raise Ends(USAGE, f"{keep} is not empty; name an empty folder.")
    yield keep.resolve()
