"""Target-logit curves: what a loss makes of the angle between a face and its own centre (ArcFace paper, Fig. 3 (b))."""

from typing import Any

import numpy as np
import torch

from eigen2arc.core import plugins

#: One point a degree.
THETA_DEG = np.arange(181)


@torch.no_grad()
def target_logits(name: str, settings: dict[str, Any]) -> list[float] | None:
    """The true class's logit over the scale at THETA_DEG; None for a loss that has no such curve."""
    loss = plugins.build("loss", name, embedding_size=2, classes=2, **settings).eval()
    if not hasattr(loss, "target_logit"):
        return None
    values = loss.target_logit(torch.from_numpy(np.radians(THETA_DEG)).float())
    return [round(value, 5) for value in values.tolist()]
