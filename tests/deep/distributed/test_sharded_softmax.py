"""The sharded softmax with one process that has all columns; with two, see test_partial_fc.py."""

import torch
from torch.nn import functional as F

from eigen2arc.deep.distributed.sharded_softmax import replicated, sharded_cross_entropy


def test_with_all_columns_it_is_the_cross_entropy() -> None:
    torch.manual_seed(0)
    z, true = torch.randn(6, 4, dtype=torch.float64, requires_grad=True), torch.tensor([0, 3, 1, 1, 2, 0])
    torch.testing.assert_close(sharded_cross_entropy(z, true), F.cross_entropy(z, true))
    assert torch.autograd.gradcheck(lambda z: sharded_cross_entropy(z, true), z)


def test_large_logits_do_not_overflow() -> None:
    z = torch.tensor([[1e4, -1e4], [0.0, 1e4]], requires_grad=True)
    value = sharded_cross_entropy(z, torch.tensor([0, 0]))
    value.backward()
    assert value.item() == 5e3 and z.grad is not None
    assert z.grad.tolist() == [[0, 0], [-0.5, 0.5]]


def test_alone_shared_embeddings_keep_their_gradient() -> None:
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    replicated(x).square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach())
