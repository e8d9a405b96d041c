"""What a bag of SIFT words sees: the vocabulary as mean patches, and which word is where on a face."""

import numpy as np
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

from eigen2arc.classical.descriptors.dense_sift import PATCH_PX, dense_sift, patch_centres
from eigen2arc.classical.encode.encoders.sift_bag_of_words import SIFTBagOfWords
from eigen2arc.classical.encode.vocabulary.visual_words import nearest_words
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline, show
from eigen2arc.core.image import to_grey

#: The most frequent words are drawn, in so many rows and columns.
ROWS, COLUMNS = 4, 12


def explain(encoder: SIFTBagOfWords, crop: np.ndarray, people: People | None) -> Figure:
    """Draw a fitted SIFTBagOfWords on one crop (S, S, 3) uint8; its words as the mean of people's patches."""
    assert people is not None
    vocabulary, stride_px = encoder.vocabulary_, encoder.stride_px
    faces = to_grey(people.crops)
    side, centres = len(crop), patch_centres(len(crop), stride_px, 1)
    corners = np.round((centres + 0.5) * side - PATCH_PX / 2).astype(int)
    words = nearest_words(dense_sift(faces, stride_px, 1), vocabulary)
    own = nearest_words(dense_sift(to_grey(crop)[None], stride_px, 1), vocabulary)[0]
    shown = np.argsort(-np.bincount(words.ravel(), minlength=len(vocabulary)), kind="stable")[: ROWS * COLUMNS]
    shown = shown[np.isin(shown, words)]
    colours = word_colors(len(vocabulary))
    page = Figure(figsize=(12.4, 9.4), layout="constrained")
    headline(
        page,
        "Bag of SIFT words: how often each typical patch occurs, part by part",
        f"A patch of {PATCH_PX} x {PATCH_PX} px every {stride_px} px, at several scales (here the finest), is "
        f"described by its gradients, and replaced by the nearest of {len(vocabulary)} words. The vector holds how "
        "often each word occurs in the face and in its parts.",
    )
    above, below = page.subfigures(2, 1, squeeze=False, height_ratios=[1, 1.15])[:, 0]
    face, map_, mixed = above.subplots(1, 3)
    show(face, to_grey(crop), "the crop")
    points = round(len(centres) ** 0.5)
    show(map_, colours[own].reshape(points, points, 3), "the word at every position, a colour each")
    means = mean_patches(faces, words, corners, len(vocabulary))
    show(mixed, rebuild(means, own, corners, side), "the crop, written in words: their mean patches")
    below.suptitle("the most frequent words: the mean of the patches they stand for", fontsize=9, fontweight="bold")
    panels = below.subplots(ROWS, COLUMNS)
    for panel in panels.ravel():
        panel.set_axis_off()
    for panel, word in zip(panels.ravel(), shown, strict=False):
        panel.set_axis_on()
        show(panel, means[word].astype(np.uint8))
        panel.spines[:].set(visible=True, color=colours[word], linewidth=3)
    return page


def word_colors(words: int) -> np.ndarray:
    """Return a colour (V, 3) in 0..1 for each word: hues by the golden ratio, so that neighbours differ."""
    index = np.arange(words)
    return hsv_to_rgb(np.stack([index * 0.618034 % 1, 0.45 + 0.5 * (index % 3) / 2, 0.6 + 0.35 * (index % 2)], axis=1))


def mean_patches(faces: np.ndarray, words: np.ndarray, corners: np.ndarray, count: int) -> np.ndarray:
    """Average the patches of faces (N, S, S) by word: (count, P, P) float64; 0 for a word that is nowhere.

    words : (N, T), corners : (T, 2) x y of the patches.
    """
    total, counts = np.zeros((count, PATCH_PX, PATCH_PX)), np.bincount(words.ravel(), minlength=count)
    for t, (x, y) in enumerate(corners):
        np.add.at(total, words[:, t], faces[:, y : y + PATCH_PX, x : x + PATCH_PX])
    return total / np.maximum(counts, 1)[:, None, None]


def rebuild(means: np.ndarray, words: np.ndarray, corners: np.ndarray, side_px: int) -> np.ndarray:
    """Rebuild a face (S, S) float64 from words (T,): their mean patches at the corners (T, 2), averaged in overlaps."""
    total, count = np.zeros((side_px, side_px)), np.zeros((side_px, side_px))
    for word, (x, y) in zip(words, corners, strict=True):
        total[y : y + PATCH_PX, x : x + PATCH_PX] += means[word]
        count[y : y + PATCH_PX, x : x + PATCH_PX] += 1
    return total / np.maximum(count, 1)


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
