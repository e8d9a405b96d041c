"""Center loss against loops over equations (2), (4) and (5)."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

Angle = Callable[[np.ndarray, np.ndarray], float]
SlowLoss = Callable[..., float]
Around = Callable[[torch.Tensor], torch.Tensor]
Faces = tuple[torch.Tensor, torch.Tensor]


def center(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "center", embedding_size=5, classes=4, **settings).double()
    torch.nn.init.normal_(loss.centres)
    return loss


def test_it_is_softmax_and_half_the_squared_distance_to_the_centres(faces: Faces, slow_loss: SlowLoss) -> None:
    loss, (x, labels) = center(lam=0.7).eval(), faces
    softmax = slow_loss(x, loss.weight, labels, lambda x, weight, label: [float(w @ x) for w in weight])
    squares = [float(((a - loss.centres[label]) ** 2).sum()) for a, label in zip(x, labels, strict=True)]
    assert loss(x, labels).item() == pytest.approx(softmax + 0.7 / 2 * np.mean(squares), rel=1e-9)


def test_centres_move_by_equation_4_after_the_loss(faces: Faces) -> None:
    loss, (x, labels) = center(lam=0.7, alpha=0.3), faces
    before = loss.centres.clone()
    fixed = loss.eval()(x, labels)
    assert loss.train()(x, labels) == fixed
    for j in range(4):
        theirs = x[labels == j]
        delta = sum((before[j] - a for a in theirs), torch.zeros(5)) / (1 + len(theirs))
        torch.testing.assert_close(loss.centres[j], before[j] - 0.3 * delta)


def test_a_person_who_is_not_in_the_batch_keeps_the_centre() -> None:
    loss = center()
    before = loss.centres.clone()
    loss(torch.ones(2, 5, dtype=torch.float64), torch.tensor([1, 1]))
    assert torch.equal(loss.centres[[0, 2, 3]], before[[0, 2, 3]]) and not torch.equal(loss.centres[1], before[1])


def test_centres_come_to_their_peoples_means(faces: Faces) -> None:
    loss, (x, labels) = center(), faces
    for _ in range(200):
        loss(x, labels)
    means = torch.stack([x[labels == j].mean(dim=0) for j in range(4)])
    torch.testing.assert_close(loss.centres, means)


@pytest.mark.parametrize(("settings", "message"), [({"lam": -1.0}, "lam"), ({"alpha": 0.0}, "alpha")])
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        center(**settings)
