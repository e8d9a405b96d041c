"""`eigen2arc datasets pack`: a labelled set as aligned crops in one file or in shards."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Device, Set, components, out_folder

if TYPE_CHECKING:
    from eigen2arc.compare.data_tools.pack import Skipped


def pack(
    name: Annotated[str, typer.Argument(help="A data set that says who is who; see `eigen2arc datasets list`.")],
    out: Annotated[Path, out_folder("A new folder, or one whose packing was interrupted.")],
    form: Annotated[
        Literal["rec", "shards"], typer.Option("--format", help="MXNet's RecordIO, or shards of WebDataset.")
    ] = "rec",
    detector: Annotated[
        str | None, typer.Option(help="See `eigen2arc list detector`.", show_default="the set's own faces")
    ] = None,
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    aligned: Annotated[bool, typer.Option("--aligned", help="The images are aligned crops: only scale them.")] = False,
    size_px: Annotated[int, typer.Option(min=16, help="Width and height of a crop.")] = 112,
    suffix: Annotated[Literal[".jpg", ".png"], typer.Option(help="Of a crop.")] = ".jpg",
    jpeg_quality: Annotated[int, typer.Option(min=1, max=100, help="Of .jpg.")] = 95,
    per_shard: Annotated[
        int, typer.Option(min=1, help="Images of the set in a shard: what a kill costs at most.")
    ] = 1000,
    data_root: DataRoot = None,
    settings: Set = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Detect, align and pack the training part of a set into RecordIO or WebDataset shards.

    `--dataset recordio` and `--dataset shards` read them.

    Settings: --set dataset.split=train --set detector.min_size_px=40. Where the set has boxes and a detector is named,
    the face is the one in the box. Images without a face, and those that cannot be read, are listed here and in
    OUT/skipped.csv. The same command resumes an interrupted packing.
    """
    from concurrent.futures import ThreadPoolExecutor

    from eigen2arc.compare.data_tools import pack as packing
    from eigen2arc.compare.data_tools.pack import FacePacker
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.core.subset import training_part

    if aligned and detector is not None:
        raise UserError("--aligned: crops that are aligned need no --detector; leave out one of the two")
    sized = [*(settings or ()), f"aligner.size_px={size_px}"]
    cut_by = None if aligned else aligner
    chosen = components(sized, data_root, device, dataset=name, detector=detector, aligner=cut_by)
    dataset, finder, cutter = training_part(chosen["dataset"].built), chosen.get("detector"), chosen.get("aligner")
    how = {"format": form, "size_px": size_px, "suffix": suffix, "jpeg_quality": jpeg_quality, "per_shard": per_shard}
    keys = {"detector": finder and finder.key, "aligner": cutter and cutter.key}
    made_by = packing.recipe(dataset, how | keys)

    with progress_bars() as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        bar = progress.add_task(f"pack {name}", total=len(dataset.images))

        def on_chunk(images: int, skipped: "Sequence[Skipped]") -> None:
            for one in skipped:
                say(f"{one.name}: {one.detail or one.reason}", error=True)
            progress.advance(bar, images)

        packer = FacePacker(
            dataset,
            None if finder is None else finder.built,
            None if cutter is None else cutter.built,
            size_px=size_px,
            suffix=suffix,
            jpeg_quality=jpeg_quality,
            pool=pool,
        )
        try:
            counts = packing.pack(packer, out, form=form, per_shard=per_shard, made_by=made_by, on_chunk=on_chunk)
        except OSError as error:  # the disk is full, for one
            problem = error.strerror or error
            raise UserError(f"{out}: cannot be written ({problem}); the same command resumes from here") from error
    if json:
        say_json(counts)
        return
    say(f"{out}: {counts['images']:,} crops of {counts['people']:,} people")
    for reason, images in counts["skipped"].items():
        say(f"{reason}: {images:,} images, see {out / 'skipped.csv'}")
