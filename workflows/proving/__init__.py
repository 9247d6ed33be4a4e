"""Contracts proven: a stand-in that keeps one, and the checks of a system that is to keep it. Pure; no I/O."""
