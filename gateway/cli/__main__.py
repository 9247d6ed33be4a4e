"""`python -m gateway.cli`: the same as the command `gapura`."""

from gateway.cli.main import main

main()
