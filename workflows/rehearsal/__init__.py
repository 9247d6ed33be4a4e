"""Trying a plan before it is real: one case after another in virtual time, against what contracts show by example."""
