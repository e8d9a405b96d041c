"""What every loss keeps: a finite scalar that knows no order, right gradients, and a network that learns from it."""

import copy
from typing import Any

import pytest
import torch

from eigen2arc.core.plugins import build, plugins
from eigen2arc.deep.encode.network.embedding_network import AngularLoss, Loss
from eigen2arc.deep.ops.margin_softmax import MarginSoftmax

pytestmark = pytest.mark.parametrize("name", list(plugins("loss")))

D, CLASSES = 6, 4

#: Settings that bring out what a loss does on a few short vectors, where its defaults are made for many long ones.
CASES: dict[str, dict[str, Any]] = {
    "adaface": {"h": 1e6},  # the quality at its bound: no gradient goes through it, though the value depends on it
    "center": {"lam": 0.1},
    "l_softmax": {"lambda_base": 1.0, "lambda_least": 0.5},
    # Its own miner draws; without nu the two of a triplet that are both wrong pull beta both ways.
    "margin": {"miner": "all_triplets", "nu": 0.1},
    "magface": {"l_a": 1.0, "u_a": 5.0, "lambda_g": 3.0},
    "sphereface": {"lambda_base": 1.0, "lambda_least": 0.5},
    "subcenter_arcface": {"sub_centres": 2},  # a person's few faces may well spread over three
}


def made(name: str, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", name, embedding_size=D, classes=CLASSES, **CASES.get(name, {}))
    return loss.to(dtype)


def fixed(name: str, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    """In evaluation mode, where a loss is a function of its arguments alone."""
    return made(name, dtype).eval()


def batch(n: int, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(n) % CLASSES
    return torch.randn(n, D, generator=generator, dtype=dtype, requires_grad=True), labels


def check_finite(loss: torch.nn.Module, embeddings: torch.Tensor, labels: torch.Tensor) -> None:
    """Value and gradients, in both modes."""
    for training in (True, False):
        x = embeddings.detach().clone().requires_grad_()
        tensors = [x, *loss.parameters()]
        value = loss.train(training)(x, labels)
        assert value.shape == () and torch.isfinite(value)
        for gradient in torch.autograd.grad(value, tensors, allow_unused=True):
            assert gradient is None or torch.isfinite(gradient).all()


def test_it_is_a_module_that_names_the_sampler_that_it_is_made_for(name: str) -> None:
    loss = made(name)
    assert isinstance(loss, torch.nn.Module) and isinstance(loss, Loss) and loss.sampler in plugins("sampler")


def test_one_with_a_scale_makes_the_true_class_harder_by_a_margin(name: str) -> None:
    """It is a MarginSoftmax, as are those whose lengths take the place of a scale."""
    loss = made(name)
    if not isinstance(loss, MarginSoftmax):
        assert "scale" not in plugins("loss")[name].settings
        return
    assert loss.scale > 0 and isinstance(loss, AngularLoss)
    theta = torch.linspace(0, torch.pi, 30).view(5, 6)
    harder = loss.add_margin(theta.cos())
    assert harder.shape == theta.shape and bool((harder <= theta.cos() + 1e-6).all())
    assert torch.equal(loss.target_logit(theta), harder)


def test_a_curve_is_that_of_angles_to_centres(name: str) -> None:
    loss = made(name)
    if isinstance(loss, AngularLoss):
        assert isinstance(loss, torch.nn.Module) and loss.get_parameter("weight").shape[1] == D
        assert loss.target_logit(torch.linspace(0, torch.pi, 9)).shape == (9,)


def test_it_is_a_finite_scalar_with_finite_gradients(name: str) -> None:
    loss, (embeddings, labels) = made(name), batch(9)
    value = loss(embeddings, labels)
    value.backward()
    assert value.shape == () and torch.isfinite(value)
    for tensor in (embeddings, *loss.parameters()):
        assert tensor.grad is not None and torch.isfinite(tensor.grad).all() and tensor.grad.abs().sum() > 0


def test_the_gradient_is_that_of_the_value(name: str) -> None:
    loss, (embeddings, labels) = fixed(name, torch.float64), batch(5, torch.float64)
    parameters = list(loss.parameters())
    assert torch.autograd.gradcheck(lambda *tensors: loss(tensors[0], labels), (embeddings, *parameters))


def test_the_order_of_the_batch_does_not_matter(name: str) -> None:
    loss, (embeddings, labels) = fixed(name, torch.float64), batch(7, torch.float64)
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    torch.testing.assert_close(loss(embeddings[order], labels[order]), loss(embeddings, labels), rtol=0, atol=1e-12)


def test_half_precision_embeddings_are_taken(name: str) -> None:
    loss, (embeddings, labels) = fixed(name), batch(9)
    with torch.autocast("cpu", torch.bfloat16):
        value = loss(embeddings.bfloat16(), labels)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(embeddings.bfloat16().float(), labels))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_embeddings_on_and_opposite_the_centres_are_taken(name: str, side: float, dtype: torch.dtype) -> None:
    loss = made(name, dtype)
    rows = loss.weight.detach() if hasattr(loss, "weight") else torch.eye(CLASSES, D, dtype=dtype)
    check_finite(loss, side * rows, torch.arange(len(rows)) * CLASSES // len(rows))


@pytest.mark.parametrize("labels", [(0, 0, 1, 1), (0, 1, 0, 1)])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_embeddings_that_are_alike_or_opposite_are_taken(name: str, side: float, labels: tuple[int, ...]) -> None:
    x = torch.linspace(-1, 2, D)
    check_finite(made(name), torch.stack([x, x, side * x, side * x]), torch.tensor(labels))


def test_a_batch_of_one_person_is_taken(name: str) -> None:
    check_finite(made(name), batch(5)[0], torch.full((5,), 2))


def test_a_batch_of_one_face_is_taken(name: str) -> None:
    check_finite(made(name), *batch(1))


def test_in_evaluation_mode_nothing_moves(name: str) -> None:
    loss, (embeddings, labels) = fixed(name), batch(9)
    before = copy.deepcopy(loss.state_dict())
    assert loss(embeddings, labels) == loss(embeddings, labels)
    for key, tensor in loss.state_dict().items():
        assert torch.equal(tensor, before[key]), key


def test_what_moves_by_itself_is_part_of_the_state(name: str) -> None:
    loss, (embeddings, labels) = made(name), batch(9)
    for _ in range(3):
        loss(embeddings, labels)
    resumed = made(name)
    resumed.load_state_dict(copy.deepcopy(loss.state_dict()))
    for _ in range(2):
        torch.manual_seed(5)
        expected = loss(embeddings, labels)
        torch.manual_seed(5)
        assert resumed(embeddings, labels) == expected


def gap(embeddings: torch.Tensor, labels: torch.Tensor) -> float:
    """How much more alike, in mean cosine, two faces of one person are than two of different people."""
    x = torch.nn.functional.normalize(embeddings.detach())
    cosine, same = x @ x.T, labels[:, None] == labels
    other = ~torch.eye(len(x), dtype=torch.bool)
    return float(cosine[same & other].mean() - cosine[~same].mean())


def test_descent_brings_a_persons_faces_together(name: str) -> None:
    loss, (embeddings, labels) = made(name), batch(16)
    before = gap(embeddings, labels)
    descent = torch.optim.Adam([embeddings, *loss.parameters()], lr=0.05)
    for _ in range(200):
        descent.zero_grad()
        loss(embeddings, labels).backward()
        descent.step()
    # Five batches and all losses: 0.33 to 1.43 more, 0.59 or more with this one.
    assert gap(embeddings, labels) > before + 0.2
