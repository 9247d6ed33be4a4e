"""Seeing what happened: traces, metrics, logs and the evidence, all from recorded events."""
