"""Light compensation beside SciPy's transform of the whole picture."""

import numpy as np
import pytest
from scipy.fft import dctn, idctn

from eigen2arc.core.preprocessing.dct_light import cosines, dct_light, zigzag


def test_the_order_is_jpegs() -> None:
    wanted = [(0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0), (4, 0), (3, 1)]
    assert [tuple(pair) for pair in zigzag(12, 8).tolist()] == wanted
    whole = zigzag(64, 8)
    assert len(np.unique(whole, axis=0)) == 64 and tuple(whole[-1]) == (7, 7)


def test_the_waves_are_an_orthonormal_basis() -> None:
    waves = cosines(15, 15)
    np.testing.assert_allclose(waves @ waves.T, np.eye(15), atol=1e-12)
    np.testing.assert_allclose(cosines(4, 15), waves[:4])


@pytest.mark.parametrize("size_px", [16, 33])
@pytest.mark.parametrize("d_dis", [0, 1, 20, 77, 5000])
def test_beside_the_whole_transform(size_px: int, d_dis: int, rng: np.random.Generator) -> None:
    grey = rng.integers(0, 256, (size_px, size_px), dtype=np.uint8)
    c = dctn(np.log(grey + 1.0), norm="ortho")
    for u, v in zigzag(1 + d_dis, size_px):
        c[u, v] = 0
    np.testing.assert_allclose(dct_light(grey, d_dis), idctn(c, norm="ortho"), atol=1e-11)


def test_light_made_of_the_discarded_waves_drops_out(rng: np.random.Generator) -> None:
    """Any strength, and any lamp whose logarithm is slow: (0, 1) from the side, (2, 0) from the middle."""
    face = rng.uniform(20, 200, (40, 40))
    waves = cosines(3, 40)
    light = np.exp(0.7 + 12 * np.outer(waves[0], waves[1]) - 9 * np.outer(waves[2], waves[0]))
    assert light.max() / light.min() > 2
    np.testing.assert_allclose(dct_light(face * light - 1, 20), dct_light(face - 1, 20), atol=1e-10)
