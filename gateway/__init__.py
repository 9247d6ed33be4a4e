"""The front door: HTTP, pages, command line, wiring."""
