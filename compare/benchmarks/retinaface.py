"""RetinaFace's networks against ONNX Runtime running the same networks, exported: one VGA image, one thread each.

Both are given a float image as they like it best in memory, and give what they say about every anchor; what comes
before and after is the same work for both. Random weights: the time does not depend on them.
"""

import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from torch import nn

from eigen2arc.deep.single_shot.fused import fused
from eigen2arc.deep.single_shot.variants import make

from .encoders import one_thread

VARIANTS = ("mobilenet0.25", "slim", "rfb")
WIDTH_PX, HEIGHT_PX = 640, 480


def build(*, seconds: float = 15.0) -> list[dict[str, Any]]:
    """seconds : how long to measure in all; ours and the peer take turns. Times are of the processor.

    Returns one row per network: what, unit, ours, peer, peer_name, ratio (how many times faster ours is).
    """
    with one_thread():
        return [_row(variant, seconds / len(VARIANTS)) for variant in VARIANTS]


def _row(variant: str, seconds: float) -> dict[str, Any]:
    torch.manual_seed(0)
    network = make(variant).eval()
    pixels = torch.randn(1, 3, HEIGHT_PX, WIDTH_PX)
    theirs = _exported(network, pixels)
    ours = _ours(network, pixels)
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
    return {
        "what": f"RetinaFace {variant}, network, {WIDTH_PX} x {HEIGHT_PX}",
        "unit": "images/s",
        "ours": our_rate,
        "peer": peer_rate,
        "peer_name": "ONNX Runtime",
        "ratio": our_rate / peer_rate,
    }


def _exported(network: nn.Module, pixels: torch.Tensor) -> Callable[[], list[np.ndarray]]:
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter by tracing needs no further package; torch says that it prefers the other one.
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (pixels,), file, dynamo=False, opset_version=17)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    given = {session.get_inputs()[0].name: pixels.numpy()}
    return lambda: session.run(None, given)


def _ours(network: nn.Module, pixels: torch.Tensor) -> Callable[[], list[torch.Tensor]]:
    ready = fused(network, torch.device("cpu"))
    pixels = pixels.contiguous(memory_format=torch.channels_last)

    def run() -> list[torch.Tensor]:
        with torch.inference_mode():
            return list(ready(pixels))

    return run
