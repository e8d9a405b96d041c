"""Bag of SIFT words: how often each of a few hundred typical patches occurs, in ever finer parts of the face.

S. Lazebnik, C. Schmid, J. Ponce, "Beyond Bags of Features", CVPR 2006: dense SIFT, a vocabulary by k-means, and a
spatial pyramid of histograms. Theirs are compared by intersection; ours by chi-square, which like it grows in
proportion to the histograms, so that the levels weigh the same. Who is who plays no part in what is learned.
"""

from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.classical.descriptors.dense_sift import SIZE, dense_sift, patch_centres
from eigen2arc.classical.encode.vocabulary.sampling import in_blocks, sample_descriptors
from eigen2arc.classical.encode.vocabulary.visual_words import fit_words, nearest_words, pyramid_histograms
from eigen2arc.classical.estimators.base import ImageEncoder, or_fitted
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.bounds import Count, Ge, Le, Seed
from eigen2arc.core.checks import check_crops


class SIFTBagOfWords(ImageEncoder):
    """The encoder of bags of SIFT words.

    size_px_ : side of the crops that were learned from. vocabulary_ : (V, 128) float32.

    words : in the vocabulary, the paper's M. levels : L, the finest has 2^L x 2^L cells; 0 for a plain bag of words.
    stride_px : from one patch to the next, at every scale. scales : how many, a factor of sqrt(2) apart. samples :
    about how many descriptors the vocabulary is learned from, drawn by ``seed``.
    """

    matcher = "chi_square"
    size_px_: int
    vocabulary_: np.ndarray
    SHAPES: ClassVar[dict[str, str]] = {"size_px": "1", "vocabulary": f"V {SIZE}"}

    def __init__(
        self,
        words: Annotated[int, Ge(1), Le(100_000)] = 200,
        levels: Annotated[int, Ge(0), Le(6)] = 2,
        stride_px: Count = 4,
        scales: Annotated[int, Ge(1), Le(32)] = 3,
        samples: Annotated[int, Ge(1), Le(10_000_000)] = 50_000,
        seed: Seed = 0,
    ) -> None:
        self.words = words
        self.levels = levels
        self.stride_px = stride_px
        self.scales = scales
        self.samples = samples
        self.seed = seed

    @property
    def learns_from(self) -> str:
        """The images alone."""
        return "images"

    def fit(self, crops: np.ndarray, labels: np.ndarray | None = None) -> "SIFTBagOfWords":
        """Learn the vocabulary of (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part.

        Raises UserError where the crops have fewer descriptors than there are to be words.
        """
        _, size_px = check_crops(crops)
        sample, _ = sample_descriptors(grey(crops), self.stride_px, self.scales, self.samples, self.seed)
        self.size_px_, self.vocabulary_ = size_px, fit_words(sample, self.words, self.seed)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, V (4^(L + 1) - 1) / 3) float32, 0..1, sum 1, see pyramid_histograms.

        Raises UserError before fit, ValueError for crops of another size than the fitted.
        """
        self.check_fitted()
        n, size_px = check_crops(crops)
        if size_px != self.size_px_:
            raise ValueError(f"crops: fitted on {self.size_px_} x {self.size_px_} pixels, got {size_px} x {size_px}")
        centres = patch_centres(size_px, self.stride_px, self.scales)
        words = np.empty((n, len(centres)), np.int64)
        for part, block in in_blocks(grey(crops)):
            words[part] = nearest_words(dense_sift(block, self.stride_px, self.scales), self.vocabulary_)
        return pyramid_histograms(words, centres, len(self.vocabulary_), self.levels)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, by the names of SHAPES. Raises UserError before fit."""
        self.check_fitted()
        return {"vocabulary": self.vocabulary_, "size_px": np.array([self.size_px_], np.float32)}

    def restore(self, tensors: dict[str, np.ndarray]) -> "SIFTBagOfWords":
        """Restore the fitted state that tensors() returned; returns self."""
        self.size_px_, self.vocabulary_ = int(tensors["size_px"][0]), tensors["vocabulary"]
        return self


build = or_fitted(SIFTBagOfWords)
