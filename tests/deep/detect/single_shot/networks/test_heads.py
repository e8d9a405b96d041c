"""What the heads say."""

import torch

from eigen2arc.deep.detect.single_shot.networks.heads import Predictions


def test_the_probability_is_the_softmax() -> None:
    logits = torch.randn(2, 9, 2)
    found = Predictions(logits, torch.zeros(2, 9, 4), torch.zeros(2, 9, 10)).probability
    torch.testing.assert_close(found, logits.softmax(dim=2)[..., 1])
