"""The wrapper that a GPU's networks have changes neither what goes in nor what comes out."""

import pytest
import torch

from eigen2arc.deep.detect.mtcnn.gpu_networks import convert_for_gpu
from eigen2arc.deep.detect.mtcnn.networks import Networks, ONet, PNet, RNet


def networks(device: str) -> Networks:
    torch.manual_seed(0)
    return Networks(*(net.eval().requires_grad_(False).to(device) for net in (PNet(), RNet(), ONet())))


@torch.inference_mode()
def test_outputs_are_those_of_the_networks() -> None:
    plain, wrapped = networks("cpu"), convert_for_gpu(networks("cpu"), half=False, graphs=False)
    for ours, theirs, shape in zip(wrapped, plain, [(1, 3, 40, 52), (5, 3, 24, 24), (3, 3, 48, 48)], strict=True):
        x = torch.randn(shape)
        for a, b in zip(ours(x), theirs(x), strict=True):
            torch.testing.assert_close(a, b)
        assert [len(a) for a in wrapped.rnet(torch.randn(0, 3, 24, 24))] == [0, 0]


@pytest.mark.gpu
@torch.inference_mode()
@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-4), (True, 2e-2)])
def test_graphs_of_changing_sizes_give_what_the_networks_give(half: bool, tolerance: float) -> None:
    plain, wrapped = networks("cuda"), convert_for_gpu(networks("cuda"), half=half, graphs=True)
    repeat = torch.tensor([[1, 2], [3, 4], [1, 2], [2, 3]], device="cuda")
    for size in (40, 60, 40, 80):
        x = torch.randn(1, 3, size, size + 12, device="cuda")
        for a, b in zip(wrapped.pnet(x, repeat), plain.pnet(x, repeat), strict=True):
            torch.testing.assert_close(a, b, atol=tolerance, rtol=0)
    for count in (0, 1, 256, 257, 700, 3):
        x = torch.randn(count, 3, 48, 48, device="cuda")
        for a, b in zip(wrapped.onet(x), plain.onet(x), strict=True):
            assert a.dtype == torch.float32
            torch.testing.assert_close(a, b, atol=tolerance, rtol=0)
