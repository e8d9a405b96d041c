"""The ONNX encoder against small networks whose answer is known in closed form."""

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Faces
from eigen2arc.deep.encode.feeding.drawn_people import drawn_people

SIZE_PX = 6


def colour_sums(path: Path, shape: list[Any], axes: list[int], dtype: int = TensorProto.FLOAT) -> Path:
    """An ONNX file that sums its input over the axes: the sums of its colours, in its own colour order."""
    network = helper.make_graph(
        [helper.make_node("ReduceSum", ["crop", "axes"], ["sums"], keepdims=0)],
        "colour_sums",
        [helper.make_tensor_value_info("crop", dtype, shape)],
        [helper.make_tensor_value_info("sums", dtype, None)],
        [numpy_helper.from_array(np.array(axes, np.int64), "axes")],
    )
    onnx.save(helper.make_model(network, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (21, SIZE_PX, SIZE_PX, 3), np.uint8)


LAYOUTS = {
    "channels first": (["n", 3, SIZE_PX, SIZE_PX], [2, 3]),
    "channels last": (["n", SIZE_PX, SIZE_PX, 3], [1, 2]),
    "one by one": ([1, 3, SIZE_PX, SIZE_PX], [2, 3]),
    "any size": (["n", 3, "height", "width"], [2, 3]),
    "eight by eight": ([8, 3, SIZE_PX, SIZE_PX], [2, 3]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_the_network_sees_scaled_pixels_in_its_own_layout(
    tmp_path: Path, crops: np.ndarray, layout: str, colour: str
) -> None:
    path = colour_sums(tmp_path / "sums.onnx", *LAYOUTS[layout])
    encoder = build("encoder", "onnx", model=path, colour=colour, mean=127.5, scale=1 / 128, size_px=SIZE_PX)
    slow = np.array([[sum((float(p) - 127.5) / 128 for p in crop[..., c].flat) for c in range(3)] for crop in crops])
    vectors = encoder.encode(crops)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, slow if colour == "rgb" else slow[:, ::-1], rtol=1e-5, atol=1e-4)


def test_no_crops_give_no_vectors(tmp_path: Path, crops: np.ndarray) -> None:
    encoder = build("encoder", "onnx", model=colour_sums(tmp_path / "a.onnx", *LAYOUTS["any size"]), size_px=SIZE_PX)
    assert encoder.encode(crops[:0]).shape == (0, 3)


@pytest.mark.parametrize(
    ("shape", "axes", "dtype", "message"),
    [
        (["n", 3, 112, 112], [2, 3], TensorProto.FLOAT, r"got \('n', 3, 112, 112\); the height .* size_px"),
        (["n", 1, SIZE_PX, SIZE_PX], [2, 3], TensorProto.FLOAT, "expected an input"),
        ([5000, 3, SIZE_PX, SIZE_PX], [2, 3], TensorProto.FLOAT, "takes 5000 crops a run, expected 1 to 1024"),
        (["n", 3], [1], TensorProto.FLOAT, r"got \('n', 3\)"),
        (["n", 3, SIZE_PX, SIZE_PX], [2, 3], TensorProto.INT32, "an image of float32, .*; got crop of int32"),
        (["n", 3, SIZE_PX, SIZE_PX], [3], TensorProto.FLOAT, r"expected an output of shape \(N, D\), got \(1, 3, 6\)"),
    ],
)
def test_networks_of_another_kind_are_refused(
    tmp_path: Path, shape: list[Any], axes: list[int], dtype: int, message: str
) -> None:
    path = colour_sums(tmp_path / "other.onnx", shape, axes, dtype)
    with pytest.raises(UserError, match=message):
        build("encoder", "onnx", model=path, size_px=SIZE_PX)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        build("encoder", "onnx", model=tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(UserError, match=r"text\.onnx: cannot be read as a network"):
        build("encoder", "onnx", model=tmp_path / "text.onnx")


def test_wrong_settings_are_refused(tmp_path: Path, crops: np.ndarray) -> None:
    path = colour_sums(tmp_path / "sums.onnx", *LAYOUTS["channels first"])
    with pytest.raises(UserError, match="onnx: colour = 'grey': expected one of rgb, bgr"):
        build("encoder", "onnx", model=path, colour="grey", size_px=SIZE_PX)
    with pytest.raises(UserError, match="onnx: device = 'tpu': .*expected one of auto, cpu, cuda"):
        build("encoder", "onnx", model=path, device="tpu", size_px=SIZE_PX)
    encoder = build("encoder", "onnx", model=path, size_px=SIZE_PX)
    with pytest.raises(UserError, match="takes crops of 6 pixels, got 5"):
        encoder.encode(crops[:, :5, :5])


KINDS = {
    TensorProto.FLOAT16: (np.float16, 5e-3),
    TensorProto.DOUBLE: (np.float64, 1e-6),
    TensorProto.UINT8: (np.uint8, 1e-6),
}


@pytest.mark.parametrize("dtype", KINDS)
def test_inputs_of_other_numbers_are_given_them(tmp_path: Path, crops: np.ndarray, dtype: int) -> None:
    """One colour's pixel, cast to float32 where it is none: halves give halves, whole numbers what they are."""
    kind, tolerance = KINDS[dtype]
    nodes = [
        helper.make_node("Slice", ["crop", "from", "to", "axes"], ["part"]),
        helper.make_node("Flatten", ["part"], ["flat"]),
        *([helper.make_node("Cast", ["flat"], ["row"], to=TensorProto.FLOAT)] if dtype == TensorProto.UINT8 else []),
    ]
    last = nodes[-1].output[0]
    out = TensorProto.FLOAT if dtype == TensorProto.UINT8 else dtype
    limits = {"from": [1, 2, 3], "to": [2, 3, 6], "axes": [1, 2, 3]}
    graph = helper.make_graph(
        nodes,
        "pixels",
        [helper.make_tensor_value_info("crop", dtype, ["n", 3, SIZE_PX, SIZE_PX])],
        [helper.make_tensor_value_info(last, out, None)],
        [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in limits.items()],
    )
    path = tmp_path / "a.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    encoder = build("encoder", "onnx", model=path, size_px=SIZE_PX)
    vectors = encoder.encode(crops)
    expected = crops[:, 2, 3:6, 1].astype(float)
    if kind is not np.uint8:
        expected = (expected - 127.5) / 127.5
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, rtol=tolerance, atol=tolerance)
    if kind is np.uint8:
        with pytest.raises(UserError, match="takes whole numbers, pixels 0..255: leave preset, mean and scale out"):
            build("encoder", "onnx", model=path, size_px=SIZE_PX, preset="insightface")
        build("encoder", "onnx", model=path, size_px=SIZE_PX, preset="raw")


@pytest.mark.parametrize("layout", ["channels first", "channels last"])
def test_of_a_narrower_input_the_middle_columns_are_taken(tmp_path: Path, crops: np.ndarray, layout: str) -> None:
    """As SphereFace cuts 96 of 112: its five points are ArcFace's, 8 pixels further left."""
    shape, axes = (["n", 3, 6, 4], [2, 3]) if layout == "channels first" else (["n", 6, 4, 3], [1, 2])
    encoder = build("encoder", "onnx", model=colour_sums(tmp_path / "a.onnx", shape, axes), preset="raw")
    assert encoder.size_px == SIZE_PX
    np.testing.assert_allclose(encoder.encode(crops), crops[:, :, 1:5].sum(axis=(1, 2)), rtol=1e-6)
    assert "pixels 0..255, red first, the middle 4 columns of 6: as the preset raw says" in encoder.remarks
    with pytest.raises(UserError, match=r"or one that is narrower, got \('n', 3, 4, 6\)"):
        build("encoder", "onnx", model=colour_sums(tmp_path / "b.onnx", ["n", 3, 4, 6], [2, 3]))


def test_the_crops_are_as_large_as_the_file_says(tmp_path: Path) -> None:
    fixed = colour_sums(tmp_path / "a.onnx", ["n", 3, 10, 10], [2, 3])
    assert build("encoder", "onnx", model=fixed).size_px == 10
    any_size = colour_sums(tmp_path / "b.onnx", *LAYOUTS["any size"])
    assert build("encoder", "onnx", model=any_size).size_px == 112


def test_a_file_that_is_newer_than_its_runtime_says_so(tmp_path: Path) -> None:
    path = colour_sums(tmp_path / "a.onnx", *LAYOUTS["any size"])
    for change, words in (("opset", "its opset is 999, and .* knows up to"), ("ir", "its IR version is 999, and .*")):
        model = onnx.load(path)
        if change == "opset":
            model.opset_import[0].version = 999
        else:
            model.ir_version = 999
        (tmp_path / "b.onnx").write_bytes(model.SerializeToString())
        with pytest.raises(UserError, match=rf"b\.onnx: ONNX Runtime cannot use it \({words}"):
            build("encoder", "onnx", model=tmp_path / "b.onnx", size_px=SIZE_PX)


def network(path: Path, before: list[onnx.NodeProto], constants: dict[str, np.ndarray], **changes: Any) -> Path:
    """An ONNX file: the nodes ``before`` from "crop" to "x", a matrix from all of x to 5 numbers.

    changes : batch, nodes and outputs after it, and what reshapes x.
    """
    rng = np.random.default_rng(0)
    values = {
        "matrix": rng.normal(size=(3 * SIZE_PX**2, 5)).astype(np.float32),
        "row": np.array([changes.get("rows", 0), 3 * SIZE_PX**2], np.int64),
        **constants,
    }
    made = helper.make_graph(
        [
            *before,
            helper.make_node("Reshape", ["x", "row"], ["flat"]),
            helper.make_node("MatMul", ["flat", "matrix"], ["vector"]),
            *changes.get("after", []),
        ],
        "network",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, [changes.get("batch", "n"), 3, SIZE_PX, SIZE_PX])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in changes.get("outputs", ["vector"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def number(value: Any) -> np.ndarray:
    return np.array(value, np.float32)


PLAIN = [helper.make_node("Identity", ["crop"], ["x"])]
NORMALISED = [helper.make_node("Sub", ["crop", "mean"], ["c"]), helper.make_node("Mul", ["c", "factor"], ["x"])]
IMAGENET = number([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1), number([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)

#: The nodes before the first layer, their constants, and what they want: (pixel - mean) * scale.
INPUTS: dict[str, tuple[list[onnx.NodeProto], dict[str, np.ndarray], tuple[float, float]]] = {
    "nothing": (PLAIN, {}, (127.5, 1 / 127.5)),
    "-127.5, / 128": (NORMALISED, {"mean": number(127.5), "factor": number(1 / 128)}, (0, 1)),
    "/ 255, - 0.5, / 0.5": (
        [
            helper.make_node("Div", ["crop", "most"], ["a"]),
            helper.make_node("Sub", ["a", "half"], ["b"]),
            helper.make_node("Div", ["b", "half"], ["x"]),
        ],
        {"most": number(255), "half": number(0.5)},
        (0, 1),
    ),
    "/ 255 alone": ([helper.make_node("Div", ["crop", "most"], ["x"])], {"most": number(255)}, (0, 1)),
    "the mean alone": (
        [helper.make_node("Add", ["crop", "mean"], ["x"])],
        {"mean": number([-123, -117, -104]).reshape(3, 1, 1)},
        (0, 1),
    ),
    "ImageNet's of 0..1": (
        [helper.make_node("Sub", ["crop", "mean"], ["c"]), helper.make_node("Div", ["c", "std"], ["x"])],
        {"mean": IMAGENET[0], "std": IMAGENET[1]},
        (0, 1 / 255),
    ),
    "a batch normalisation of pixels": (
        [helper.make_node("BatchNormalization", ["crop", "g", "b", "m", "v"], ["x"])],
        {"g": number([1, 1, 1]), "b": number([0, 0, 0]), "m": number([130, 120, 110]), "v": number([5000, 4000, 4500])},
        (0, 1),
    ),
    "a batch normalisation of -1..1": (
        [helper.make_node("BatchNormalization", ["crop", "g", "b", "m", "v"], ["x"])],
        {"g": number([1, 1, 1]), "b": number([0, 0, 0]), "m": number([0.02, 0, -0.1]), "v": number([0.3, 0.3, 0.3])},
        (127.5, 1 / 127.5),
    ),
    "a constant behind a node, after colours are turned": (
        [
            helper.make_node("Shape", ["crop"], ["shape"]),
            helper.make_node("Gather", ["crop", "order"], ["bgr"], axis=1),
            helper.make_node("Identity", ["mean"], ["same"]),
            helper.make_node("Sub", ["bgr", "same"], ["c"]),
            helper.make_node("Mul", ["c", "factor"], ["x"]),
        ],
        {"order": np.array([2, 1, 0]), "mean": number(127.5), "factor": number(1 / 127.5)},
        (0, 1),
    ),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_the_range_of_the_input_is_read_from_the_file(tmp_path: Path, crops: np.ndarray, kind: str) -> None:
    before, constants, (mean, scale) = INPUTS[kind]
    path = network(tmp_path / "a.onnx", before, constants)
    vectors = build("encoder", "onnx", model=path, size_px=SIZE_PX).encode(crops)
    told = build("encoder", "onnx", model=path, size_px=SIZE_PX, mean=float(mean), scale=scale).encode(crops)
    np.testing.assert_allclose(vectors, told, rtol=1e-5, atol=1e-4)
    if kind != "nothing":
        plain = network(tmp_path / "b.onnx", PLAIN, {})
        assert not np.allclose(vectors, build("encoder", "onnx", model=plain, size_px=SIZE_PX, mean=5.0).encode(crops))


def test_a_network_normalises_itself_or_is_given_what_it_wants(tmp_path: Path, crops: np.ndarray) -> None:
    """The same vectors of either file, without a setting."""
    inside = {"mean": number(127.5), "factor": number(1 / 127.5)}
    paths = network(tmp_path / "a.onnx", PLAIN, {}), network(tmp_path / "b.onnx", NORMALISED, inside)
    a, b = (build("encoder", "onnx", model=path, size_px=SIZE_PX).encode(crops) for path in paths)
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_named_ways_are_taken_as_they_are(tmp_path: Path, crops: np.ndarray) -> None:
    path = network(tmp_path / "a.onnx", NORMALISED, {"mean": number(127.5), "factor": number(1 / 127.5)})
    told = {
        "insightface": {"mean": 127.5, "scale": 1 / 127.5},
        "facenet": {"mean": 127.5, "scale": 1 / 128},
        "raw": {"mean": 0.0},
    }
    for preset, settings in told.items():
        by_name = build("encoder", "onnx", model=path, size_px=SIZE_PX, preset=preset)
        by_hand = build("encoder", "onnx", model=path, size_px=SIZE_PX, **settings)
        np.testing.assert_array_equal(by_name.encode(crops), by_hand.encode(crops))
    sums = colour_sums(tmp_path / "b.onnx", *LAYOUTS["any size"])
    less = crops.astype(float) - [123.68, 116.779, 103.939]
    for settings, order in (({}, slice(None, None, -1)), ({"colour": "rgb"}, slice(None))):
        vectors = build("encoder", "onnx", model=sums, size_px=SIZE_PX, preset="caffe", **settings).encode(crops)
        np.testing.assert_allclose(vectors, less.sum(axis=(1, 2))[:, order], rtol=1e-5, atol=1e-2)
    with pytest.raises(UserError, match="preset caffe has a mean and a scale: leave those out, or the preset"):
        build("encoder", "onnx", model=path, size_px=SIZE_PX, preset="caffe", mean=5.0)


def test_what_a_file_does_not_say_is_tried_on_drawn_people(tmp_path: Path) -> None:
    """A network whose normalisation has been worked into its first layer: a step that only pixels of 0..255 pass."""
    crops, person = drawn_people()
    side = 8
    small = np.stack([cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA) for crop in crops])
    rows = small.transpose(0, 3, 1, 2).reshape(len(small), -1).astype(float)
    # Fitted on the drawn people themselves, so that it tells them apart.
    matrix = np.linalg.lstsq(rows - 127.5, np.eye(person.max() + 1)[person], rcond=1e-3)[0]
    for factor, bias, words in ((1.0, -127.5, "pixels 0..255, red"), (127.5, 0.0, "(pixel - 127.5) / 127.5, red")):
        values = {
            "f": number(factor),
            "b": number(bias),
            "m": matrix.astype(np.float32),
            "flat": np.array([0, 3 * side**2]),
        }
        nodes = [
            # Nodes that no reader of constants follows.
            helper.make_node("Neg", ["crop"], ["n"]),
            helper.make_node("Neg", ["n"], ["p"]),
            helper.make_node("Mul", ["p", "f"], ["s"]),
            helper.make_node("Add", ["s", "b"], ["x"]),
            helper.make_node("Clip", ["x", "least", "most"], ["kept"]),
            helper.make_node("Reshape", ["kept", "flat"], ["row"]),
            helper.make_node("MatMul", ["row", "m"], ["vector"]),
        ]
        values |= {"least": number(-130), "most": number(130)}
        graph = helper.make_graph(
            nodes,
            "folded",
            [helper.make_tensor_value_info("crop", TensorProto.FLOAT, ["n", 3, side, side])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
        )
        path = tmp_path / "a.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
        encoder = build("encoder", "onnx", model=path)
        said = f"fed {words} first: found by a probe, which is clear: d' on drawn people is "
        assert encoder.remarks.startswith(said) and "WARNING" not in encoder.remarks
        vectors = encoder.encode(small)
        assert vectors.argmax(axis=1).tolist() == person.tolist()


def test_a_network_that_tells_nobody_apart_is_warned_of(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx", NORMALISED, {"mean": number(127.5), "factor": number(1 / 128)})
    said = build("encoder", "onnx", model=path, size_px=SIZE_PX).remarks
    assert said.startswith("fed pixels 0..255, red first: its first nodes do the rest. WARNING: ")
    assert re.search(r"so it does not tell drawn people apart \(d' [01]\.\d, expected 2 or more\): .* preset", said)


LENGTH = helper.make_node("ReduceL2", ["vector"], ["length"], axes=[1], keepdims=1)


def test_the_vector_is_found_among_several_outputs(tmp_path: Path, crops: np.ndarray) -> None:
    path = network(tmp_path / "a.onnx", PLAIN, {}, after=[LENGTH], outputs=["length", "vector"])
    vectors = build("encoder", "onnx", model=path, size_px=SIZE_PX).encode(crops)
    alone = build("encoder", "onnx", model=network(tmp_path / "b.onnx", PLAIN, {}), size_px=SIZE_PX).encode(crops)
    np.testing.assert_allclose(vectors, alone, rtol=1e-5)
    two = [helper.make_node("Softmax", ["vector"], ["people"])]
    path = network(tmp_path / "c.onnx", PLAIN, {}, after=two, outputs=["people", "vector"])
    message = r"c\.onnx: .*people \(1, 5\), vector \(1, 5\) .*the setting output, one of people, vector"
    with pytest.raises(UserError, match=message):
        build("encoder", "onnx", model=path, size_px=SIZE_PX)
    vectors = build("encoder", "onnx", model=path, size_px=SIZE_PX, output="vector").encode(crops)
    np.testing.assert_allclose(vectors, alone, rtol=1e-5)
    with pytest.raises(UserError, match=r"has no output 'vectr': did you mean 'vector'\? there are people, vector"):
        build("encoder", "onnx", model=path, size_px=SIZE_PX, output="vectr")


def test_a_network_of_one_crop_after_all_takes_them_one_by_one(tmp_path: Path, crops: np.ndarray) -> None:
    path = network(tmp_path / "a.onnx", PLAIN, {}, rows=1)
    alone = build("encoder", "onnx", model=network(tmp_path / "b.onnx", PLAIN, {}), size_px=SIZE_PX).encode(crops)
    np.testing.assert_allclose(build("encoder", "onnx", model=path, size_px=SIZE_PX).encode(crops), alone, rtol=1e-4)


def test_weights_outside_the_files_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    path = network(tmp_path / "inner/a.onnx", PLAIN, {})
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="w", size_threshold=0)
    assert build("encoder", "onnx", model=path, size_px=SIZE_PX).dimensions == 5
    (tmp_path / "inner/w").rename(tmp_path / "w")
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../w"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match=r"a\.onnx: its weights, in files beside it, cannot be read"):
        build("encoder", "onnx", model=path, size_px=SIZE_PX)


@pytest.fixture
def sface(tmp_path: Path, rng: np.random.Generator) -> Path:
    """A file with SFace's input and output, which normalises pixels itself, and random weights."""
    weights = {
        "mean": np.array(127.5),
        "scale": np.array(1 / 128),
        "kernel": rng.normal(size=(8, 3, 16, 16)) / 16,
        "bias": np.zeros(8),
        "linear": rng.normal(size=(8 * 7 * 7, 128)),
        "flat": np.array([1, -1]),
    }
    kinds = {"flat": np.int64}
    graph = helper.make_graph(
        [
            helper.make_node("Sub", ["data", "mean"], ["centred"]),
            helper.make_node("Mul", ["centred", "scale"], ["scaled"]),
            helper.make_node("Conv", ["scaled", "kernel", "bias"], ["maps"], kernel_shape=[16, 16], strides=[16, 16]),
            helper.make_node("Reshape", ["maps", "flat"], ["row"]),
            helper.make_node("MatMul", ["row", "linear"], ["fc1"]),
        ],
        "sface",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 128])],
        [numpy_helper.from_array(w.astype(kinds.get(name, np.float32)), name) for name, w in weights.items()],
    )
    path = tmp_path / "sface.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), path)
    return path


def test_opencvs_sface_is_this_encoder_after_five_point_and_before_cosine(
    sface: Path, rng: np.random.Generator
) -> None:
    """cv2.FaceRecognizerSF takes BGR images and aligns, encodes and compares: so do three of our stages."""
    coarse = rng.integers(0, 256, (2, 20, 20, 3), dtype=np.uint8)
    images = [cv2.resize(one, (200, 200), interpolation=cv2.INTER_CUBIC) for one in coarse]
    points = np.float32([[70, 80], [125, 76], [100, 108], [78, 140], [122, 137]])
    recognizer = cv2.FaceRecognizerSF.create(str(sface), "")
    row = np.concatenate([[50, 50, 100, 100], points.ravel(), [0.9]]).astype(np.float32)
    aligned = [recognizer.alignCrop(np.ascontiguousarray(image[..., ::-1]), row) for image in images]
    wanted = [recognizer.feature(crop).copy() for crop in aligned]

    aligner, encoder = build("aligner", "five_point"), build("encoder", "onnx", model=sface, device="cpu")
    faces = Faces([[50, 50, 150, 150]], [1], points[None])
    crops = np.concatenate([aligner.align(image, faces) for image in images])
    assert np.abs(crops[..., ::-1].astype(int) - aligned).mean() < 1
    vectors = encoder.encode(np.array(aligned)[..., ::-1])
    np.testing.assert_allclose(vectors, np.concatenate(wanted), rtol=1e-3, atol=1e-3 * np.abs(wanted).max())
    cosine = build("matcher", "cosine").score_pairs(vectors[:1], vectors[1:])[0]
    assert cosine == pytest.approx(recognizer.match(wanted[0], wanted[1], cv2.FaceRecognizerSF_FR_COSINE), abs=1e-4)
