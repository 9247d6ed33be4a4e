"""Stand-ins and checks of agencies' systems, over HTTP: `gapura contract stand-in` and `gapura contract verify`."""
