"""Carrying cases out: the one loop (decide, append, carry out) and what it runs on."""
