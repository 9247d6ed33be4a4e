"""Other engines with the reference case, each as a process that carries orders out (`gateway.cli.bench.driving`)."""
