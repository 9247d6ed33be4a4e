"""Carrying out a plan: the pure core, the journal, agencies, outputs and engines."""
