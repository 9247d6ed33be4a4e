"""The measured work of other engines; `README.md` says what is measured and what it showed."""
