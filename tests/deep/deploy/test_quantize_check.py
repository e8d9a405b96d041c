"""A file is quantised, written and judged; the figures are those of its two encoders."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Trials
from eigen2arc.deep.deploy.onnx_export import probe_crops
from eigen2arc.deep.deploy.quantize_check import quantize_file, side_px

PAIRS = Trials(np.array([0, 1, 2, 3]), np.array([4, 5, 6, 7]), np.array([1, 0, 1, 0]), np.array([0, 0, 1, 1]))


@pytest.fixture
def model(onnx_file: Path, tmp_path: Path) -> Path:
    network = onnx.load(onnx_file)
    onnx.helper.set_model_props(network, {"input": "rgb"})
    onnx.save(network, tmp_path / "float.onnx")
    return tmp_path / "float.onnx"


def test_the_figures_are_those_of_the_two_files(model: Path, tmp_path: Path) -> None:
    crops, out = probe_crops(32), tmp_path / "int8.onnx"
    figures = quantize_file(model, out, crops, crops, PAIRS, "as typed")
    a, b = (build("encoder", "onnx", model=path, size_px=32).encode(crops) for path in (model, out))
    cosine = [x @ y / np.sqrt((x @ x) * (y @ y)) for x, y in zip(a, b, strict=True)]
    assert figures.cosine_mean == pytest.approx(np.mean(cosine), abs=1e-6) and figures.cosine_mean > 0.9
    assert figures.cosine_least == pytest.approx(np.min(cosine), abs=1e-6)
    assert figures.size_bytes == (model.stat().st_size, out.stat().st_size)
    assert min(figures.crops_per_second) > 0 and (figures.calibration_crops, figures.pairs) == (8, 4)
    assert all(0 <= share <= 1 for share in figures.accuracy)


def test_the_file_says_what_it_was_made_from(model: Path, tmp_path: Path) -> None:
    quantize_file(model, tmp_path / "int8.onnx", probe_crops(32), probe_crops(32), PAIRS, "as typed")
    metadata = {p.key: p.value for p in onnx.load(tmp_path / "int8.onnx").metadata_props}
    wanted = {"input": "rgb", "quantised_from_sha256": file_digest(model), "quantised_by": "as typed"}
    assert wanted.items() <= metadata.items()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["float.onnx", "int8.onnx"]


def test_the_side_is_read_from_the_file(model: Path, tmp_path: Path) -> None:
    assert side_px(model) == 32
    network = onnx.load(model)
    for place in (2, 3):
        network.graph.input[0].type.tensor_type.shape.dim[place].dim_param = "side"
    onnx.save(network, tmp_path / "free.onnx")
    assert side_px(tmp_path / "free.onnx") == 112
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(UserError, match=r"text\.onnx: cannot be read as an ONNX file"):
        side_px(tmp_path / "text.onnx")


def test_a_file_of_one_crop_at_a_time_is_calibrated_one_by_one(model: Path, tmp_path: Path) -> None:
    network = onnx.load(model)
    for value in (network.graph.input[0], network.graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(network, tmp_path / "single.onnx")
    crops = probe_crops(32)
    figures = quantize_file(tmp_path / "single.onnx", tmp_path / "int8.onnx", crops, crops, PAIRS, "")
    assert figures.cosine_mean > 0.9
    assert onnx.load(tmp_path / "int8.onnx").graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1


@pytest.mark.parametrize("name", ["int8.pb", "float.onnx"])
def test_another_name_is_asked_for(model: Path, tmp_path: Path, name: str) -> None:
    before = model.read_bytes()
    with pytest.raises(UserError, match="expected another name, one that ends in"):
        quantize_file(model, tmp_path / name, probe_crops(32), probe_crops(32), PAIRS, "")
    assert model.read_bytes() == before


def test_without_crops_nothing_is_read_off(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="0 crops to calibrate on and 4 pairs"):
        quantize_file(model, tmp_path / "int8.onnx", probe_crops(32)[:0], probe_crops(32), PAIRS, "")
