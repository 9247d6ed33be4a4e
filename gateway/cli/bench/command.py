"""`gapura bench`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import tempfile
from pathlib import Path

import rich_click as click

from gateway.cli.exits import NOT_SO, Ends, emit, ending, err, json_option


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often everybody is measured.")
@click.option(
    "--seconds", type=click.FloatRange(0), default=3.0, show_default=True, help="How long each measurement takes."
)
@click.option(
    "--in-flight",
    type=click.IntRange(1, 500),
    multiple=True,
    default=(1, 32, 256),
    show_default=True,
    help="How many cases run at once; several times for several levels.",
)
@click.option(
    "--parts",
    type=click.Choice(["attested", "signed"]),
    multiple=True,
    default=("attested", "signed"),
    show_default=True,
    help="Whose parts: attested by the gateway, or signed by their agencies.",
)
@json_option
@ending
def bench(*, rounds: int, seconds: float, in_flight: tuple[int, ...], parts: tuple[str, ...], as_json: bool) -> None:
    """Measure what one case costs, beside the same work without Gapura and with other engines.

    The reference case is one form, five asks over HTTP to agencies in a process of their own, one joint output, every
    step durable and everything on. Other engines are measured where they are installed: `make bench` in a clone of the
    repository does that. Rounds alternate, figures are medians; what counts are ratios, not this machine's speed.
    """
    # Only now: they take their time to load.
    from gateway.cli.bench.bars import judge  # noqa: PLC0415 - see above
    from gateway.cli.bench.processes import MeasuringFailed  # noqa: PLC0415 - see above
    from gateway.cli.bench.report import print_report  # noqa: PLC0415 - see above
    from gateway.cli.bench.rounds import Extent, measure, missing_peers  # noqa: PLC0415 - see above
    from gateway.cli.demo.processes import GatewayNotStarted  # noqa: PLC0415 - see above

    extent, missing = Extent(rounds=rounds, seconds=seconds, in_flight=in_flight, parts=parts), missing_peers()
    with tempfile.TemporaryDirectory(prefix="gapura-bench-") as folder:
        try:
            figures = measure(Path(folder), extent, lambda line: err.print(line, style="dim"))
        except (MeasuringFailed, GatewayNotStarted) as failed:
            raise Ends(NOT_SO, str(failed)) from failed
    bars = judge(figures)
    emit(
        {
            "bars": bars,
            "missing": missing,
            "runs": [
                {"name": name, "in_flight": level, "runs": runs}
                for (name, level), runs in [*figures.runs.items(), *figures.alone.items()]
            ],
            "journal_bytes_per_case": figures.journal_bytes,
        },
        as_json=as_json,
        human=lambda: print_report(figures, bars, missing),
    )
