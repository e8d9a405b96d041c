"""What other libraries have for the work of our encoders, or the longest part of it: for `eigen2arc bench encoders`.

Every peer starts from the same uint8 RGB crops, makes them grey itself, and takes them one by one where its interface
does. Where it computes something else than ours, what that is stands beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from skimage.feature import fisher_vector, hog, local_binary_pattern

from eigen2arc.classical.descriptors.dense_sift import dense_sift
from eigen2arc.classical.descriptors.gabor_bank import gabor_bank
from eigen2arc.classical.encode.vocabulary.fisher_vector import fisher_vectors
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core import plugins

from .gabor import fourier_moduli, gabor_kernels, gabor_moduli
from .sift import sift_keypoints, sklearn_mixture


@dataclass(frozen=True)
class Race:
    """Ours and a peer's, each called with the first ``images`` crops (N, S, S, 3). peer : None where there is none."""

    what: str
    images: int
    ours: Callable[[np.ndarray], Any]
    peer: Callable[[np.ndarray], Any] | None = None
    peer_name: str = ""


def races(name: str, encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    """What is to be timed for the fitted encoder of that name: encode, and whatever else a peer has."""
    entrants = {
        "lbp_histogram": _lbp,
        "eigenfaces": _eigenfaces,
        "fisherfaces": _fisherfaces,
        "gabor_jets": _gabor,
        "hog_grid": _hog,
        "fisher_vector_faces": _fisher_vectors,
    }
    if name in entrants:
        return entrants[name](encoder, crops, labels)
    return [Race(name, len(crops), encoder.encode)]


def _greys(crops: np.ndarray) -> list[np.ndarray]:
    return [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]


def _lbp(encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    ((p, r),), (grid,) = encoder.circles, encoder.grids

    def scikit_image(some: np.ndarray) -> np.ndarray:
        return np.stack([lbp_histograms(image, p, r, grid) for image in _greys(some)])

    def opencv(some: np.ndarray) -> Any:
        """Training is computing the histograms: of all 2^P patterns, from 8 neighbours on the circle on."""
        recogniser = cv2.face.LBPHFaceRecognizer.create(round(r), p, grid, grid)
        recogniser.train(_greys(some), np.arange(len(some), dtype=np.int32))
        return recogniser

    return [
        Race("lbp_histogram", min(len(crops), 32), encoder.encode, scikit_image, "scikit-image local_binary_pattern"),
        Race("lbp_histogram", len(crops), encoder.encode, opencv, "cv2.face LBPH, train"),
    ]


def lbp_histograms(image: np.ndarray, neighbours: int, radius_px: float, grid: int) -> np.ndarray:
    """Uniform patterns of a grey image (S, S), one histogram in each cell: scikit-image's labels, numpy's counts."""
    border, bins = int(np.ceil(radius_px)), neighbours * (neighbours - 1) + 3
    labels = local_binary_pattern(image, neighbours, radius_px, "nri_uniform").astype(np.int64)
    labels = labels[border:-border, border:-border]  # circles that reach over the image's edge tell of nothing there
    edges = -(-np.arange(1, grid) * len(labels) // grid)
    histograms = []
    for rows in np.split(labels, edges):
        for cell in np.split(rows, edges, axis=1):
            histograms.append(np.bincount(cell.ravel(), minlength=bins) / cell.size)
    return np.concatenate(histograms).astype(np.float32)


def _eigenfaces(encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    components = encoder.encode(crops[:1]).shape[1]
    create = cv2.face.EigenFaceRecognizer.create
    return _linear("eigenfaces", encoder, crops, labels, lambda: create(components), "cv2.face Eigenfaces")


def _fisherfaces(encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    return _linear("fisherfaces", encoder, crops, labels, cv2.face.FisherFaceRecognizer.create, "cv2.face Fisherfaces")


def _linear(
    name: str, encoder: Any, crops: np.ndarray, labels: np.ndarray, create: Callable[[], Any], peer: str
) -> list[Race]:
    """cv2.face projects when it predicts, one image, and compares it with all it knows; PCAProject only projects."""

    def train(some: np.ndarray) -> Any:
        recogniser = create()
        recogniser.train(_greys(some), labels[: len(some)].astype(np.int32))
        return recogniser

    trained = train(crops)
    mean, axes = trained.getMean().astype(np.float32), trained.getEigenVectors().T.astype(np.float32)

    def project(some: np.ndarray) -> np.ndarray:
        rows = np.stack(_greys(some)).reshape(len(some), -1).astype(np.float32)
        return cv2.PCAProject(rows, mean, axes)

    fresh = plugins.build("encoder", name)
    return [
        Race(name, len(crops), encoder.encode, project, f"{peer}, PCAProject"),
        Race(
            f"{name}, fit and encode",
            len(crops),
            lambda some: fresh.fit(some, labels).encode(some),
            train,
            f"{peer}, train",
        ),
    ]


def _gabor(encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    scales, directions, sigma_rad = encoder.scales, encoder.directions, encoder.sigma_rad
    size_px = crops.shape[1]
    every = tuple(range(size_px))
    bank = gabor_bank(size_px, every, every, scales, directions, sigma_rad)

    def scikit_image(some: np.ndarray) -> np.ndarray:
        return np.stack([gabor_moduli(image, scales, directions, sigma_rad) for image in _greys(some)])

    kernels = gabor_kernels(scales, directions, sigma_rad)

    def fourier(some: np.ndarray) -> np.ndarray:
        return np.stack([fourier_moduli(image, kernels) for image in _greys(some)])

    def ours(some: np.ndarray) -> np.ndarray:
        return bank.moduli(grey(some))

    what = f"{scales * directions} Gabor kernels, every pixel"
    return [
        Race("gabor_jets", len(crops), encoder.encode),
        Race(what, 1, ours, scikit_image, "scikit-image gabor"),
        Race(what, 1, ours, fourier, "its kernels, scipy.signal.fftconvolve"),
    ]


def _hog(encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    block = (encoder.block_cells, encoder.block_cells)

    def scikit_image(some: np.ndarray) -> np.ndarray:
        """Each pixel votes for one bin of one cell; ours shares its vote out among the nearest."""
        return np.stack(
            [
                np.concatenate([hog(image, encoder.orientations, (px, px), block, "L2-Hys") for px in encoder.cell_px])
                for image in _greys(some)
            ]
        )

    return [Race("hog_grid", min(len(crops), 32), encoder.encode, scikit_image, "scikit-image hog")]


def _fisher_vectors(encoder: Any, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    stride_px, scales = encoder.settings.stride_px, encoder.settings.scales
    keypoints = sift_keypoints(crops.shape[1], stride_px, scales)
    sift = cv2.SIFT.create()
    mixture = encoder.mixture_
    peers_mixture = sklearn_mixture(mixture)
    descriptors = encoder.sift_.describe(grey(crops[:4]))

    def opencv(some: np.ndarray) -> list[np.ndarray]:
        return [sift.compute(image, keypoints)[1] for image in _greys(some)]

    def scikit_image(some: np.ndarray) -> list[np.ndarray]:
        return [fisher_vector(x, peers_mixture, improved=True) for x in descriptors[: len(some)]]

    patches = f"{len(keypoints):,} patches"
    return [
        Race("fisher_vector_faces", min(len(crops), 16), encoder.encode),
        Race(f"dense SIFT, {patches}", 4, lambda some: dense_sift(grey(some), stride_px, scales), opencv, "cv2.SIFT"),
        Race(
            f"Fisher vectors of {patches}, {len(mixture.weights)} Gaussians",
            4,
            lambda some: fisher_vectors(descriptors[: len(some)], mixture),
            scikit_image,
            "scikit-image fisher_vector",
        ),
    ]
