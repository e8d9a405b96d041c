"""`eigen2arc deep`: train, import, export and quantize networks."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Trainer

from .export_encoder import export_encoder
from .import_encoder import import_encoder
from .options import DataRoot, Device, Set, out_folder, rooted
from .quantize_encoder import quantize_encoder

app = typer.Typer(help="Train, import, export and quantize networks.", no_args_is_help=True)
train = typer.Typer(help="Train a network and save its best weights.", no_args_is_help=True)
app.add_typer(train, name="train")
app.command("import")(import_encoder)
app.command("export")(export_encoder)
app.command("quantize")(quantize_encoder)


@train.command()
def encoder(
    out: Annotated[Path, out_folder("Folder for the weights, the checkpoints and cached crops.")],
    backbone: Annotated[str, typer.Option(help="Network; `eigen2arc list backbone` names them.")] = "mobilefacenet",
    loss: Annotated[str, typer.Option(help="Loss; `eigen2arc list loss` names them.")] = "arcface",
    dataset: Annotated[str, typer.Option(help="Labelled faces; `eigen2arc list dataset` names them.")] = "synthetic",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume the run in --out with its saved settings; --loss, --backbone and --dataset are ignored then.",
        ),
    ] = False,
    data_root: DataRoot = None,
    settings: Set = None,
    device: Device = "auto",
) -> None:
    """Train a face embedding on labelled faces and save the best weights.

    Settings: --set steps=5000, and those of the components: --set backbone.width=1.0 --set
    loss.margin_rad=0.4 --set dataset.people=2000. An unknown key lists the training settings; `eigen2arc list loss`
    etc. those of the components.

    Losses of pairs and triplets get batches of several people with a few images each: --set
    sampler.images_per_person=4. Softmax first, then triplets: --loss triplet --set
    initial_weights=OUT/best.safetensors. Validate on pairs during training: --set
    'verify_sets=[{name="insightface_bin", root="DIR", stem="lfw"}]'.

    OUT/best.safetensors is for the encoder `embedding`: --set encoder.weights=OUT/best.safetensors.
    Multi-GPU: accelerate launch --module eigen2arc.compare.cli deep train encoder ...
    """
    from eigen2arc.core.settings import with_components
    from eigen2arc.deep.encode.training import encoder as train_embedding

    default = with_components(train_embedding.Settings(), backbone=backbone, loss=loss, dataset=dataset)
    _run(train_embedding, default, out, resume, data_root, settings, device)


@train.command()
def detector(
    name: Annotated[str, typer.Argument(help="Detector; `eigen2arc list trainer` names those that can be trained.")],
    out: Annotated[Path, out_folder("Folder for the weights, the checkpoints and cached images.")],
    dataset: Annotated[str, typer.Option(help="Annotated images; `eigen2arc list dataset` names them.")] = "scenes",
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Resume the run in --out with its saved settings; --dataset is ignored then."),
    ] = False,
    data_root: DataRoot = None,
    settings: Set = None,
    device: Device = "auto",
) -> None:
    """Train a face detector on images whose faces are annotated and save the best weights.

    Settings: --set steps=5000, and those of the data set: --set dataset.images=2000. For retinaface: --set
    variant=slim --set size_px=640. For ssh: --set variant=ssh --set body_weights=vgg16.pth. An unknown key lists the
    training settings; `eigen2arc list dataset` those of the data sets.

    Your own images: --dataset face_boxes --data-root DIR, with DIR/train/label.txt and DIR/train/images. Several
    sets: --dataset concat --set 'dataset.sets=[{name="lfw_net7"}, {name="scenes", images=500}]'. The last
    `held_out_images` images are the validation set.

    Use it: --set detector.weights=OUT (mtcnn, cascade_cnn) or --set detector.weights=OUT/best.safetensors (the
    others). `tensorboard --logdir OUT` shows the curves.
    Multi-GPU: accelerate launch --module eigen2arc.compare.cli deep train detector ...
    """
    from eigen2arc.core.settings import with_components

    trainer: Trainer = plugins.build("trainer", name)
    _run(trainer, with_components(trainer.defaults, dataset=dataset), out, resume, data_root, settings, device)


def _run(
    trainer: Trainer | ModuleType,
    default: Any,
    out: Path,
    resume: bool,
    data_root: Path | None,
    settings: list[str] | None,
    device: str,
) -> None:
    """A trainer's ``train`` with the default and --set, or with the settings of the run that is resumed."""
    from eigen2arc.core.settings import parse_settings, with_changes
    from eigen2arc.deep.engine.allocator import keep_freed_memory

    if resume:
        if settings:
            raise UserError("--set cannot be combined with --resume: a resumed run keeps its settings")
        chosen = trainer.saved_settings(out)
    else:
        chosen = with_changes(default, parse_settings(settings or ()))
        chosen = replace(chosen, dataset_settings=rooted(chosen.dataset, chosen.dataset_settings, data_root))
    keep_freed_memory(device)
    trainer.train(chosen, out, resume=resume, device=device, command=shlex.join(["eigen2arc", *sys.argv[1:]]))
