"""The files that the tidy tests look at."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "workflows", "observability", "gateway")
# What the tools make; a clone has Git to say so, an unpacked archive has not.
MADE = {
    ".git",
    ".venv",
    ".venv-bench",
    ".venv-tools",
    ".cache",
    ".ruff_cache",
    ".hypothesis",
    "__pycache__",
    "dist",
    "build",
    "var",
}
TEXT = {
    ".md",
    ".py",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".sql",
    ".html",
    ".css",
    ".js",
    ".po",
    ".txt",
    ".sh",
    ".typ",
    "",
}


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the project, new ones that Git does not know yet included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) if in_git() else None
    if listed is not None and listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        names = [path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in names if path.is_file()))


def in_git() -> bool:
    """Say whether this is a clone: an archive inside some other clone is not."""
    return (ROOT / ".git").exists()


def texts() -> list[Path]:
    """Return the files that people write as text."""
    return [path for path in files() if path.suffix in TEXT]


def python(*folders: str) -> list[Path]:
    """Return the Python files, of some folders or of all."""
    return [path for path in files() if path.suffix == ".py" and (not folders or folder(path) in folders)]


def folder(path: Path) -> str:
    """Return the top folder that a file is in."""
    return path.relative_to(ROOT).parts[0]


def markdown() -> list[Path]:
    """Return the pages written in Markdown."""
    return [path for path in files() if path.suffix == ".md"]


def name(path: Path) -> str:
    """Return a file's name as a person in the checkout would type it."""
    return path.relative_to(ROOT).as_posix()
