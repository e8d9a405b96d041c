"""Bag of SIFT words: how often each of a few hundred typical patches occurs, in ever finer parts of the face.

S. Lazebnik, C. Schmid, J. Ponce, "Beyond Bags of Features", CVPR 2006: dense SIFT, a vocabulary by k-means, and a
spatial pyramid of histograms. Theirs are compared by intersection; ours by chi-square, which like it grows in
proportion to the histograms, so that the levels weigh the same. Who is who plays no part in what is learned.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from eigen2arc.classical.descriptors.dense_sift import SIZE, dense_sift, patch_centres
from eigen2arc.classical.encode.vocabulary.sampling import in_blocks, sample_descriptors
from eigen2arc.classical.encode.vocabulary.visual_words import fit_words, nearest_words, pyramid_histograms
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core import model_file
from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError


@dataclass(frozen=True)
class Settings:
    """The encoder's settings, see build."""

    words: int
    levels: int
    stride_px: int
    scales: int
    samples: int
    seed: int

    def __post_init__(self) -> None:
        for setting, value in asdict(self).items():
            least = 0 if setting in ("levels", "seed") else 1
            if value < least:
                raise UserError(f"sift_bag_of_words: {setting} must be at least {least}, got {value}")


class SIFTBagOfWords:
    """The encoder of bags of SIFT words.

    size_px_ : side of the crops that were learned from. vocabulary_ : (V, 128) float32. Both None before fit.
    """

    matcher = "chi_square"

    #: As stored in a file: one pattern per tensor, see core.checks.check_shape.
    SHAPES: ClassVar[dict[str, str]] = {"size_px": "1", "vocabulary": f"V {SIZE}"}

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.size_px_: int | None = None
        self.vocabulary_: np.ndarray | None = None

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "SIFTBagOfWords":
        """Learn the vocabulary of (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part.

        Raises UserError where the crops have fewer descriptors than there are to be words.
        """
        _, size_px = check_crops(crops)
        of = self.settings
        sample, _ = sample_descriptors(grey(crops), of.stride_px, of.scales, of.samples, of.seed)
        self.size_px_, self.vocabulary_ = size_px, fit_words(sample, of.words, of.seed)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, V (4^(L + 1) - 1) / 3) float32, 0..1, sum 1, see pyramid_histograms.

        Raises UserError before fit, ValueError for crops of another size than the fitted.
        """
        vocabulary = self._fitted()
        n, size_px = check_crops(crops)
        if size_px != self.size_px_:
            raise ValueError(f"crops: fitted on {self.size_px_} x {self.size_px_} pixels, got {size_px} x {size_px}")
        of = self.settings
        centres = patch_centres(size_px, of.stride_px, of.scales)
        words = np.empty((n, len(centres)), np.int64)
        for part, block in in_blocks(grey(crops)):
            words[part] = nearest_words(dense_sift(block, of.stride_px, of.scales), vocabulary)
        return pyramid_histograms(words, centres, len(vocabulary), of.levels)

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it."""
        model_file.save(path, "sift_bag_of_words", asdict(self.settings), self.tensors())

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, by the names of SHAPES. Raises UserError before fit."""
        return {"vocabulary": self._fitted(), "size_px": np.array([self.size_px_], np.float32)}

    def restore(self, tensors: dict[str, np.ndarray]) -> "SIFTBagOfWords":
        """Restore the fitted state that tensors() returned; returns self."""
        self.size_px_, self.vocabulary_ = int(tensors["size_px"][0]), tensors["vocabulary"]
        return self

    def _fitted(self) -> np.ndarray:
        if self.vocabulary_ is None:
            raise UserError(
                "sift_bag_of_words has to be fitted first: call fit, or give a file with the setting model=FILE"
            )
        return self.vocabulary_


def build(
    *,
    words: int = 200,
    levels: int = 2,
    stride_px: int = 4,
    scales: int = 3,
    samples: int = 50_000,
    seed: int = 0,
    model: str | Path | None = None,
) -> SIFTBagOfWords:
    """Build the encoder of bags of SIFT words.

    words : in the vocabulary, the paper's M. levels : L, the finest has 2^L x 2^L cells; 0 for a plain bag of words.
    stride_px : from one patch to the next, at every scale. scales : how many, a factor of sqrt(2) apart. samples :
    about how many descriptors the vocabulary is learned from, drawn by ``seed``. model : a file written by ``classical
    train``; it brings its own settings. Raises UserError.
    """
    if model is None:
        return SIFTBagOfWords(Settings(words, levels, stride_px, scales, samples, seed))
    settings, tensors = model_file.load(model, "sift_bag_of_words", SIFTBagOfWords.SHAPES)
    return SIFTBagOfWords(Settings(**settings)).restore(tensors)
