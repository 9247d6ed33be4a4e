"""`gapura bench`: the reference case on the whole product, beside what it costs without one; `bench/README.md`."""
