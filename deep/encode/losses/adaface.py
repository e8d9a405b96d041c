"""AdaFace: the margin adapts to the image's quality, read from the embedding's length (Kim et al., CVPR 2022)."""

from typing import Annotated

import torch
from torch import Tensor

from eigen2arc.core.bounds import Count, Ge, Lt, NonNegative, Positive, Share
from eigen2arc.deep.encode.margin.angular import add_angle, add_angle_unclamped
from eigen2arc.deep.ops.margin_softmax import MarginSoftmax


class AdaFace(MarginSoftmax):
    """AdaFace, section 3.3: softmax cross-entropy with s (cos(theta + g_angle) - g_add) for the true class.

    z, -1 to 1, says how long the embedding is among the others. g_angle = -m z, g_add = m z + m: ArcFace for short ones
    (z = -1), which are left alone if hard; CosFace in the middle (z = 0); hard ones are stressed if long (z = 1). The
    mean and deviation of lengths are running ones, buffers that move in training only. No gradient goes through z. By
    default the paper's.

    scale : s, the radius of the logits' sphere. m : size of both margins. h : quality of a face one deviation above the
    mean. alpha : weight of the newest batch in the running statistics.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        scale: Positive = 64.0,
        m: Annotated[float, Ge(0), Lt(1)] = 0.4,
        h: NonNegative = 0.333,
        alpha: Share = 0.01,
    ) -> None:
        super().__init__(embedding_size, classes, scale)
        self.m, self.h, self.alpha = m, h, alpha
        # As the authors begin: about the first batches' mean, and so wide that all faces are middling.
        self.register_buffer("mean", torch.tensor(20.0))
        self.register_buffer("deviation", torch.tensor(100.0))

    def quality(self, embeddings: Tensor) -> Tensor:
        """Compute the images' quality z (N,), -1 to 1: their lengths in deviations from the mean, times h."""
        # Bounded as by the authors, for embeddings that have gone astray.
        length = embeddings.detach().norm(dim=1).clamp(0.001, 100)
        if self.training:
            self.mean.lerp_(length.mean(), self.alpha)
            self.deviation.lerp_(length.std(correction=0), self.alpha)  # a single face has one, too
        return (self.h * (length - self.mean) / (self.deviation + 1e-3)).clamp(-1, 1)

    def harder(self, true: Tensor, quality: Tensor) -> Tensor:
        """Add to the true classes' angles, by their cosines (N,), the margins of their quality."""
        return self.add_margin(true, quality)

    def add_margin(self, cos: Tensor, z: Tensor | None = None) -> Tensor:
        """Compute cos(theta + g_angle) - g_add from cos(theta); theta + g_angle is kept from falling below 0.

        z : of the shape of cos, 0, a mean length's, unless it is given.
        """
        z = torch.zeros_like(cos) if z is None else z
        g_angle, g_add = -self.m * z, self.m * z + self.m
        cos_g, sin_g = g_angle.cos(), g_angle.sin()
        nearer = torch.where(cos > cos_g, 1.0, add_angle_unclamped(cos, cos_g, sin_g))
        return torch.where(g_angle < 0, nearer, add_angle(cos, cos_g, sin_g)) - g_add


build = AdaFace
