"""The joint output: composed from a case, sealed, shown as a document, and verified by anyone."""
