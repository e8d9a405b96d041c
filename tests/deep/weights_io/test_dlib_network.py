"""dlib's files of networks: what was written is read, and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io.dlib_network import Layer, read_network

CHAIN = [
    Layer("con", 2, 3, side=3, stride=2),
    Layer("affine", 2),
    Layer("relu"),
    Layer("tag"),
    Layer("max_pool", side=2, stride=2),
    Layer("add_prev"),
    Layer("avg_pool"),
    Layer("fc_no_bias", 4, 2),
]


@pytest.fixture
def arrays(rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    shapes = [((2, 3, 3, 3), (2,)), ((2,), (2,)), ((2, 4),)]
    return [tuple(rng.normal(size=one).astype(np.float32) for one in each) for each in shapes]


@pytest.fixture
def written(dlib_file: Any, arrays: list[tuple[np.ndarray, ...]]) -> bytes:
    file = dlib_file(20, (122.782, 117.001, 104.298))
    file.con(*arrays[0], 2, 0)
    file.affine(*arrays[1])
    file.layer("relu_", b"")
    file.tag()
    file.pool("max", 2, 2, 2, 2, 0, 0)
    file.layer("add_prev_", b"")
    file.pool("avg", 0, 0, 1, 1, 0, 0)
    file.fc(*arrays[2])
    return bytes(file.content())


def read(folder: Path, content: bytes, size_px: int = 20, chain: list[Layer] = CHAIN) -> Any:
    (folder / "network.dat").write_bytes(content)
    return read_network(folder / "network.dat", chain, size_px)


def test_what_was_written_is_read(tmp_path: Path, written: bytes, arrays: list[tuple[np.ndarray, ...]]) -> None:
    found = read(tmp_path, written)
    np.testing.assert_allclose(found.input_mean, [122.782, 117.001, 104.298], rtol=1e-7)
    for got, wanted in zip(found.arrays, arrays, strict=True):
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(one, other)


def test_another_network_is_refused_by_what_differs(tmp_path: Path, written: bytes) -> None:
    wider = [Layer("con", 2, 3, side=5, stride=2), *CHAIN[1:]]
    deeper = [*CHAIN, Layer("fc_no_bias", 4, 4)]
    for content, size_px, chain, message in (
        (written, 24, CHAIN, "the side of a crop is 20, expected 24"),
        (written, 20, wider, "the shape of a tensor is 56, expected 152"),
        (written, 20, deeper, "the version of a max_pool is 1, expected 2"),
        (written, 20, [*CHAIN[:-2], CHAIN[-1]], "the version of a tag is 2, expected 1"),
        (written.replace(b"relu_", b"sig__"), 20, CHAIN, "expected relu_, got sig__"),
        (written.replace(b"loss_metric_2", b"loss_ranking_"), 20, CHAIN, "expected loss_metric_2, got loss_ranking_"),
        (written + b"\0", 20, CHAIN, "1 bytes follow its end"),
        (b"", 20, CHAIN, "it ends too early"),
        (b"\x89PNG\r\n", 20, CHAIN, "no number begins with the byte 137"),
    ):
        with pytest.raises(UserError, match=message) as error:
            read(tmp_path, content, size_px, chain)
        assert str(error.value).startswith(f"{tmp_path / 'network.dat'}: is not the network of dlib that is expected")
    with pytest.raises(UserError, match=r"absent\.dat: cannot be read"):
        read_network(tmp_path / "absent.dat", CHAIN, 20)


def test_numbers_that_are_none_are_refused(tmp_path: Path, written: bytes, arrays: Any) -> None:
    first = arrays[0][0].ravel()[:1].tobytes()
    with pytest.raises(UserError, match="not finite"):
        read(tmp_path, written.replace(first, np.float32("nan").tobytes()))


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_refused_or_has_other_weights(tmp_path: Path, written: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(written) - 1))
    damaged = data.draw(
        st.one_of(
            st.just(written[:at]),
            st.integers(0, 255).map(lambda byte: written[:at] + bytes([byte]) + written[at + 1 :]),
            st.binary(min_size=1, max_size=9).map(lambda more: written[:at] + more + written[at:]),
        )
    )
    try:
        found = read(tmp_path, damaged)
    except UserError:
        return
    assert [[one.shape for one in each] for each in found.arrays] == [[(2, 3, 3, 3), (2,)], [(2,), (2,)], [(2, 4)]]
    assert len(damaged) == len(written)
