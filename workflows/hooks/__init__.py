"""Telling other systems: who asked for what, what they are told, and that it arrives."""
