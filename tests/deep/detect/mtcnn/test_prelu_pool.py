"""PReLU and pooling in one pass, against torch's two, value by value."""

import pytest
import torch
import torch.nn.functional as F

from eigen2arc.deep.detect.mtcnn.prelu_pool import prelu_pool


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("shape", [(3, 5, 9, 8), (1, 10, 8, 11), (2, 4, 3, 3)])
def test_equals_torchs_two_steps(shape: tuple[int, ...], kernel: int) -> None:
    random = torch.Generator().manual_seed(3)
    x, slope = torch.randn(shape, generator=random), torch.randn(shape[1], generator=random)
    with torch.inference_mode():
        ours = prelu_pool(x, slope, kernel)
        assert torch.equal(ours, F.max_pool2d(F.prelu(x, slope), kernel, 2, ceil_mode=True))
        assert torch.equal(prelu_pool(x.to(memory_format=torch.channels_last), slope, kernel), ours)


def test_gradients_flow() -> None:
    x = torch.randn((1, 2, 6, 6), generator=torch.Generator().manual_seed(1), requires_grad=True)
    slope = torch.tensor([-0.5, 0.25], requires_grad=True)
    prelu_pool(x, slope, 2).sum().backward()
    assert x.grad is not None and slope.grad is not None and slope.grad.abs().sum() > 0
