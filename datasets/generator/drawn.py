"""Images that are drawn when they are asked for."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import cv2
import numpy as np

from eigen2arc.core.code_digest import code_digest

from .factors import Factors
from .identity import sample_identity
from .render import render
from .truth import Truth, truth

PEOPLE_PER_SEED = 1_000_000  # people drawn with different seeds of a data set never coincide


def identity_seed(seed: int, person: int) -> int:
    """Return the seed of person number `person` of a data set drawn with `seed`."""
    return seed * PEOPLE_PER_SEED + person


def recipe_digest(draw: Callable[..., object], *recipe: object) -> str:
    """Compute the SHA-256 of a recipe and of the code of ``draw``, which follows it: other code makes other images."""
    return hashlib.sha256(f"{cv2.__version__} {recipe!r} {code_digest(draw.__module__)}".encode()).hexdigest()


@dataclass(frozen=True)
class DrawnImages:
    """Photographs of synthetic people, drawn when they are asked for; implements core.types.Images.

    identity_seeds, factors : one of each per image. names : one per image, unique.
    Images are uint8 RGB (size_px, size_px, 3).
    """

    identity_seeds: tuple[int, ...]
    factors: tuple[Factors, ...]
    names: tuple[str, ...]
    size_px: int

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.redrawn(index, self.factors[index])

    def redrawn(self, index: int, factors: Factors) -> np.ndarray:
        """Draw the person of an image under other circumstances, at the same size."""
        return render(sample_identity(self.identity_seeds[index]), factors, size_px=self.size_px).image

    @cached_property
    def version(self) -> str:
        """Digest of the recipe: nothing is drawn for it."""
        return recipe_digest(render, self.identity_seeds, self.factors, self.size_px)

    def truths(self) -> list[Truth]:
        """Compute box and points of every image, from the geometry alone."""
        images = zip(self.identity_seeds, self.factors, strict=True)
        return [truth(sample_identity(seed), factors, size_px=self.size_px) for seed, factors in images]


def factor_columns(factors: Sequence[Factors]) -> dict[str, np.ndarray]:
    """Arrange every factor as a column (N,) float32; the background is a seed, which has no order, and is left out."""
    names = [field.name for field in fields(Factors) if field.name != "background"]
    return {name: np.array([getattr(one, name) for one in factors], dtype=np.float32) for name in names}
