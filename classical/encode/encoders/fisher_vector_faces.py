"""Fisher vector faces: dense SIFT against a mixture of Gaussians that knows where on the face each patch lies.

K. Simonyan, O. Parkhi, A. Vedaldi, A. Zisserman, "Fisher Vector Faces in the Wild", BMVC 2013, section 3: descriptors
are reduced to 64 dimensions by PCA and get the patch's coordinates appended, then a mixture of Gaussians is fitted to
them, and a face is the Fisher vector of its descriptors. What they learn on top, from labelled faces, is a projection's
work. Who is who plays no part here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.classical.descriptors.dense_sift import SIZE, dense_sift, patch_centres
from eigen2arc.classical.encode.vocabulary.fisher_vector import fisher_vectors
from eigen2arc.classical.encode.vocabulary.gaussian_mixture import GaussianMixture, fit_mixture
from eigen2arc.classical.encode.vocabulary.sampling import in_blocks, sample_descriptors
from eigen2arc.classical.estimators.base import ImageEncoder, or_fitted
from eigen2arc.classical.linear.pca import fit_pca
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.bounds import Count, Ge, Le, Seed
from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError


@dataclass(frozen=True)
class PlacedSIFT:
    """Dense SIFT in a few principal components, with the position of each patch: where an eyebrow ends counts, too.

    The paper's [S_xy; x / w - 1/2; y / h - 1/2]. size_px : side of the images. stride_px, scales : see dense_sift.
    mean : (128,) float32. axes : (d, 128) float32, the principal components of RootSIFT descriptors.
    """

    #: The arrays as stored in a file, see core.checks.check_shape.
    SHAPES: ClassVar[dict[str, str]] = {"size_px": "1", "sift_mean": str(SIZE), "sift_axes": f"d {SIZE}"}

    size_px: int
    stride_px: int
    scales: int
    mean: np.ndarray
    axes: np.ndarray

    @property
    def dimensions(self) -> int:
        """Numbers per patch, d + 2."""
        return len(self.axes) + 2

    def describe(self, images: np.ndarray) -> np.ndarray:
        """Describe the patches of (N, S, S) uint8 grey images: (N, T, d + 2) float32.

        Raises ValueError for images of another size.
        """
        if images.shape[1] != self.size_px:
            raise ValueError(
                f"crops: fitted on {self.size_px} x {self.size_px} pixels, got {images.shape[1]} x {images.shape[2]}"
            )
        descriptors = dense_sift(images, self.stride_px, self.scales)
        placed = np.empty((*descriptors.shape[:2], self.dimensions), np.float32)
        # One image after the other: every product has the same shape, whatever other images there are.
        for one, out in zip(descriptors, placed, strict=True):
            out[:] = self.place(one, self._centres)
        return placed

    def place(self, descriptors: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """Project descriptors (M, 128) and append their patches' ``centres`` (M, 2), see patch_centres: (M, d + 2)."""
        return np.concatenate([(descriptors - self.mean) @ self.axes.T, centres], axis=1)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, and from what size, by the names of SHAPES."""
        return {"size_px": np.array([self.size_px], np.float32), "sift_mean": self.mean, "sift_axes": self.axes}

    @cached_property
    def _centres(self) -> np.ndarray:
        return patch_centres(self.size_px, self.stride_px, self.scales)


class FisherVectorFaces(ImageEncoder):
    """The encoder of Fisher vector faces.

    sift_ : how patches are described. mixture_ : of their descriptors.

    components : how many Gaussians; the paper has 512, which makes the vectors four times as long.
    descriptor_dimensions : how many principal components of a descriptor are kept, d. stride_px : from one patch to the
    next, at every scale. scales : how many, a factor of sqrt(2) apart. samples : about how many descriptors the mixture
    is learned from, drawn by ``seed``.
    """

    matcher = "cosine"
    sift_: PlacedSIFT
    mixture_: GaussianMixture

    def __init__(
        self,
        components: Annotated[int, Ge(1), Le(10_000)] = 128,
        descriptor_dimensions: Annotated[int, Ge(1), Le(128)] = 64,
        stride_px: Count = 2,
        scales: Annotated[int, Ge(1), Le(32)] = 5,
        samples: Annotated[int, Ge(1), Le(10_000_000)] = 100_000,
        seed: Seed = 0,
    ) -> None:
        self.components = components
        self.descriptor_dimensions = descriptor_dimensions
        self.stride_px = stride_px
        self.scales = scales
        self.samples = samples
        self.seed = seed

    @property
    def learns_from(self) -> str:
        """The images alone."""
        return "images"

    def fit(self, crops: np.ndarray, labels: np.ndarray | None = None) -> "FisherVectorFaces":
        """Learn from (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part.

        Raises UserError where the crops have fewer descriptors than the mixture is to have Gaussians.
        """
        _, size_px = check_crops(crops)
        sample, centres = sample_descriptors(grey(crops), self.stride_px, self.scales, self.samples, self.seed)
        if len(sample) < max(self.components, 2):
            raise UserError(
                f"fisher_vector_faces: {self.components} Gaussians (components) cannot be learned from the "
                f"{len(sample)} descriptors of {len(crops)} crops: give more crops, or fewer components"
            )
        pca = fit_pca(sample, self.descriptor_dimensions)
        self.sift_ = PlacedSIFT(size_px, self.stride_px, self.scales, pca.mean, pca.eigenfaces)
        self.mixture_ = fit_mixture(self.sift_.place(sample, centres), self.components, self.seed)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, 2 K (d + 2)) float32 of length 1, see fisher_vectors.

        Raises UserError before fit, ValueError for crops of another size than the fitted.
        """
        self.check_fitted()
        images = grey(crops)
        vectors = np.empty((len(images), 2 * self.mixture_.means.size), np.float32)
        for part, block in in_blocks(images):
            vectors[part] = fisher_vectors(self.sift_.describe(block), self.mixture_)
        return vectors

    def restore(self, tensors: dict[str, np.ndarray]) -> "FisherVectorFaces":
        """Restore the fitted state that tensors() returned; returns self. Raises UserError where they do not fit."""
        size_px = int(tensors["size_px"][0])
        sift = PlacedSIFT(size_px, self.stride_px, self.scales, tensors["sift_mean"], tensors["sift_axes"])
        mixture = GaussianMixture(tensors["weights"], tensors["means"], tensors["variances"])
        if mixture.means.shape[1] != sift.dimensions:
            raise UserError(
                f"fisher_vector_faces: a mixture of {mixture.means.shape[1]} dimensions does not fit descriptors of "
                f"{sift.dimensions}"
            )
        self.sift_, self.mixture_ = sift, mixture
        return self


build = or_fitted(FisherVectorFaces)
