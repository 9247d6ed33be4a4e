"""The journal: the events in order, the only truth. One adapter a file, held to one conformance suite."""
