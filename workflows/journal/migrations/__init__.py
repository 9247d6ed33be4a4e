"""Numbered migrations, forward only: a file is never changed once it was released."""
