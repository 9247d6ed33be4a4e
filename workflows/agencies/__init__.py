"""Ways to reach agencies, one adapter per kind of connection, and what protects both sides of a call."""
