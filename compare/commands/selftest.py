"""`eigen2arc selftest`: look for inputs that take this program down."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json, show

from .options import AsJson, out_folder

app = typer.Typer(no_args_is_help=True, help="Test this installation on this machine.")


@app.callback()
def selftest() -> None:
    """Test this installation on this machine."""


@app.command()
def fuzz(
    kind: Annotated[str | None, typer.Argument(help="One kind of input; all if not given. See `list fuzzer`.")] = None,
    minutes: Annotated[float, typer.Option(min=0.01, max=10_000, help="How long to go on.")] = 10.0,
    inputs: Annotated[int, typer.Option(min=0, help="Of each kind; 0 for no bound but the time.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same inputs.")] = 0,
    out: Annotated[Path, out_folder("Folder for the inputs that are to be mended.")] = Path("runs/fuzz"),
    json: AsJson = False,
) -> None:
    """Read mutated images, videos, archives, models, lists and settings, in processes that may die.

    Every input is to be accepted, or refused with a line. What ends in another exception (fault), takes the process
    down (crash), takes over 1.5 GB (memory) or over 10 s (slow) is kept in --out, and the exit code is 1.
    """
    from rich.table import Table

    from eigen2arc.compare.fuzzing.campaign import OUTCOMES, run
    from eigen2arc.core import plugins
    from eigen2arc.core.progress import progress_bars

    kinds = list(plugins.plugins("fuzzer")) if kind is None else [plugins.find("fuzzer", kind).name]
    with progress_bars() as progress:
        bar = progress.add_task("inputs", total=inputs * len(kinds) or None)
        result = run(
            kinds,
            seed=seed,
            seconds=60 * minutes,
            inputs=inputs,
            failed=out,
            on_verdict=lambda _: progress.advance(bar),
        )
    if json:
        failures = [vars(verdict) for verdict in result.failures]
        say_json({"seed": seed, "counts": result.counts, "failures": failures})
    else:
        table = Table("input", "total", *OUTCOMES, box=None, header_style="bold")
        rows = {**result.counts, "all": sum(result.counts.values(), Counter())}
        for name, counts in rows.items():
            table.add_row(name, f"{counts.total():,}", *(f"{counts[outcome]:,}" for outcome in OUTCOMES))
        show(table)
        for (name, outcome, _), alike in result.by_place().items():
            first = min(alike, key=lambda verdict: verdict.number)
            say(f"{len(alike):,} x {name} {outcome}, {out / f'{name}-{first.number}'}: {first.error}")
    if result.failures:
        raise typer.Exit(1)
