"""`eigen2arc compare losses`: every loss on the same network, data and steps, and a report."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.files import Json, read_json
from eigen2arc.core.settings import parse_settings

from .options import AsJson, DataRoot, Device, Set, out_folder, rooted


def losses(
    backbone: Annotated[str, typer.Option(help="Network; `eigen2arc list backbone` names them.")] = "mobilefacenet",
    budget: Annotated[
        str, typer.Option(help="Total time (30min; steps derived from it) or steps per loss (400steps).")
    ] = "30min",
    losses: Annotated[str, typer.Option(help="Comma-separated; default all. See `list loss`.")] = "",
    dataset: Annotated[str, typer.Option(help="Labelled faces; `eigen2arc list dataset` names them.")] = "synthetic",
    out: Annotated[Path, out_folder("Output folder.")] = Path("runs/losses"),
    data_root: DataRoot = None,
    settings: Set = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Train every loss on the same network, faces, seed and number of steps, and write a side-by-side report.

    Settings: --set batch_size=64 --set held_out_people=40, those of the components, --set backbone.width=1.0 --set
    dataset.people=500, and those of one loss: --set arcface.margin_rad=0.4.

    An interrupted run resumes where it stopped; losses that are trained are not trained again. With few steps, fewer of
    the default people are drawn; --set dataset.people=260 draws them all.
    """
    from dataclasses import replace

    from eigen2arc.compare.loss_study.budget import budget as read_budget
    from eigen2arc.compare.loss_study.page import render, summary
    from eigen2arc.compare.loss_study.settings import plan
    from eigen2arc.compare.loss_study.table import table
    from eigen2arc.deep.engine.allocator import keep_freed_memory

    allowed = read_budget(budget)
    changes = parse_settings(settings or ())
    asked = plan(losses.replace(",", " ").split(), backbone, dataset, changes, allowed.steps)
    common = replace(asked.common, dataset_settings=rooted(dataset, asked.common.dataset_settings, data_root))
    command = shlex.join(["eigen2arc", *sys.argv[1:]])
    keep_freed_memory(device)
    made = table(replace(asked, common=common), allowed, out, device=device, command=command)
    page = render(out)
    if json:
        say_json(read_json(made, Json))
    else:
        show(summary(made))
        say(f"report: {page}")
