"""Carrying out a plan: the pure core, its ports, its adapters and its engines."""
