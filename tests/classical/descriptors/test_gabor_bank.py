"""The bank against plain convolution with the whole kernels, and against scikit-image's kernels."""

import numpy as np
import pytest
from skimage.filters import gabor as skimage_gabor

from eigen2arc.classical.descriptors.gabor_bank import GaborBank, gabor_bank
from eigen2arc.classical.descriptors.gabor_kernel import K_MAX, SPACING, gabor_kernels


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    """Noise over soft shades: something for every scale."""
    x = np.arange(32)
    shades = 80 + 40 * np.sin(x / 3)[:, None] + 30 * np.cos(x / 5)
    return (shades + rng.normal(0, 25, (3, 32, 32))).clip(0, 255).astype(np.uint8)


def slow_moduli(image: np.ndarray, directions: int, scales: int, sigma_rad: float) -> np.ndarray:
    """(scales * directions, S, S): each kernel, twice as wide as the image, over the image and its mirror images."""
    reach = 2 * len(image)
    wide = np.pad(image.astype(float), reach, mode="symmetric")
    # A convolution turns the kernel round, a correlation does not.
    kernels = (kernel.sampled()[::-1, ::-1] for kernel in gabor_kernels(scales, directions, sigma_rad, reach))
    return np.abs([convolve(wide, kernel) for kernel in kernels])


def convolve(wide: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The convolution where the kernel lies inside, as the product of the spectra."""
    whole = np.add(wide.shape, kernel.shape) - 1
    product = np.fft.ifft2(np.fft.fft2(wide, whole) * np.fft.fft2(kernel, whole))
    return product[len(kernel) - 1 : len(wide), len(kernel) - 1 : len(wide)]


@pytest.mark.parametrize("directions", [1, 2, 5, 8])
@pytest.mark.parametrize("sigma_rad", [np.pi, 2 * np.pi])
def test_equals_plain_convolution(images: np.ndarray, directions: int, sigma_rad: float) -> None:
    rows, columns = range(0, 32, 5), range(31, 0, -4)
    moduli = GaborBank(32, rows, columns, 4, directions, sigma_rad).moduli(images)
    assert moduli.dtype == np.float32 and moduli.shape == (3, 4, directions, len(rows), len(columns))
    for image, pictures in zip(images, moduli, strict=True):
        slow = slow_moduli(image, directions, 4, sigma_rad)[:, rows][:, :, columns]
        np.testing.assert_allclose(pictures.reshape(slow.shape), slow, atol=2e-5 * slow.max())


def test_a_point_by_the_definition(images: np.ndarray) -> None:
    """eq. (2) with the kernel written out, one sum for one point of one direction and its mirror image."""
    sigma, k, row, column = 2 * np.pi, np.pi / 4, 14, 18
    moduli = GaborBank(32, range(32), range(32), 3, 8, sigma).moduli(images)
    y, x = np.mgrid[-120 : 32 + 120, -120 : 32 + 120]
    wide = np.pad(images[0].astype(float), 120, mode="symmetric")
    y, x = y - row, x - column
    bell = k**2 / sigma**2 * np.exp(-(k**2) * (x**2 + y**2) / (2 * sigma**2))
    for direction in (3, 5):
        phi = direction * np.pi / 8
        wave = np.exp(1j * k * (np.cos(phi) * x + np.sin(phi) * y)) - np.exp(-(sigma**2) / 2)
        assert moduli[0, 2, direction, row, column] == pytest.approx(abs((wide * bell * wave).sum()), rel=1e-4)


@pytest.mark.parametrize(("scale", "direction"), [(0, 0), (1, 3), (2, 4), (2, 6)])
def test_equals_scikit_image(images: np.ndarray, scale: int, direction: int) -> None:
    """Its kernel is a Gaussian of sum 1 times a wave; ours has the sum 2 pi, and is blind to constant light, which at
    sigma = 2 pi changes nothing that float32 holds."""
    sigma, k = 2 * np.pi, K_MAX / SPACING**scale
    moduli = GaborBank(32, range(32), range(32), 3, 8, sigma).moduli(images)[0, scale, direction]
    real, imaginary = skimage_gabor(
        images[0].astype(float),
        frequency=k / (2 * np.pi),
        theta=direction * np.pi / 8,
        sigma_x=sigma / k,
        sigma_y=sigma / k,
        n_stds=6,
        mode="reflect",  # scipy's word for what numpy calls symmetric
    )
    np.testing.assert_allclose(moduli, 2 * np.pi * np.hypot(real, imaginary), atol=1e-4 * moduli.max())


def test_an_image_alone_has_the_bits_that_it_has_among_others(images: np.ndarray) -> None:
    bank_ = GaborBank(32, range(32), range(0, 32, 7), 5, 8, np.pi)
    together = bank_.moduli(images)
    np.testing.assert_array_equal(together, np.concatenate([bank_.moduli(image[None]) for image in images]))
    np.testing.assert_array_equal(bank_.moduli(images[::-1]), together[::-1])
    assert bank_.moduli(images[:0]).shape == (0, 5, 8, 32, 5)


def test_fewer_points_are_a_part_of_all(images: np.ndarray) -> None:
    all_ = GaborBank(32, range(32), range(32), 5, 8, np.pi).moduli(images)
    few = GaborBank(32, (3, 30), (17, 5, 5), 5, 8, np.pi).moduli(images)
    np.testing.assert_allclose(few, all_[..., [3, 30], :][..., [17, 5, 5]], rtol=1e-4, atol=1e-3)


def test_constant_light_is_not_seen() -> None:
    bright = np.full((1, 32, 32), 200, np.uint8)
    assert GaborBank(32, range(32), range(32), 5, 8, np.pi).moduli(bright).max() < 1e-3


def test_the_mirror_image_answers_in_the_mirrored_direction(images: np.ndarray) -> None:
    bank_ = GaborBank(32, range(32), range(32), 3, 8, np.pi)
    mirrored = bank_.moduli(images[:, :, ::-1])[:, :, [0, 7, 6, 5, 4, 3, 2, 1], :, ::-1]
    np.testing.assert_allclose(mirrored, bank_.moduli(images), atol=1e-3)


def test_a_bank_is_kept() -> None:
    assert gabor_bank(16, (3,), (4,), 2, 4, np.pi) is gabor_bank(16, (3,), (4,), 2, 4, np.pi)
