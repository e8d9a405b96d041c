"""The peers of `bench encoders` do the same work as ours: where they can agree, they agree."""

from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from eigen2arc.classical.descriptors.dense_sift import patch_centres
from eigen2arc.classical.descriptors.gabor_bank import GaborBank
from eigen2arc.compare.peers.races.fisher_vector_faces import sift_keypoints
from eigen2arc.compare.peers.races.gabor_jets import fourier_moduli, gabor_kernels, gabor_moduli
from eigen2arc.compare.peers.races.race import Race
from eigen2arc.core import plugins


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    """Eight smooth pictures of 48 x 48."""
    coarse = rng.integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
    return np.stack([cv2.resize(image, (48, 48), interpolation=cv2.INTER_CUBIC) for image in coarse])


LABELS = np.arange(8) // 2


def entered(name: str, crops: np.ndarray, **settings: int) -> list[Race]:
    encoder = plugins.build("encoder", name, **settings)
    if plugins.find("encoder", name).learns:
        encoder.fit(crops, LABELS)
    return plugins.build("peer", name)(encoder, crops, LABELS)


def test_scikit_images_lbp_histograms_are_ours(rng: np.random.Generator) -> None:
    """But for a pixel here and there whose interpolated neighbour is as bright as itself, up to rounding."""
    crops = rng.integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    first, second = entered("lbp_histogram", crops)
    np.testing.assert_allclose(first.peer(crops), first.ours(crops), atol=1.5 / 36)
    assert np.mean(np.abs(first.peer(crops) - first.ours(crops)) > 1e-6) < 0.002
    assert len(second.peer(crops).getHistograms()) == len(crops)


@pytest.mark.parametrize("name", ["eigenfaces", "fisherfaces"])
def test_opencv_gives_every_crop_as_many_numbers(name: str, crops: np.ndarray) -> None:
    encode, fit = entered(name, crops)
    assert encode.peer(crops).shape == encode.ours(crops).shape == fit.ours(crops).shape
    assert len(fit.peer(crops).getProjections()) == len(crops)


def test_opencvs_eigenfaces_are_ours_but_for_the_sign(crops: np.ndarray) -> None:
    encode, fit = entered("eigenfaces", crops, components=3)
    for theirs in (encode.peer(crops), np.concatenate(fit.peer(crops).getProjections())):
        np.testing.assert_allclose(np.abs(theirs), np.abs(encode.ours(crops)), rtol=1e-3, atol=0.5)


def test_gabor_banks_of_scikit_image_and_by_fourier_are_ours(crops: np.ndarray) -> None:
    grey = cv2.cvtColor(crops[0], cv2.COLOR_RGB2GRAY)
    scales, directions, sigma_rad = 2, 3, np.pi
    pixels = range(48)
    ours = GaborBank(48, pixels, pixels, scales, directions, sigma_rad).moduli(grey[None].astype(np.float32))[0]
    peers = 2 * np.pi * gabor_moduli(grey, scales, directions, sigma_rad)
    fourier = 2 * np.pi * fourier_moduli(grey, gabor_kernels(scales, directions, sigma_rad))
    np.testing.assert_allclose(fourier, peers, atol=1e-2 * peers.max())
    # Ours are blind to light: exp(-sigma^2 / 2) = 0.007 of it.
    np.testing.assert_allclose(peers, ours, atol=0.02 * ours.max() + 0.01 * 255 * 2 * np.pi)


def test_hogs_have_as_many_numbers(crops: np.ndarray) -> None:
    (race,) = entered("hog_grid", crops)
    assert race.peer(crops).shape == race.ours(crops).shape


@pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib brings it")
def test_dlib_gives_the_vectors_of_its_network(crops: np.ndarray) -> None:
    (race,) = entered("dlib_resnet", crops[:2])
    assert race.images == 2
    np.testing.assert_allclose(race.peer(crops[:2]), race.ours(crops[:2]), atol=1e-5)


def test_opencv_describes_the_same_patches(crops: np.ndarray) -> None:
    """The same places and widths; its directions turn the other way, and its gradients are of a smoothed picture."""
    keypoints = sift_keypoints(48, 4, 2)
    places = np.array([point.pt for point in keypoints])
    np.testing.assert_allclose((places + 0.5) / 48 - 0.5, patch_centres(48, 4, 2), atol=1e-6)
    encode, sift, vectors = entered("fisher_vector_faces", crops, components=4, descriptor_dimensions=8, stride_px=4)
    assert encode.peer is None and encode.ours(crops).shape == (8, 2 * 4 * 10)
    turned = np.stack(sift.peer(crops)).reshape(8, -1, 16, 8)[..., -np.arange(8) % 8]
    cosines = np.einsum("npcd,npcd->np", _unit(turned), _unit(sift.ours(crops).reshape(turned.shape) ** 2))
    assert cosines.mean() > 0.9
    # scikit-image puts the gradients by the weights first and normalises all of them together.
    theirs = np.stack(vectors.peer(crops[:2]))[:, 4:]
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs(theirs), np.abs(vectors.ours(crops[:2])), atol=2e-3)


def _unit(descriptors: np.ndarray) -> np.ndarray:
    return descriptors / np.linalg.norm(descriptors, axis=(2, 3), keepdims=True)
