"""Identities between the classification losses: where two of them have to be the same, they are."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from eigen2arc.core.plugins import build, plugins
from eigen2arc.deep.encode.network.embedding_network import AngularLoss

Faces = tuple[torch.Tensor, torch.Tensor]
Around = Callable[[torch.Tensor], torch.Tensor]

S = {"scale": 16.0}
NO_ANNEALING = {"lambda_base": 0.0, "lambda_least": 0.0}

#: Two losses with settings that make them one.
SAME: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = {
    "CosFace without a margin is ArcFace without one": (
        ("cosface", S | {"margin": 0.0}),
        ("arcface", S | {"margin_rad": 0.0}),
    ),
    "ArcFace without a margin is NormFace": (("arcface", S | {"margin_rad": 0.0}), ("normface", S)),
    "combined (1, m, 0) is ArcFace": (
        ("combined_margin", S | {"m1": 1.0, "m2_rad": 0.45, "m3": 0.0}),
        ("arcface", S | {"margin_rad": 0.45}),
    ),
    "combined (1, 0, m) is CosFace": (
        ("combined_margin", S | {"m1": 1.0, "m2_rad": 0.0, "m3": 0.3}),
        ("cosface", S | {"margin": 0.3}),
    ),
    "one sub-centre is ArcFace": (("subcenter_arcface", S | {"sub_centres": 1}), ("arcface", S)),
    "MagFace with one margin and no regulariser is ArcFace": (
        ("magface", S | {"l_m_rad": 0.45, "u_m_rad": 0.45, "lambda_g": 0.0}),
        ("arcface", S | {"margin_rad": 0.45}),
    ),
    "AdaFace for which all faces are middling is CosFace": (
        ("adaface", S | {"m": 0.3, "h": 0.0}),
        ("cosface", S | {"margin": 0.3}),
    ),
    "center without the pull is softmax": (("center", {"lam": 0.0}), ("softmax", {})),
    "L-Softmax with m = 1 is softmax, whose bias begins as 0": (
        ("l_softmax", NO_ANNEALING | {"m": 1}),
        ("softmax", {}),
    ),
}


def made(name: str, settings: dict[str, Any]) -> torch.nn.Module:
    """From the same seed the same centres."""
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", name, embedding_size=5, classes=4, **settings)
    return loss.double().eval()


def value_and_gradients(loss: torch.nn.Module, x: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, ...]:
    x = x.clone().requires_grad_()
    value = loss(x, labels)
    return value, *torch.autograd.grad(value, (x, loss.weight))


@pytest.mark.parametrize("name", list(SAME))
def test_they_are_the_same(name: str, faces: Faces, around: Around) -> None:
    one, other = (made(*loss) for loss in SAME[name])
    x = around(one.weight)
    results = (value_and_gradients(loss, x, faces[1]) for loss in (one, other))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-10)


def test_sphereface_with_m_1_is_softmax_with_normalised_centres(faces: Faces) -> None:
    sphereface, (x, labels) = made("sphereface", NO_ANNEALING | {"m": 1}), faces
    weight = torch.nn.functional.normalize(sphereface.weight)
    torch.testing.assert_close(sphereface(x, labels), torch.nn.functional.cross_entropy(x @ weight.T, labels))


@pytest.mark.parametrize("z", [-1.0, 1.0])
def test_adaface_is_arcface_for_the_shortest_and_turns_it_round_for_the_longest(z: float, faces: Faces) -> None:
    adaface, arcface = made("adaface", S | {"m": 0.4}), made("arcface", S | {"margin_rad": 0.4})
    cos = torch.linspace(-1, 0.9, 50, dtype=torch.float64)
    harder = adaface.add_margin(cos, torch.full_like(cos, z))
    expected = arcface.add_margin(cos) if z < 0 else torch.cos(cos.acos() - 0.4) - 0.8
    torch.testing.assert_close(harder, expected, rtol=0, atol=5e-8)


def test_curricularface_is_arcface_where_no_class_is_hard(faces: Faces) -> None:
    curricular, arcface = made("curricularface", S), made("arcface", S)
    labels = torch.arange(4)
    for loss in (curricular, arcface):
        loss.weight.data = torch.eye(5, dtype=torch.float64)[:4]
    x = torch.eye(5, dtype=torch.float64)[:4] + 0.05
    torch.testing.assert_close(curricular(x, labels), arcface(x, labels))


@pytest.mark.parametrize("name", [name for name in plugins("loss") if isinstance(made(name, {}), AngularLoss)])
def test_curves_fall_from_0_to_pi(name: str) -> None:
    curve = made(name, {}).target_logit(torch.linspace(0, torch.pi, 500, dtype=torch.float64))
    assert curve.shape == (500,) and torch.isfinite(curve).all()
    assert curve.diff().max() < 1e-9 and curve[0] > curve[-1] + 1


@pytest.mark.parametrize(
    "name", ["arcface", "cosface", "normface", "combined_margin", "curricularface", "magface", "adaface"]
)
def test_curves_are_what_the_loss_computes(name: str) -> None:
    """Two opposite classes on a circle: log(e^loss - 1) / s is the other class's logit less the true one's."""
    loss = made(name, {"scale": 4.0})
    theta = torch.linspace(0.2, 3.1, 20, dtype=torch.float64)
    loss.weight.data = torch.eye(5, dtype=torch.float64)[[0, 1, 1, 1]]
    for angle, true in zip(theta, loss.target_logit(theta), strict=True):
        x = torch.zeros(1, 5, dtype=torch.float64)
        x[0, 0], x[0, 2] = angle.cos(), angle.sin()
        x *= 60.0 if name == "magface" else 20.0  # the length of the curve
        value = loss(x, torch.tensor([0]))
        if name == "magface":
            value = value - loss.lambda_g * loss.g(torch.tensor(60.0, dtype=torch.float64))
        # The other three classes' cosines are 0, and no class is hard that CurricularFace would weight otherwise.
        assert (value.exp() - 1).log().item() == pytest.approx(float(torch.log(torch.tensor(3.0)) - 4 * true), abs=1e-5)
