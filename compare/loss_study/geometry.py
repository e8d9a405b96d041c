"""A loss's geometry, for the report: its target logit over the angle, and a handful of people in two dimensions.

Liu et al., "SphereFace", CVPR 2017, Fig. 2; Deng et al., "ArcFace", CVPR 2019, Fig. 3.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.deep.augment.crops import augment
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.encode.network.backbone import Backbone, embed
from eigen2arc.deep.encode.network.embedding_network import AngularLoss, EmbeddingNetwork, Loss
from eigen2arc.deep.encode.training.encoder import Settings
from eigen2arc.deep.engine.schedule import learning_rate
from eigen2arc.deep.ops.device import torch_device

#: One point a degree.
THETA_DEG = np.arange(181)


@torch.no_grad()
def target_logits(name: str, settings: dict[str, Any]) -> list[float] | None:
    """Compute the true class's logit over the scale at THETA_DEG; None for a loss without such a curve.

    ArcFace paper, Fig. 3 (b).
    """
    loss: Loss = plugins.build("loss", name, embedding_size=2, classes=2, **settings).eval()
    if not isinstance(loss, AngularLoss):
        return None
    values = loss.target_logit(torch.from_numpy(np.radians(THETA_DEG)).float())
    return [round(value, 5) for value in values.tolist()]


PEOPLE = 8
#: Images of each person in a batch, so that every loss finds pairs of one and of two; and at most in the plot.
EACH, MOST_EACH = 4, 60
STEPS = 300

#: Adam and its rate at the peak: SGD, at the rates that were tried, left the angular losses' people on one heap, since
#: all gradients go through two numbers. And a gentler scale, enough to tell eight people apart.
LEARNING_RATE, SCALE = 3e-3, 8.0


def chosen_people(labels: np.ndarray) -> np.ndarray:
    """Choose the rows of the first PEOPLE that have images enough, person by person. Raises UserError."""
    rows: list[np.ndarray] = []
    for person in np.unique(labels):
        own = np.flatnonzero(labels == person)
        if len(own) >= EACH and len(rows) < PEOPLE:
            rows.append(own[:MOST_EACH])
    if len(rows) < 2:
        raise UserError(f"a plot of people in the plane needs two people with {EACH} images each to train on")
    return np.concatenate(rows)


def plane(settings: Settings, crops: np.ndarray, labels: np.ndarray, steps: int, device: str) -> dict[str, Any]:
    """Train the settings' backbone and loss with embedding_size=2 on (N, S, S, 3) crops of the people ``labels`` (N,).

    Returns, ready for JSON: points (N, 2), the crops' vectors afterwards; labels (N,), 0..P-1; centres, the rows of the
    loss's ``weight`` as a list of (P, 2), more than one for a loss with several centres a person, empty for a loss
    without; on_circle, whether the loss depends on directions only. Raises UserError for a loss that is not finite.
    """
    where = torch_device(device)
    people, labels = np.unique(labels, return_inverse=True)
    size = {"embedding_size": 2}
    torch.manual_seed(settings.seed)
    backbone: Backbone = plugins.build("backbone", settings.backbone, **size, **settings.backbone_settings)
    gentle = {"scale": SCALE} if "scale" in plugins.find("loss", settings.loss).settings else {}
    own = {**settings.loss_settings, **gentle}
    loss: Loss = plugins.build("loss", settings.loss, **size, classes=len(people), **own)
    _spread_centres(loss)
    network = EmbeddingNetwork(backbone, loss).to(where)
    _train(network, settings, crops, labels, steps)
    points = embed(backbone, crops, where)
    return {
        "points": points.round(4).tolist(),
        "labels": labels.tolist(),
        "centres": _centres(loss, len(people)),
        "on_circle": on_circle(loss, torch.from_numpy(points).to(where), torch.from_numpy(labels).to(where)),
        "steps": steps,
    }


def _train(network: EmbeddingNetwork, settings: Settings, crops: np.ndarray, labels: np.ndarray, steps: int) -> None:
    """Adam on batches with EACH images of everybody; the rate rises over a tenth of the steps and falls as a cosine."""
    warm_up = max(1, steps // 10)
    rates = replace(settings, steps=steps, warm_up_steps=warm_up, learning_rate=LEARNING_RATE, decay="cosine")
    optimizer = torch.optim.Adam(network.parameters())
    device = next(network.parameters()).device
    network.train()
    for step in range(steps):
        rng = np.random.default_rng((settings.seed, step))
        rows = np.concatenate([rng.permutation(np.flatnonzero(labels == p))[:EACH] for p in range(labels.max() + 1)])
        batch = torch.from_numpy(np.stack([augment(crops[row], Degradations(), rng) for row in rows])).to(device)
        torch.manual_seed(settings.seed + step)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(rates, step)
        value = network(batch, torch.from_numpy(labels[rows]).to(device))
        if not torch.isfinite(value):
            raise UserError(f"in the plane the loss is {value.item()} at step {step}")
        optimizer.zero_grad()
        value.backward()
        optimizer.step()


@torch.no_grad()
def _spread_centres(loss: Loss) -> None:
    """Let the loss's centres, if it learns some, begin evenly round the circle, each as long as it was.

    In many dimensions random directions are far from each other. In two some begin side by side, and to come apart
    they would have to pass through others.
    """
    weight = getattr(loss, "weight", None)
    if isinstance(weight, nn.Parameter):
        angles = 2 * math.pi * torch.arange(len(weight)) / len(weight)
        weight.copy_(weight.norm(dim=1, keepdim=True) * torch.stack([angles.cos(), angles.sin()], 1))


def _centres(loss: Loss, people: int) -> list[Any]:
    weight = getattr(loss, "weight", None)
    if not isinstance(weight, nn.Parameter):
        return []
    # (people * K, 2) with K centres a person in successive rows; K is 1 but for sub-centre losses.
    rows = weight.detach().float().cpu().reshape(people, -1, 2)
    return [rows[:, k].numpy().round(4).tolist() for k in range(rows.shape[1])]


@torch.no_grad()
def on_circle(loss: Loss, embeddings: torch.Tensor, labels: torch.Tensor) -> bool:
    """Tell whether a loss is the same for embeddings three times as long; one that draws triplets draws the same."""
    loss.eval()
    values = []
    for factor in (1.0, 3.0):
        torch.manual_seed(0)
        values.append(float(loss(factor * embeddings, labels)))
    return math.isclose(*values, rel_tol=1e-4, abs_tol=1e-6)
