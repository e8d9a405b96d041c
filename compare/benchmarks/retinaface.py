"""RetinaFace's networks against ONNX Runtime running the same networks, exported: one image at VGA and at 1080p.

Twice each: the network alone, given a float image that lies in memory as it likes it best; and from the uint8 image,
with its mean taken off and its colours put where the network wants them, which the exported graph then does, too.
Both give what the network says about every anchor, on one thread. The weights are random: the time does not depend on
them.
"""

import copy
import io
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.deep.detect.single_shot.inference.fusion import fuse
from eigen2arc.deep.detect.single_shot.networks.heads import Head
from eigen2arc.deep.detect.single_shot.networks.network import MEAN, make
from eigen2arc.deep.weights_io import checkpoint

from ._measure import Row, one_thread, raise_failures, row, seconds_of

VARIANTS = ("mobilenet0.25", "slim", "rfb")
#: Width and height.
SIZES_PX = ((640, 480), (1920, 1080))

#: What on_device() takes: network, width and height, images of a batch.
CASES = (
    ("mobilenet0.25", (640, 480), 16),
    ("mobilenet0.25", (1920, 1080), 4),
    ("resnet50", (640, 480), 16),
    ("resnet50", (1920, 1080), 4),
)

#: What a rehearsal of on_device() on a CPU takes.
SMALL: dict[str, Any] = {"cases": (("mobilenet0.25", (96, 64), 2),)}

Run = Callable[[], list[Any]]


class FromPixels(nn.Module):
    """(B, H, W, 3) uint8 to what the network says, the step before it as in the detector."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.mean = nn.Parameter(torch.tensor(MEAN), requires_grad=False)

    def forward(self, pixels: Tensor) -> Any:
        return self.network((pixels.float() - self.mean).permute(0, 3, 1, 2))


def build(*, seconds: NonNegative = 40.0) -> list[Row]:
    """Time our networks and the peer's in turns. seconds : how long to measure in all, in processor time.

    Returns two rows per network and size: what, unit, ours, peer, peer_name, ratio (how many times faster ours is).
    """
    rows = []
    with one_thread():
        for variant, (width, height) in product(VARIANTS, SIZES_PX):
            torch.manual_seed(0)
            network = make(variant).eval()
            pixels = torch.randint(0, 256, (1, height, width, 3), dtype=torch.uint8)
            for what, whole, given in (
                ("network", network, (pixels.float() - torch.tensor(MEAN)).permute(0, 3, 1, 2)),
                ("from pixels", FromPixels(network), pixels),
            ):
                runs = _ours(whole, given), _exported(whole, given.contiguous())
                name = f"RetinaFace {variant}, {what}, {width} x {height}"
                rows.append(_row(name, *runs, seconds / len(VARIANTS) / len(SIZES_PX) / 2))
    return rows


def on_device(
    device: str,
    seconds: float,
    *,
    cases: Sequence[tuple[str, tuple[int, int], int]] = CASES,
) -> Iterator[Row]:
    """Yield rows of the whole detector and of its network as PyTorch runs it, for `bench gpu`.

    cases : (variant, (width, height) in pixels, images of a batch). The detector begins with uint8 images in the
    computer's memory; the peer is the same network, its normalisations not folded and images' colours first, on a batch
    that lies on the device already. The weights are random, the layers that tell faces are 0: nothing is found.
    """
    for variant, (width, height), batch in cases:
        torch.manual_seed(0)
        plain = make(variant).eval().requires_grad_(False)
        for head in (module for module in plain.modules() if isinstance(module, Head)):
            for parameter in head.logits.parameters():
                parameter.zero_()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "weights.safetensors"
            checkpoint.save(path, plain.state_dict(), {"variant": variant})
            detector = plugins.build(
                "detector", "retinaface", weights=path, variant=variant, threshold=0.9, device=device
            )
        images = list(np.random.default_rng(0).integers(0, 256, (batch, height, width, 3), np.uint8))
        plain.to(device)
        given = torch.randn(batch, 3, height, width, device=device)
        times, errors = seconds_of(
            {"ours": partial(detector.detect, images), "peer": partial(_without_gradients, plain, given)},
            device,
            seconds / len(cases),
        )
        raise_failures(errors.values())
        ours, peer = (batch / times[name] for name in ("ours", "peer"))
        what = f"RetinaFace {variant}, {batch} x {width} x {height}"
        yield row(what, "images/s", ours, peer, "its network alone, unfused, batch on the device")


@torch.inference_mode()
def _without_gradients(network: nn.Module, given: Tensor) -> Any:
    return network(given)


def _row(what: str, ours: Run, theirs: Run, seconds: float) -> Row:
    for a, b in zip(ours(), theirs(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
    times, errors = seconds_of({"ours": ours, "peer": theirs}, "cpu", seconds, time.process_time)
    raise_failures(errors.values())
    return row(what, "images/s", 1 / times["ours"], 1 / times["peer"], "ONNX Runtime")


def _exported(network: nn.Module, given: Tensor) -> Run:
    import onnxruntime as ort  # here, because on_device() does without

    file: Any = io.BytesIO()  # torch's annotation knows paths only
    with warnings.catch_warnings():
        # The exporter by tracing needs no further package; torch says that it prefers the other one.
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (given,), file, dynamo=False, opset_version=17)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: given.numpy()}
    return lambda: session.run(None, feed)


def _ours(network: nn.Module, given: Tensor) -> Run:
    ready = copy.deepcopy(network)
    if isinstance(ready, FromPixels):
        ready.network = fuse(ready.network, torch.device("cpu"))
    else:
        ready = fuse(ready, torch.device("cpu"))

    def run() -> list[Tensor]:
        with torch.inference_mode():
            return list(ready(given))

    return run
