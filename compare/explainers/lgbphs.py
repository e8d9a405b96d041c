"""What LGBPHS sees: the responses whose patterns it counts, those of Gabor kernels."""

from eigen2arc.compare.explain.explainer import Explainer

from .gabor_jets import explain


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
