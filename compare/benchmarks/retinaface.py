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
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from torch import Tensor, nn

from eigen2arc.deep.detect.single_shot.inference.fused import fused
from eigen2arc.deep.detect.single_shot.networks.variants import MEAN, make

from .encoders import one_thread

VARIANTS = ("mobilenet0.25", "slim", "rfb")
#: Width and height.
SIZES_PX = ((640, 480), (1920, 1080))

Run = Callable[[], list[Any]]


class FromPixels(nn.Module):
    """(B, H, W, 3) uint8 to what the network says, the step before it as in the detector."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.mean = nn.Parameter(torch.tensor(MEAN), requires_grad=False)

    def forward(self, pixels: Tensor) -> Any:
        return self.network((pixels.float() - self.mean).permute(0, 3, 1, 2))


def build(*, seconds: float = 40.0) -> list[dict[str, Any]]:
    """seconds : how long to measure in all; ours and the peer take turns. Times are of the processor.

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


def _row(what: str, ours: Run, theirs: Run, seconds: float) -> dict[str, Any]:
    for a, b in zip(ours(), theirs(), strict=True):  # also: what is compiled or allocated once is not timed
        np.testing.assert_allclose(a, b, atol=1e-3)
    taken: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while not taken[0] or time.perf_counter() < end:
        for run, times in zip((ours, theirs), taken, strict=True):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    our_rate, peer_rate = (1 / float(np.median(times)) for times in taken)
    row = {"what": what, "unit": "images/s", "peer_name": "ONNX Runtime"}
    return row | {"ours": our_rate, "peer": peer_rate, "ratio": our_rate / peer_rate}


def _exported(network: nn.Module, given: Tensor) -> Run:
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
        ready.network = fused(ready.network, torch.device("cpu"))
    else:
        ready = fused(ready, torch.device("cpu"))

    def run() -> list[Tensor]:
        with torch.inference_mode():
            return list(ready(given))

    return run
