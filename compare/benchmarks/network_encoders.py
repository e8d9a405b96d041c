"""Networks as encoders: crops/s from uint8 crops to vectors, and how much of it is the network's own time."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.deep.encode.encoders.embedding import Embedding
from eigen2arc.deep.encode.network.backbone import BATCH, Backbone, network_input
from eigen2arc.deep.ops.device import torch_device

from ._measure import Row, raise_failures, row, seconds_of

#: What is timed: the name in its row, the backbone's and its settings. The weights are random: the time is the same.
NETWORKS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("MobileFaceNet", "mobilefacenet", {}),
    ("iResNet-50", "iresnet", {"layers": 50}),
    ("iResNet-100", "iresnet", {"layers": 100}),
)

CROPS = 1024

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"networks": (("MobileFaceNet", "mobilefacenet", {"width": 0.125}),), "crops": 4}


def build(*, seconds: NonNegative = 20.0, device: str = "auto") -> list[Row]:
    """Time the networks' encoders on a device. seconds : how long to measure in all.

    Returns rows: what, unit, ours, peer, peer_name, ratio, the share of the time that the network itself takes.
    """
    place = torch_device(device).type
    return list(on_device(place, seconds, crops=CROPS if place == "cuda" else BATCH))


def on_device(
    device: str,
    seconds: float,
    *,
    networks: Sequence[tuple[str, str, dict[str, Any]]] = NETWORKS,
    crops: int = CROPS,
) -> Iterator[Row]:
    """Yield a row of each network: the encoder in float32, and its backbone alone on crops that lie on the device."""
    place = torch.device(device)
    for name, backbone, settings in networks:
        torch.manual_seed(0)
        made: Backbone = plugins.build("backbone", backbone, **settings)
        encoder = Embedding(made.eval(), place)
        pixels = np.random.default_rng(0).integers(0, 256, (crops, made.size_px, made.size_px, 3), np.uint8)
        given = torch.from_numpy(pixels).to(place)
        runs: dict[str, Callable[[], object]] = {
            "ours": partial(encoder.encode, pixels),
            "peer": partial(_backbone_alone, encoder.backbone, given),
        }
        times, errors = seconds_of(runs, device, seconds / len(networks))
        raise_failures(errors.values())
        ours, peer = (crops / times[run] for run in ("ours", "peer"))
        what = f"encoding, {name}, {crops} crops of {made.size_px} x {made.size_px}, batches of {BATCH}"
        yield row(what, "images/s", ours, peer, "its backbone alone, crops on the device")


@torch.inference_mode()
def _backbone_alone(backbone: Backbone, crops: torch.Tensor) -> None:
    for batch in crops.split(BATCH):
        backbone(network_input(batch))
