"""Files that commands are given and write."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import rich_click as click
import yaml

from gateway.cli.exits import USAGE, Ends

T = TypeVar("T")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_INPUT = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)
"""A file, or `-` for standard input."""
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


def read_file(path: Path) -> bytes:
    """Read a file; `-` is standard input.

    Raises:
        Ends: it cannot be read.

    """
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise Ends(USAGE, f"{path} cannot be read: {error.strerror}.") from error


def read_text(path: Path) -> str:
    """Read a file of ASCII, without what is around it: a signature, a status list.

    Raises:
        Ends: it cannot be read.

    """
    return read_file(path).decode("ascii", "replace").strip()


def read_object(path: Path) -> dict[str, Any]:
    """Read an object from YAML or JSON.

    Raises:
        Ends: it is none.

    """
    try:
        loaded = yaml.safe_load(read_file(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Ends(USAGE, f"{path} is neither YAML nor JSON: {error}") from error
    if not isinstance(loaded, dict):
        raise Ends(USAGE, f"{path} must be an object: a name and a value for each field.")
    return cast("dict[str, Any]", loaded)


def read_as(path: Path, kind: type[T], what: str) -> T:
    """Read JSON of a kind; `what` is what people call it.

    Raises:
        Ends: it is none.

    """
    try:
        return msgspec.json.decode(read_file(path), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Ends(USAGE, f"{path} is no {what}: {error}.") from error


def may_write(path: Path, *, force: bool) -> None:
    """Ask before a file is written over; where nobody can be asked, it is not.

    Raises:
        Ends: it is there, and stays as it is.

    """
    if force or not path.exists():
        return
    if not (sys.stdin.isatty() and click.confirm(f"{path} is there already. Write over it?", err=True)):
        raise Ends(USAGE, f"{path} is there already, and stays as it is. Name another file, or give --force.")


def write_file(path: Path, data: bytes) -> None:
    """Write a file, and the folders above it.

    Raises:
        Ends: it cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Ends(USAGE, f"{error.filename or path} cannot be written: {error.strerror}.") from error
