"""What other libraries have for the work of our encoders, or the longest part of it: for `eigen2arc bench encoders`.

Every peer starts from the same uint8 RGB crops, makes them grey itself, and takes them one by one where its interface
does. Where it computes something else than ours, a comment says what.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from scipy.signal import fftconvolve
from skimage.feature import fisher_vector, hog, local_binary_pattern
from skimage.filters import gabor, gabor_kernel
from sklearn.mixture import GaussianMixture as SklearnMixture

from eigen2arc.classical.descriptors.dense_sift import CELL_PX, dense_sift, patch_centres, sides_px
from eigen2arc.classical.descriptors.gabor_bank import gabor_bank
from eigen2arc.classical.descriptors.gabor_kernel import K_MAX, SPACING
from eigen2arc.classical.encode.encoders.eigenfaces import Eigenfaces
from eigen2arc.classical.encode.encoders.fisher_vector_faces import FisherVectorFaces
from eigen2arc.classical.encode.encoders.fisherfaces import Fisherfaces
from eigen2arc.classical.encode.encoders.gabor_jets import GaborJets
from eigen2arc.classical.encode.encoders.hog_grid import HOGGrid
from eigen2arc.classical.encode.encoders.lbp_histogram import LBPHistogram
from eigen2arc.classical.encode.vocabulary.fisher_vector import fisher_vectors
from eigen2arc.classical.encode.vocabulary.gaussian_mixture import GaussianMixture
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core import plugins
from eigen2arc.core.stages import Encoder, FittedEncoder


@dataclass(frozen=True)
class Race:
    """Ours and a peer's, each called with the first ``images`` crops (N, S, S, 3). peer : None where there is none."""

    what: str
    images: int
    ours: Callable[[np.ndarray], object]
    peer: Callable[[np.ndarray], object] | None = None
    peer_name: str = ""


def races(name: str, encoder: Encoder, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    """List what is to be timed for the fitted encoder of that name: encode, and whatever else a peer has."""
    entrants: dict[str, Callable[[Any, np.ndarray, np.ndarray], list[Race]]] = {
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


def _lbp(encoder: LBPHistogram, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    ((p, r),), (grid,) = encoder.circles, encoder.grids

    def scikit_image(some: np.ndarray) -> np.ndarray:
        return np.stack([lbp_histograms(image, p, r, grid) for image in grey(some)])

    def opencv(some: np.ndarray) -> object:
        """Training is computing the histograms: of all 2^P patterns, from 8 neighbours on the circle on."""
        recognizer = cv2.face.LBPHFaceRecognizer.create(round(r), p, grid, grid)
        recognizer.train(list(grey(some)), np.arange(len(some), dtype=np.int32))
        return recognizer

    return [
        Race("lbp_histogram", min(len(crops), 32), encoder.encode, scikit_image, "scikit-image local_binary_pattern"),
        Race("lbp_histogram", len(crops), encoder.encode, opencv, "cv2.face LBPH, train"),
    ]


def lbp_histograms(image: np.ndarray, neighbours: int, radius_px: float, grid: int) -> np.ndarray:
    """Compute histograms of uniform patterns in a grey image's cells: scikit-image's labels, numpy's counts."""
    border, bins = int(np.ceil(radius_px)), neighbours * (neighbours - 1) + 3
    labels = local_binary_pattern(image, neighbours, radius_px, "nri_uniform").astype(np.int64)
    labels = labels[border:-border, border:-border]  # circles that reach over the image's edge tell of nothing there
    edges = -(-np.arange(1, grid) * len(labels) // grid)
    histograms = []
    for rows in np.split(labels, edges):
        for cell in np.split(rows, edges, axis=1):
            histograms.append(np.bincount(cell.ravel(), minlength=bins) / cell.size)
    return np.concatenate(histograms).astype(np.float32)


def _eigenfaces(encoder: Eigenfaces, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    components = encoder.encode(crops[:1]).shape[1]
    create = cv2.face.EigenFaceRecognizer.create
    return _linear("eigenfaces", encoder, crops, labels, lambda: create(components), "cv2.face Eigenfaces")


def _fisherfaces(encoder: Fisherfaces, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    return _linear("fisherfaces", encoder, crops, labels, cv2.face.FisherFaceRecognizer.create, "cv2.face Fisherfaces")


def _linear(
    name: str, encoder: Encoder, crops: np.ndarray, labels: np.ndarray, create: Callable[[], Any], peer: str
) -> list[Race]:
    """cv2.face projects when it predicts, one image, and compares it with all it knows; PCAProject only projects."""

    def train(some: np.ndarray) -> Any:
        recognizer = create()
        recognizer.train(list(grey(some)), labels[: len(some)].astype(np.int32))
        return recognizer

    trained = train(crops)
    mean, axes = trained.getMean().astype(np.float32), trained.getEigenVectors().T.astype(np.float32)

    def project(some: np.ndarray) -> np.ndarray:
        rows = grey(some).reshape(len(some), -1).astype(np.float32)
        return cv2.PCAProject(rows, mean, axes)

    fresh = plugins.build("encoder", name)
    assert isinstance(fresh, FittedEncoder)
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


def _gabor(encoder: GaborJets, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    scales, directions, sigma_rad = encoder.scales, encoder.directions, encoder.sigma_rad
    size_px = crops.shape[1]
    every = tuple(range(size_px))
    bank = gabor_bank(size_px, every, every, scales, directions, sigma_rad)

    def scikit_image(some: np.ndarray) -> np.ndarray:
        return np.stack([gabor_moduli(image, scales, directions, sigma_rad) for image in grey(some)])

    kernels = gabor_kernels(scales, directions, sigma_rad)

    def fourier(some: np.ndarray) -> np.ndarray:
        return np.stack([fourier_moduli(image, kernels) for image in grey(some)])

    def ours(some: np.ndarray) -> np.ndarray:
        return bank.moduli(grey(some))

    what = f"{scales * directions} Gabor kernels, every pixel"
    return [
        Race("gabor_jets", len(crops), encoder.encode),
        Race(what, 1, ours, scikit_image, "scikit-image gabor"),
        Race(what, 1, ours, fourier, "its kernels, scipy.signal.fftconvolve"),
    ]


def _hog(encoder: HOGGrid, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    block = (encoder.block_cells, encoder.block_cells)

    def scikit_image(some: np.ndarray) -> np.ndarray:
        """Each pixel votes for one bin of one cell; ours shares its vote out among the nearest."""
        return np.stack(
            [
                np.concatenate([hog(image, encoder.orientations, (px, px), block, "L2-Hys") for px in encoder.sizes_px])
                for image in grey(some)
            ]
        )

    return [Race("hog_grid", min(len(crops), 32), encoder.encode, scikit_image, "scikit-image hog")]


def _fisher_vectors(encoder: FisherVectorFaces, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    stride_px, scales = encoder.stride_px, encoder.scales
    keypoints = sift_keypoints(crops.shape[1], stride_px, scales)
    sift = cv2.SIFT.create()
    mixture = encoder.mixture_
    peers_mixture = sklearn_mixture(mixture)
    descriptors = encoder.sift_.describe(grey(crops[:4]))

    def opencv(some: np.ndarray) -> list[np.ndarray]:
        return [sift.compute(image, keypoints)[1] for image in grey(some)]

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


def gabor_moduli(image: np.ndarray, scales: int, directions: int, sigma_rad: float) -> np.ndarray:
    """Filter a grey image (S, S) with scikit-image's gabor: moduli (scales, directions, S, S) of our bank of kernels.

    Its kernels end three deviations from the middle, ours six, and are not made blind to constant light. Its responses
    are smaller than ours by a factor of 2 pi.
    """
    wide = image.astype(np.float32)
    responses = [gabor(wide, **wave) for waves in _waves(scales, directions, sigma_rad) for wave in waves]
    return np.hypot(*np.moveaxis(np.array(responses), 1, 0)).reshape(scales, directions, *image.shape)


def gabor_kernels(scales: int, directions: int, sigma_rad: float) -> list[np.ndarray]:
    """Sample the kernels of gabor_moduli: scale by scale (directions, side, side) complex64."""
    stacks = []
    for waves in _waves(scales, directions, sigma_rad):
        kernels = [gabor_kernel(**wave) for wave in waves]
        side = max(max(kernel.shape) for kernel in kernels)  # a turned Gaussian ends a pixel earlier or later
        stacks.append(np.stack([_framed(kernel, side) for kernel in kernels]).astype(np.complex64))
    return stacks


def fourier_moduli(image: np.ndarray, kernels: list[np.ndarray]) -> np.ndarray:
    """Filter a grey image as gabor_moduli does, by fast Fourier transforms."""
    moduli = []
    for stack in kernels:
        reach = stack.shape[1] // 2
        mirrored = np.pad(image.astype(np.float32), reach, "symmetric")
        moduli.append(np.abs(fftconvolve(mirrored[None], stack, "valid", axes=(1, 2))))
    return np.stack(moduli)


def _waves(scales: int, directions: int, sigma_rad: float) -> list[list[dict[str, float]]]:
    """What scikit-image calls the parameters of each kernel, scale by scale."""
    ks = [K_MAX / SPACING**scale for scale in range(scales)]
    return [
        [
            {
                "frequency": k / (2 * np.pi),
                "theta": direction * np.pi / directions,
                "sigma_x": sigma_rad / k,
                "sigma_y": sigma_rad / k,
            }
            for direction in range(directions)
        ]
        for k in ks
    ]


def _framed(kernel: np.ndarray, side: int) -> np.ndarray:
    return np.pad(kernel, [((side - length) // 2,) * 2 for length in kernel.shape])


def sift_keypoints(size_px: int, stride_px: int, scales: int) -> list[cv2.KeyPoint]:
    """Place key points on all patches of our dense SIFT in an image size_px wide; a histogram is 3/2 of a size wide."""
    points = []
    for side in sides_px(size_px, scales):
        width_px = CELL_PX * size_px / side
        centres = (patch_centres(side, stride_px, 1) + 0.5) * size_px - 0.5
        points += [cv2.KeyPoint(x, y, width_px / 1.5, 0) for x, y in centres.tolist()]
    return points


def sklearn_mixture(mixture: GaussianMixture) -> SklearnMixture:
    """Convert our mixture to scikit-learn's, which scikit-image takes."""
    theirs = SklearnMixture(len(mixture.weights), covariance_type="diag")
    theirs.weights_, theirs.means_, theirs.covariances_ = mixture.weights, mixture.means, mixture.variances
    theirs.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    return theirs
