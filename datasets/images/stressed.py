"""Images made worse by degrees, when they are asked for: the same images at every level of one stress.

A stress acts on an image as it is, whatever that has been through before: level after level, nothing else changes. What
it draws by chance, as the side that light comes from or the grain of noise, depends on the image's name alone, so that
it is the same at every level and for every system.

Lengths are measured in the face: the annotated one, or where the set has none the square in the image's centre that
stands for it wherever no face is found (core.pipeline.centre_box).
"""

import hashlib
from functools import cached_property
from typing import ClassVar, Protocol, runtime_checkable

import cv2
import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.pipeline import locate
from eigen2arc.core.subset import origin
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.generator.drawn import DrawnImages
from eigen2arc.datasets.generator.factors import Factors


class Stress(Protocol):
    """A stress makes an image worse, by levels; it is a Degradation, or a Redrawing.

    levels : (K,) numbers, each another strength. label : what is done, and what the levels are, for an axis. clean :
    the level of an image as it is; infinite where that differs from image to image. The further from it, the worse.
    moves_face : whether the face is elsewhere afterwards, so that an annotation of it no longer holds.
    """

    levels: tuple[float, ...]
    label: ClassVar[str]
    clean: ClassVar[float]
    moves_face: ClassVar[bool]


@runtime_checkable
class Degradation(Stress, Protocol):
    """A stress of an image's pixels."""

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        """Apply the stress to an image, uint8 RGB (H, W, 3), whose face has the box (4,): a new one of that shape."""
        ...


@runtime_checkable
class Redrawing(Stress, Protocol):
    """A stress of the scene, for images that are drawn: another pose, another age."""

    def change(self, factors: Factors, level: float, rng: np.random.Generator) -> Factors:
        """Change the nuisance factors of an image."""
        ...


def by_strength(stress: Stress) -> tuple[float, ...]:
    """Sort the levels of a stress from the weakest to the strongest, each once."""
    return tuple(sorted(set(stress.levels), key=lambda level: level if stress.clean < level else -level))


def face_box(dataset: Dataset, index: int, image: np.ndarray) -> np.ndarray:
    """Find the box (4,) of the face that an image of a set is about, see the top of this file."""
    annotated = None if dataset.faces is None else [dataset.faces[index]]
    located, _ = locate([image], [Faces.none()], annotated, on_missing="annotation")
    box: np.ndarray = located[0].boxes[0]
    return box


def applies_to(stress: Stress, dataset: Dataset) -> bool:
    """Tell whether a set's images can be put under a stress: those that are not drawn cannot be drawn anew."""
    return isinstance(stress, Degradation) or isinstance(origin(dataset.images, 0)[0], DrawnImages)


class StressedImages:
    """Some images of a set at every level of a stress; implements core.types.Images.

    dataset : the set. indices : (M,) of the images. stress : a plug-in of that kind. Images come level by level, see
    by_strength(): image k M + i is the i-th at the k-th level. Raises UserError where the set cannot be put under it.
    """

    def __init__(self, dataset: Dataset, indices: np.ndarray, stress: Component) -> None:
        self._dataset, self._indices, self._stress = dataset, indices, stress
        self._built: Stress = stress.built
        if not applies_to(self._built, dataset):
            raise UserError(f"stress {stress.name}: images of {dataset.name} are not drawn, as those of synthetic are")
        self.levels = by_strength(self._built)
        chosen = [dataset.images.names[i] for i in indices.tolist()]
        self.names = tuple(f"{stress.name}_{level:g}/{name}" for level in self.levels for name in chosen)

    @cached_property
    def version(self) -> str:
        """Digest of the recipe: no image is made for it."""
        recipe = self._dataset.images.version, self._indices.tolist(), self._annotated_boxes(), self._stress.key
        return digest(cv2.__version__, *recipe, code_digest(__name__))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        level, source = self.levels[index // len(self._indices)], int(self._indices[index % len(self._indices)])
        name = self._dataset.images.names[source]
        seed = hashlib.sha256(name.encode(errors="surrogateescape")).digest()
        rng = np.random.Generator(np.random.PCG64(int.from_bytes(seed)))
        if isinstance(self._built, Degradation):
            image = self._dataset.images[source]
            return self._built.apply(image, face_box(self._dataset, source, image), level, rng)
        assert isinstance(self._built, Redrawing)
        drawn, number = origin(self._dataset.images, source)
        assert isinstance(drawn, DrawnImages)
        return drawn.redrawn(number, self._built.change(drawn.factors[number], level, rng))

    def _annotated_boxes(self) -> list[np.ndarray]:
        faces = self._dataset.faces
        return [] if faces is None else [faces[i].boxes for i in self._indices.tolist()]


def stressed(dataset: Dataset, indices: np.ndarray, stress: Component) -> Dataset:
    """Put images of a set (M,) under a stress: a set of StressedImages, with their annotation as far as it holds.

    It says neither who the people are nor which pairs there are: nothing is ever learned from it.
    """
    images = StressedImages(dataset, indices, stress)
    known, faces = dataset.faces, None
    if known is not None and not stress.built.moves_face:
        faces = tuple(known[i] for i in indices.tolist()) * len(images.levels)
    return Dataset(f"{dataset.name} under {stress.name}", images, faces=faces)
