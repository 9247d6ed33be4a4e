"""`gapura`: the command line. Everything online goes through the same API as everybody else's calls."""

from gateway.cli.main import main

__all__ = ["main"]
